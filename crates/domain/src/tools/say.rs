//! What visitors are told of a call that waits for a member, in their language: by the product, so that it is said
//! whatever a model says.

use serde_json::Value;

use super::cut;
use crate::guard::{Guard, Secrets};
use crate::language::Language;
use crate::prompt;
use crate::text::fold;

/// Fields of a result that are told.
const MAX_FIELDS: usize = 12;
/// Bytes of a result that are told.
const MAX_TOLD: usize = 600;

/// Characters of a value, or of a line, that are told.
const MAX_VALUE: usize = 300;
/// So long are words that are keys: the number of an order is shorter, a time has hardly a letter.
const MIN_KEY: usize = 24;

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    Waiting,
    Done,
    Failed,
    Declined,
    Expired,
}

/// The words. `{t}`, the tool as members call it, never remains in them.
#[must_use]
pub fn say(became: Became, language: Language, tool: &str) -> String {
    let words = match became {
        Became::Waiting => waiting(language),
        Became::Done => done(language),
        Became::Failed => failed(language),
        Became::Declined => declined(language),
        Became::Expired => expired(language),
    };
    words.replace("{t}", tool)
}

fn waiting(language: Language) -> &'static str {
    match language {
        Language::En => {
            "“{t}”: somebody of our team has to confirm this first. You will read here what comes of it."
        }
        Language::Es => {
            "«{t}»: alguien de nuestro equipo tiene que confirmarlo antes. Leerás aquí el resultado."
        }
        Language::Fr => {
            "« {t} » : quelqu'un de notre équipe doit d'abord confirmer. Vous lirez la suite ici."
        }
        Language::De => {
            "„{t}“: Das muss zuerst jemand aus unserem Team bestätigen. Sie lesen hier, was daraus wird."
        }
        Language::Pt => "“{t}”: alguém da nossa equipe precisa confirmar antes. Você lerá aqui o resultado.",
        Language::Ja => "「{t}」は、先に担当者の確認が必要です。結果はここでお知らせします。",
        Language::Ar => "«{t}»: يجب أن يؤكد أحد أعضاء فريقنا ذلك أولًا. ستقرأ النتيجة هنا.",
        Language::Zh => "“{t}”需要先由我们的工作人员确认。结果会在这里告知您。",
        Language::He => "„{t}”: מישהו מהצוות שלנו צריך לאשר את זה קודם. התוצאה תופיע כאן.",
    }
}

fn done(language: Language) -> &'static str {
    match language {
        Language::En => "“{t}”: confirmed and done.",
        Language::Es => "«{t}»: confirmado y hecho.",
        Language::Fr => "« {t} » : confirmé et effectué.",
        Language::De => "„{t}“: bestätigt und erledigt.",
        Language::Pt => "“{t}”: confirmado e feito.",
        Language::Ja => "「{t}」は確認され、完了しました。",
        Language::Ar => "«{t}»: تم التأكيد والتنفيذ.",
        Language::Zh => "“{t}”已确认并完成。",
        Language::He => "„{t}”: אושר ובוצע.",
    }
}

fn failed(language: Language) -> &'static str {
    match language {
        Language::En => "“{t}”: it was confirmed, but it did not work. Please ask us for help.",
        Language::Es => "«{t}»: se confirmó, pero no funcionó. Pídenos ayuda, por favor.",
        Language::Fr => "« {t} » : c'était confirmé, mais cela n'a pas fonctionné. Demandez-nous de l'aide.",
        Language::De => "„{t}“: Es wurde bestätigt, hat aber nicht geklappt. Bitte fragen Sie uns um Hilfe.",
        Language::Pt => "“{t}”: foi confirmado, mas não funcionou. Peça-nos ajuda, por favor.",
        Language::Ja => "「{t}」は確認されましたが、うまくいきませんでした。お手数ですがご連絡ください。",
        Language::Ar => "«{t}»: تم التأكيد، لكن التنفيذ لم ينجح. يُرجى طلب المساعدة منا.",
        Language::Zh => "“{t}”已确认，但未能完成。请联系我们寻求帮助。",
        Language::He => "„{t}”: זה אושר, אבל לא הצליח. אפשר לבקש מאיתנו עזרה.",
    }
}

fn declined(language: Language) -> &'static str {
    match language {
        Language::En => "“{t}”: our team has declined this. Nothing was done.",
        Language::Es => "«{t}»: nuestro equipo lo ha rechazado. No se ha hecho nada.",
        Language::Fr => "« {t} » : notre équipe a refusé. Rien n'a été fait.",
        Language::De => "„{t}“: Unser Team hat das abgelehnt. Es wurde nichts ausgeführt.",
        Language::Pt => "“{t}”: nossa equipe recusou. Nada foi feito.",
        Language::Ja => "「{t}」は担当者により見送られました。何も実行されていません。",
        Language::Ar => "«{t}»: رفض فريقنا ذلك. لم يُنفَّذ أي شيء.",
        Language::Zh => "“{t}”未获工作人员同意，未执行任何操作。",
        Language::He => "„{t}”: הצוות שלנו דחה את זה. דבר לא בוצע.",
    }
}

fn expired(language: Language) -> &'static str {
    match language {
        Language::En => "“{t}”: nobody could confirm this in time, so nothing was done. Please ask again.",
        Language::Es => {
            "«{t}»: nadie pudo confirmarlo a tiempo, así que no se hizo nada. Vuelve a pedirlo, por favor."
        }
        Language::Fr => {
            "« {t} » : personne n'a pu confirmer à temps, rien n'a été fait. Veuillez redemander."
        }
        Language::De => {
            "„{t}“: Niemand konnte das rechtzeitig bestätigen, es wurde nichts ausgeführt. Bitte fragen Sie noch einmal."
        }
        Language::Pt => {
            "“{t}”: ninguém pôde confirmar a tempo, então nada foi feito. Peça novamente, por favor."
        }
        Language::Ja => {
            "「{t}」は時間内に確認できなかったため、実行されませんでした。もう一度お申し付けください。"
        }
        Language::Ar => "«{t}»: لم يتمكن أحد من التأكيد في الوقت المحدد، فلم يُنفَّذ شيء. يُرجى الطلب مرة أخرى.",
        Language::Zh => "“{t}”未能及时得到确认，因此未执行。请再试一次。",
        Language::He => "„{t}”: אף אחד לא הספיק לאשר בזמן, ולכן דבר לא בוצע. אפשר לבקש שוב.",
    }
}

/// A result as the visitor may read it: the plain fields of an object, each on its line, or a short plain text; of
/// anything else nothing. Fields by whose name the shop speaks to itself, and values that open something, stay with the
/// members. What is left passes the guard of a model's words: no source of the turn knows an address, so none stays, and
/// of the prompt nothing is told.
#[must_use]
pub fn readable(result: &str, language: Language) -> String {
    let text = match protocol::json::read::<Value>(result) {
        Ok(Value::Object(fields)) => {
            let lines = fields.iter().filter(|(name, _)| !is_inward(name)).filter_map(|(name, value)| {
                let value = match value {
                    Value::String(text) => text.trim().to_owned(),
                    Value::Number(number) => number.to_string(),
                    Value::Bool(flag) => if *flag { "✓" } else { "✗" }.to_owned(),
                    Value::Null | Value::Array(_) | Value::Object(_) => return None,
                };
                is_plain(&value).then(|| format!("{}: {value}", spaced(name)))
            });
            lines.take(MAX_FIELDS).collect::<Vec<_>>().join("\n")
        }
        Ok(Value::String(text)) => text,
        Ok(_) => String::new(),
        Err(_) => result.to_owned(),
    };
    let text =
        if text.lines().all(|line| line.trim().is_empty() || is_plain(line)) { text } else { String::new() };
    let rules = prompt::rules();
    let mut guard = Guard::new(&[], Secrets::new("", &rules, ""), language);
    let guarded = guard.push(text.trim()) + &guard.finish();
    if guard.cut().is_some() { String::new() } else { cut(guarded.trim(), MAX_TOLD) }
}

/// Words of a field's name that say it is for the shop or its machines, in our Latin languages and as others write them.
const INWARD: &[&str] = &[
    "access",
    "admin",
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "clave",
    "comment",
    "comments",
    "contrasena",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "csrf",
    "cvc",
    "cvv",
    "debug",
    "geheim",
    "hash",
    "hidden",
    "hmac",
    "iban",
    "internal",
    "interna",
    "interne",
    "internen",
    "interno",
    "intern",
    "interner",
    "jwt",
    "key",
    "keys",
    "margin",
    "memo",
    "note",
    "notes",
    "nota",
    "notas",
    "notiz",
    "notizen",
    "nonce",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pin",
    "private",
    "privado",
    "privee",
    "remark",
    "remarks",
    "salt",
    "secret",
    "secreto",
    "secrets",
    "segredo",
    "senha",
    "session",
    "signature",
    "ssn",
    "stack",
    "staff",
    "stacktrace",
    "token",
    "tokens",
    "trace",
    "traceback",
    "内部",
    "備考",
    "备注",
    "密码",
    "密钥",
    "秘密",
    "داخلي",
    "سري",
    "פנימי",
    "סוד",
];

fn is_inward(name: &str) -> bool {
    let mut parts: Vec<String> = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        // "internalNote" has two words.
        if !c.is_alphanumeric() || (small && c.is_uppercase()) {
            parts.push(String::new());
        }
        small = c.is_lowercase() || c.is_numeric();
        if let Some(part) = parts.last_mut().filter(|_| c.is_alphanumeric()) {
            part.push(c);
        }
    }
    let named = |part: &String| INWARD.contains(&fold(part).as_str());
    // "apiKey", "access-token" and "private_key" as one word, too.
    parts.iter().any(named) || INWARD.iter().any(|word| word.len() > 5 && fold(name).contains(word))
}

/// Short, no markup, and nothing in it that is as long and mixed as keys are.
fn is_plain(value: &str) -> bool {
    let key = |word: &str| {
        word.len() >= MIN_KEY
            && word.is_ascii()
            && !word.contains("://")
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().filter(u8::is_ascii_alphabetic).count() > 2
    };
    !value.is_empty()
        && value.chars().count() <= MAX_VALUE
        && !value.contains(['<', '{', '}'])
        && !value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '=')).any(key)
}

/// `delivery_day` as "Delivery day".
fn spaced(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_told_in_every_language_with_the_tool() {
        let all = [Became::Waiting, Became::Done, Became::Failed, Became::Declined, Became::Expired];
        let mut seen = std::collections::HashSet::new();
        for language in Language::ALL {
            for became in all {
                let said = say(became, language, "Termin {t}");
                assert!(said.contains("Termin") && !said.replace("Termin {t}", "").contains('{'), "{said}");
                assert!(seen.insert(said), "{language:?} {became:?} is said twice");
            }
        }
    }

    #[test]
    fn a_result_is_told_as_people_read_it() {
        let told = |result: &str| readable(result, Language::En);
        let booked =
            r#"{"booked":true,"delivery_day":"Monday","n":2,"none":null,"inner":{"a":1},"list":[1]}"#;
        assert_eq!(told(booked), "Booked: ✓\nDelivery day: Monday\nN: 2");
        assert_eq!(told("Done. "), "Done.");
        assert_eq!(told("\"as text\""), "as text");
        assert_eq!(told("[1,2]"), "");
        assert_eq!(
            told(r#"{"at":"2026-12-01T10:00:00.000+01:00","reference":"A-20261201"}"#),
            "At: 2026-12-01T10:00:00.000+01:00\nReference: A-20261201"
        );
        assert!(told(&"yes ".repeat(70)).len() < 700);
    }

    #[test]
    fn what_is_not_for_the_visitor_is_not_told() {
        for name in [
            "internal_note",
            "internalNote",
            "notes",
            "staffComment",
            "secret",
            "client-secret",
            "apiKey",
            "api_key",
            "accesstoken",
            "token",
            "Authorization",
            "password",
            "debug",
            "stackTrace",
            "nota_interna",
            "interne_notiz",
            "senha",
            "内部",
            "internal note",
        ] {
            let result = serde_json::json!({ "state": "booked", name: "not yours" }).to_string();
            assert_eq!(readable(&result, Language::En), "State: booked", "{name}");
        }
        for value in [
            "sk_live_51H8xkLJ2eZvKYlo2C0aBcDeF",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
            "<b>bold</b>",
            "{\"a\":1}",
            "Bearer 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        ] {
            let result = serde_json::json!({ "state": "booked", "value": value }).to_string();
            assert_eq!(readable(&result, Language::En), "State: booked", "{value}");
        }
        for text in ["<html><h1>502</h1></html>", "{\"a\":", "key 9f86d081884c7d659a2feaa0c55ad015"] {
            assert_eq!(readable(text, Language::En), "", "{text}");
        }
        assert_eq!(readable(&"x".repeat(9_000), Language::En), "");
    }

    #[test]
    fn no_address_of_a_result_is_live_and_nothing_of_the_prompt_is_told() {
        for link in [
            "https://evil.test/pay",
            "www.evil.test",
            "[Pay here](https://evil.test)",
            "![x](https://evil.test/x.png)",
            "javascript:alert(1)",
            "evil.com/pay",
        ] {
            let result = serde_json::json!({ "state": "booked", "link": link }).to_string();
            for told in
                [readable(&result, Language::De), readable(&format!("Booked, see {link} [1]"), Language::De)]
            {
                assert!(told.ends_with("State: booked") || told.starts_with("Booked, see"), "{told}");
                assert!(
                    !told.contains("evil.") && !told.contains("alert(") && !told.contains("]("),
                    "{told}"
                );
            }
        }
        let plain = |rule: &String| !rule.contains(['<', '{', '}']);
        let rules = prompt::rules().into_iter().map(|rule| rule.chars().take(250).collect());
        let rule: String = rules.filter(plain).max_by_key(String::len).unwrap();
        let result = serde_json::json!({ "state": "booked", "said": rule }).to_string();
        assert_eq!(readable(&result, Language::En), "");
    }
}
