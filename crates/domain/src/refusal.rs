//! What a visitor is told when a question is refused: why, and what to do, in the language of the conversation.

use protocol::api::Limit;
use protocol::{Code, Problem};

use crate::language::Language;

/// What the sentences tell apart.
#[derive(Clone, Copy)]
enum Reason {
    /// It passes by itself within a minute.
    Busy,
    Hour,
    Full,
    Repeated,
    Plan,
}

/// The refusal of a question, with the seconds until it is worth asking again.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn problem(limit: Limit, language: Language, until: f64, now: f64) -> Problem {
    let (code, reason) = match limit {
        Limit::PlanConversations | Limit::PlanMessages => (Code::PlanLimitReached, Reason::Plan),
        Limit::VisitorHour => (Code::TooManyRequests, Reason::Hour),
        Limit::Conversation => (Code::TooManyRequests, Reason::Full),
        Limit::Repetition => (Code::TooManyRequests, Reason::Repeated),
        Limit::VisitorMinute
        | Limit::AddressMinute
        | Limit::AgentMinute
        | Limit::WorkspaceMinute
        | Limit::Restoring
        | Limit::Challenge
        | Limit::Other => (Code::TooManyRequests, Reason::Busy),
    };
    let retry_after = Some(((until - now) / 1_000.0).ceil().clamp(1.0, 3_000_000.0) as u32);
    Problem { retry_after, ..Problem::new(code, sentence(reason, language)) }
}

fn sentence(reason: Reason, language: Language) -> &'static str {
    use Language as L;
    match (reason, language) {
        (Reason::Busy, L::En) => "Too many questions at the moment. Please wait a minute and ask again.",
        (Reason::Busy, L::Es) => "Demasiadas preguntas por ahora. Espera un minuto y vuelve a preguntar.",
        (Reason::Busy, L::Fr) => "Trop de questions pour le moment. Attendez une minute et reposez la vôtre.",
        (Reason::Busy, L::De) => "Gerade sind es zu viele Fragen. Bitte in einer Minute noch einmal fragen.",
        (Reason::Busy, L::Pt) => "Demasiadas perguntas neste momento. Aguarde um minuto e pergunte de novo.",
        (Reason::Busy, L::Ja) => "ただいま質問が集中しています。1分ほど待ってからもう一度お尋ねください。",
        (Reason::Busy, L::Ar) => "الأسئلة كثيرة الآن. يرجى الانتظار دقيقة ثم السؤال مرة أخرى.",
        (Reason::Busy, L::Zh) => "目前提问过多。请等一分钟后再问。",
        (Reason::Busy, L::He) => "יש כרגע יותר מדי שאלות. נא להמתין דקה ולשאול שוב.",
        (Reason::Hour, L::En) => {
            "That was a lot of questions. Please go on in an hour, or use the contact details on this page."
        }
        (Reason::Hour, L::Es) => {
            "Han sido muchas preguntas. Continúa en una hora o usa los datos de contacto de esta página."
        }
        (Reason::Hour, L::Fr) => {
            "Cela fait beaucoup de questions. Reprenez dans une heure, ou utilisez les coordonnées de cette page."
        }
        (Reason::Hour, L::De) => {
            "Das waren viele Fragen. Bitte in einer Stunde weiterfragen oder die Kontaktangaben dieser Seite nutzen."
        }
        (Reason::Hour, L::Pt) => {
            "Foram muitas perguntas. Continue daqui a uma hora ou use os contactos desta página."
        }
        (Reason::Hour, L::Ja) => {
            "質問が多くなりました。1時間後に続けるか、このページの連絡先をご利用ください。"
        }
        (Reason::Hour, L::Ar) => {
            "كانت هذه أسئلة كثيرة. يرجى المتابعة بعد ساعة أو استخدام بيانات الاتصال في هذه الصفحة."
        }
        (Reason::Hour, L::Zh) => "提问较多。请一小时后继续，或使用本页的联系方式。",
        (Reason::Hour, L::He) => "אלה היו הרבה שאלות. נא להמשיך בעוד שעה, או להשתמש בפרטי הקשר שבדף זה.",
        (Reason::Full, L::En) => {
            "This conversation is full. Please use the contact details on this page, or come back tomorrow."
        }
        (Reason::Full, L::Es) => {
            "Esta conversación está completa. Usa los datos de contacto de esta página o vuelve mañana."
        }
        (Reason::Full, L::Fr) => {
            "Cette conversation est complète. Utilisez les coordonnées de cette page, ou revenez demain."
        }
        (Reason::Full, L::De) => {
            "Dieses Gespräch ist voll. Bitte die Kontaktangaben dieser Seite nutzen oder morgen wiederkommen."
        }
        (Reason::Full, L::Pt) => {
            "Esta conversa está completa. Use os contactos desta página ou volte amanhã."
        }
        (Reason::Full, L::Ja) => {
            "この会話は上限に達しました。このページの連絡先をご利用いただくか、明日またお越しください。"
        }
        (Reason::Full, L::Ar) => {
            "اكتملت هذه المحادثة. يرجى استخدام بيانات الاتصال في هذه الصفحة أو العودة غدا."
        }
        (Reason::Full, L::Zh) => "此对话已满。请使用本页的联系方式，或明天再来。",
        (Reason::Full, L::He) => "השיחה הזו מלאה. נא להשתמש בפרטי הקשר שבדף זה, או לחזור מחר.",
        (Reason::Repeated, L::En) => "This was asked several times already. Please put it in other words.",
        (Reason::Repeated, L::Es) => "Esto ya se ha preguntado varias veces. Dilo con otras palabras.",
        (Reason::Repeated, L::Fr) => {
            "Cela a déjà été demandé plusieurs fois. Dites-le avec d'autres mots, s'il vous plaît."
        }
        (Reason::Repeated, L::De) => "Das wurde schon mehrmals gefragt. Bitte mit anderen Worten fragen.",
        (Reason::Repeated, L::Pt) => "Isto já foi perguntado várias vezes. Pergunte por outras palavras.",
        (Reason::Repeated, L::Ja) => "同じ質問が繰り返されています。別の言い方でお尋ねください。",
        (Reason::Repeated, L::Ar) => "سبق طرح هذا السؤال عدة مرات. يرجى صياغته بكلمات أخرى.",
        (Reason::Repeated, L::Zh) => "这个问题已经问过多次。请换一种说法。",
        (Reason::Repeated, L::He) => "זה כבר נשאל כמה פעמים. נא לנסח במילים אחרות.",
        (Reason::Plan, L::En) => {
            "The assistant is unavailable at present. Please use the contact details on this page."
        }
        (Reason::Plan, L::Es) => {
            "El asistente no está disponible por ahora. Usa los datos de contacto de esta página."
        }
        (Reason::Plan, L::Fr) => {
            "L'assistant n'est pas disponible pour le moment. Utilisez les coordonnées de cette page."
        }
        (Reason::Plan, L::De) => {
            "Der Assistent ist zurzeit nicht verfügbar. Bitte die Kontaktangaben dieser Seite nutzen."
        }
        (Reason::Plan, L::Pt) => {
            "O assistente não está disponível neste momento. Use os contactos desta página."
        }
        (Reason::Plan, L::Ja) => {
            "アシスタントは現在ご利用いただけません。このページの連絡先をご利用ください。"
        }
        (Reason::Plan, L::Ar) => "المساعد غير متاح حاليا. يرجى استخدام بيانات الاتصال في هذه الصفحة.",
        (Reason::Plan, L::Zh) => "助手目前不可用。请使用本页的联系方式。",
        (Reason::Plan, L::He) => "העוזר אינו זמין כרגע. נא להשתמש בפרטי הקשר שבדף זה.",
    }
}

/// What a visitor is told whose challenge was not solved.
#[must_use]
pub fn unsolved(language: Language) -> &'static str {
    use Language as L;
    match language {
        L::En => "We could not confirm that you are a person. Please load the page again and try once more.",
        L::Es => {
            "No hemos podido confirmar que eres una persona. Vuelve a cargar la página e inténtalo otra vez."
        }
        L::Fr => "Nous n'avons pas pu confirmer que vous êtes une personne. Rechargez la page et réessayez.",
        L::De => {
            "Wir konnten nicht bestätigen, dass Sie ein Mensch sind. Bitte die Seite neu laden und noch einmal versuchen."
        }
        L::Pt => "Não conseguimos confirmar que é uma pessoa. Recarregue a página e tente de novo.",
        L::Ja => "人間であることを確認できませんでした。ページを再読み込みして、もう一度お試しください。",
        L::Ar => "تعذر التأكد من أنك إنسان. يرجى إعادة تحميل الصفحة والمحاولة مرة أخرى.",
        L::Zh => "无法确认您是真人。请重新加载页面后再试。",
        L::He => "לא הצלחנו לאשר שמדובר באדם. נא לטעון את הדף מחדש ולנסות שוב.",
    }
}

/// What a visitor is told whose challenge could not be checked.
#[must_use]
pub fn unchecked(language: Language) -> &'static str {
    use Language as L;
    match language {
        L::En => "The check that you are a person is not available at the moment. Please try again shortly.",
        L::Es => {
            "La comprobación de que eres una persona no está disponible ahora. Inténtalo de nuevo en un momento."
        }
        L::Fr => {
            "La vérification que vous êtes une personne est indisponible pour le moment. Réessayez dans un instant."
        }
        L::De => {
            "Ob Sie ein Mensch sind, lässt sich gerade nicht prüfen. Bitte gleich noch einmal versuchen."
        }
        L::Pt => {
            "A verificação de que é uma pessoa não está disponível neste momento. Tente de novo daqui a pouco."
        }
        L::Ja => "人間であることの確認が現在ご利用いただけません。しばらくしてからもう一度お試しください。",
        L::Ar => "التحقق من أنك إنسان غير متاح حاليا. يرجى المحاولة مرة أخرى بعد قليل.",
        L::Zh => "目前无法进行真人验证。请稍后再试。",
        L::He => "בדיקת האנושיות אינה זמינה כרגע. נא לנסות שוב בעוד רגע.",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const LIMITS: [Limit; 5] = [
        Limit::WorkspaceMinute,
        Limit::VisitorHour,
        Limit::Conversation,
        Limit::Repetition,
        Limit::PlanMessages,
    ];

    #[test]
    fn every_refusal_has_a_sentence_of_its_own_in_every_language() {
        let mut seen = HashSet::new();
        for language in Language::ALL {
            for limit in LIMITS {
                let message = problem(limit, language, 61_000.0, 1_000.0).message;
                assert!(seen.insert(message.clone()), "{message}");
            }
            for message in [unsolved(language), unchecked(language)] {
                assert!(seen.insert(message.to_owned()), "{message}");
            }
        }
    }

    #[test]
    fn what_the_plan_refuses_is_told_apart_from_what_passes_by_itself() {
        let plan = problem(Limit::PlanConversations, Language::En, 9_000.0, 0.0);
        assert_eq!((plan.code, plan.code.status(), plan.retry_after), (Code::PlanLimitReached, 429, Some(9)));
        let busy = problem(Limit::AddressMinute, Language::En, 500.0, 1_000.0);
        assert_eq!((busy.code, busy.retry_after), (Code::TooManyRequests, Some(1)));
    }
}
