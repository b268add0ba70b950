//! Which language a visitor writes, from questions as visitors type them.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use domain::language::{Language, Visitor, guess, spoken};
use proptest::prelude::*;

use Language::{Ar, De, En, Es, Fr, He, Ja, Pt, Zh};

/// Every question is known without a prior, and against the prior of any other language.
fn known(language: Language, questions: &[&str]) {
    for question in questions {
        assert_eq!(guess(question, None), Some(language), "{question}");
        for prior in Language::ALL {
            assert_eq!(guess(question, Some(prior)), Some(language), "{question} on a page in {prior:?}");
        }
    }
}

#[test]
fn short_questions_are_known_whatever_was_expected() {
    known(
        En,
        &[
            "When do you open on Sunday?",
            "and on sundays?",
            "how much?",
            "do you have wifi",
            "is breakfast included?",
            "Can I bring my dog?",
            "hello",
        ],
    );
    known(
        Es,
        &[
            "¿Cuánto cuesta alquilar una bicicleta?",
            "y los domingos?",
            "¿cuánto?",
            "tienen wifi?",
            "donde puedo aparcar el coche",
            "hola, buenas",
        ],
    );
    known(
        Fr,
        &[
            "Quels sont vos horaires d'ouverture ?",
            "et le dimanche ?",
            "combien ça coûte ?",
            "avez-vous le wifi",
            "je peux venir avec mon chien ?",
            "merci !",
        ],
    );
    known(
        De,
        &[
            "Wann habt ihr geöffnet?",
            "und sonntags?",
            "wie viel kostet das?",
            "gibt es WLAN",
            "Darf ich meinen Hund mitbringen?",
            "hallo",
        ],
    );
    known(
        Pt,
        &[
            "Quanto custa o aluguel de uma bicicleta?",
            "e aos domingos?",
            "vocês têm wifi?",
            "posso levar o meu cachorro?",
            "onde fica o estacionamento",
            "obrigado!",
        ],
    );
    known(Ja, &["営業時間を教えてください", "日曜日は?", "いくらですか", "駐車場", "料金", "送料無料?"]);
    known(Zh, &["你们几点开门", "多少钱?", "周日呢?", "可以退货吗", "有停車場嗎", "請問價錢"]);
    known(Ar, &["متى تفتحون", "كم السعر؟", "هل يوجد واي فاي", "شكرا"]);
    known(He, &["מתי אתם פותחים", "כמה זה עולה?", "יש אינטרנט?", "תודה"]);
}

#[test]
fn what_is_no_language_leaves_what_was_expected() {
    for text in [
        "",
        "??",
        "👍",
        "12345",
        "ok",
        "RTX 4090",
        "GTX1080",
        "B-204/7",
        "me@example.com",
        "https://example.com/how-to",
    ] {
        assert_eq!(guess(text, None), None, "{text}");
        for prior in Language::ALL {
            assert_eq!(guess(text, Some(prior)), Some(prior), "{text}");
        }
    }
}

#[test]
fn a_name_belongs_to_every_language() {
    for name in ["Bosch", "Toyota Corolla", "São Paulo", "John Smith", "Volkswagen Golf", "Jean Dupont"] {
        for prior in [En, De, Es, Fr, Pt, Ja, Zh, Ar, He] {
            assert_eq!(guess(name, Some(prior)), Some(prior), "{name}");
        }
    }
}

#[test]
fn a_lone_word_counts_when_it_is_one_of_the_language() {
    for (word, language) in
        [("horaires", Fr), ("precios", Es), ("preços", Pt), ("Öffnungszeiten", De), ("openings", En)]
    {
        assert_eq!(guess(word, None), Some(language), "{word}");
    }
    assert_eq!(guess("horaires", Some(En)), Some(Fr));
    assert_eq!(guess("precios", Some(En)), Some(Es));
    assert_eq!(guess("Öffnungszeiten", Some(En)), Some(De));
    assert_eq!(guess("menu", Some(Pt)), Some(Pt), "a word of four of the five");
}

#[test]
fn other_scripts_are_not_guessed_at() {
    for text in ["Сколько стоит доставка?", "Πόσο κοστίζει η αποστολή;"]
    {
        assert_eq!(guess(text, None), None, "{text}");
        assert_eq!(guess(text, Some(En)), Some(En), "{text}");
    }
}

#[test]
fn mixed_scripts_and_languages_go_by_what_holds_the_sentence() {
    assert_eq!(guess("iPhone 15 の在庫はありますか", Some(En)), Some(Ja));
    assert_eq!(guess("מתי אתם פותחים את iPhone", Some(En)), Some(He));
    assert_eq!(guess("هل لديكم MacBook Pro؟", Some(En)), Some(Ar));
    assert_eq!(guess("Can I pay with 支付宝 or only by card?", Some(Zh)), Some(En));
    assert_eq!(guess("Kann ich das Meeting per Zoom machen?", Some(En)), Some(De));
    assert_eq!(guess("Quiero cancelar mi plan Premium, ¿puedo hacerlo online?", Some(En)), Some(Es));
    assert_eq!(guess("你好，請問 Kubernetes Ingress 怎麼設定？", Some(Ja)), Some(Zh));
}

#[test]
fn ideographs_without_signs_are_what_the_page_says() {
    assert_eq!(guess("東京", None), Some(Zh));
    assert_eq!(guess("東京", Some(Ja)), Some(Ja));
    assert_eq!(guess("電話", Some(Ja)), Some(Ja));
    assert_eq!(guess("电话", Some(Ja)), Some(Zh));
}

#[test]
fn the_page_counts_before_the_browser_when_the_browser_reads_it() {
    let visitor = |page, browser| Visitor { page, browser, agent: "es" }.expected();
    assert_eq!(visitor(Some("de"), Some("en-US,en;q=0.9,de;q=0.5")), Some(De));
    assert_eq!(visitor(Some("de-AT"), Some("en-US,en;q=0.9")), Some(En));
    assert_eq!(visitor(None, Some("nl, fr;q=0.4, pt-BR;q=0.8")), Some(Pt));
    assert_eq!(visitor(Some("fr"), Some("*")), Some(Fr));
    assert_eq!(visitor(Some("fr"), Some("fr;q=0, en;q=wrong")), Some(Fr));
    assert_eq!(visitor(Some("x"), Some("nl,it;q=0.5")), Some(Es));
    assert_eq!(visitor(None, None), Some(Es));
    assert_eq!(Visitor::default().expected(), None);
}

#[test]
fn a_conversation_stays_in_its_language_until_another_is_spoken() {
    let visitor = Visitor { page: Some("en"), browser: Some("en"), agent: "en" };
    let after = |questions: &[&str]| spoken(&visitor, questions.iter().copied());
    assert_eq!(after(&["Bosch"]), En);
    assert_eq!(after(&["Wann habt ihr offen?"]), De);
    assert_eq!(after(&["Wann habt ihr offen?", "ok"]), De);
    assert_eq!(after(&["Wann habt ihr offen?", "??", "👍", "John Smith", "GTX1080"]), De);
    assert_eq!(after(&["Wann habt ihr offen?", "Sorry, do you speak English?"]), En);
    assert_eq!(after(&["Wann habt ihr offen?", "Sorry, do you speak English?", "thanks", "Bosch"]), En);
    assert_eq!(after(&["営業時間は?", "iPhone", "東京"]), Ja);
    assert_eq!(spoken(&Visitor::default(), ["ok"]), En);
}

#[test]
fn tags_with_region_name_their_language() {
    assert_eq!(Language::from_tag("pt-BR"), Some(Pt));
    assert_eq!(Language::from_tag("iw"), Some(He));
    assert_eq!(Language::from_tag("nl"), None);
}

proptest! {
    /// Whatever is typed, an answer comes, it is the same every time, and what comes after the sample is not read.
    #[test]
    fn any_text_is_guessed_at(text in "\\PC{0,200}", rest in "\\PC{0,50}", prior in 0_usize..10) {
        let prior = Language::ALL.get(prior).copied();
        let first = guess(&text, prior);
        prop_assert_eq!(first, guess(&text, prior));
        prop_assert!(prior.is_none() || first.is_some());
        let long = format!("{}{}", "Wann habt ihr auf? ".repeat(100), rest);
        prop_assert_eq!(guess(&long, prior), Some(De));
    }
}
