use super::*;

fn source<'a>(number: u32, text: &'a str, path: &'a [String]) -> Source<'a> {
    Source { number, title: "Seaside Hotel", heading_path: path, text, score: 0.8 }
}

fn ask(question: &str, text: &str) -> Extract {
    answer(question, Language::En, &[source(1, text, &[])])
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
    assert!(!answer("¿Tienen helipuerto?", Language::Es, &[]).answered);
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
    let extract = answer("Can I bring my dog?", Language::En, &[source(3, "Yes, for £5 a night.", &path)]);
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
