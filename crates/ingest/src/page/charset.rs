//! Bytes to text: byte order mark, then the header, then `<meta>`, then what the bytes look like.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page a `<meta charset>` is looked for, in bytes.
const PRESCAN: usize = 4_096;

/// Decodes a page; malformed sequences become U+FFFD.
pub(crate) fn decode(body: &[u8], content_type: Option<&str>) -> String {
    let declared = content_type.and_then(charset_of).or_else(|| declared_in_page(body));
    let encoding = declared.unwrap_or_else(|| {
        // Nothing is declared: UTF-8 proves itself, and the web's old default is windows-1252.
        if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 }
    });
    // `decode` lets a byte order mark win over everything.
    let (text, _, _) = encoding.decode(body);
    text.into_owned()
}

fn declared_in_page(body: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(body.get(..PRESCAN).unwrap_or(body)).to_ascii_lowercase();
    let encoding = start.split("<meta").skip(1).find_map(|tag| charset_of(tag.split('>').next()?))?;
    // A page whose `<meta>` could be read as ASCII is not in UTF-16 (WHATWG encoding sniffing).
    Some(if encoding.name().starts_with("UTF-16") { UTF_8 } else { encoding })
}

/// The encoding that `charset=…` names.
fn charset_of(text: &str) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    let (_, value) = text.split_once("charset")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let label: &str = value.split(['"', '\'', ';', ' ', '/', '>', ',']).next()?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_wins_over_meta_and_a_mark_wins_over_both() {
        assert_eq!(decode(b"caf\xe9", Some("text/html; charset=ISO-8859-1")), "caf\u{e9}");
        assert!(
            decode(b"<meta charset=utf-8>caf\xe9", Some("text/html;charset=\"latin1\"")).contains('\u{e9}')
        );
        assert_eq!(decode(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=latin1")), "caf\u{e9}");
    }

    #[test]
    fn meta_is_found_in_both_forms() {
        assert!(decode(b"<meta charset='windows-1251'>\xcf", None).ends_with('\u{41f}'));
        let old = b"<META http-equiv=Content-Type content=\"text/html; charset=Shift_JIS\">\x93\xfa";
        assert!(decode(old, Some("text/html")).ends_with('\u{65e5}'));
    }

    #[test]
    fn undeclared_bytes_are_read_as_what_they_look_like() {
        assert_eq!(decode("na\u{ef}ve".as_bytes(), None), "na\u{ef}ve");
        assert_eq!(decode(b"na\xefve \x93quoted\x94", None), "na\u{ef}ve \u{201c}quoted\u{201d}");
    }
}
