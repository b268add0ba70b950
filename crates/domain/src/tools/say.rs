//! What visitors are told of a call that waits for a member, in their language: by the product, so that it is said
//! whatever a model says.

use serde_json::Value;

use super::cut;
use crate::language::Language;

/// Fields of a result that are told.
const MAX_FIELDS: usize = 12;
/// Bytes of a result that are told.
const MAX_TOLD: usize = 600;

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

/// A result as people read it: the plain fields of an object, each on its line; a text as it is; of anything else
/// nothing.
#[must_use]
pub fn readable(result: &str) -> String {
    let text = match protocol::json::read::<Value>(result) {
        Ok(Value::Object(fields)) => {
            let lines = fields.iter().filter_map(|(name, value)| {
                let value = match value {
                    Value::String(text) => text.trim().to_owned(),
                    Value::Number(number) => number.to_string(),
                    Value::Bool(flag) => if *flag { "✓" } else { "✗" }.to_owned(),
                    Value::Null | Value::Array(_) | Value::Object(_) => return None,
                };
                (!value.is_empty()).then(|| format!("{}: {value}", spaced(name)))
            });
            lines.take(MAX_FIELDS).collect::<Vec<_>>().join("\n")
        }
        Ok(Value::String(text)) => text,
        Ok(_) => String::new(),
        Err(_) => result.to_owned(),
    };
    cut(text.trim(), MAX_TOLD)
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
        let booked =
            r#"{"booked":true,"delivery_day":"Monday","n":2,"none":null,"inner":{"a":1},"list":[1]}"#;
        assert_eq!(readable(booked), "Booked: ✓\nDelivery day: Monday\nN: 2");
        assert_eq!(readable("Done. "), "Done.");
        assert_eq!(readable("\"as text\""), "as text");
        assert_eq!(readable("[1,2]"), "");
        assert!(readable(&"x".repeat(9_000)).len() < 700);
    }
}
