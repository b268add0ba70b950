//! Mails as HTML: the second part of what is sent, and the page `/dev/outbox`. Everything is escaped by the
//! template; a link is one only where it is a whole word with http or https.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Mail;

const BODY: &str = "margin:0;padding:24px;background:#ffffff;color:#1c1c1e;\
                    font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const BUTTON: &str = "display:inline-block;padding:12px 20px;border-radius:8px;background:#1f4fd8;color:#ffffff;\
                      font-weight:600;text-decoration:none";
const SMALL: &str = "font-size:13px;color:#5c5c66;word-break:break-all";

fn is_link(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

/// The HTML part of a mail: its paragraphs, with a button for an address that stands alone.
pub fn part(mail: &Mail) -> String {
    let paragraph = |text: &str| -> Markup {
        if is_link(text) && !text.contains(char::is_whitespace) {
            html! {
                p { a href=(text) style=(BUTTON) { (mail.subject) } }
                p style=(SMALL) { "Or open this address: " a href=(text) style="color:#1f4fd8" { (text) } }
            }
        } else {
            html! { p { (text) } }
        }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light";
                title { (mail.subject) }
            }
            body style=(BODY) {
                div style="max-width:34em;margin:0 auto" {
                    @for text in mail.text.split("\n\n") { (paragraph(text)) }
                    p style="font-size:13px;color:#5c5c66" { "Frontdesk" }
                }
            }
        }
    }
    .into_string()
}

/// A mail of the outbox.
pub struct Kept {
    pub id: String,
    pub purpose: String,
    /// ISO 8601.
    pub at: String,
    pub mail: Mail,
}

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem; }
article { border: 1px solid color-mix(in srgb, currentColor 22%, transparent); border-radius: .6rem; padding: 1rem 1.2rem; margin: 1rem 0; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 0 0 .3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: 0 0 .8rem; font-size: .9rem; }
dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0; }
";

/// The page of the outbox, newest first. `nonce` allows its style.
pub fn outbox(mails: &[Kept], nonce: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Outbox" }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Outbox" }
                    p { "Mails that would have been sent from this machine, newest first. None leaves it." }
                    @if mails.is_empty() {
                        p { "Nothing was sent yet. Register or ask for a new password, then reload this page." }
                    }
                    @for kept in mails {
                        article id=(kept.id) data-purpose=(kept.purpose) {
                            h2 { (kept.mail.subject) }
                            dl {
                                dt { "To" } dd { (kept.mail.to) }
                                dt { "At" } dd { time datetime=(kept.at) { (kept.at) } }
                            }
                            pre { (linked(&kept.mail.text)) }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

/// Text whose addresses can be followed.
fn linked(text: &str) -> Markup {
    html! {
        @for word in text.split_inclusive(char::is_whitespace) {
            @if is_link(word) { a href=(word.trim_end()) { (word) } } @else { (word) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, Mail, outbox, part};

    fn hostile() -> Mail {
        Mail {
            to: "a@b.test".into(),
            subject: "<script>alert(1)</script>".into(),
            text: "Hello \"><img src=x onerror=alert(1)>,\n\nhttps://x.test/\"onclick=\"y#a\n\njavascript:alert(1)".into(),
        }
    }

    #[test]
    fn nothing_of_a_mail_is_markup() {
        let kept = Kept { id: "m".into(), purpose: "x".into(), at: "now".into(), mail: hostile() };
        for page in [part(&hostile()), outbox(&[kept], "n")] {
            for bad in ["<script>", "<img", "\"onclick", "href=\"javascript"] {
                assert!(!page.contains(bad), "{bad} in {page}");
            }
            assert!(page.contains("href=\"https://x.test/&quot;onclick=&quot;y#a\""), "{page}");
        }
    }
}
