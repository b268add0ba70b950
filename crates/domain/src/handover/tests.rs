use super::*;
use crate::language::Language;

/// How visitors ask for a person.
const ASKS: &[&str] = &[
    "I want to talk to a real person",
    "Can I speak with someone please?",
    "speak to an agent",
    "HUMAN PLEASE",
    "Could you connect me to a representative",
    "please transfer me to an operator",
    "I need a human now",
    "Is there a live agent?",
    "agent",
    "put me through to your team",
    "Quiero hablar con una persona",
    "¿Puedo hablar con un agente humano?",
    "pásame con un asesor",
    "necesito hablar con alguien",
    "quiero atención humana",
    "Je voudrais parler à un conseiller",
    "puis-je parler avec quelqu'un ?",
    "Passez-moi un humain",
    "je veux un humain",
    "mettez-moi en relation avec une personne",
    "Ich möchte mit einem Menschen sprechen",
    "Kann ich bitte mit jemandem reden?",
    "Verbinden Sie mich mit einem Mitarbeiter",
    "ich will einen Mitarbeiter sprechen",
    "echter Mensch",
    "Quero falar com um atendente",
    "posso falar com alguém?",
    "preciso falar com uma pessoa de verdade",
    "atendimento humano",
    "me transfere para um atendente",
    "人と話したいです",
    "オペレーターにつないでください",
    "担当者と話せますか",
    "スタッフと話したい",
    "有人チャットはありますか",
    "أريد التحدث مع موظف",
    "ممكن أتكلم مع شخص حقيقي؟",
    "حولني إلى موظف",
    "هل يمكنني التحدث إلى أحد؟",
    "转人工",
    "我要找真人",
    "请帮我接人工客服",
    "可以和真人聊吗",
    "אני רוצה לדבר עם נציג",
    "אפשר לדבר עם בן אדם?",
    "תעבירו אותי לנציג",
    "נציג אנושי",
];

/// What they ask of a shop, with the same words.
const QUESTIONS: &[&str] = &[
    "Do you have a human resources department?",
    "Is this wig made of real human hair?",
    "How many people fit into the cabin?",
    "What does a ticket cost per person?",
    "Which cleaning agent do you recommend?",
    "Do I need a person to sign for the delivery?",
    "How do I talk to my manager about a refund policy?",
    "I don't want to talk to a person, just tell me the price",
    "Can I book without speaking to anyone?",
    "Can I return it without having to talk to someone?",
    "Does the machine need an operator?",
    "Do I have to talk to someone before I order?",
    "Are you open on Sundays?",
    "¿Cuántas personas caben?",
    "¿Cuánto cuesta por persona?",
    "No quiero hablar con un agente, solo el precio",
    "Combien coûte une nuit par personne ?",
    "Je ne veux pas parler à un conseiller",
    "Wie viele Mitarbeiter sprechen Deutsch?",
    "Kostet es pro Person extra?",
    "Ich möchte nicht mit einem Mitarbeiter sprechen",
    "Quantas pessoas cabem na sala?",
    "Não quero falar com um atendente",
    "何人まで乗れますか",
    "友人と話したいのですが、個室はありますか",
    "一人いくらですか",
    "كم السعر للشخص الواحد؟",
    "每人多少钱？",
    "这是人工湖吗？",
    "我不要人工客服",
    "כמה עולה לאדם?",
    "כמה אנשים נכנסים?",
];

fn asked(text: &str) -> Option<Step> {
    decide(&HandoverSettings::default(), text, Moment::Asked)
}

fn answered(text: &str, unsure: u32) -> Option<HandoverReason> {
    decide(&HandoverSettings::default(), text, Moment::Answered { unsure }).map(|step| step.reason)
}

#[test]
fn a_person_is_asked_for_in_nine_languages() {
    assert!(ASKS.len() >= 40);
    let missed: Vec<_> =
        ASKS.iter().filter(|text| asked(text).map(|s| s.reason) != Some(HandoverReason::Asked)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn the_widget_s_own_button_asks_for_a_person() {
    let labels: serde_json::Value =
        serde_json::from_str(include_str!("../../../../widget/src/labels.json")).unwrap();
    for language in Language::ALL {
        let label = labels[language.code()]["Person"].as_str().unwrap();
        assert!(asked(label).is_some(), "{label}");
    }
}

#[test]
fn questions_about_people_are_questions() {
    let taken: Vec<_> = QUESTIONS.iter().filter(|text| asked(text).is_some()).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

#[test]
fn case_accents_punctuation_and_what_stands_around_change_nothing() {
    for text in ASKS {
        let shouted = format!("  {}!! ", text.to_uppercase());
        assert!(asked(&shouted).is_some(), "{shouted}");
    }
    for text in QUESTIONS {
        assert!(asked(&format!("{}  …", text.to_uppercase())).is_none(), "{text}");
    }
}

#[test]
fn lost_patience_shows_and_a_hard_question_does_not() {
    for text in [
        "this is useless",
        "THAT IS NOT WHAT I ASKED",
        "you don't understand me",
        "no me entiendes",
        "c'est ridicule",
        "Das ist lächerlich",
        "isso é perda de tempo",
        "話が通じない",
        "答非所问",
        "זה בזבוז זמן",
        "هذا سخيف",
    ] {
        assert_eq!(answered(text, 0), Some(HandoverReason::Frustrated), "{text}");
    }
    for text in
        ["Do you sell USB and HDMI cables?", "Where is the SPA?", "OK", "IBM", "Why is it so expensive?"]
    {
        assert_eq!(answered(text, 0), None, "{text}");
    }
}

#[test]
fn a_person_is_offered_after_two_unsure_answers_and_not_after_one() {
    assert_eq!(answered("Do you sell boats?", 1), None);
    assert_eq!(answered("Do you sell boats?", 2), Some(HandoverReason::Unsure));
}

#[test]
fn the_most_urgent_rule_that_applies_decides() {
    let rule = |words: &[&str], urgency, connect, high_value| HandoverRule {
        words: words.iter().map(|w| (*w).into()).collect(),
        urgency,
        connect,
        alert: connect,
        high_value,
    };
    let settings = HandoverSettings {
        rules: vec![
            rule(&["pricing", "enterprise plan"], Urgency::Normal, false, true),
            rule(&["burst pipe"], Urgency::Urgent, true, false),
            rule(&["gas leak", "Gasleck", "瓦斯漏"], Urgency::Emergency, true, false),
        ],
        ..HandoverSettings::default()
    };
    let step = decide(&settings, "Burst pipe and a GAS LEAK!", Moment::Asked).unwrap();
    assert_eq!((step.urgency, step.reason, step.alert), (Urgency::Emergency, HandoverReason::Keyword, true));
    assert!(decide(&settings, "瓦斯漏了", Moment::Asked).is_some());
    assert!(decide(&settings, "the gasleaks", Moment::Asked).is_none());
    // What is only offered waits for the answer.
    assert!(decide(&settings, "your enterprise plan?", Moment::Asked).is_none());
    let step = decide(&settings, "your enterprise plan?", Moment::Answered { unsure: 0 }).unwrap();
    assert_eq!((step.reason, step.connect), (HandoverReason::HighValue, false));
    let off = HandoverSettings { enabled: false, ..settings };
    assert_eq!(decide(&off, "gas leak, give me a human", Moment::Asked), None);
    assert_eq!(decide(&off, "useless bot", Moment::Answered { unsure: 9 }), None);
}

#[test]
fn only_the_documented_moves_are_allowed() {
    use Move as M;
    use Standing as S;
    let states = [S::Bot, S::Waiting, S::Human, S::Resolved, S::Abandoned];
    let moves = [M::Request, M::Claim, M::HandBack, M::Resolve, M::Leave, M::Return];
    let allowed: Vec<_> =
        states.iter().flat_map(|s| moves.iter().filter_map(|m| Some((*s, *m, next(*s, *m)?)))).collect();
    assert_eq!(
        allowed,
        vec![
            (S::Bot, M::Request, S::Waiting),
            (S::Bot, M::Claim, S::Human),
            (S::Bot, M::Resolve, S::Resolved),
            (S::Bot, M::Leave, S::Abandoned),
            (S::Waiting, M::Claim, S::Human),
            (S::Waiting, M::HandBack, S::Bot),
            (S::Waiting, M::Resolve, S::Resolved),
            (S::Waiting, M::Leave, S::Abandoned),
            (S::Human, M::HandBack, S::Bot),
            (S::Human, M::Resolve, S::Resolved),
            (S::Human, M::Leave, S::Abandoned),
            (S::Resolved, M::Return, S::Bot),
            (S::Abandoned, M::Return, S::Bot),
        ]
    );
}

#[test]
fn a_way_to_be_reached_is_noticed() {
    for text in [
        "ann@example.com",
        "Mail <a.b@c.co.uk>, please",
        "call +44 (0)20 7946-0958",
        "030/1234567",
        "(030) 123 45 67",
        "(555) 123-4567",
        "Call 555-123-4567 tomorrow",
        "1-555-123-4567",
        "Mi número es 612 34 56 78",
        "612 345 678",
        "Ligue 11 91234-5678",
        "912 345 678",
        "tél. 06 12 34 56 78",
        "06-12-34-56-78",
        "0171 2345678",
        "電話は090-1234-5678です",
        "手机 138 0013 8000",
        "هاتفي ٠٥٠١٢٣٤٥٦٧",
        "הטלפון 052-1234567",
        "+4930123456",
        "0049 30 123456",
        // Whoever was asked for one may write nothing else.
        "612345678",
        "5551234567",
        " 13800138000 ",
    ] {
        assert!(leaves_contact(text), "{text}");
    }
}

#[test]
fn days_times_prices_and_orders_are_no_way_to_be_reached() {
    for text in [
        "in 2026",
        "£1,200.50",
        "@frontdesk",
        "a@b",
        "no thanks",
        "12.11.2026 at 10:30",
        "Are you open on 2026-12-24?",
        "2026-12-24",
        "¿Abren el 24/12/2026?",
        "01/02/2026",
        "24-12-2026 10:30",
        "2026-12-24 - 2026-12-31",
        "24/12/2026 - 31/12/2026",
        "01/12/26 - 05/12/26",
        "24 12 2026",
        "٢٤/١٢/٢٠٢٦",
        "2026年12月24日は開いていますか",
        "20261224",
        "2024-2026",
        "2026/2027",
        "from 9-12 and 14-18, 9-12 14-18",
        "08-12 13-18",
        "12345678",
        "Where is 12345678?",
        "Wo ist meine Bestellung 4711000815?",
        "order HL-100-2345",
        "#100-2345",
        "2026-00123",
        "1 200 000 euros",
        "IBAN DE89 3704 0044 0532 0130 00",
    ] {
        assert!(!leaves_contact(text), "{text}");
    }
}

#[test]
fn every_saying_is_said_in_every_language() {
    for saying in [Saying::Connecting(3), Saying::LeaveContact, Saying::ContactKept, Saying::Closed] {
        let mut said: Vec<_> = Language::ALL.iter().map(|language| say(saying, *language)).collect();
        assert!(said.iter().all(|words| !words.contains('{') && words.chars().count() > 8));
        assert!(saying != Saying::Connecting(3) || said.iter().all(|words| words.contains('3')));
        said.sort();
        said.dedup();
        assert_eq!(said.len(), Language::ALL.len());
    }
}
