//! What a visitor may ask: the text as it is kept, or the reason it is refused.

use protocol::frame::MAX_MESSAGE_CHARS;
use protocol::{Code, Problem};

/// The text without control characters and outer white space; line breaks stay.
///
/// # Errors
/// When nothing is left, or the text is longer than [`MAX_MESSAGE_CHARS`].
pub fn accept(text: &str) -> Result<String, Problem> {
    if text.chars().count() > MAX_MESSAGE_CHARS {
        return Err(Problem {
            field: Some("text".into()),
            ..Problem::new(
                Code::TooLarge,
                format!("This message is longer than {MAX_MESSAGE_CHARS} characters. Please shorten it."),
            )
        });
    }
    let kept: String = text.chars().filter(|c| *c == '\n' || *c == '\t' || !is_invisible(*c)).collect();
    let kept = kept.trim();
    if kept.is_empty() {
        return Err(Problem::field("text", "This message is empty. Please write a question."));
    }
    Ok(kept.to_owned())
}

/// Control characters, and format characters that reorder or hide text.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_hidden_characters_are_dropped() {
        assert_eq!(accept("  a\u{0}b\r\nc\u{202e}\u{e0041} ").unwrap(), "ab\nc");
    }

    #[test]
    fn nothing_but_white_space_is_refused() {
        assert_eq!(accept(" \n\u{200b}\u{7} ").unwrap_err().code, Code::Invalid);
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(accept(&"字".repeat(MAX_MESSAGE_CHARS)).is_ok());
        assert_eq!(accept(&"字".repeat(MAX_MESSAGE_CHARS + 1)).unwrap_err().code, Code::TooLarge);
    }
}
