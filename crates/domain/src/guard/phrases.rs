//! What closes an answer that was cut, in the visitor's language.

use crate::language::Language;

pub(super) fn closing(language: Language) -> &'static str {
    match language {
        Language::En => "I can only help with questions about this website.",
        Language::Es => "Solo puedo ayudar con preguntas sobre este sitio web.",
        Language::Fr => "Je peux seulement répondre aux questions sur ce site.",
        Language::De => "Ich kann nur bei Fragen zu dieser Website helfen.",
        Language::Pt => "Só posso ajudar com perguntas sobre este site.",
        Language::Ja => "このサイトに関するご質問にのみお答えできます。",
        Language::Ar => "يمكنني المساعدة فقط في الأسئلة المتعلقة بهذا الموقع.",
        Language::Zh => "我只能回答与本网站有关的问题。",
        Language::He => "אני יכול לעזור רק בשאלות על האתר הזה.",
    }
}
