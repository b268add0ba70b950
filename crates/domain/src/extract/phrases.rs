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

/// What introduces the closest passages where none is sure to answer.
pub(super) fn closest(language: Language) -> &'static str {
    match language {
        Language::En => "I am not sure this website answers that. The closest I found:",
        Language::Es => "No estoy seguro de que este sitio web responda a eso. Lo más cercano que encontré:",
        Language::Fr => "Je ne suis pas sûr que ce site y réponde. Ce que j'ai trouvé de plus proche :",
        Language::De => "Ich bin nicht sicher, ob diese Website das beantwortet. Am nächsten kommt:",
        Language::Pt => "Não tenho certeza de que este site responda a isso. O mais próximo que encontrei:",
        Language::Ja => "このサイトに答えがあるか確かではありません。最も近い記載:",
        Language::Ar => "لست متأكدًا من أن هذا الموقع يجيب عن ذلك. أقرب ما وجدته:",
        Language::Zh => "我不确定本网站是否回答了这个问题。最接近的内容：",
        Language::He => "איני בטוח שהאתר עונה על כך. הדבר הקרוב ביותר שמצאתי:",
    }
}
