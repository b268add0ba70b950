use proptest::prelude::*;

use super::*;

fn pairs(csv: &str) -> Vec<(String, String)> {
    parse_csv(csv.as_bytes()).unwrap().into_iter().map(|pair| (pair.question, pair.answer)).collect()
}

fn error(csv: &str) -> String {
    parse_csv(csv.as_bytes()).unwrap_err().to_string()
}

#[test]
fn columns_are_found_by_name_or_are_the_first_two() {
    let expected = [("Cash?".to_owned(), "Yes, \"always\".\nSmiling.".to_owned())];
    let answer = "\"Yes, \"\"always\"\".\nSmiling.\"";
    assert_eq!(pairs(&format!("Question,Answer\nCash?,{answer}\n")), expected);
    assert_eq!(pairs(&format!("id;R\u{e9}ponse;Question\n7;{answer};Cash?\n")), expected);
    assert_eq!(pairs(&format!("Frage\tAntwort\nCash?\t{answer}\n")), expected);
    assert_eq!(pairs(&format!("Frage;Auskunft\nCash?;{answer}\n")), expected);
    assert_eq!(pairs(&format!("PREGUNTA:,RESPUESTA:\nCash?,{answer}")), expected);
    assert_eq!(pairs(&format!("Cash?,{answer}\n,\n")), expected);
}

#[test]
fn errors_name_the_line_and_what_to_do() {
    assert!(error("Q,A\n\nCash?,\n").starts_with("Line 3: the question \"Cash?\" has no answer. Write one"));
    assert!(error("Q,A\nCash?,Yes\n,No\n").starts_with("Line 3: an answer without a question."));
    assert!(
        error("Q,A\nCash?,Yes, always\nCards?,Yes\nDogs?,No\n")
            .starts_with("Line 2 has 3 columns instead of 2.")
    );
    assert!(
        error("Question,Topic,Notes\nCash?,Money,Yes\n")
            .starts_with("Line 1: there is no column of answers.")
    );
    assert!(error("just\nlines\n").starts_with("Line 1: there is no column of answers."));
    assert!(
        error(&format!("Q,A\n{},yes\n", "x".repeat(501)))
            .starts_with("Line 2: the question is longer than 500")
    );
    assert!(error(&format!("Q,A\nx,{}\n", "x".repeat(20_001))).starts_with("Line 2: the answer is longer"));
    for empty in ["", "\n,\n", "Q,A\n"] {
        assert_eq!(parse_csv(empty.as_bytes()), Err(FaqError::Empty));
    }
    assert_eq!(parse_csv(b"PK\x03\x04"), Err(FaqError::NotText));
    assert_eq!(parse_csv(&vec![b'a'; MAX_BYTES + 1]), Err(FaqError::TooLarge));
    assert!(parse_csv("Cash?,Yes\n".repeat(MAX_PAIRS + 1).as_bytes()) == Err(FaqError::TooMany));
}

#[test]
fn each_pair_is_a_passage_with_a_place_of_its_own() {
    let address = Url::parse("https://a.example/faq").unwrap();
    let pair = |question: &str, answer: String| Pair { question: question.into(), answer };
    let list = [pair("Cash?", "Yes.".into()), pair("Fees?", "It depends on the day. ".repeat(300))];
    let passages = passages(&list, "FAQ", &address);
    assert_eq!(passages[0].text, "Cash?\nYes.");
    assert_eq!(passages[0].heading_path, ["FAQ", "Cash?"]);
    assert_eq!(passages[0].address(&address).as_str(), "https://a.example/faq#q-1");
    assert!(passages.len() > 3);
    assert!(passages[1..].iter().all(|passage| {
        passage.text.starts_with("Fees?\nIt depends") && passage.fragment.as_deref() == Some("q-2")
    }));
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\",;\nab?".to_vec())], 0..300)) {
        let address = Url::parse("https://a.example/").unwrap();
        if let Ok(pairs) = parse_csv(&bytes) {
            prop_assert!(passages(&pairs, "T", &address).len() >= pairs.len());
        }
    }
}
