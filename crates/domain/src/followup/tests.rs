use super::*;

/// An earlier question, one that goes on from it, one that stands by itself.
const PAIRS: &[(&str, &str, &str)] = &[
    ("When are you open?", "And on Sundays?", "What are the opening hours on Sunday?"),
    ("Do you rent out tandems?", "How much is it?", "How much is a day ticket?"),
    ("Do you rent out tandems?", "How much does it cost per day?", "Is there a discount for students?"),
    ("What is your refund policy?", "What about sale items?", "Can sale items be returned?"),
    ("Do you deliver?", "How long does that take?", "How long does delivery take?"),
    ("Is the pool heated?", "And for children?", "Is it possible to cancel a booking?"),
    ("Who founded the company?", "When was he born?", "When was the company founded?"),
    ("Is breakfast included?", "on weekends?", "Where can I park?"),
    ("Do you repair e-bikes?", "Why?", "Do you repair wheelchairs?"),
    ("Do you have family rooms?", "Are they quiet?", "Are dogs allowed in the rooms?"),
    ("¿Cuándo abren?", "¿Y los domingos?", "¿Cuál es el horario de los domingos?"),
    ("¿Alquilan tándems?", "¿Cuánto cuesta?", "¿Cuánto cuesta la entrada?"),
    ("¿Tienen cursos de cocina?", "¿y para niños?", "¿Tienen menú infantil?"),
    ("¿Hacen envíos?", "¿Cuánto tarda?", "¿Cuánto tarda el envío a Canarias?"),
    ("¿Hay piscina?", "¿Y con perro?", "¿Se admiten perros?"),
    ("¿Dónde está el museo?", "¿y el castillo?", "¿Qué obras se exponen en el museo?"),
    ("¿Reparan relojes?", "¿por qué?", "¿Qué garantía tiene la reparación?"),
    ("Quand êtes-vous ouverts ?", "Et le dimanche ?", "Quels sont les horaires du dimanche ?"),
    ("Louez-vous des tandems ?", "Combien ça coûte ?", "Combien coûte la location d'un vélo ?"),
    ("Proposez-vous des cours ?", "et pour les enfants ?", "Y a-t-il un parking gratuit ?"),
    ("Livrez-vous ?", "Pourquoi ?", "Livrez-vous en Belgique ?"),
    ("La piscine est-elle chauffée ?", "Est-elle couverte ?", "La terrasse est-elle couverte ?"),
    (
        "Faites-vous des réparations ?",
        "Combien de temps cela prend ?",
        "Quelle est la durée d'une réparation ?",
    ),
    ("Acceptez-vous les chiens ?", "avec un supplément ?", "Quel est le supplément pour un chien ?"),
    ("Wann habt ihr geöffnet?", "Und sonntags?", "Wie sind die Öffnungszeiten am Sonntag?"),
    ("Vermieten Sie Tandems?", "Was kostet das?", "Was kostet ein Tandem pro Tag?"),
    ("Bieten Sie Kurse an?", "Und für Kinder?", "Gibt es Kurse für Kinder?"),
    ("Liefern Sie?", "Wie lange dauert es?", "Wie lange dauert eine Lieferung nach Österreich?"),
    ("Reparieren Sie Uhren?", "Warum nicht?", "Reparieren Sie Taschenuhren?"),
    ("Ist Frühstück inklusive?", "Am Wochenende?", "Welche Haustiere sind erlaubt?"),
    ("Haben Sie ein Familienzimmer?", "Wie groß ist es?", "Wie groß ist das Familienzimmer?"),
    ("Quando abrem?", "E aos domingos?", "Qual é o horário de domingo?"),
    ("Alugam bicicletas?", "Quanto custa?", "Quanto custa alugar uma bicicleta?"),
    ("Têm cursos?", "e para crianças?", "Há cursos para crianças?"),
    ("Fazem entregas?", "Quanto demora?", "Quanto demora a entrega em Lisboa?"),
    ("A piscina é aquecida?", "Por quê?", "Qual é a temperatura da piscina?"),
    ("Quem fundou a empresa?", "Onde ela nasceu?", "Onde fica a sede da empresa?"),
    ("何時に開きますか？", "日曜日は？", "日曜日の営業時間を教えてください"),
    ("自転車を借りられますか？", "いくらですか？", "自転車のレンタル料金はいくらですか？"),
    ("配達していますか？", "それはどのくらいかかりますか？", "配達にはどのくらいかかりますか？"),
    ("朝食は付いていますか？", "では、子供の場合は？", "子供の朝食料金を教えてください"),
    ("修理できますか？", "なぜですか？", "修理の保証期間はありますか？"),
    ("プールはありますか？", "そこは何時までですか？", "プールは何時まで利用できますか？"),
    ("متى تفتحون؟", "ويوم الأحد؟", "ما هي ساعات العمل يوم الأحد؟"),
    ("هل تؤجرون الدراجات؟", "بكم؟", "بكم استئجار دراجة ليوم واحد؟"),
    ("هل تؤجرون الدراجات؟", "وكم سعرها؟", "كم سعر الدراجة الكهربائية؟"),
    ("هل لديكم دورات؟", "وماذا عن الأطفال؟", "هل توجد دورات للأطفال؟"),
    ("هل توصلون الطلبات؟", "لماذا؟", "هل توصلون الطلبات إلى جدة؟"),
    ("هل لديكم مسبح؟", "هل هو مدفأ؟", "هل المسبح مدفأ في الشتاء؟"),
    ("你们几点开门？", "周日呢？", "周日的营业时间是几点到几点？"),
    ("可以租自行车吗？", "多少钱？", "租自行车一天多少钱？"),
    ("有课程吗？", "那儿童呢？", "有没有儿童课程？"),
    ("你们送货吗？", "要多久？", "送货到上海需要几天？"),
    ("有游泳池吗？", "它是恒温的吗？", "游泳池的水是恒温的吗？"),
    ("可以带狗吗？", "为什么？", "带狗入住要加收费用吗？"),
    ("早餐包括在内吗？", "那周末呢？", "周末早餐几点开始供应？"),
    ("מתי אתם פתוחים?", "ובשבת?", "מה שעות הפתיחה בשבת?"),
    ("אתם משכירים אופניים?", "כמה זה עולה?", "כמה עולה השכרת אופניים ליום?"),
    ("יש לכם קורסים?", "ומה עם ילדים?", "האם יש קורסים לילדים?"),
    ("אתם עושים משלוחים?", "למה?", "כמה זמן לוקח משלוח לחיפה?"),
    ("יש בריכה?", "היא מחוממת?", "האם הבריכה מחוממת בחורף?"),
    ("אפשר להביא כלב?", "וכמה זה עולה?", "מה התוספת עבור כלב?"),
    ("ארוחת בוקר כלולה?", "ובסוף השבוע?", "באיזו שעה מוגשת ארוחת הבוקר?"),
];

#[test]
fn a_follow_up_takes_the_earlier_question_along() {
    let missed: Vec<&str> = PAIRS
        .iter()
        .filter(|(earlier, follows, _)| Asked::after(follows, [*earlier].into_iter()).context != *earlier)
        .map(|(_, follows, _)| *follows)
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    let asked = Asked::after("And on Sundays?", ["When are you open?"].into_iter());
    assert_eq!(asked.whole(), "When are you open?\nAnd on Sundays?");
}

#[test]
fn a_question_that_stands_by_itself_takes_nothing_along() {
    let wrong: Vec<&str> = PAIRS
        .iter()
        .flat_map(|(earlier, _, alone)| [*earlier, *alone])
        .filter(|alone| *Asked::after(alone, ["Before?"].into_iter()).whole() != **alone)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_chain_of_follow_ups_goes_back_to_the_question_that_began_it() {
    let earlier = ["Where are you?", "Do you rent out tandems?", "How much is it?"];
    let asked = Asked::after("And on Sundays?", earlier.into_iter());
    assert_eq!(asked.context, "Do you rent out tandems?\nHow much is it?");
    assert_eq!(Asked::after("Why?", std::iter::empty()).context, "");
}

#[test]
fn greetings_thanks_and_topics_of_one_word_ask_anew() {
    let whole = [
        "Hello",
        "Thanks!",
        "Parking?",
        "Opening hours",
        "Precios",
        "Hallo",
        "Merci",
        "价格",
        "料金",
        "שלום",
        "مرحبا",
        "ok",
        "?!",
        "",
    ];
    let wrong: Vec<&str> = whole.into_iter().filter(|text| goes_on(text, None)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
