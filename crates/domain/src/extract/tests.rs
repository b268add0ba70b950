use super::*;

fn source<'a>(number: u32, text: &'a str, path: &'a [String]) -> Source<'a> {
    Source { number, title: "Seaside Hotel", heading_path: path, text, score: 0.8 }
}

fn ask(question: &str, text: &str) -> Extract {
    answer(&Asked::alone(question), Language::En, &[source(1, text, &[])])
}

#[test]
fn the_sentence_that_answers_is_quoted_with_its_citation() {
    let extract = ask(
        "What does breakfast cost?",
        "The hotel has twelve rooms. Breakfast costs £9 per person. The garden is open all year.",
    );
    assert!(extract.answered);
    assert!(
        extract.text.starts_with("Breakfast costs £9 per person.") && extract.text.contains("[1]"),
        "{extract:?}"
    );
    assert!(!extract.text.contains("twelve rooms"));
}

#[test]
fn question_without_answer_is_said_so() {
    let extract = ask(
        "Do you have a helicopter landing pad?",
        "Breakfast costs £9 per person. The garden is open all year.",
    );
    assert!(!extract.answered && !extract.text.contains('['), "{extract:?}");
    assert!(!answer(&Asked::alone("¿Tienen helipuerto?"), Language::Es, &[]).answered);
}

#[test]
fn a_table_row_comes_with_its_header() {
    let extract =
        ask("When are you open on Tuesday?", "Day | Opening hours\nMonday | closed\nTuesday | 9:00 to 17:00");
    assert!(extract.text.starts_with("Day | Opening hours\nTuesday | 9:00 to 17:00 [1]"), "{extract:?}");
}

#[test]
fn the_answer_below_its_question_is_found() {
    let path = ["Questions".to_owned(), "Can I bring my dog to the hotel?".to_owned()];
    let asked = Asked::alone("Can I bring my dog?");
    let extract = answer(&asked, Language::En, &[source(3, "Yes, for £5 a night.", &path)]);
    assert_eq!(extract.text, "Yes, for £5 a night. [3]");
}

#[test]
fn a_sentence_that_begins_with_a_pronoun_keeps_the_one_before() {
    let extract = ask(
        "How long is the sauna open in winter?",
        "Rooms have sea view. The sauna is in the old boathouse. It is open for three hours every winter evening.",
    );
    assert!(extract.text.contains("The sauna is in the old boathouse. It is open"), "{extract:?}");
}

#[test]
fn what_is_quoted_stands_in_the_passage() {
    let text = "Parking is free for guests. The car park closes at 23:00. Bicycles may be left in the yard.";
    let extract = ask("Is parking free?", text);
    for quoted in extract.text.split(" [1]").map(str::trim).filter(|quoted| !quoted.is_empty()) {
        assert!(text.contains(quoted), "{quoted}");
    }
}

#[test]
fn the_price_in_a_later_sentence_is_quoted_with_what_it_belongs_to() {
    let extract = ask(
        "What does the sunset boat trip cost?",
        "The sunset boat trip leaves the jetty at 19:00. It passes 3 islands. Tickets are £17. Dogs stay ashore.",
    );
    assert!(
        extract.text.contains("The sunset boat trip leaves") && extract.text.contains("£17"),
        "{extract:?}"
    );
}

#[test]
fn the_heading_within_a_passage_that_names_the_price_is_quoted() {
    let extract = ask(
        "What does the Pearl massage cost?",
        "Coral, £40\n\nHalf an hour for neck and shoulders.\n\nPearl, £75\n\nThe Pearl massage is for the whole body.",
    );
    assert!(extract.text.contains("Pearl, £75") && !extract.text.contains("£40"), "{extract:?}");
}

#[test]
fn a_table_is_never_quoted_whole() {
    let extract = ask(
        "What does a towel cost?",
        "Item | Price\nTowel | £2\nRobe | £5\nSlippers | £3\nLocker | £1\nGoggles | £4\nCap | £6",
    );
    assert!(extract.text.contains("Towel | £2") && extract.text.matches(" | £").count() <= 3, "{extract:?}");
}

#[test]
fn a_missing_attribute_is_not_answered_by_another() {
    let extract =
        ask("What is the weight of the oak table?", "The oak table costs £90. The pine chair weighs 4 kg.");
    assert!(!extract.text.starts_with("The oak table costs £90. [1]"), "{extract:?}");
}

#[test]
fn an_answer_keeps_within_its_length() {
    let text = "The garden has roses and lavender and a pond with twelve carp in it. ".repeat(40);
    let one = "roses and lavender and ".repeat(60);
    for text in [text.as_str(), one.as_str()] {
        assert!(ask("What grows in the garden, roses?", text).text.split_whitespace().count() <= 90);
    }
}
