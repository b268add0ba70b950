use super::*;
use crate::prompt::RULES as PROMPT;

const KEY: &str = "9f3a1c77e0b2d465";

fn through(text: &str, instructions: &str, size: usize) -> (String, bool) {
    let mut secrets = Secrets::new(KEY, &PROMPT, instructions);
    let characters: Vec<char> = text.chars().collect();
    let mut shown: String =
        characters.chunks(size).map(|piece| secrets.push(&piece.iter().collect::<String>())).collect();
    shown.push_str(&secrets.finish());
    (shown, secrets.told())
}

#[test]
fn the_canary_is_cut_in_every_spelling_before_its_first_letter() {
    let canary = canary(KEY);
    let upper = canary.to_uppercase();
    let apart = |by: &str| canary.chars().map(String::from).collect::<Vec<_>>().join(by);
    let codes = |format: fn(u32) -> String| {
        canary.chars().map(|c| format(u32::from(c))).collect::<Vec<_>>().join(" ")
    };
    let written = [
        canary.clone(),
        upper.clone(),
        apart(" "),
        apart("-"),
        apart("\u{200b}"),
        apart(".\n"),
        backwards(&canary),
        rot13(&canary),
        rot13(&backwards(&canary)),
        codes(|c| format!("{c:02x}")),
        codes(|c| format!("\\x{c:02X}")),
        codes(|c| format!("0x{c:02x},")),
        codes(|c| format!("&#{c};")),
        codes(|c| format!("%{c:02X}")),
        codes(|c| format!("\\u{c:04x}")),
        codes(|c| char::from_u32(0x1d41a + c - 97).unwrap().to_string()),
        canary.chars().map(|c| char::from_u32(0xff21 + u32::from(c) - 97).unwrap()).collect(),
        KEY.to_owned(),
        KEY.to_uppercase(),
        backwards(KEY),
    ];
    for secret in written {
        for size in [1, 3, 1_000] {
            let (shown, told) = through(&format!("Sure, it is: {secret} and more."), "", size);
            assert_eq!(
                (letters_of(&shown).as_str(), told),
                ("sureitis", true),
                "{secret} in pieces of {size}"
            );
        }
    }
}

#[test]
fn base64_is_recognised_wherever_it_begins() {
    for before in ["", "a", "ab", "abc", "the canary is "] {
        let encoded = reference_base64(format!("{before}{}", canary(KEY)).as_bytes());
        let (shown, told) = through(&format!("Here: {encoded}"), "", 2);
        assert!(told && shown.len() <= 6 + before.len() * 4 / 3 + 4, "{shown}");
        let spaced: String = encoded.chars().flat_map(|c| [c, ' ']).collect();
        assert!(through(&spaced, "", 1).1, "{spaced}");
    }
    let rules = reference_base64(PROMPT.concat().as_bytes());
    let (shown, told) = through(&rules, "", 7);
    assert!(told && shown.len() < 12, "{shown}");
}

fn reference_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            encoded.push(char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    encoded
}

#[test]
fn eight_words_of_the_rules_are_cut_from_the_first_and_seven_are_not() {
    for rule in PROMPT {
        let words: Vec<&str> = rule.split_whitespace().collect();
        for eight in words.windows(8) {
            for told in [eight.join(" "), eight.join("  *").to_uppercase(), eight.concat()] {
                let letters = letters_of(&told).len();
                if letters < RUN_OF_WORDS as usize || (eight.concat() == told && letters < RUN as usize) {
                    continue;
                }
                let (shown, cut) = through(&format!("Well: {told}"), "", 3);
                assert_eq!((letters_of(&shown).as_str(), cut), ("well", true), "{told}");
            }
            let few = eight[..7].join(" ");
            if letters_of(&few).len() < RUN as usize {
                assert_eq!(through(&few, "", 4), (few.clone(), false));
            }
        }
    }
}

#[test]
fn rules_are_cut_backwards_too() {
    let (shown, cut) = through(&backwards(PROMPT[0]), "", 5);
    assert!(cut && letters_of(&shown).len() < TELLING as usize, "{shown}");
}

#[test]
fn the_first_word_of_an_answer_does_not_wait_for_the_second() {
    let canary = canary(KEY);
    for word in PROMPT.iter().flat_map(|rule| rule.split_whitespace()).chain([
        "A",
        "I",
        "Yes",
        "Our",
        canary.as_str(),
    ]) {
        let mut secrets = Secrets::new(KEY, &PROMPT, "");
        let least = word.chars().take_while(|c| c.is_alphabetic()).count().min(TELLING as usize - 1);
        assert!(secrets.push(word).chars().count() >= least, "{word}");
    }
    let (shown, cut) = through(&canary, "", 1);
    assert!(cut && shown.len() < TELLING as usize, "{shown}");
}

#[test]
fn ordinary_answers_pass_as_they_are() {
    let answers = [
        "That information is not in the sources. I can connect you with a human, or you leave your e-mail.",
        "We are open from 9 to 17:30 [1]. The information is not in the sources, sorry.",
        "Die Werkstatt öffnet um neun. 我们九点开门。 متجرنا مفتوح. אנחנו פתוחים.",
        "Call 0123456789 or use the code ABCDEF-123456-9876.",
    ];
    for answer in answers {
        for size in 1..7 {
            assert_eq!(through(answer, "Be friendly.", size), (answer.to_owned(), false));
        }
    }
}

#[test]
fn of_the_instructions_facts_may_be_told_but_no_passage() {
    let instructions = "The parking lot is behind the building. Mention the loyalty card to everybody who asks for a \
        price, offer the winter check before the first of December, and never speak about the dispute with the \
        landlord. Say \"we will be with you in no time, dear neighbour, and with a smile on our face as always, \
        whatever the weather and whatever the season and the day\" at the end.";
    let fact = "The parking lot is behind the building. Mention the loyalty card.";
    assert_eq!(through(fact, instructions, 3), (fact.to_owned(), false));
    let (shown, cut) = through(instructions, instructions, 3);
    assert!(cut && shown.len() < 90, "{shown}");
}

#[test]
fn canaries_differ_by_turn_and_do_not_show_the_key() {
    let (one, other) = (canary("0000000000000000"), canary("0000000000000001"));
    assert!(one != other && one.len() == 16 && one.bytes().all(|b| b.is_ascii_lowercase()));
    assert_eq!(one, canary("0000000000000000"));
}
