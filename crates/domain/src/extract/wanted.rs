//! What kind of answer a question wants: an amount, a time, a name. A sentence that holds one is likelier to be
//! the answer than one that only repeats the question's words.

use crate::text::{Script, fold, script};
use crate::words::{Class, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Price,
    Number,
    /// A time of day.
    Clock,
    Weight,
    Distance,
    Percent,
    /// How often: a rhythm.
    Rhythm,
    /// A span of time.
    Length,
    /// A date, a day, a time of day.
    When,
    Who,
    Where,
    Phone,
    Email,
}

impl Kind {
    /// Says all of what is wanted: a price is not also any number.
    fn is_narrow(self) -> bool {
        matches!(
            self,
            Self::Price
                | Self::Length
                | Self::Rhythm
                | Self::Clock
                | Self::Weight
                | Self::Distance
                | Self::Percent
        )
    }
}

/// What is wanted, and what the question itself already says.
pub(super) struct Wanted {
    kinds: Vec<Kind>,
    said: Vec<String>,
    /// The question's tokens that only name the kind.
    asking: Vec<usize>,
}

/// Phrases of questions, folded; a space stands for a word boundary.
#[rustfmt::skip]
const ASKING: &[(Kind, &[&str])] = &[
    (Kind::Email, &["email", "e-mail", "correo electronico", "courriel", "邮箱", "メール", "بريد", "מייל"]),
    (Kind::Phone, &["phone number", "telephone number", "telefonnummer", "numero de telefono", "numero de telephone", "numero de telefone", "what number", "电话号码", "電話番号", "رقم الهاتف", "مספר הטלפו"]),
    (Kind::Length, &[" how long", " how many hours", " how many days", " how many weeks", " how many months", " how many years", " how many minutes", " wie lange", " cuanto tiempo", " cuanto dura", " cuanto tarda", " combien de temps", " quanto tempo", " combien de jours", "多久", "多长时间", "どのくらい", "كم من الوقت", "ما مده", "כמה זמן"]),
    (Kind::Weight, &[" how heavy", " weight of", " the weight", " weigh ", " wie schwer", " gewicht", " wiegt", " peso ", " cuanto pesa", " poids", " quanto pesa", "多重", "重量", "وزن", "משקל"]),
    (Kind::Distance, &[" how far ", " what distance", " wie weit ", " que distancia", " a quelle distance", " quelle distance", "多远", "مسافه", "באיזה מרחק"]),
    (Kind::Percent, &[" what percent", " percentage", " welcher prozentsatz", " wie viel prozent", " que porcentaje", " quel pourcentage", " que porcentagem", "百分之"]),
    (Kind::Clock, &[" what time $", " what time do ", " what time does ", " what time is ", " what time are ", " what time must ", " what time should ", " what time can ", " what time will ", " how late ", " how early ", " um wie viel uhr", " wie spat ", " a que hora", " quelle heure", " que horas", "几点", "何時", "באיזו שעה", "في اي ساعه"]),
    (Kind::Rhythm, &[" how often", " how frequently", " wie oft", " wie haufig", " con que frecuencia", " cada cuanto", " a quelle frequence", " com que frequencia", "多久一次", "كم مره", "באיזו תדירות"]),
    (Kind::Price, &[" how much is", " how much are", " how much does", " how much do", " how much would", " how much will", " how much to", " how much for", " how much money", " pay $", " salary", " wage", " cost", " price", " fee ", " charge", " pay for", " rate for", " surcharge", " do i pay", " does it pay", " bezahle", " zahle", " pago ", " wie teuer", " kostet", " kosten", " preis", " verlangen", " cuanto cuesta", " cuanto vale", " cuanto cobran", " precio", " combien coute", " prix", " tarif", " quanto custa", " preco", "多少钱", "价格", "费用", "いくら", "料金", "بكم", "سعر", "تكلفه", "כמה עול", "מחיר"]),
    (Kind::When, &[" when ", " what time", " by what time", " what year", " which year", " what day", " which day", " what date", " what month", " in what century", " how late", " how early", " open ", " opening hours", " hours", " wann", " um wie viel uhr", " geoffnet", " an welchem tag", " welche tage", " cuando", " a que hora", " en que ano", " que dias", " horario", " quand", " quelle heure", " quel jour", " quelle annee", " quando", " que horas", " que dia", "什么时候", "几点", "何时", "哪年", "哪一年", "哪天", "いつ", "何時", "متي", "في اي عام", "في اي سنه", "متى", "באיזו שעה", "מתי", "באילו ימימ", "באילו חודש"]),
    (Kind::Number, &[" how many", " how much", " how far", " how old", " how heavy", " how tall", " how high", " how big", " how large", " how fast", " what percent", " what distance", " number of", " wie viele", " wie viel", " wie weit", " wie alt", " wie hoch", " cuantos", " cuantas", " cuanto", " que distancia", " combien", " quantos", " quantas", " quanto", "多少", "几个", "几次", "いくつ", "何人", "何個", "كم ", "כמה "]),
    (Kind::Who, &[" who ", " whom ", " whose ", " who's", " what person", " which person", " wer ", " wem ", " wen ", " quien", " qui ", " quem ", "谁", "誰", "من هو", "من الذي", "מי "]),
    (Kind::Where, &[" where ", " what city", " what country", " which city", " which country", " address", " location", " wo ", " woher", " wohin", " donde", " direccion", " ou se", " ou est", " adresse", " onde", " endereco", "哪里", "在哪", "どこ", "地址", "住所", "اين ", "عنوان", "איפה", "היכנ", "כתובת"]),
];

const NUMERALS: &str = " one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen twenty \
thirty forty fifty sixty hundred thousand million billion half dozen once twice un uno una dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte \
treinta cien mil millon deux trois quatre cinq sept huit neuf dix onze douze quinze vingt trente cent mille zwei drei \
vier funf sechs sieben acht neun zehn elf zwolf zwanzig dreissig hundert tausend dois duas tres quatro sete oito nove dez \
onze doze vinte trinta cem ";

const CALENDAR: &str = " january february march april may june july august september october november december monday tuesday \
wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays weekday weekdays weekend daily \
noon midnight morning evening century today enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
lunes martes miercoles jueves viernes sabado sabados domingo domingos janvier fevrier mars avril mai juin juillet aout septembre octobre \
novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche januar februar marz juni juli oktober dezember montag \
dienstag mittwoch donnerstag freitag samstag sonntag montags dienstags mittwochs donnerstags freitags samstags sonntags taglich uhr \
janeiro fevereiro maio junho julho setembro outubro novembro dezembro segunda terca quarta quinta sexta closed geschlossen cerrado \
ferme fechado שני שלישי רביעי חמישי שישי שבת ראשונ ינואר פברואר מרצ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר \
يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت الاحد ";

const SPANS: &[&str] = &[
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
    "decade",
    "centur",
    "segundo",
    "minuto",
    "hora",
    "dia",
    "semana",
    "mes",
    "ano",
    "seconde",
    "heure",
    "jour",
    "semaine",
    "mois",
    "annee",
    "sekunde",
    "stunde",
    "tag",
    "woche",
    "monat",
    "jahr",
    "wait",
    "dias",
    "meses",
    "anos",
    "دقيق",
    "ساع",
    "يوم",
    "ايام",
    "اسبوع",
    "شهر",
    "سن",
    "عام",
    "דק",
    "שע",
    "יומ",
    "ימימ",
    "שבוע",
    "חודש",
    "שנה",
];

const WEIGHTS: &str = " kg kilo kilos kilogram kilograms kilogramme kilogrammes kilogramm kilogramos quilos g gram grams gramm gramos grammes \
lb lbs pound pounds oz ounce ounces stone ton tons tonne tonnes toneladas pfund קג ";

const DISTANCES: &str = " km kilometre kilometres kilometer kilometers kilometern kilometro kilometros quilometro quilometros mile miles millas meilen \
milles m metre metres meter meters metern metro metros yard yards feet foot block blocks nautical ";

const RHYTHMS: &str = " once twice daily weekly fortnightly monthly quarterly yearly annually annual taglich wochentlich monatlich jahrlich \
einmal zweimal diario diariamente semanalmente mensualmente anualmente quotidien hebdomadaire mensuel annuel ";

/// What a sentence gains by holding what is wanted, and loses by lacking it where nothing else can answer.
const MET: f64 = 0.2;
const UNMET: f64 = 0.15;

impl Wanted {
    pub(super) fn read(question: &str) -> Self {
        let spaced: String = fold(question)
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '\'' || c == '-' { c } else { ' ' })
            .collect();
        let spaced = format!(" {} $", spaced.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut kinds: Vec<Kind> = Vec::new();
        for (kind, phrases) in ASKING {
            if phrases.iter().any(|phrase| spaced.contains(phrase)) && kinds.len() < 2 {
                kinds.push(*kind);
            }
        }
        // "How long" is not also "how many", and a price is a number anyway.
        if kinds.len() > 1 && kinds.first().is_some_and(|kind| kind.is_narrow()) {
            kinds.truncate(1);
        }
        let asking = tokens(question)
            .iter()
            .enumerate()
            .filter(|(_, token)| {
                token.class == Class::Word && kinds.iter().any(|kind| names_kind(*kind, &fold(token.text)))
            })
            .map(|(at, _)| at)
            .collect();
        let said = tokens(question).iter().map(|token| fold(token.text)).collect();
        Self { kinds, said, asking }
    }

    /// Whether the question's token only names the kind of thing wanted, as "cost" does.
    pub(super) fn asks_at(&self, at: usize) -> bool {
        self.asking.contains(&at)
    }

    /// Whether a sentence without what is wanted can hardly be the answer.
    pub(super) fn is_strict(&self) -> bool {
        self.kinds.first().is_some_and(|kind| {
            kind.is_narrow() || matches!(kind, Kind::Phone | Kind::Email | Kind::Number | Kind::When)
        })
    }

    /// Whether a text holds what is wanted.
    pub(super) fn met_by(&self, text: &str) -> bool {
        self.kinds.iter().any(|kind| self.holds(*kind, text))
    }

    /// What holding or lacking it is worth.
    pub(super) fn weigh(&self, text: &str) -> f64 {
        if self.kinds.is_empty() {
            0.0
        } else if self.met_by(text) {
            MET
        } else if self.is_strict() {
            -UNMET
        } else {
            0.0
        }
    }

    /// A number of one of the units, written apart or together.
    fn measured(&self, text: &str, units: &str) -> bool {
        let tokens = tokens(text);
        tokens.iter().enumerate().any(|(at, token)| {
            let folded = fold(token.text);
            let unit = folded.trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ','));
            let before = at.checked_sub(1).and_then(|b| tokens.get(b));
            let counted = before.is_some_and(|b| {
                let number = fold(b.text);
                (b.class == Class::Number || listed(NUMERALS, &number)) && !self.said.contains(&number)
            });
            !unit.is_empty() && listed(units, unit) && (unit.len() < folded.len() || counted)
        })
    }

    fn holds(&self, kind: Kind, text: &str) -> bool {
        let new = |folded: &str| !self.said.iter().any(|said| said == folded);
        let any = |test: &dyn Fn(&str, Class, &str) -> bool| {
            tokens(text).iter().any(|token| {
                let folded = fold(token.text);
                (token.class == Class::Cjk || new(&folded)) && test(&folded, token.class, token.text)
            })
        };
        let numeral = |folded: &str, class: Class| {
            matches!(class, Class::Number | Class::Mixed)
                || listed(NUMERALS, folded)
                || (class == Class::Cjk && "一二三四五六七八九十百千万亿億半两零".contains(folded))
        };
        match kind {
            Kind::Price => {
                let money = text.contains(['£', '$', '€', '¥', '₪', '元', '円']);
                any(&|folded, class, _| {
                    (money && numeral(folded, class))
                        || matches!(
                            folded,
                            "free"
                                | "gratis"
                                | "kostenlos"
                                | "gratuit"
                                | "gratuito"
                                | "pounds"
                                | "pound"
                                | "dollars"
                                | "dollar"
                                | "euro"
                                | "euros"
                                | "libras"
                                | "pfund"
                                | "cents"
                                | "pence"
                                | "مجانا"
                                | "חינמ"
                                | "ליש"
                                | "שקל"
                                | "שקלימ"
                                | "יורו"
                                | "דולר"
                                | "million"
                                | "billion"
                        )
                }) || text.contains("免费")
                    || text.contains("英镑")
                    || text.contains("無料")
            }
            Kind::Number => any(&|folded, class, _| numeral(folded, class)),
            Kind::Rhythm => {
                any(&|folded, class, _| listed(RHYTHMS, folded) || (numeral(folded, class) && rhythmic(text)))
            }
            Kind::Clock => {
                any(&|folded, class, _| clock(folded, class)) || dated_in_characters(text) || says_hour(text)
            }
            Kind::Percent => {
                text.contains(['%', '٪'])
                    || any(&|folded, _, _| {
                        folded.starts_with("percent")
                            || matches!(folded, "cent" | "prozent" | "ciento" | "cento")
                    })
            }
            Kind::Weight => self.measured(text, WEIGHTS) || text.contains("公斤") || text.contains("千克"),
            Kind::Distance => {
                self.measured(text, DISTANCES)
                    || self.holds(Kind::Length, text)
                    || ["公里", "米", "キロ"].iter().any(|unit| text.contains(unit))
            }
            Kind::Length => {
                let span = any(&|folded, _, _| SPANS.iter().any(|stem| folded.starts_with(stem)))
                    || ["分", "小时", "天", "日", "周", "月", "年", "時間", "週"]
                        .iter()
                        .any(|unit| text.contains(unit));
                span && (any(&|folded, class, _| numeral(folded, class)) || spans_one(text))
            }
            Kind::When => {
                holds_condition(text)
                    || any(&|folded, class, _| {
                        dated(folded, class)
                            || listed(CALENDAR, folded)
                            || (class == Class::Cjk
                                && "年月日点時周週".contains(folded)
                                && dated_in_characters(text))
                    })
            }
            Kind::Who | Kind::Where => names(text, &new),
            Kind::Phone => text
                .split(|c: char| c.is_alphabetic())
                .any(|run| run.chars().filter(char::is_ascii_digit).count() >= 6),
            Kind::Email => text.contains('@'),
        }
    }
}

/// "An hour", "the same day".
fn spans_one(text: &str) -> bool {
    let words: Vec<String> = tokens(text).iter().map(|token| fold(token.text)).collect();
    words.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        (listed(" a an same one un une una uma ein eine einen ", first)
            && SPANS.iter().any(|stem| second.starts_with(stem)))
            || (first == "a" && second == "while")
    })
}

/// `10:30`, `9am`, noon.
fn clock(folded: &str, class: Class) -> bool {
    match class {
        Class::Number => folded.contains(':'),
        Class::Mixed => ["am", "pm", "h", "uhr"].iter().any(|end| folded.ends_with(end)),
        _ => listed(" noon midnight mittag mitternacht mediodia medianoche midi minuit ", folded),
    }
}

/// "Half past nine", "9 Uhr", "9 p.m.", "a las nueve".
fn says_hour(text: &str) -> bool {
    let words: Vec<String> = tokens(text).iter().map(|token| fold(token.text)).collect();
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) || listed(NUMERALS, word);
    words.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        (number(first) && listed(" uhr heures heure horas oclock o p a ", second))
            || (number(second) && listed(" past las ", first))
    })
}

/// Words of questions that stand for the kind itself: a sentence that holds the kind says them all.
fn names_kind(kind: Kind, folded: &str) -> bool {
    let words = match kind {
        Kind::Price => {
            " much cost costs price fee charge charges surcharge rate pay salary wage kostet kosten preis verlangen bezahle bezahlen zahle zahlen viel cuesta cuestan cuanto vale precio cobran pago pagar coute prix tarif combien custa custam quanto preco سعر تكلفه מחיר עולה כמה "
        }
        Kind::Length => {
            " long many take takes wait lange dauert tiempo dura tarda temps dure tempo demora זמנ "
        }
        Kind::When | Kind::Clock => {
            " time when late early hours open year date day days weekdays wann uhr hora horas heure heures quand cuando quando dias tagen jahr ano באילו ימימ מתי "
        }
        Kind::Number => " many much number quantity viele viel cuantos cuantas combien quantos quantas כמה ",
        Kind::Rhythm => " often frequently oft haufig frecuencia frequence frequencia ",
        Kind::Weight => " heavy weight weigh schwer gewicht wiegt peso pesa poids ",
        Kind::Distance => " far distance weit distancia ",
        Kind::Percent => " percent percentage prozent porcentaje pourcentage porcentagem ",
        Kind::Who | Kind::Where | Kind::Phone | Kind::Email => "",
    };
    listed(words, folded)
}

/// "… when it is thinner than a hair" answers when, too.
fn holds_condition(text: &str) -> bool {
    tokens(text).iter().skip(1).any(|token| {
        matches!(
            fold(token.text).as_str(),
            "when" | "once" | "wenn" | "sobald" | "cuando" | "quand" | "lorsque" | "quando"
        )
    })
}

/// A number of times or spans stands in a rhythm only beside such a word.
fn rhythmic(text: &str) -> bool {
    tokens(text).iter().any(|token| {
        listed(
            " every each per after alle jede jeden jedes nach pro cada chaque tous toutes par por ",
            &fold(token.text),
        )
    }) || text.contains('每')
        || text.contains("ごと")
}

/// Numerals before a sign of date or time, as in 九点 or 5月.
fn dated_in_characters(text: &str) -> bool {
    text.chars().zip(text.chars().skip(1)).any(|(numeral, sign)| {
        (numeral.is_ascii_digit() || "一二三四五六七八九十半".contains(numeral))
            && "年月日点時周週".contains(sign)
    })
}

/// A year, a time of day or an ordinal.
fn dated(folded: &str, class: Class) -> bool {
    match class {
        Class::Number => {
            folded.contains(':') || folded.parse::<u32>().is_ok_and(|year| (1000..2200).contains(&year))
        }
        Class::Mixed => {
            ["am", "pm", "h", "s", "st", "nd", "rd", "th"].iter().any(|end| folded.ends_with(end))
        }
        _ => false,
    }
}

fn listed(words: &str, folded: &str) -> bool {
    words.match_indices(folded).any(|(at, _)| {
        at > 0
            && words.as_bytes().get(at - 1) == Some(&b' ')
            && words.as_bytes().get(at + folded.len()) == Some(&b' ')
    })
}

/// A capitalised word within a sentence that the question did not say; scripts without capitals always may.
fn names(text: &str, new: &dyn Fn(&str) -> bool) -> bool {
    let tokens = tokens(text);
    let capitals =
        tokens.iter().any(|token| token.text.chars().any(|c| script(c) == Script::Other && c.is_lowercase()));
    !capitals
        || tokens.iter().skip(1).any(|token| {
            token.text.chars().next().is_some_and(char::is_uppercase)
                && token.text.len() > 1
                && new(&fold(token.text))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_times_and_names_are_told_apart() {
        let price = Wanted::read("How much does a wash cost?");
        assert!(price.met_by("It costs £3.") && !price.met_by("Brushes are there."));
        let when = Wanted::read("When do you open?");
        assert!(
            when.met_by("From 9:00 on.") && when.met_by("Mondays only") && !when.met_by("Ring the bell.")
        );
        let who = Wanted::read("Who built the boathouse?");
        assert!(who.met_by("It was built by Ada Lovell.") && !who.met_by("It was built of wood."));
        let length = Wanted::read("Wie lange dauert das?");
        assert!(length.met_by("Etwa zwei Stunden.") && !length.met_by("Es dauert."));
    }

    #[test]
    fn measures_and_rhythms_are_told_apart() {
        let rhythm = Wanted::read("How often are the sheets changed?");
        assert!(rhythm.met_by("Every three days.") && !rhythm.met_by("Sheets cost £3."));
        let weight = Wanted::read("What is the weight of the tent?");
        assert!(
            weight.met_by("It is 3 kg.") && weight.met_by("Just 900g.") && !weight.met_by("It costs £3.")
        );
        let clock = Wanted::read("What time do I have to check out?");
        assert!(
            clock.met_by("By 10:30.") && clock.met_by("At half past ten.") && !clock.met_by("On Monday.")
        );
        let percent = Wanted::read("What percentage is the deposit?");
        assert!(percent.met_by("A 20% deposit.") && !percent.met_by("A deposit of £20."));
        let far = Wanted::read("How far is the beach?");
        assert!(far.met_by("It is 2 miles away.") && !far.met_by("It has 2 bars."));
        let price = Wanted::read("How much does it cost?");
        assert!(!price.met_by("It takes 9 people."));
    }

    #[test]
    fn a_number_the_question_says_is_no_answer() {
        assert!(!Wanted::read("How many of the 12 wheels are new?").met_by("There are 12 wheels."));
    }
}
