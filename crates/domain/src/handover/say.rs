//! What the product itself says around a hand-over, in the visitor's language.

use crate::language::Language;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    /// A person was asked for; they come within so many minutes.
    Connecting(u32),
    /// Nobody came, or nobody is there now.
    LeaveContact,
    /// The visitor left a way to reach them.
    ContactKept,
    /// A member has ended the conversation.
    Closed,
}

/// The words. `{n}` never remains in them.
#[must_use]
pub fn say(saying: Saying, language: Language) -> String {
    let words = match saying {
        Saying::Connecting(minutes) => return connecting(language).replace("{n}", &minutes.to_string()),
        Saying::LeaveContact => leave_contact(language),
        Saying::ContactKept => contact_kept(language),
        Saying::Closed => closed(language),
    };
    words.to_owned()
}

fn connecting(language: Language) -> &'static str {
    match language {
        Language::En => "I am getting a person for you. Waiting time: up to {n} min.",
        Language::Es => "Estoy buscando a una persona para ti. Tiempo de espera: hasta {n} min.",
        Language::Fr => "Je vous mets en relation avec une personne. Attente : jusqu'à {n} min.",
        Language::De => "Ich hole jemanden für Sie. Wartezeit: bis zu {n} Min.",
        Language::Pt => "Estou chamando uma pessoa para você. Tempo de espera: até {n} min.",
        Language::Ja => "担当者におつなぎします。待ち時間は最大{n}分です。",
        Language::Ar => "سأوصلك بأحد موظفينا. مدة الانتظار: حتى {n} دقيقة.",
        Language::Zh => "正在为您联系工作人员，最多等待{n}分钟。",
        Language::He => "אני מחבר אותך לנציג. זמן המתנה: עד {n} דקות.",
    }
}

fn leave_contact(language: Language) -> &'static str {
    match language {
        Language::En => {
            "Nobody is available right now. Leave your e-mail address or phone number here, and we will get back to you."
        }
        Language::Es => {
            "Ahora mismo no hay nadie disponible. Deja aquí tu correo o teléfono y te responderemos."
        }
        Language::Fr => {
            "Personne n'est disponible pour l'instant. Laissez ici votre e-mail ou votre téléphone, et nous vous répondrons."
        }
        Language::De => {
            "Im Moment ist niemand erreichbar. Hinterlassen Sie hier Ihre E-Mail-Adresse oder Telefonnummer, wir melden uns."
        }
        Language::Pt => {
            "No momento não há ninguém disponível. Deixe aqui seu e-mail ou telefone e responderemos."
        }
        Language::Ja => {
            "ただいま対応できる担当者がおりません。メールアドレスまたは電話番号をお知らせください。折り返しご連絡します。"
        }
        Language::Ar => "لا يوجد أحد متاح الآن. اترك بريدك الإلكتروني أو رقم هاتفك هنا وسنعاود الاتصال بك.",
        Language::Zh => "目前没有工作人员在线。请在此留下您的邮箱或电话，我们会与您联系。",
        Language::He => "אין כרגע נציג פנוי. אפשר להשאיר כאן כתובת דוא״ל או מספר טלפון ונחזור אליך.",
    }
}

fn contact_kept(language: Language) -> &'static str {
    match language {
        Language::En => "Thank you. We have passed this on and will get back to you.",
        Language::Es => "Gracias. Lo hemos transmitido y te responderemos.",
        Language::Fr => "Merci. C'est transmis, nous vous répondrons.",
        Language::De => "Danke. Wir haben es weitergegeben und melden uns.",
        Language::Pt => "Obrigado. Já repassamos e responderemos.",
        Language::Ja => "ありがとうございます。担当者に伝え、折り返しご連絡します。",
        Language::Ar => "شكرًا لك. أبلغنا فريقنا وسنعاود الاتصال بك.",
        Language::Zh => "谢谢。我们已转达，会尽快与您联系。",
        Language::He => "תודה. העברנו את הפרטים ונחזור אליך.",
    }
}

fn closed(language: Language) -> &'static str {
    match language {
        Language::En => "This conversation has been closed. Thank you for writing to us.",
        Language::Es => "Esta conversación ha terminado. Gracias por escribirnos.",
        Language::Fr => "Cette conversation est terminée. Merci de nous avoir écrit.",
        Language::De => "Dieses Gespräch ist beendet. Danke für Ihre Nachricht.",
        Language::Pt => "Esta conversa foi encerrada. Obrigado por nos escrever.",
        Language::Ja => "この会話は終了しました。お問い合わせありがとうございました。",
        Language::Ar => "انتهت هذه المحادثة. شكرًا لتواصلك معنا.",
        Language::Zh => "本次对话已结束。感谢您的咨询。",
        Language::He => "השיחה הסתיימה. תודה שפנית אלינו.",
    }
}
