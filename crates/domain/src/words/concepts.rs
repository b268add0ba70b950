//! Ideas that visitors and sites name differently: "What does it cost?" is answered by "Prices" and by "£12".
//! A word of a concept is indexed with the concept's name beside it, so synonyms meet across nine languages.

use std::{collections::HashMap, sync::LazyLock};

use super::{Class, Token, stem};
use crate::language::Language;
use crate::text::{Script, fold, script};

/// A concept, then its words by language: en es fr de pt ar he, and pairs of characters for zh and ja.
type Concept = (&'static str, [&'static str; 8]);

const PRICE: &str = "§price";
const TIME: &str = "§time";

#[rustfmt::skip]
const CONCEPTS: &[Concept] = &[
    (PRICE, ["price cost fee charge tariff pricing", "precio cuesta costar coste tarifa importe", "prix coute tarif cout", "preis kosten kostet gebuhr tarif", "preco custo custa tarifa valor", "سعر اسعار تكلفه يكلف رسوم ثمن", "מחיר עולה עלות תעריף", "价格 价钱 费用 收费 多少钱 料金 値段 価格 費用"]),
    ("§hours", ["open opening hour closed close closing", "abre abren abierto apertura horario cierra cierran cerrado", "ouvert ouverture horaire ouvrez ferme fermeture", "geoffnet offnungszeiten offnung offnen geschlossen schliessen", "aberto abre abrem horario fecha fechado", "مفتوح تفتحون يفتح مواعيد ساعات مغلق", "פתוח פתיחה פותחים שעות סגור", "营业 开门 关门 開門 営業 開店 閉店"]),
    ("§phone", ["phone telephone call mobile ring", "telefono llamar movil", "telephone appeler tel", "telefon anrufen telefonnummer handy", "telefone ligar celular", "هاتف تلفون اتصال جوال", "טלפונ להתקשר נייד", "电话 電話"]),
    ("§email", ["email", "correo email", "courriel email", "email", "email", "بريد ايميل", "מייל אימייל דואל", "邮箱 邮件 郵件"]),
    ("§place", ["address located location directions", "direccion ubicacion ubicado encuentra", "adresse situe emplacement", "adresse standort anfahrt liegt", "endereco localizacao fica", "عنوان موقع", "כתובת ממוקמ נמצא", "地址 位于 地点 住所 場所"]),
    ("§book", ["book booking reserve reservation appointment", "reservar reserva cita", "reserver reservation", "buchen buchung reservieren reservierung termin", "reservar reserva marcar agendar", "حجز احجز موعد", "להזמינ הזמנה תור", "预订 预约 予約"]),
    ("§hire", ["hire rent rental", "alquilar alquiler", "louer location", "mieten verleih leihen ausleihen miete", "alugar aluguel", "ايجار استئجار تاجير", "לשכור השכרה השכרת", "租借 出租 租车 租金 貸出 借り"]),
    ("§repair", ["repair fix mend", "reparar reparacion arreglar", "reparer reparation", "reparieren reparatur", "reparar conserto consertar", "اصلاح تصليح", "תיקונ לתקנ", "修理 维修 修车"]),
    ("§deliver", ["deliver delivery ship shipping postage", "envio enviar entrega", "livraison livrer expedier", "lieferung liefern versand versenden", "entrega envio enviar frete", "توصيل شحن", "משלוח שליחה", "送货 配送 发货 配達"]),
    ("§refund", ["refund return reimburse", "devolucion devolver reembolso", "remboursement retour rembourser", "ruckgabe erstattung zuruckgeben ruckerstattung", "devolucao devolver reembolso", "استرداد ارجاع استرجاع", "החזר החזרה להחזיר", "退款 退货 返品 返金"]),
    ("§warranty", ["warranty guarantee", "garantia", "garantie", "garantie gewahrleistung", "garantia", "ضمان", "אחריות", "保修 质保 保証"]),
    ("§discount", ["discount reduction reduced concession", "descuento rebaja", "remise reduction rabais", "rabatt ermassigung", "desconto", "خصم تخفيض", "הנחה הנחות", "折扣 优惠 割引"]),
    ("§pay", ["pay payment", "pagar pago", "payer paiement", "bezahlen zahlen zahlung", "pagar pagamento", "دفع", "לשלמ תשלומ", "付款 支付 支払"]),
    ("§job", ["job career vacancy vacancies recruit", "empleo vacante", "emploi recrutement", "stelle stellenangebot karriere", "emprego vaga", "وظيفه وظائف توظيف", "משרה משרות דרושימ", "招聘 职位 求人 採用"]),
    ("§park", ["park parking", "aparcar aparcamiento estacionamiento", "parking stationnement garer", "parken parkplatz", "estacionar estacionamento", "موقف مواقف", "חניה לחנות", "停车 駐車"]),
    ("§cancel", ["cancel cancellation", "cancelar cancelacion anular", "annuler annulation", "stornieren stornierung absagen", "cancelar cancelamento", "الغاء", "ביטול לבטל", "取消 解約"]),
    ("§child", ["child children kid", "nino ninos infantil", "enfant", "kind kinder", "crianca criancas", "طفل اطفال", "ילד ילדימ", "儿童 孩子 小孩 子供"]),
    ("§bike", ["bike bicycle cycle", "bici bicicleta", "velo bicyclette", "fahrrad rad fahrrader rader", "bicicleta bike", "دراجه دراجات", "אופניימ אופני", "自行 单车 自転"]),
    ("§car", ["car vehicle automobile", "coche auto vehiculo carro", "voiture vehicule auto", "auto wagen fahrzeug", "carro veiculo", "سياره سيارات", "רכב מכונית", "汽车 车辆 自動"]),
    ("§buy", ["buy purchase", "comprar compra", "acheter achat", "kaufen kauf", "comprar compra", "شراء", "לקנות קניה", "购买 購入"]),
    ("§begin", ["begin start commence", "empezar empieza comienza comenzar", "commencer commence debut", "beginnen beginnt anfangen startet", "comecar comeca inicio", "يبدا بدايه", "מתחיל מתחילה התחלה", "开始 出发 開始"]),
    ("§founded", ["founded founder established", "fundada fundado fundador", "fondee fonde fondateur", "gegrundet grunder grundung", "fundada fundado fundador", "تاسست مؤسس", "נוסד הוקמ מייסד", "成立 创办 創業 設立"]),
    ("§team", ["staff team employee", "equipo personal empleado", "equipe personnel employe", "team mitarbeiter personal", "equipe funcionario", "فريق موظف", "צוות עובד", "员工 团队 社員"]),
    ("§dog", ["dog pet", "perro mascota", "chien", "hund haustier", "cachorro cao", "كلب", "כלב", "宠物 小狗 ペッ"]),
    ("§member", ["member membership subscription", "socio miembro membresia", "membre adhesion abonnement", "mitglied mitgliedschaft", "membro socio", "عضو عضويه", "חבר חברות מנוי", "会员 会員"]),
    ("§allowed", ["allowed permitted", "permitido", "autorise permis", "erlaubt", "permitido", "مسموح", "מותר", "允许 可以"]),
    ("§puncture", ["puncture flat", "pinchazo", "crevaison", "platten reifenpanne panne", "furo", "ثقب", "פנצר תקר", "补胎 爆胎 パン"]),
    ("§duration", ["duration long last lasts", "duracion dura tarda", "duree dure", "dauer dauert", "duracao dura demora", "مده يستغرق", "משכ אורכ", "多久 時間"]),
    ("§size", ["size dimension", "talla tamano", "taille dimension", "grosse abmessung", "tamanho", "مقاس حجم", "גודל מידה", "尺寸 大小 サイ"]),
    ("§learn", ["course class lesson training workshop", "curso clase taller", "cours stage atelier", "kurs unterricht", "curso aula", "دوره درس", "קורס שיעור סדנה", "课程 教室 講座"]),
    ("§weight", ["weight weigh heavy load", "peso pesa carga", "poids pese charge", "gewicht wiegt schwer last", "peso pesa carga", "وزن حموله", "משקל שוקל", "重量 体重 重さ"]),
    ("§age", ["age old", "edad", "age", "alter alt mindestalter", "idade", "عمر سن", "גיל", "年龄 年齢"]),
    ("§distance", ["distance far mile kilometre", "distancia lejos kilometro", "distance loin kilometre", "entfernung weit entfernt kilometer strecke", "distancia longe quilometro", "مسافه بعد", "מרחק רחוק", "距离 公里 距離"]),
    ("§urgent", ["urgent urgently express emergency immediately", "urgente urgencia expres", "urgent urgence express", "dringend eilig express notfall", "urgente urgencia", "عاجل طوارئ", "דחופ חירומ", "紧急 加急 緊急"]),
    ("§stolen", ["steal stolen theft thief", "robo robado robar", "vol vole voler", "diebstahl gestohlen", "roubo roubado furto", "سرقه مسروق", "גניבה נגנב", "被盗 偷走 盗難"]),
    ("§used", ["used secondhand preowned refurbished", "usado segunda", "occasion", "gebraucht", "usado seminovo", "مستعمل", "משומש יד", "二手 中古"]),
    ("§electric", ["electric ebike", "electrico electrica", "electrique", "elektrisch ebike elektrorad pedelec", "eletrico eletrica", "كهربائي", "חשמלי חשמליימ", "电动 電動"]),
    ("§access", ["wheelchair accessible accessibility ramp", "accesible accesibilidad rampa", "accessible accessibilite rampe", "barrierefrei rollstuhl rampe", "acessivel acessibilidade rampa", "كرسي متحرك", "נגיש נגישות", "轮椅 无障 車椅"]),
    ("§train", ["train railway rail", "tren ferrocarril", "train gare", "zug bahn bahnhof", "trem comboio", "قطار", "רכבת", "火车 列车 電車"]),
    ("§walk", ["walk foot", "pie caminar andando", "pied marcher", "fuss laufen", "pe caminhar", "مشي", "רגל הליכה", "步行 徒歩"]),
    ("§camera", ["cctv camera footage surveillance", "camara videovigilancia", "camera videosurveillance", "kamera videouberwachung", "camera videovigilancia", "كاميرا", "מצלמה", "监控 摄像"]),
    ("§wifi", ["wifi wlan internet", "wifi internet", "wifi internet", "wlan wifi internet", "wifi internet", "انترنت واي", "אינטרנט וויפיי", "无线 上网"]),
    ("§late", ["late overdue delay", "tarde retraso", "retard tard", "spat verspatet verspatung", "atraso tarde", "تاخير متاخر", "איחור מאוחר", "迟到 逾期 遅れ"]),
    ("§liable", ["liable liability insurance insured excess", "seguro responsabilidad franquicia", "assurance responsabilite franchise", "haftung versicherung selbstbeteiligung", "seguro responsabilidade", "تامين مسؤوليه", "ביטוח", "保险 責任 保険"]),
    ("§least", ["minimum least", "minimo minima", "minimum", "mindestens minimum mindest", "minimo minima", "ادني", "מינימומ", "最低 最少"]),
    ("§most", ["maximum limit", "maximo maxima limite", "maximum limite", "maximal hochstens maximum", "maximo limite", "اقصي", "מקסימומ", "最多 最大 最高"]),
    ("§beginner", ["beginner novice", "principiante", "debutant", "anfanger einsteiger", "iniciante", "مبتدئ", "מתחיל מתחילימ", "初学 初心"]),
    ("§part", ["part spare component", "pieza repuesto recambio", "piece", "teil ersatzteil", "peca", "قطعه قطع", "חלק חלפימ", "零件 配件 部品"]),
    ("§voucher", ["voucher gift coupon", "vale cupon regalo", "bon cadeau", "gutschein geschenk", "vale presente cupom", "قسيمه هديه", "שובר מתנה", "礼品 礼券 代金"]),
    ("§company", ["company business firm", "empresa negocio", "entreprise societe", "firma unternehmen betrieb", "empresa negocio", "شركه", "חברה עסק", "公司 企业 会社"]),
    ("§food", ["food meal eat restaurant menu lunch dinner", "comida comer restaurante menu almuerzo cena", "repas manger restaurant menu dejeuner diner", "essen restaurant speisekarte mittagessen", "comida comer restaurante refeicao", "طعام مطعم وجبه", "אוכל מסעדה ארוחה", "餐厅 食物 吃饭 食事"]),
    ("§free", ["free complimentary", "gratis gratuito", "gratuit", "kostenlos gratis kostenfrei", "gratis gratuito", "مجاني مجانا", "חינמ", "免费 無料"]),
    ("§mechanic", ["mechanic technician", "mecanico tecnico", "mecanicien technicien", "mechaniker techniker", "mecanico tecnico", "ميكانيكي فني", "מכונאי טכנאי", "技师 师傅"]),
    ("§keep", ["keep kept store stored retain retention", "conservar guardar almacenar", "conserver garder stocker", "aufbewahren speichern gespeichert", "guardar armazenar", "حفظ تخزين", "לשמור נשמר", "保存 保管"]),
    ("§often", ["often every frequency", "frecuencia", "frequence", "haufig regelmassig", "frequencia", "كثيرا", "תדירות", "多久 频率"]),
];

static TABLE: LazyLock<HashMap<(Language, String), &'static str>> = LazyLock::new(|| {
    let order = [
        Language::En,
        Language::Es,
        Language::Fr,
        Language::De,
        Language::Pt,
        Language::Ar,
        Language::He,
        Language::Zh,
    ];
    let mut table = HashMap::new();
    for (name, words) in CONCEPTS {
        for (language, words) in order.into_iter().zip(words) {
            for word in words.split_ascii_whitespace() {
                let key = match language {
                    Language::Ar => stem::arabic(word).into_iter().next().unwrap_or_default(),
                    Language::He => stem::hebrew(word).into_iter().next().unwrap_or_default(),
                    Language::Zh => word.chars().take(2).collect(),
                    _ => stem::latin(word, language),
                };
                table.entry((language, key)).or_insert(*name);
            }
        }
    }
    table
});

/// The concept of a token, by its terms.
pub(super) fn of_token(token: &Token<'_>, terms: &[String], language: Language) -> Option<&'static str> {
    let language = match (token.class, token.text.chars().next().map(script)) {
        (Class::Cjk, _) => Language::Zh,
        (Class::Word, Some(Script::Arabic)) => Language::Ar,
        (Class::Word, Some(Script::Hebrew)) => Language::He,
        (Class::Word, _) => language,
        (Class::Number, _) => return number(token.text),
        (Class::Mixed, _) => return clock(token.text),
    };
    terms.iter().find_map(|term| TABLE.get(&(language, term.clone())).copied())
}

/// The concept of a folded word of Latin letters.
pub(super) fn of_word(word: &str, language: Language) -> Option<&'static str> {
    TABLE.get(&(language, stem::latin(word, language))).copied()
}

/// `8:30` is a time of day.
fn number(text: &str) -> Option<&'static str> {
    let (hours, minutes) = text.split_once([':', '：'])?;
    (hours.len() <= 2 && minutes.len() == 2).then_some(TIME)
}

/// `9am` and `18h` are times of day.
fn clock(text: &str) -> Option<&'static str> {
    let lower = fold(text);
    let rest = lower.trim_start_matches(|c: char| c.is_numeric());
    (rest.len() < lower.len() && matches!(rest, "am" | "pm" | "h" | "uhr" | "hs")).then_some(TIME)
}

/// What a question asks for without naming it, with its place: "how much" is about a price.
pub(super) fn implied(text: &str, language: Option<Language>) -> Vec<(usize, &'static str)> {
    let folded = fold(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| folded.contains(phrase));
    let mut found = Vec::new();
    let counted = folded.split("how much").nth(1).and_then(|rest| rest.split_whitespace().next());
    if counted.is_some_and(|next| {
        matches!(next, "is" | "are" | "do" | "does" | "for" | "to" | "would" | "will" | "it")
    }) || has(&["多少钱", "いくら", "بكم", "كم سعر", "كמה זה", "כמה עול"])
        || (language == Some(Language::De) && has(&["wie teuer", "was kostet"]))
    {
        found.push((0, PRICE));
    }
    if has(&[
        "what time",
        "a que hora",
        "um wie viel uhr",
        "quelle heure",
        "que horas",
        "几点",
        "何時",
        "באיזו שעה",
    ]) {
        found.push((0, TIME));
    }
    found
}

/// Characters and pairs that only hold Chinese or Japanese sentences together.
pub(super) fn holds_together(folded: &str) -> bool {
    const SINGLE: &str = "的了是在有吗呢吧么什谁哪几何和与或及而但也都就还从到向对为被把给将以于之其这那此你我他她它们您请个一不";
    const PAIRS: &[&str] = &[
        "什么",
        "多少",
        "怎么",
        "哪里",
        "哪个",
        "哪些",
        "何时",
        "为什",
        "如何",
        "是什",
        "么时",
        "是谁",
        "是否",
        "可以",
        "你们",
        "我们",
        "です",
        "ます",
        "すか",
        "ませ",
        "せん",
        "した",
        "して",
        "する",
        "ある",
        "あり",
        "りま",
        "いま",
        "ですか",
        "から",
        "まで",
        "には",
        "では",
        "とは",
        "なん",
        "どこ",
        "いつ",
        "どの",
        "どう",
        "もの",
        "こと",
        "くだ",
        "ださ",
        "さい",
        "てく",
        "られ",
        "れて",
        "いる",
        "何で",
        "でき",
        "きま",
        "とい",
        "いう",
        "うか",
        "のか",
        "ので",
        "んで",
        "教え",
        "えて",
    ];
    let mut characters = folded.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => SINGLE.contains(only),
        _ => PAIRS.contains(&folded),
    }
}
