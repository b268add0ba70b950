use proptest::prelude::*;
use protocol::api::ScoreKind;

use super::*;

#[test]
fn address_number_and_name_are_found_in_nine_languages() {
    for (text, name, email, phone) in [
        (
            "Hi, my name is Anna Schmidt, mail me at Anna.Schmidt@example.com",
            Some("Anna Schmidt"),
            Some("anna.schmidt@example.com"),
            None,
        ),
        ("my name is anna", Some("anna"), None, None),
        ("Call me on 555-123-4567.", None, None, Some("555-123-4567")),
        ("you can reach me under +49 (0)30 1234567, thanks", None, None, Some("+49 (0)30 1234567")),
        (
            "Me llamo José García y mi correo es jose@ejemplo.es",
            Some("José García"),
            Some("jose@ejemplo.es"),
            None,
        ),
        (
            "Je m'appelle Chloé Martin, tél. 06 12 34 56 78",
            Some("Chloé Martin"),
            None,
            Some("06 12 34 56 78"),
        ),
        (
            "Ich heiße Jürgen Groß und meine Nummer ist 0171 2345678",
            Some("Jürgen Groß"),
            None,
            Some("0171 2345678"),
        ),
        ("Meu nome é João Silva. Ligue 11 91234-5678", Some("João Silva"), None, Some("11 91234-5678")),
        ("私の名前は田中太郎です。電話は 03-1234-5678 です", Some("田中太郎"), None, Some("03-1234-5678")),
        ("اسمي محمد علي، هاتفي ٠٥٠١٢٣٤٥٦٧", Some("محمد علي"), None, Some("0501234567")),
        ("我叫李雷，手机 138 0013 8000", Some("李雷"), None, Some("138 0013 8000")),
        ("שמי דנה לוי, הטלפון 052-1234567", Some("דנה לוי"), None, Some("052-1234567")),
    ] {
        let found = find(text);
        assert_eq!(
            (found.name.as_deref(), found.email.as_deref(), found.phone.as_deref()),
            (name, email, phone),
            "{text}"
        );
    }
}

#[test]
fn dates_prices_orders_and_sentences_are_nobody() {
    for text in [
        "Are you open on 2026-11-21?",
        "We arrive 21.11.2026 and leave 24.11.2026",
        "My order 4711000815 has not arrived",
        "Is it $1,250,000 or 1250000 EUR?",
        "IBAN DE89 3704 0044 0532 0130 00",
        "error 0x80070005 on 192.168.100.200",
        "my name is on the list, is it?",
        "my name is not shown",
        "What is @home? And user@localhost?",
        "rated 5000000 times",
        "",
    ] {
        assert_eq!(find(text), Found::default(), "{text}");
    }
}

#[test]
fn words_and_pages_speak_of_buying() {
    for text in [
        "How much is the pro plan?",
        "Was kostet das?",
        "¿Cuánto cuesta?",
        "料金を教えて",
        "多少钱",
        "כמה עולה",
    ] {
        assert!(intent(text).is_some(), "{text}");
    }
    for text in ["When do you open?", "My pipe is leaking", "Wo finde ich die Anleitung?"] {
        assert_eq!(intent(text), None, "{text}");
    }
    assert!(is_buying_page("https://a.test/en/pricing?x=1") && is_buying_page("https://a.test/preise"));
    assert!(!is_buying_page("https://pricing.test/") && !is_buying_page("https://a.test/blog?from=pricing"));
}

#[test]
fn all_reasons_together_are_a_hundred_and_none_is_nothing() {
    let all = Signals {
        name: "Anna",
        email: "anna@acme.test",
        phone: "+4930123456",
        said: vec!["How much is it?", "For a fleet of cars", "b", "c"],
        pages: vec!["https://a.test/pricing"],
        earlier: 2,
        deliberate: true,
        valuable: vec!["fleet"],
    };
    let reasons = score(&all);
    assert_eq!((total(&reasons), reasons.len()), (100, 10));
    assert!(reasons.windows(2).all(|pair| pair[0].points >= pair[1].points));
    assert_eq!(total(&score(&Signals::default())), 0);
    let free = Signals { email: "anna@gmail.com", ..Signals::default() };
    assert!(score(&free).iter().all(|reason| reason.kind != ScoreKind::CompanyMail));
}

proptest! {
    #[test]
    fn what_is_found_stands_in_the_text(text in "\\PC{0,120}") {
        let found = find(&text);
        if let Some(email) = found.email {
            prop_assert!(text.to_lowercase().contains(&email));
        }
        if let Some(name) = found.name {
            prop_assert!(name.split(' ').all(|word| text.contains(word)));
        }
    }

    #[test]
    fn an_address_is_found_wherever_it_stands(before in "[a-z ,.]{0,20}", local in "[a-z][a-z0-9.]{0,8}[a-z0-9]", host in "[a-z]{2,9}", after in "[.!?]? [a-z ]{0,20}") {
        let address = format!("{local}@{host}.com");
        let found = find(&format!("{before} {address}{after}")).email;
        prop_assert_eq!(found.as_deref(), Some(address.as_str()));
    }

    #[test]
    fn a_number_keeps_its_digits(digits in "[1-9][0-9]{8,12}") {
        let found = find(&format!("please call +{digits} today")).phone;
        prop_assert_eq!(found, Some(format!("+{digits}")));
    }

    #[test]
    fn few_or_many_digits_are_no_number(digits in "([0-9]{1,6}|[0-9]{16,30})") {
        prop_assert_eq!(find(&format!("call {digits}")).phone, None);
    }
}
