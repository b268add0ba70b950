use proptest::prelude::*;
use protocol::DocumentId;

use super::*;

fn hit(n: u64, words: f64) -> Hit {
    Hit {
        document_id: DocumentId::from_bits(u128::from(n)),
        ord: 0,
        url: format!("https://x.test/{n}"),
        title: "T".into(),
        heading_path: Vec::new(),
        text: "We are open from ten to four.".into(),
        score: words,
        words: Some(words),
        meaning: None,
    }
}

/// With one passage that clearly says it.
fn alone(question: &str, language: Language) -> Result<(), Hard> {
    weigh(&Asked::alone(question), language, &[hit(1, 0.9), hit(2, 0.4)], false, false)
}

#[rustfmt::skip]
const SIMPLE: &[(Language, &[&str])] = &[
    (Language::En, &["When are you open on Sundays?", "What does the Captain service cost?", "opening hours", "Hi! Which buses stop near the shop?", "How far is the car park from the station?", "Can I pay with American Express?"]),
    (Language::Es, &["¿Cuánto cuesta la ruta guiada al faro?", "¿A qué hora abren los domingos?", "¿Aceptan tarjetas de crédito?", "horario de la tienda"]),
    (Language::Fr, &["Combien coûte la révision complète ?", "Quels sont vos horaires le dimanche ?", "Acceptez-vous les cartes bancaires ?", "Le parking est gratuit le week-end ?"]),
    (Language::De, &["Was kostet das Fährpaket?", "Wann haben Sie am Sonntag geöffnet?", "Wie lange dauert die Inspektion?", "Wie ist die Adresse der Werkstatt?"]),
    (Language::Pt, &["Quanto custa a revisão completa?", "Qual é o horário aos domingos?", "Onde fica o estacionamento?", "Aceitam cartões de crédito?"]),
    (Language::Ja, &["日曜日は何時に開きますか？", "駐車場の料金はいくらですか？", "クレジットカードは使えますか？", "お店の住所はどこですか？"]),
    (Language::Ar, &["متى تفتحون المتجر يوم الأحد؟", "كم سعر الصيانة الكاملة؟", "أين يقع موقف السيارات؟", "ما هو رقم الهاتف؟"]),
    (Language::Zh, &["星期天几点开门？", "停车场收费多少钱？", "可以用支付宝付款吗？", "你们的微信号是什么？"]),
    (Language::He, &["מתי אתם פתוחים ביום ראשון?", "כמה עולה הטיפול המלא?", "איפה נמצא החניון?", "האם אפשר לשלם בכרטיס אשראי?"]),
];

#[rustfmt::skip]
const HARD: &[(Language, &[&str])] = &[
    (Language::En, &["Why is the Captain service so expensive?", "How do I bleed hydraulic brakes?", "Is the Bosun better than the Captain?", "When do you open and how much is parking?", "What happens if the bike is stolen?", "Where is my order?", "Which service should a beginner take?", "Do you repair scooters? What does a new tyre for one cost?"]),
    (Language::Es, &["¿Por qué cierran los lunes?", "¿Cómo se cambia un neumático?", "¿Qué diferencia hay entre los dos planes?", "¿Dónde está mi pedido?", "¿Qué pasa si llueve el día de la ruta?", "¿Cuándo abren y cuánto cuesta?"]),
    (Language::Fr, &["Pourquoi la révision est-elle si chère ?", "Comment changer un pneu ?", "Quelle est la différence entre les deux formules ?", "Que se passe-t-il si le vélo est volé ?", "Quand arrive ma commande ?"]),
    (Language::De, &["Warum kostet die Inspektion so viel?", "Wie kann ich die Bremsen entlüften?", "Was ist der Unterschied zwischen den Paketen?", "Was passiert, wenn das Rad gestohlen wird?", "Wo ist meine Bestellung?", "Welches Paket empfehlen Sie einem Anfänger?"]),
    (Language::Pt, &["Por que fecham às segundas?", "Como trocar um pneu?", "Qual é a diferença entre os dois planos?", "Onde está o meu pedido?", "Qual é o horário e quanto custa?"]),
    (Language::Ja, &["なぜ月曜日は休みですか？", "タイヤの交換はどうやってしますか？", "二つのプランの違いは何ですか？", "自転車が盗まれた場合はどうなりますか？", "初心者にはどのプランがおすすめですか？"]),
    (Language::Ar, &["لماذا تغلقون يوم الاثنين؟", "كيف أغير إطار الدراجة؟", "ما الفرق بين الخطتين؟", "ماذا يحدث إذا سرقت الدراجة؟", "متى تفتحون وكم سعر الدخول؟"]),
    (Language::Zh, &["为什么星期一关门？", "怎么更换轮胎？", "两个套餐有什么区别？", "如果自行车被偷了会怎样？", "我的订单在哪里？"]),
    (Language::He, &["למה אתם סגורים ביום שני?", "איך מחליפים צמיג באופניים?", "מה ההבדל בין שתי התוכניות?", "מה קורה אם האופניים נגנבים?", "איפה ההזמנה שלי?"]),
];

#[test]
fn one_fact_is_simple_in_every_language() {
    for (language, questions) in SIMPLE {
        for question in *questions {
            assert_eq!(alone(question, *language), Ok(()), "{question}");
        }
    }
}

#[test]
fn reasons_ways_comparisons_cases_and_parts_are_not_in_any_language() {
    for (language, questions) in HARD {
        for question in *questions {
            let verdict = alone(question, *language);
            assert!(matches!(verdict, Err(Hard::Reasons | Hard::Parts)), "{question}: {verdict:?}");
        }
    }
}

#[test]
fn what_leans_on_earlier_turns_or_is_long_is_not() {
    let after = Asked::after("And on Sundays?", ["When is the harbour office open?"].into_iter());
    let found = [hit(1, 0.9), hit(2, 0.4)];
    assert_eq!(weigh(&after, Language::En, &found, false, false), Err(Hard::FollowUp));
    assert_eq!(alone("How much is it?", Language::En), Err(Hard::FollowUp), "nothing was said before");
    let long = "Which of the services that are on the list of prices for this year can be had on a Sunday in the middle of winter?";
    assert_eq!(alone(long, Language::En), Err(Hard::Long));
    assert_eq!(
        alone("请问从火车站坐公共汽车到你们在港口旁边的那家租自行车的商店一共需要多少时间呢？", Language::Zh),
        Err(Hard::Long)
    );
}

#[test]
fn an_agent_with_tools_and_an_unclear_retrieval_are_for_its_own_models() {
    let asked = Asked::alone("When are you open on Sundays?");
    let verdict = |sources: &[Hit], few, tools| weigh(&asked, Language::En, sources, few, tools);
    let clear = [hit(1, 0.9), hit(2, 0.4)];
    assert_eq!(verdict(&clear, false, false), Ok(()));
    assert_eq!(verdict(&clear, false, true), Err(Hard::Tools));
    assert_eq!(verdict(&clear, true, false), Err(Hard::Unsure), "its answer is marked as unsure");
    assert_eq!(verdict(&[], false, false), Err(Hard::Unsure));
    assert_eq!(verdict(&[hit(1, CLEAR - 0.01), hit(2, 0.1)], false, false), Err(Hard::Unsure));
    assert_eq!(verdict(&[hit(1, 0.9), hit(2, 0.7)], false, false), Err(Hard::Divided));
    assert_eq!(verdict(&[hit(1, 0.9), hit(2, 0.3), hit(3, 0.95)], false, false), Err(Hard::Divided));
    // Found by a cosine alone: no word of the question is in it.
    let meant = Hit { words: None, meaning: Some(0.9), ..hit(1, 0.9) };
    assert_eq!(verdict(&[meant.clone(), hit(2, 0.4)], false, false), Err(Hard::Unsure));
    assert_eq!(verdict(&[hit(1, 0.9), meant], false, false), Ok(()));
}

#[test]
fn cues_are_as_questions_are_compared() {
    for cue in CUES.split('|') {
        assert!(cue.trim().chars().next().is_some());
        assert_eq!(text::fold(cue), cue);
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_is_judged(question in ".{0,400}", scores in prop::collection::vec(-1.0..2.0_f64, 0..6), few: bool, tools: bool) {
        let sources: Vec<Hit> = scores.iter().zip(1..).map(|(score, n)| hit(n, *score)).collect();
        let asked = Asked::alone(&question);
        for language in [Language::En, Language::Fr, Language::Ar, Language::He, Language::Zh, Language::Ja] {
            let verdict = weigh(&asked, language, &sources, few, tools);
            prop_assert_eq!(verdict, weigh(&asked, language, &sources, few, tools));
            if few || tools || sources.is_empty() {
                prop_assert!(verdict.is_err());
            }
        }
    }
}
