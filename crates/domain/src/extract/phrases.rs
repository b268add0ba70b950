//! What is said when the passages carry no answer, in the visitor's language.

use crate::language::Language;

pub(super) fn not_said(language: Language) -> &'static str {
    match language {
        Language::En => "I could not find that on this website.",
        Language::Es => "No he encontrado esa información en este sitio web.",
        Language::Fr => "Je n'ai pas trouvé cette information sur ce site.",
        Language::De => "Dazu habe ich auf dieser Website nichts gefunden.",
        Language::Pt => "Não encontrei essa informação neste site.",
        Language::Ja => "このサイトには、その情報が見つかりませんでした。",
        Language::Ar => "لم أجد هذه المعلومة في هذا الموقع.",
        Language::Zh => "本网站上没有找到相关信息。",
        Language::He => "לא מצאתי את המידע הזה באתר.",
    }
}
