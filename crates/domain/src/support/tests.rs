use super::*;
use protocol::DocumentId;

fn hit(text: &str) -> Hit {
    Hit {
        document_id: DocumentId::ordered(1, [0; 10]),
        ord: 0,
        url: "https://x.test/".into(),
        title: "Page".into(),
        heading_path: Vec::new(),
        text: text.into(),
        score: 1.0,
        words: None,
        meaning: None,
    }
}

fn counted(answer: &str, sources: &[&str]) -> (u32, u32) {
    let sources: Vec<Hit> = sources.iter().map(|text| hit(text)).collect();
    let checks = check(answer, &sources, "");
    (checks.supported, checks.claims)
}

const HOURS: &str =
    "The workshop opens at 8:30 on weekdays and closes at 18:00. On Saturdays we repair bicycles until noon.";
const PRICES: &str = "A full service costs £90, a new tyre £25 with fitting.";

#[test]
fn a_sentence_is_supported_by_the_source_it_cites_and_by_no_other() {
    assert_eq!(counted("The workshop is open from 8:30 on weekdays [1].", &[HOURS, PRICES]), (1, 1));
    assert_eq!(counted("The workshop is open from 8:30 on weekdays [2].", &[HOURS, PRICES]), (0, 1));
    assert_eq!(
        counted("A full service costs £90. [2]\nRepairs on Saturdays until noon [1].", &[HOURS, PRICES]),
        (2, 2)
    );
    assert_eq!(
        counted("Bicycles are repaired on Saturdays. A full service is £90 [1][2].", &[HOURS, PRICES]),
        (2, 2)
    );
}

#[test]
fn a_wrong_number_has_no_support_however_much_else_is_right() {
    let checks = check("A full service costs £95, a new tyre £25 with fitting [1].", &[hit(PRICES)], "");
    assert_eq!((checks.supported, checks.claims), (0, 1));
    assert!(checks.unsupported[0].contains("£95") && !checks.unsupported[0].contains('['));
}

#[test]
fn what_states_nothing_is_no_claim() {
    for answer in [
        "Yes [1].",
        "Of course! How can I help?",
        "Here is what I found:",
        "Do you need a full service for £95 [1]?",
        "",
    ] {
        assert_eq!(counted(answer, &[PRICES]), (0, 0), "{answer}");
    }
    assert_eq!(counted("The castle was built by King Edward after the siege.", &[PRICES]), (0, 1));
    assert_eq!(counted("The castle was built by King Edward after the siege.", &[]), (0, 1));
}

#[test]
fn nine_languages_are_compared_by_their_own_words() {
    for (answer, source, other) in [
        (
            "The repairs cost £40 [1].",
            "Repairing a bicycle costs £40.",
            "The harbour tour leaves every hour from pier two.",
        ),
        (
            "Las reparaciones cuestan 40 euros [1].",
            "Reparar una bicicleta cuesta 40 euros.",
            "El puerto abre cada día a las nueve.",
        ),
        (
            "Les réparations coûtent 40 euros [1].",
            "La réparation d'un vélo coûte 40 euros.",
            "Le port ouvre chaque jour à neuf heures.",
        ),
        (
            "Reparaturen kosten 40 Euro [1].",
            "Die Reparatur eines Fahrrads kostet 40 Euro.",
            "Der Hafen öffnet täglich um neun Uhr.",
        ),
        (
            "Os reparos custam 40 euros [1].",
            "O reparo de uma bicicleta custa 40 euros.",
            "O porto abre todos os dias às nove.",
        ),
        ("修理は四千円です [1]。", "自転車の修理は四千円です。", "港は毎日九時に開きます。"),
        ("تكلفة الإصلاح 40 دولارا [1].", "إصلاح الدراجة تكلفة 40 دولارا.", "يفتح الميناء كل يوم في التاسعة."),
        ("修理费用是四十元 [1]。", "自行车修理费用是四十元。", "港口每天九点开放。"),
        ("התיקון עולה 40 שקלים [1].", "תיקון אופניים עולה 40 שקלים.", "הנמל נפתח כל יום בתשע."),
    ] {
        assert_eq!(counted(answer, &[source]), (1, 1), "{answer}");
        assert_eq!(counted(answer, &[other]), (0, 1), "{answer} is not in {other}");
    }
}

#[test]
fn across_languages_numbers_and_names_are_compared() {
    assert_eq!(counted("Ein voller Service kostet £90 [1].", &[PRICES]), (1, 1));
    assert_eq!(counted("Ein voller Service kostet £95 [1].", &[PRICES]), (0, 1));
    assert_eq!(counted("Leider kann ich darüber nichts weiter erzählen [1].", &[PRICES]), (0, 0));
}

#[test]
fn confidence_follows_support() {
    let checks = |supported, claims| Checks { supported, claims, ..Checks::default() };
    assert!((tempered(0.8, &checks(0, 0)) - 0.8).abs() < 1e-9);
    assert!((tempered(0.8, &checks(2, 2)) - 0.8).abs() < 1e-9);
    assert!((tempered(0.8, &checks(1, 2)) - 0.6).abs() < 1e-9);
    assert!((tempered(0.8, &checks(0, 3)) - 0.4).abs() < 1e-9);
    assert!(
        mostly_unsupported(&checks(0, 1))
            && !mostly_unsupported(&checks(1, 2))
            && !mostly_unsupported(&checks(0, 0))
    );
}

#[test]
fn what_a_tool_said_is_a_source_and_what_nobody_said_is_not() {
    let order = "order_status\n{\"order\":\"HL-1001\"}\n{\"status\":\"shipped\",\"carrier\":\"Harbour Post\",\
                 \"arrives\":\"2026-12-03T15:30:00Z\",\"total\":4990,\"fee\":4.5}";
    let counted = |answer: &str| {
        let checks = check(answer, &[hit(PRICES)], order);
        (checks.supported, checks.claims)
    };
    for said in [
        "Your order HL-1001 was shipped with Harbour Post and arrives on 3 December 2026.",
        "The order arrives at 15:30.",
        "Your order should be there at 3:30 in the afternoon.",
        "In total the order came to £49.90, with a fee of £4.50.",
        "Ihre Bestellung HL-1001 kommt am 3. Dezember 2026 mit Harbour Post.",
        "A full service costs £90.",
        "A full service costs £90 [1].",
        // What the source says, with what the tool said.
        "A full service costs £90, for your order of £49.90 too [1].",
    ] {
        assert_eq!(counted(said), (1, 1), "{said}");
    }
    for guessed in [
        "Your order HL-1001 was shipped with Harbour Post and arrives on 6 December 2026.",
        "The order arrives at 16:30.",
        "In total the order came to £59.90.",
        "Ihre Bestellung HL-1001 kommt am 7. Dezember 2026.",
        "The castle was built by King Edward after the siege.",
        // It is not in the source that it names.
        "Your order was shipped with Harbour Post and arrives on 3 December 2026 [1].",
        "A full service costs £95 [1].",
    ] {
        assert_eq!(counted(guessed), (0, 1), "{guessed}");
    }
    assert_eq!(counted("It was shipped. Anything else?"), (0, 0));
}
