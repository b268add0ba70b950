use proptest::prelude::*;

use super::*;

fn address() -> Url {
    Url::parse("https://a.example/files/1").unwrap()
}

fn text_of(kind: FileKind, name: &str, bytes: &[u8]) -> String {
    read(kind, name, bytes).unwrap().text()
}

#[test]
fn texts_keep_their_paragraphs_in_any_encoding() {
    let text = "One\r\nline.\r\n \r\n\r\nTwo \u{e4}.\r\n";
    assert_eq!(text_of(FileKind::Text, "a.txt", text.as_bytes()), "One\nline.\n\nTwo \u{e4}.");
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    assert_eq!(text_of(FileKind::Text, "a.txt", &utf16), "One\nline.\n\nTwo \u{e4}.");
    assert_eq!(text_of(FileKind::Text, "a.txt", b"caf\xe9\rbar"), "caf\u{e9}\nbar");
}

#[test]
fn markdown_and_html_say_their_titles() {
    let file = read(FileKind::Markdown, "a.md", b"---\ntitle: Fees\nlang: de\n---\ntext").unwrap();
    assert_eq!(
        (file.title.as_str(), file.language.as_deref(), file.text().as_str()),
        ("Fees", Some("de"), "text")
    );
    let html = b"<html lang=fr><title>Tarifs</title><nav><a href=/>x</a></nav><main><h2>Un</h2><p>Neuf euros.</p></main>";
    let file = read(FileKind::Html, "d\u{e9}but/a b.html", html).unwrap();
    assert_eq!((file.title.as_str(), file.language.as_deref()), ("Tarifs", Some("fr")));
    assert_eq!(file.text(), "## Un\n\nNeuf euros.");
    assert_eq!(text_of(FileKind::Html, "a.html", b"just words"), "just words");
}

#[test]
fn pages_of_a_document_lead_to_their_page() {
    let part = |page| Part {
        page: Some(page),
        blocks: vec![Block::Paragraph { text: "words".into() }],
        rows: false,
    };
    let file = FileText { parts: vec![part(1), part(2)], ..FileText::default() };
    let passages = file.passages("T", &address());
    assert_eq!(passages[1].fragment.as_deref(), Some("page=2"));
    assert_eq!(passages[1].ord, 1);
}

#[test]
fn nothing_and_too_much_are_refused() {
    assert_eq!(read(FileKind::Text, "a.txt", b" \n \n"), Err(Refusal::Empty));
    assert_eq!(read(FileKind::Html, "a.html", b"<html><script>x</script>"), Err(Refusal::Empty));
    assert_eq!(read(FileKind::Csv, "a.csv", b";;\n;;"), Err(Refusal::Empty));
    let long = "word ".repeat(MAX_CHARS / 5 + 1);
    assert_eq!(read(FileKind::Text, "a.txt", long.as_bytes()), Err(too_much_text()));
    assert_eq!(read(FileKind::Markdown, "a.md", &vec![b'x'; MAX_CHARS * 4 + 1]), Err(too_much_text()));
    let tags = "<p>word ".repeat(150_000);
    assert!(matches!(read(FileKind::Html, "a.html", tags.as_bytes()), Err(Refusal::TooLarge { .. })));
    assert!(too_much_text().to_string().contains("2 million letters"));
}

#[test]
fn a_large_table_is_read_in_moments() {
    let row = format!("Lamp,\"{}\",9\n", "bright, light and \"\"warm\"\"\n".repeat(14));
    let csv = format!("Name,Text,Price\n{}", row.repeat(5_000));
    let begun = std::time::Instant::now();
    let file = read(FileKind::Csv, "a.csv", csv.as_bytes()).unwrap();
    let passages = file.passages("List", &address());
    assert_eq!(passages.len(), 5_000);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn nothing_panics(
        kind in prop::sample::select(vec![FileKind::Text, FileKind::Markdown, FileKind::Csv, FileKind::Html]),
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\",;\n\t<>/ab1#-|".to_vec())], 0..400),
    ) {
        if let Ok(file) = read(kind, "a", &bytes) {
            prop_assert!(!file.passages("T", &address()).is_empty());
        }
    }
}
