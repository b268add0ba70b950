//! Whole files, made here.

use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::page::Block;

/// A PDF of numbered objects, with a cross-reference table.
fn file(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        writeln!(out, "{} 0 obj", at + 1).unwrap();
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let begin = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in offsets {
        writeln!(out, "{offset:010} 00000 n ").unwrap();
    }
    write!(
        out,
        "trailer\n<< /Size {} /Root 1 0 R {trailer} >>\nstartxref\n{begin}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    out
}

fn stream(dict: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {dict} /Length {} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(data).unwrap();
    packed.finish().unwrap()
}

/// A page of the given content; `/F1` is Helvetica, `/F2` its bold, further resources as given.
fn page(content: &[u8], resources: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R \
             /F2 6 0 R /F3 7 0 R >> {resources} >> >>"
        )
        .into_bytes(),
        stream("/Filter /FlateDecode", &deflated(content)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    objects.extend(more.iter().cloned());
    file(&objects, "")
}

fn text(bytes: &[u8]) -> String {
    read(bytes).unwrap().text()
}

const NOTICE: &[u8] = b"BT /F2 20 Tf 50 700 Td (Opening hours) Tj /F1 10 Tf 0 -40 Td 12 TL (We open at nine and close at se-) Tj T* \
    (ven, every day but Sunday.) Tj 0 -30 Td (\x95 Repairs while you wait) Tj T* (\x95 Spare parts) Tj ET";

#[test]
fn a_page_becomes_headings_paragraphs_and_lists() {
    let read = read(&page(NOTICE, "", &[])).unwrap();
    assert_eq!(read.language.as_deref(), Some("en-GB"));
    assert_eq!(read.parts[0].page, Some(1));
    let wanted = "# Opening hours\n\nWe open at nine and close at seven, every day but Sunday.\n\n- Repairs while you \
                  wait\n- Spare parts";
    assert_eq!(read.text(), wanted);
}

#[test]
fn a_table_keeps_its_rows() {
    let mut content = String::from("BT /F1 10 Tf ");
    for (at, (job, price)) in
        [("Job", "Price"), ("Inner tube", "9"), ("New chain", "25")].into_iter().enumerate()
    {
        let y = 700 - 14 * at;
        content.push_str(&format!("1 0 0 1 50 {y} Tm ({job}) Tj 1 0 0 1 200 {y} Tm ({price}) Tj "));
    }
    content.push_str("ET");
    let read = read(&page(content.as_bytes(), "", &[])).unwrap();
    let row = |job: &str, price: &str| vec![job.to_owned(), price.to_owned()];
    let rows = vec![row("Job", "Price"), row("Inner tube", "9"), row("New chain", "25")];
    assert_eq!(read.parts[0].blocks, [Block::Table { header: Vec::new(), rows }]);
}

#[test]
fn composite_fonts_are_read_by_their_map() {
    let map = b"1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <4F60> <0002> <597D> endbfchar";
    let more = [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 8 0 R /DescendantFonts [9 0 R] >>"
            .to_vec(),
        stream("", map),
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 1000 /W [1 [900] 2 3 800] >>".to_vec(),
    ];
    assert_eq!(text(&page(b"BT /F3 10 Tf 50 700 Td <00010002> Tj ET", "", &more)), "你好");
}

#[test]
fn differences_and_actual_text_say_what_codes_mean() {
    let more =
        [b"<< /Type /Font /Subtype /Type1 /BaseFont /Y /Encoding << /Differences [1 /f_i /Euro] >> >>"
            .to_vec()];
    let content =
        b"BT /F3 10 Tf 50 700 Td (\x01\x02) Tj /Span << /ActualText (fine) >> BDC 40 0 Td (\x01) Tj EMC ET";
    assert_eq!(text(&page(content, "", &more)), "fi€ fine");
}

#[test]
fn forms_are_run_and_never_in_circles() {
    let more = [
        b"null".to_vec(),
        stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /Font << /F1 5 0 R >> /XObject << /A 8 0 R >> >>",
            b"BT /F1 10 Tf 50 700 Td (Inside) Tj ET /A Do",
        ),
    ];
    assert_eq!(text(&page(b"/A Do", "/XObject << /A 8 0 R >>", &more)), "Inside");
}

#[test]
fn turned_text_follows_upright_text() {
    let content =
        b"BT /F1 10 Tf 0 1 -1 0 20 100 Tm (Margin note) Tj 1 0 0 1 50 700 Tm (Body text here) Tj ET";
    assert_eq!(text(&page(content, "", &[])), "Body text here\n\nMargin note");
}

#[test]
fn pictures_without_text_are_a_scan_and_nothing_is_empty() {
    let image = [b"null".to_vec(), stream("/Type /XObject /Subtype /Image /Width 9 /Height 9", b"...")];
    let scan =
        page(b"q 600 0 0 800 0 0 cm /A Do Q BT /F1 9 Tf (Page 1) Tj ET", "/XObject << /A 8 0 R >>", &image);
    assert_eq!(read(&scan), Err(Refusal::Scanned));
    let logo = page(
        b"q 60 0 0 60 0 0 cm /A Do Q BT /F1 9 Tf (Closed today) Tj ET",
        "/XObject << /A 8 0 R >>",
        &image,
    );
    assert_eq!(text(&logo), "Closed today");
    assert_eq!(read(&page(b"", "", &[])), Err(Refusal::Empty));
}

#[test]
fn a_broken_table_of_objects_is_rebuilt_and_rubble_refused() {
    let whole = page(NOTICE, "", &[]);
    let wanted = text(&whole);
    let mut shifted = b"%PDF-1.7\n% a line that shifts every offset\n".to_vec();
    shifted.extend(&whole[9..]);
    assert_eq!(text(&shifted), wanted);
    for rubble in [&b""[..], b"%PDF-1.7\n", b"not a PDF", &whole[..200]] {
        assert!(matches!(read(rubble), Err(Refusal::Corrupt(_))), "{:?}", String::from_utf8_lossy(rubble));
    }
}

#[test]
fn encryption_that_asks_for_a_password_is_named() {
    let mut objects =
        vec![b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), b"<< /Type /Pages /Kids [] /Count 0 >>".to_vec()];
    let key = "ab".repeat(32);
    objects.push(
        format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{key}> /U <{key}> >>").into_bytes(),
    );
    let locked = file(&objects, "/Encrypt 3 0 R /ID [<00> <00>]");
    assert_eq!(read(&locked), Err(Refusal::Encrypted));
}

#[test]
fn pages_are_read_where_only_attachments_are_encrypted() {
    let key = "ab".repeat(48);
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        stream("", b"BT /F1 10 Tf 50 700 Td (Open to all) Tj ET"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
        format!("<< /Filter /Standard /V 5 /R 6 /P -4 /O <{key}> /U <{key}> /StmF /Identity /StrF /Identity /EFF /StdCF >>")
            .into_bytes(),
    ];
    assert_eq!(text(&file(&objects, "/Encrypt 6 0 R /ID [<00> <00>]")), "Open to all");
}

#[test]
fn bombs_are_refused() {
    let bomb = deflated(&vec![b' '; 41 << 20]);
    let content = file(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>".to_vec(),
            stream("/Filter /FlateDecode", &bomb),
        ],
        "",
    );
    assert!(matches!(read(&content), Err(Refusal::TooLarge { .. })));
    let table = file(&[stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &bomb)], "");
    assert!(matches!(read(&table), Err(Refusal::TooLarge { .. })));
}

#[test]
fn a_circular_page_tree_ends() {
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>".to_vec(),
    ];
    assert!(read(&file(&objects, "")).is_err());
}

#[test]
fn truncated_anywhere_a_file_is_read_or_refused() {
    let whole = page(NOTICE, "", &[]);
    for length in 0..whole.len() {
        let _ = read(&whole[..length]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn flipped_bytes_are_read_or_refused(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = page(NOTICE, "", &[]);
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn any_content_is_run_or_refused(content in "[0-9 ./()<>a-zA-Z'\"*\\[\\]]{0,200}") {
        let _ = read(&page(format!("BT /F1 10 Tf {content} ET").as_bytes(), "", &[]));
    }
}
