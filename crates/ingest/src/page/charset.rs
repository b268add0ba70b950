//! Bytes to text: byte order mark, then what is declared where the bytes bear it out, then what they look like.
//!
//! Declarations are often wrong: a server adds its default to every page, a template says UTF-8 over a page that was
//! written in something else. A declaration that the bytes contradict is not believed.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page a declaration is looked for, in bytes. The standard says 1,024; what comes later than that
/// makes browsers begin again.
const PRESCAN: usize = 64 << 10;

/// Bytes that are looked at to tell an encoding by its letters.
const SAMPLE: usize = 256 << 10;

/// Letters beyond ASCII from which they say what they are.
const ENOUGH: usize = 10;

/// Decodes a page; malformed sequences become U+FFFD.
pub(crate) fn decode(body: &[u8], content_type: Option<&str>) -> String {
    // `decode` lets a byte order mark win over everything.
    let (text, _, _) = encoding(body, content_type).decode(body);
    text.into_owned()
}

fn encoding(body: &[u8], content_type: Option<&str>) -> &'static Encoding {
    let header = content_type.and_then(charset_of);
    let page = declared_in_page(body);
    let Some(declared) = header.or(page) else {
        return if is_utf8(body) { UTF_8 } else { guess(body) };
    };
    if body.is_ascii() || declared.name().starts_with("UTF-16") {
        return declared;
    }
    if is_utf8(body) {
        // Letters of other encodings do not come out as valid UTF-8 by accident: only few make one sequence.
        let sequences = body.iter().filter(|byte| **byte >= 0xc0).count();
        return if declared.is_single_byte() || sequences > 3 || fails(declared, body) {
            UTF_8
        } else {
            declared
        };
    }
    if fails(declared, body) {
        // The other declaration, if the page has two and it fits; one broken letter is no other encoding.
        if let Some(other) = page.filter(|page| *page != declared && !fails(page, body)) {
            return other;
        }
        return if mostly_fits(declared, body) { declared } else { guess(body) };
    }
    match page {
        // The server's default over what the page itself says, and the letters agree with the page.
        Some(page) if page != declared && declared == WINDOWS_1252 && guess(body) == page => page,
        _ => declared,
    }
}

fn is_utf8(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok()
}

fn fails(encoding: &'static Encoding, body: &[u8]) -> bool {
    encoding.decode_without_bom_handling_and_without_replacement(body).is_none()
}

/// A page with a broken letter here and there.
fn mostly_fits(encoding: &'static Encoding, body: &[u8]) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(body);
    let (mut broken, mut letters) = (0_usize, 0_usize);
    for letter in text.chars().filter(|letter| !letter.is_ascii()) {
        letters += 1;
        broken += usize::from(letter == char::REPLACEMENT_CHARACTER);
    }
    broken * 10 <= letters
}

/// What the letters look like; some accents and quotes alone are the web's old default.
fn guess(body: &[u8]) -> &'static Encoding {
    let sample = body.get(..SAMPLE).unwrap_or(body);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let few = sample.iter().filter(|byte| !byte.is_ascii()).take(ENOUGH).count() < ENOUGH;
    if few && guess.is_single_byte() { WINDOWS_1252 } else { guess }
}

fn declared_in_page(body: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(body.get(..PRESCAN).unwrap_or(body)).to_ascii_lowercase();
    let prolog = start.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
    let prolog = prolog.and_then(|prolog| label_after(prolog, "encoding"));
    let encoding =
        prolog.or_else(|| start.split("<meta").skip(1).find_map(|tag| charset_of(tag.split('>').next()?)))?;
    // A page whose `<meta>` could be read as ASCII is not in UTF-16 (WHATWG encoding sniffing).
    Some(if encoding.name().starts_with("UTF-16") { UTF_8 } else { encoding })
}

/// The encoding that `charset=…` names.
fn charset_of(text: &str) -> Option<&'static Encoding> {
    label_after(&text.to_ascii_lowercase(), "charset")
}

fn label_after(text: &str, key: &str) -> Option<&'static Encoding> {
    let (_, value) = text.split_once(key)?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let label: &str = value.split(['"', '\'', ';', ' ', '/', '>', ',']).next()?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1255, WINDOWS_1256};

    #[test]
    fn header_wins_over_meta_and_a_mark_wins_over_both() {
        assert_eq!(decode(b"caf\xe9", Some("text/html; charset=ISO-8859-1")), "caf\u{e9}");
        assert!(
            decode(b"<meta charset=utf-8>caf\xe9", Some("text/html;charset=\"latin1\"")).contains('\u{e9}')
        );
        assert_eq!(decode(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=latin1")), "caf\u{e9}");
    }

    #[test]
    fn meta_is_found_in_both_forms_and_late() {
        assert!(decode(b"<meta charset='windows-1251'>\xcf", None).ends_with('\u{41f}'));
        let old = b"<META http-equiv=Content-Type content=\"text/html; charset=Shift_JIS\">\x93\xfa";
        assert!(decode(old, Some("text/html")).ends_with('\u{65e5}'));
        let late =
            [format!("<!-- {} --><meta charset=windows-1251>", "x".repeat(20_000)).as_bytes(), b"\xcf"]
                .concat();
        assert!(decode(&late, None).ends_with('\u{41f}'));
        let prolog = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><html>\x93\xfa";
        assert!(decode(prolog, None).ends_with('\u{65e5}'));
    }

    #[test]
    fn undeclared_bytes_are_read_as_what_they_look_like() {
        assert_eq!(decode("na\u{ef}ve".as_bytes(), None), "na\u{ef}ve");
        assert_eq!(decode(b"na\xefve \x93quoted\x94", None), "na\u{ef}ve \u{201c}quoted\u{201d}");
    }

    /// A paragraph in each of the encodings that sites still use.
    const WRITTEN: [(&Encoding, &str); 8] = [
        (
            SHIFT_JIS,
            "営業時間は毎日午前九時から午後五時までです。月曜日は定休日です。修理の受付は四時半までとなります。",
        ),
        (
            EUC_JP,
            "営業時間は毎日午前九時から午後五時までです。月曜日は定休日です。修理の受付は四時半までとなります。",
        ),
        (
            GBK,
            "我们每天上午九点到下午五点营业，星期一休息。维修服务的最后受理时间是下午四点半，请提前打电话预约。",
        ),
        (
            BIG5,
            "我們每天上午九點到下午五點營業，星期一休息。維修服務的最後受理時間是下午四點半，請提前打電話預約。",
        ),
        (
            EUC_KR,
            "저희 가게는 매일 오전 아홉 시부터 오후 다섯 시까지 영업하며 월요일은 쉽니다. 수리 접수는 네 시 반까지입니다.",
        ),
        (
            WINDOWS_1255,
            "אנחנו פתוחים בכל יום מתשע בבוקר ועד חמש אחר הצהריים, וביום שני החנות סגורה לרגל מנוחה שבועית.",
        ),
        (
            WINDOWS_1256,
            "نحن نفتح أبوابنا كل يوم من التاسعة صباحا حتى الخامسة مساء، ويوم الاثنين هو يوم العطلة الأسبوعية.",
        ),
        (
            WINDOWS_1251,
            "Мы открыты каждый день с девяти утра до пяти вечера, а понедельник у нас выходной день недели.",
        ),
    ];

    fn page(encoding: &'static Encoding, text: &str, meta: &str) -> Vec<u8> {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable, "{}", encoding.name());
        [format!("<html><head>{meta}<title>x</title></head><body><p>").as_bytes(), &bytes, b"</p>"].concat()
    }

    #[test]
    fn every_encoding_is_read_when_it_is_declared_and_when_it_is_not() {
        for (encoding, text) in WRITTEN {
            let declared = format!("<meta charset={}>", encoding.name());
            for (meta, header) in [
                (declared.as_str(), "text/html"),
                ("", "text/html"),
                // The template says one thing, the author's editor wrote another.
                ("<meta charset=utf-8>", "text/html"),
                ("", "text/html; charset=utf-8"),
                // The server's default stands before every page.
                (declared.as_str(), "text/html; charset=ISO-8859-1"),
                (declared.as_str(), "text/html; charset=utf-8"),
            ] {
                let decoded = decode(&page(encoding, text, meta), Some(header));
                assert!(
                    decoded.contains(text),
                    "{} with {meta:?} and {header:?}: {decoded}",
                    encoding.name()
                );
            }
        }
    }

    #[test]
    fn utf_8_that_is_declared_as_something_else_is_utf_8() {
        for text in [
            "Caf\u{e9} am Fluss, t\u{e4}glich ge\u{f6}ffnet",
            "営業時間は毎日午前九時からです",
            "\u{201c}Hours\u{201d}",
        ] {
            for label in ["iso-8859-1", "windows-1252", "windows-1255"] {
                let header = format!("text/html; charset={label}");
                assert_eq!(decode(text.as_bytes(), Some(&header)), text, "{label}");
            }
        }
        let text = "営業時間は毎日午前九時から午後五時までです";
        assert_eq!(decode(text.as_bytes(), Some("text/html; charset=Shift_JIS")), text);
    }

    #[test]
    fn one_broken_letter_does_not_change_the_encoding() {
        let mut body = "Caf\u{e9}, cr\u{e8}me br\u{fb}l\u{e9}e, d\u{e9}j\u{e0} vu, na\u{ef}ve, \u{fc}ber, \u{f1}and\u{fa}, \u{e7}a".as_bytes().to_vec();
        body.push(0xe9);
        let decoded = decode(&body, Some("text/html; charset=utf-8"));
        assert!(decoded.starts_with("Caf\u{e9}, cr\u{e8}me") && decoded.ends_with('\u{fffd}'), "{decoded}");
    }
}
