//! What is said of an answer in the form that cannot be taken, in the agent's language.

use crate::language::Language;

/// Why an answer cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Missing,
    Email,
    Phone,
    Choice,
    TooLong,
    Consent,
}

/// The words for it.
#[must_use]
pub fn wrong(what: Wrong, language: Language) -> &'static str {
    use Wrong as W;
    match (language, what) {
        (Language::En, W::Missing) => "Please fill this in.",
        (Language::En, W::Email) => "Please check the e-mail address for a typing mistake.",
        (Language::En, W::Phone) => {
            "Please check the number; outside this country it begins with + and the country's code."
        }
        (Language::En, W::Choice) => "Please choose one of the options.",
        (Language::En, W::TooLong) => "Please write a little less.",
        (Language::En, W::Consent) => "Please agree before you send this.",
        (Language::Es, W::Missing) => "Rellena este campo.",
        (Language::Es, W::Email) => "Revisa si el correo electrónico tiene algún error.",
        (Language::Es, W::Phone) => "Revisa el número; fuera de este país empieza con + y el prefijo.",
        (Language::Es, W::Choice) => "Elige una de las opciones.",
        (Language::Es, W::TooLong) => "Escribe un poco menos.",
        (Language::Es, W::Consent) => "Acepta antes de enviarlo.",
        (Language::Fr, W::Missing) => "Merci de remplir ce champ.",
        (Language::Fr, W::Email) => "Merci de vérifier l’adresse e-mail.",
        (Language::Fr, W::Phone) => {
            "Merci de vérifier le numéro ; hors du pays, il commence par + et l’indicatif."
        }
        (Language::Fr, W::Choice) => "Merci de choisir une des options.",
        (Language::Fr, W::TooLong) => "Merci d’écrire un peu moins.",
        (Language::Fr, W::Consent) => "Merci de donner votre accord avant l’envoi.",
        (Language::De, W::Missing) => "Bitte füllen Sie dieses Feld aus.",
        (Language::De, W::Email) => "Bitte prüfen Sie die E-Mail-Adresse auf Tippfehler.",
        (Language::De, W::Phone) => {
            "Bitte prüfen Sie die Nummer; aus dem Ausland beginnt sie mit + und der Vorwahl des Landes."
        }
        (Language::De, W::Choice) => "Bitte wählen Sie eine der Möglichkeiten.",
        (Language::De, W::TooLong) => "Bitte schreiben Sie etwas weniger.",
        (Language::De, W::Consent) => "Bitte stimmen Sie zu, bevor Sie absenden.",
        (Language::Pt, W::Missing) => "Preencha este campo.",
        (Language::Pt, W::Email) => "Verifique se há erros no e-mail.",
        (Language::Pt, W::Phone) => "Verifique o número; fora do país ele começa com + e o código do país.",
        (Language::Pt, W::Choice) => "Escolha uma das opções.",
        (Language::Pt, W::TooLong) => "Escreva um pouco menos.",
        (Language::Pt, W::Consent) => "Concorde antes de enviar.",
        (Language::Ja, W::Missing) => "この項目を入力してください。",
        (Language::Ja, W::Email) => "メールアドレスに間違いがないかご確認ください。",
        (Language::Ja, W::Phone) => "電話番号をご確認ください。国外の場合は + と国番号から始まります。",
        (Language::Ja, W::Choice) => "選択肢から一つ選んでください。",
        (Language::Ja, W::TooLong) => "もう少し短く入力してください。",
        (Language::Ja, W::Consent) => "送信前に同意してください。",
        (Language::Ar, W::Missing) => "يرجى ملء هذا الحقل.",
        (Language::Ar, W::Email) => "يرجى التحقق من عنوان البريد الإلكتروني.",
        (Language::Ar, W::Phone) => "يرجى التحقق من الرقم؛ من خارج البلد يبدأ بعلامة + ورمز البلد.",
        (Language::Ar, W::Choice) => "يرجى اختيار أحد الخيارات.",
        (Language::Ar, W::TooLong) => "يرجى كتابة نص أقصر.",
        (Language::Ar, W::Consent) => "يرجى الموافقة قبل الإرسال.",
        (Language::Zh, W::Missing) => "请填写此项。",
        (Language::Zh, W::Email) => "请检查电子邮件地址是否有误。",
        (Language::Zh, W::Phone) => "请检查电话号码；境外号码以 + 和国家代码开头。",
        (Language::Zh, W::Choice) => "请选择其中一项。",
        (Language::Zh, W::TooLong) => "请写得短一些。",
        (Language::Zh, W::Consent) => "发送前请先同意。",
        (Language::He, W::Missing) => "נא למלא שדה זה.",
        (Language::He, W::Email) => "נא לבדוק שאין טעות בכתובת הדוא״ל.",
        (Language::He, W::Phone) => "נא לבדוק את המספר; מחוץ למדינה הוא מתחיל ב־+ ובקידומת המדינה.",
        (Language::He, W::Choice) => "נא לבחור אחת מהאפשרויות.",
        (Language::He, W::TooLong) => "נא לכתוב קצת פחות.",
        (Language::He, W::Consent) => "נא לאשר לפני השליחה.",
    }
}
