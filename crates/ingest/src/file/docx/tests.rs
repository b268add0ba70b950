//! Whole files, made here.

use std::io::Write;

use proptest::prelude::*;

use super::*;

/// A container of deflated parts.
fn container(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in parts {
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(data).unwrap();
        let packed = packed.finish().unwrap();
        let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
        let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let sizes = [long(0), long(packed.len()), long(data.len())].concat();
        let begin = out.len();
        out.extend(b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0");
        out.extend(&sizes);
        out.extend([short(name.len()), short(0)].concat());
        out.extend(name.as_bytes());
        out.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0");
        directory.extend(&sizes);
        directory
            .extend([short(name.len()), short(0), short(0), short(0), short(0), short(0), short(0)].concat());
        directory.extend(long(begin));
        directory.extend(name.as_bytes());
    }
    let begin = u32::try_from(out.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend([size, begin].concat());
    out.extend([0, 0]);
    out
}

const STYLES: &str = r#"<w:styles xmlns:w="w"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:type="paragraph" w:styleId="Part"><w:name w:val="Part"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="2"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style></w:styles>"#;

const NUMBERING: &str = r#"<w:numbering xmlns:w="w">
<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:start w:val="2"/><w:numFmt w:val="upperRoman"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>"#;

fn document(body: &str) -> Vec<u8> {
    let main = format!(r#"<w:document xmlns:w="w" xmlns:mc="mc"><w:body>{body}</w:body></w:document>"#);
    let kind =
        |name: &str| format!("http://schemas.openxmlformats.org/officeDocument/2006/relationships/{name}");
    let relations = ["styles", "numbering", "footnotes", "header", "footer"]
        .map(|name| format!(r#"<Relationship Id="{name}" Type="{}" Target="{name}.xml"/>"#, kind(name)));
    let relations = format!("<Relationships>{}</Relationships>", relations.concat());
    let package = format!(
        r#"<Relationships><Relationship Type="{}" Target="/word/document.xml"/></Relationships>"#,
        kind("officeDocument")
    );
    let notes = r#"<w:footnotes xmlns:w="w"><w:footnote w:id="0" w:type="separator"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>
        <w:footnote w:id="2"><w:p><w:r><w:t>By appointment.</w:t></w:r></w:p></w:footnote></w:footnotes>"#;
    let core =
        r#"<cp:coreProperties xmlns:dc="dc"><dc:title>Price list &amp; terms</dc:title></cp:coreProperties>"#;
    container(&[
        ("_rels/.rels", package.as_bytes()),
        ("word/document.xml", main.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        ("word/styles.xml", STYLES.as_bytes()),
        ("word/numbering.xml", NUMBERING.as_bytes()),
        ("word/footnotes.xml", notes.as_bytes()),
        ("word/header.xml", paragraph("", "Running title").as_bytes()),
        ("word/footer.xml", paragraph("", "Call 0123 456789").as_bytes()),
        ("docProps/core.xml", core.as_bytes()),
    ])
}

fn paragraph(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn style(id: &str) -> String {
    format!(r#"<w:pStyle w:val="{id}"/>"#)
}

fn list(list: u8, level: u8) -> String {
    format!(r#"<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list}"/></w:numPr>"#)
}

/// The text without what every document here ends with.
fn text(body: &str) -> String {
    let text = read(&document(body)).unwrap().text();
    text.strip_suffix("\n\nCall 0123 456789").map(str::to_owned).unwrap_or(text)
}

#[test]
fn title_language_and_contact_lines_are_kept() {
    let read = read(&document(&paragraph("", "Body"))).unwrap();
    assert_eq!((read.title.as_str(), read.language.as_deref()), ("Price list & terms", Some("de-DE")));
    assert_eq!(read.text(), "Body\n\nCall 0123 456789");
}

#[test]
fn headings_go_by_style_and_outline_and_carry_their_numbers() {
    let body = [
        paragraph(&style("Mine"), "Second level"),
        paragraph(r#"<w:outlineLvl w:val="2"/>"#, "Third level"),
        paragraph(&style("Part"), "Numbered"),
    ];
    assert_eq!(text(&body.concat()), "## Second level\n\n### Third level\n\n# II.a) Numbered");
}

#[test]
fn lists_count_as_word_counts_them() {
    let body = [
        paragraph(&list(1, 0), "three"),
        paragraph(&list(1, 1), "bullet"),
        paragraph(&list(1, 0), "four"),
        paragraph(&list(0, 0), "none"),
    ];
    assert_eq!(text(&body.concat()), "3. three\n  - bullet\n4. four\n\nnone");
}

#[test]
fn tables_keep_rows_spans_and_headers() {
    let cell =
        |inner: &str, text: &str| format!("<w:tc><w:tcPr>{inner}</w:tcPr>{}</w:tc>", paragraph("", text));
    let table = format!(
        "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>{}{}</w:tr><w:tr>{}{}</w:tr><w:tr>{}</w:tr></w:tbl>",
        cell("", "Job"),
        cell("", "Price"),
        cell("", "Tube"),
        cell("", "9 €"),
        cell(r#"<w:gridSpan w:val="2"/>"#, "Ask us")
    );
    let read = read(&document(&table)).unwrap();
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let rows = vec![row(["Tube", "9 €"]), row(["", "Ask us"])];
    assert_eq!(read.parts[0].blocks[0], Block::Table { header: row(["Job", "Price"]), rows });
}

#[test]
fn what_a_reader_sees_is_kept_and_no_more() {
    let body = r#"<w:p><w:r><w:t xml:space="preserve">Open </w:t></w:r><w:ins><w:r><w:t>daily</w:t></w:r></w:ins>
        <w:del><w:r><w:delText>never</w:delText></w:r></w:del><w:r><w:instrText> PAGE </w:instrText></w:r>
        <w:r><w:softHyphen/><w:tab/><w:t>nine&#8211;five</w:t><w:noBreakHyphen/><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>
        <w:r><w:footnoteReference w:id="2"/></w:r></w:p>
        <w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></mc:Choice>
        <mc:Fallback><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></mc:Fallback></mc:AlternateContent>
        <w:t>Beside it</w:t></w:r></w:p>"#;
    assert_eq!(text(body), "Open daily nine–five-•\n\nBy appointment.\n\nBeside it\n\nIn a box");
}

#[test]
fn other_files_are_named() {
    let mut ole = OLE.to_vec();
    assert_eq!(read(&ole), Err(Refusal::Unsupported("an old Word document (.doc)".into())));
    ole.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&ole), Err(Refusal::Encrypted));
    let workbook = container(&[("xl/workbook.xml", b"<x/>")]);
    assert_eq!(read(&workbook), Err(Refusal::Unsupported("an Excel workbook".into())));
    assert!(matches!(read(b"PK\x03\x04 cut off"), Err(Refusal::Corrupt(_))));
    assert_eq!(read(&document("<w:p/>")), Err(Refusal::Empty));
    assert!(matches!(
        read(&container(&[("word/document.xml", b"<w:document><w:p>")])),
        Err(Refusal::Corrupt(_))
    ));
}

#[test]
fn bombs_are_refused() {
    // Many tags, and none at all, which an XML reader would have to hold at once.
    for (bomb, limit) in [("<w:p>x</w:p>".repeat(200_000), 1 << 20), (" ".repeat(9 << 20), u64::MAX)] {
        let bytes = container(&[("word/document.xml", bomb.as_bytes())]);
        let zip = Zip::open(&bytes, limit).ok().unwrap();
        assert!(!visit(&zip, "word/document.xml", &mut Core::default()));
        assert!(zip.over_limit());
    }
    let deep = "<w:p>".repeat(100_000);
    assert!(read(&container(&[("word/document.xml", deep.as_bytes())])).is_err());
}

#[test]
fn truncated_anywhere_a_file_is_read_or_refused() {
    let whole = document(&paragraph(&list(1, 0), "three"));
    for length in 0..whole.len() {
        let _ = read(&whole[..length]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn flipped_bytes_are_read_or_refused(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = document(&paragraph(&list(1, 0), "three"));
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn any_markup_is_read_or_refused(names in proptest::collection::vec("/?(p|r|t|tbl|tr|tc|pPr|numPr|del|txbxContent|footnote|AlternateContent|Choice)/?", 0..40)) {
        let body: String = names.iter().map(|name| format!("<w:{}>x", name.strip_prefix('/').map_or(name.clone(), |n| format!("/{n}").replace(":/", "/")))).collect();
        let _ = read(&document(&body.replace("<w:/", "</w:")));
    }
}
