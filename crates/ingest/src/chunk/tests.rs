use proptest::prelude::*;

use super::*;

fn page() -> Url {
    Url::parse("https://a.example/page").unwrap()
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading { level, id: Some(text.to_lowercase()), text: text.into() }
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph { text: text.into() }
}

/// A paragraph of `words` numbered words in sentences of ten.
fn prose(words: usize) -> Block {
    let sentence = |at: usize| if at % 10 == 9 { format!("Word{at}.") } else { format!("Word{at}") };
    paragraph((0..words).map(sentence).collect::<Vec<_>>().join(" "))
}

#[test]
fn a_section_is_a_passage_with_its_path_and_fragment() {
    let passages =
        chunk("Shop", &page(), &[heading(1, "Hours"), prose(60), heading(2, "Holidays"), prose(70)]);
    assert_eq!(passages.len(), 2);
    assert_eq!(passages[1].heading_path, ["Shop", "Hours", "Holidays"]);
    assert_eq!(passages[1].fragment.as_deref(), Some("holidays"));
    assert_eq!(passages[1].address(&page()).as_str(), "https://a.example/page#holidays");
}

#[test]
fn tiny_neighbours_share_a_passage_that_keeps_their_headings() {
    let blocks = [
        heading(1, "FAQ"),
        heading(2, "Cash?"),
        paragraph("Yes."),
        heading(2, "Cards?"),
        paragraph("Yes, and phones."),
        heading(2, "Long"),
        prose(100),
    ];
    let passages = chunk("FAQ", &page(), &blocks);
    assert_eq!(passages.len(), 2);
    assert_eq!(passages[0].heading_path, ["FAQ"]);
    assert_eq!(passages[0].text, "Cash?\n\nYes.\n\nCards?\n\nYes, and phones.");
    assert_eq!(passages[0].fragment.as_deref(), Some("cash?"));
    assert_eq!(passages[1].heading_path, ["FAQ", "Long"]);
}

#[test]
fn a_long_document_gives_windows_of_the_stated_size() {
    let blocks = [prose(3_500)];
    let total = count_tokens(&blocks[0].text());
    assert!((9_000..11_500).contains(&total), "{total}");
    let passages = chunk("", &page(), &blocks);
    assert!((21..=28).contains(&passages.len()), "{}", passages.len());
    assert!(passages.iter().all(|passage| passage.tokens <= WINDOW + 5 && passage.tokens > 250));
    let last = passages[0].text.split_whitespace().last().unwrap();
    assert!(passages[1].text.contains(last), "windows overlap");
    assert!(passages[0].text.ends_with('.'), "windows end with a sentence");
}

#[test]
fn every_window_of_a_table_begins_with_its_header() {
    let rows = (0..400).map(|at| vec![format!("Job number {at}"), format!("\u{a3}{at}")]).collect();
    let passages =
        chunk("Prices", &page(), &[Block::Table { header: vec!["Job".into(), "Price".into()], rows }]);
    assert!(passages.len() > 3);
    assert!(passages.iter().all(|passage| passage.text.starts_with("Job | Price\nJob number")));
    assert!(passages.iter().all(|passage| passage.tokens <= WINDOW + 5));
}

#[test]
fn a_page_without_text_gives_nothing() {
    assert_eq!(chunk("Title", &page(), &[]), []);
    let alone = chunk("Title", &page(), &[heading(2, "Only a heading")]);
    assert_eq!(alone[0].text, "Only a heading");
}

fn any_block() -> impl Strategy<Value = Block> {
    let text = "[a-z\u{4e00}\u{4e8c}.?! ]{0,300}"
        .prop_map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = text.prop_filter("blocks are not empty", |text| !text.is_empty());
    (0..7_u8, 1..6_u8, text).prop_map(|(kind, level, text)| match kind {
        0 | 1 => Block::Heading {
            level,
            id: None,
            text: text.chars().take(40).collect::<String>().trim().to_owned(),
        },
        2 => Block::ListItem { depth: level, number: None, text },
        3 => Block::Code { language: None, text: text.replace(". ", "\n  ") },
        4 => {
            let cells: Vec<String> = text.split(' ').map(str::to_owned).collect();
            Block::Table { header: cells.clone(), rows: vec![cells.clone(), cells] }
        }
        5 => Block::Quote { text },
        _ => Block::Paragraph { text },
    })
}

/// Letters without white space: where words are cut or joined does not matter, that they are there does.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

proptest! {
    #[test]
    fn no_word_is_lost_and_order_is_kept(blocks in prop::collection::vec(any_block(), 0..40)) {
        let passages = chunk("T", &page(), &blocks);
        let everything: Vec<String> = passages
            .iter()
            .map(|passage| letters(&format!("{} {}", passage.heading_path.concat(), passage.text)))
            .collect();
        let mut at = 0;
        for word in blocks.iter().flat_map(Block::words).map(letters) {
            // A word may be cut between two passages only when it is longer than a unit.
            let found = everything.iter().skip(at).position(|text| text.contains(&word));
            prop_assert!(found.is_some(), "{word} is lost");
            at += found.unwrap_or(0);
        }
        for passage in &passages {
            prop_assert!(passage.tokens <= WINDOW + 60, "{} tokens", passage.tokens);
            prop_assert!(!passage.text.trim().is_empty());
        }
    }
}
