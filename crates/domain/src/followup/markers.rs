//! By what a follow-up is known, language by language; folded as [`crate::text::fold`] does.

use crate::language::Language;

/// The marks of one language.
pub(super) struct Markers {
    /// Beginnings that join on to what was said.
    pub leads: &'static [&'static str],
    /// Beginnings of a word that do, with the letters such a word has at least.
    pub attached: &'static [(&'static str, usize)],
    /// Words that stand for something named before.
    pub pronouns: &'static [&'static str],
    /// Words that do unless a noun follows.
    pub demonstratives: &'static [&'static str],
    /// Phrases in which such a word stands for nothing.
    pub empty: &'static [&'static str],
    /// What is asked of a thing without naming it: "costs", "lasts".
    pub bare: &'static [&'static str],
    /// Words that ask.
    pub asking: &'static [&'static str],
    /// Questions of nothing but such words that are whole.
    pub alone: &'static [&'static str],
    /// Words with which a sentence is only added to.
    pub adds: &'static [&'static str],
}

#[rustfmt::skip]
const EN: Markers = Markers {
    leads: &["and", "what about", "how about", "and what about", "or", "but", "also", "then", "so"],
    attached: &[],
    pronouns: &["it", "they", "them", "its", "their", "he", "she", "him", "her", "his", "those", "ones"],
    demonstratives: &["that", "this", "these", "there", "one"],
    empty: &["is it possible", "is it ok", "is it okay", "is it allowed", "is it true", "is it necessary", "is it permitted", "is there", "are there", "there a", "there any", "is it safe", "is it legal", "does it matter", "is it hard to", "is it worth"],
    bare: &["cost", "costs", "much", "long", "last", "far", "big", "old", "tall", "heavy", "work", "mean", "include", "included", "open", "close", "happen", "free"],
    asking: &["why", "when", "where", "how", "what", "who", "which", "whose", "much", "many"],
    alone: &["who are you", "what are you", "where are you", "what do you do", "how are you", "can you", "when do you open", "when are you open", "are you open", "when do you close", "what time do you open", "what time do you close", "when you open", "how do you work", "what can you do", "how can you", "how do i", "are you closed", "do you open", "do you close"],
    adds: &["on", "at", "for", "with", "without", "in", "by", "from", "to", "during", "until", "before", "after", "since"],
};

#[rustfmt::skip]
const ES: Markers = Markers {
    leads: &["y", "e", "que tal", "y que tal", "o", "pero", "entonces", "tambien"],
    attached: &[],
    pronouns: &["ellos", "ellas", "eso", "esto", "ello"],
    demonstratives: &["ese", "esa", "esos", "esas", "ahi", "alli"],
    empty: &["a la", "de la", "en la", "por la", "con la", "para la", "la de", "es posible", "lo que", "por lo", "la tienda"],
    bare: &["cuesta", "cuestan", "vale", "valen", "dura", "duran", "incluye", "incluido", "queda", "tarda", "pesa", "mide", "sirve", "funciona", "significa", "abre", "abren", "cierra", "cierran", "gratis"],
    asking: &["por", "cuando", "donde", "como", "cual", "cuanto", "cuanta", "cuantos", "quien", "que"],
    alone: &["quien eres", "como estas", "donde estan", "donde esta", "cuando abren", "que hacen", "a que hora abren", "a que hora cierran", "que horario", "quienes son", "abren", "cierran"],
    adds: &["en", "para", "con", "sin", "por", "desde", "hasta", "durante", "a"],
};

#[rustfmt::skip]
const FR: Markers = Markers {
    leads: &["et", "et pour", "qu en est il", "ou", "mais", "alors", "aussi"],
    attached: &[],
    pronouns: &["ca", "cela", "celui", "celle", "ceux", "celles", "eux", "il", "elle", "ils", "elles", "leur"],
    demonstratives: &["ce", "c"],
    empty: &["est ce que", "est ce qu", "y a t il", "il y a", "y a il", "est il possible", "qu est ce", "il faut", "faut il", "s il vous", "s il te"],
    bare: &["coute", "coutent", "dure", "durent", "vaut", "marche", "fonctionne", "inclus", "ouvert", "ferme", "gratuit", "signifie", "prend", "cher", "loin", "temps"],
    asking: &["pourquoi", "quand", "ou", "comment", "combien", "quel", "quelle", "qui", "quoi"],
    alone: &["qui etes vous", "ou etes vous", "comment allez vous", "quand ouvrez vous", "etes vous ouvert", "qui es tu", "que faites vous"],
    adds: &["pour", "avec", "sans", "en", "pendant", "depuis", "jusqu", "a", "chez", "par"],
};

#[rustfmt::skip]
const DE: Markers = Markers {
    leads: &["und", "und was ist mit", "was ist mit", "wie ist es mit", "wie sieht es mit", "wie steht es mit", "oder", "aber", "also", "dann"],
    attached: &[],
    pronouns: &["es", "sie", "er", "ihn", "ihm", "dazu", "dafur", "damit", "davon", "dabei", "daran", "dort", "dahin", "deren", "dessen"],
    demonstratives: &["das", "dies", "diese", "dieses", "dieser", "da"],
    empty: &["gibt es", "ist es moglich", "geht es um", "konnen sie", "haben sie", "bieten sie", "sind sie", "verkaufen sie", "liefern sie", "akzeptieren sie", "nehmen sie", "wo finde ich sie", "reparieren sie", "vermieten sie", "wann offnen sie", "wann schliessen sie", "machen sie", "wie sie", "wie kann ich sie", "erreiche ich sie"],
    bare: &["kostet", "kosten", "dauert", "dauern", "lange", "teuer", "gross", "schwer", "weit", "alt", "funktioniert", "geht", "bedeutet", "enthalten", "inklusive", "geoffnet", "offen", "kostenlos"],
    asking: &["warum", "wann", "wo", "wie", "was", "wer", "welche", "welcher", "welches", "wieso", "wieviel"],
    alone: &["wer sind sie", "wer bist du", "wie geht es", "wo sind sie", "was machen sie", "wann haben sie geoffnet", "wann offnen sie", "haben sie geoffnet", "sind sie geoffnet", "seid ihr", "habt ihr", "wann ist geoffnet"],
    adds: &["am", "an", "fur", "mit", "ohne", "im", "in", "bei", "ab", "bis", "seit", "zu", "auf", "nach"],
};

#[rustfmt::skip]
const PT: Markers = Markers {
    leads: &["e", "e quanto a", "ou", "mas", "entao", "tambem"],
    attached: &[],
    pronouns: &["ele", "ela", "eles", "elas", "isso", "isto", "deles", "delas", "dele", "dela"],
    demonstratives: &["esse", "essa", "ali"],
    empty: &["e possivel", "esta aberto", "esta aberta", "esta fechado"],
    bare: &["custa", "custam", "dura", "duram", "vale", "inclui", "incluido", "fica", "demora", "pesa", "mede", "funciona", "significa", "abre", "abrem", "fecha", "fecham", "gratis", "serve"],
    asking: &["por", "porque", "quando", "onde", "como", "qual", "quanto", "quanta", "quantos", "quem", "que"],
    alone: &["quem e voce", "como voce esta", "quando abrem", "onde ficam", "que horas abrem", "que horas fecham", "que horas abre", "que horas fecha", "abrem", "fecham", "o que fazem", "onde estao"],
    adds: &["aos", "no", "na", "nos", "nas", "para", "com", "sem", "em", "desde", "ate", "durante", "por"],
};

#[rustfmt::skip]
const AR: Markers = Markers {
    leads: &["و", "ماذا عن", "او", "لكن", "ايضا"],
    attached: &[("وماذا", 5), ("ويوم", 4), ("وهل", 3), ("وكم", 3), ("ومتي", 4), ("واين", 4), ("وكيف", 4), ("ولماذا", 6), ("وفي", 3), ("وال", 5), ("وعن", 3), ("ولل", 5), ("وبال", 6), ("وبكم", 4), ("ومع", 3)],
    pronouns: &["هو", "هي", "هم", "ذلك", "سعره", "سعرها", "ثمنه", "ثمنها", "تكلفته", "تكلفتها", "مدته", "مدتها", "فيه", "فيها", "به", "بها", "منه", "منها", "عنه", "عنها", "اليه", "اليها"],
    demonstratives: &["هذا", "هذه", "هناك", "تلك"],
    empty: &["هل هناك", "ما هو", "ما هي", "من هو", "من هي", "هل هو ممكن"],
    bare: &["يكلف", "تكلف", "يستغرق", "تستغرق", "بكم", "مجاني", "سعر"],
    asking: &["لماذا", "متي", "اين", "كيف", "كم", "ماذا", "من", "بكم"],
    alone: &["من انت", "من انتم", "اين انتم", "كيف حالك", "متي تفتحون", "اين تقعون"],
    adds: &["في", "مع", "بدون", "من", "حتي", "منذ", "بعد", "قبل", "يوم"],
};

#[rustfmt::skip]
const HE: Markers = Markers {
    leads: &["ומה עמ", "ומה לגבי", "מה עמ", "מה לגבי", "או", "אבל", "וגמ"],
    attached: &[("ומה", 3), ("וכמה", 4), ("ומתי", 4), ("ואיפה", 5), ("ואיכ", 4), ("והאמ", 4), ("ולמה", 4), ("ומי", 3), ("וב", 4), ("ול", 4), ("ועמ", 3), ("ובלי", 4)],
    pronouns: &["הוא", "היא", "המ", "הנ", "אותו", "אותה", "אותמ", "בו", "בה", "לו", "לה", "שלו", "שלה", "שלהמ"],
    demonstratives: &["זה", "זאת", "זו", "שמ"],
    empty: &["מה זה", "האמ זה אפשרי", "מי זה"],
    bare: &["עולה", "עולימ", "לוקח", "נמשכ", "כולל", "עובד", "פתוח", "סגור", "חינמ", "שוקל"],
    asking: &["למה", "מתי", "איפה", "איכ", "כמה", "מה", "מי", "מדוע", "היכנ"],
    alone: &["מי אתה", "מי אתמ", "איפה אתמ", "מה שלומכ", "מתי אתמ", "האמ אתמ", "מתי פתוח"],
    adds: &["עמ", "בלי", "עד", "מ", "אחרי", "לפני", "ביומ", "בשבת"],
};

const NONE: Markers = Markers {
    leads: &[],
    attached: &[],
    pronouns: &[],
    demonstratives: &[],
    empty: &[],
    bare: &[],
    asking: &[],
    alone: &[],
    adds: &[],
};

pub(super) fn of(language: Language) -> &'static Markers {
    match language {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Fr => &FR,
        Language::De => &DE,
        Language::Pt => &PT,
        Language::Ar => &AR,
        Language::He => &HE,
        Language::Ja | Language::Zh => &NONE,
    }
}

/// Beginnings of Chinese and Japanese questions that join on.
pub(super) const WIDE_LEADS: &[&str] = &[
    "那么",
    "那",
    "还有",
    "然后",
    "或者",
    "でも",
    "では",
    "じゃあ",
    "じゃ",
    "それで",
    "あと",
    "それから",
    "また",
    "ちなみに",
];
/// Endings of short ones.
pub(super) const WIDE_ENDS: &[&str] =
    &["呢", "は", "だと", "なら", "の場合", "の場合は", "はどうですか", "はどう"];
/// What stands for something named before.
pub(super) const WIDE_PRONOUNS: &[&str] = &[
    "它", "他们", "她们", "这个", "那个", "那里", "那边", "这些", "那些", "それ", "これ", "あれ", "そこ",
    "その", "彼",
];
/// Whole questions that say nothing of what they are about.
pub(super) const WIDE_BARE: &[&str] = &[
    "多少钱",
    "要多少钱",
    "为什么",
    "多久",
    "要多久",
    "需要多久",
    "在哪里",
    "怎么做",
    "怎么办",
    "什么时候",
    "几点",
    "いくら",
    "いくらですか",
    "なぜ",
    "なぜですか",
    "どうして",
    "どうしてですか",
    "いつ",
    "いつですか",
    "どこ",
    "どこですか",
    "どのくらいかかりますか",
    "どれくらいですか",
    "何時",
    "何時ですか",
    "何時から",
    "何時まで",
    "免费吗",
    "無料ですか",
    "贵吗",
];
