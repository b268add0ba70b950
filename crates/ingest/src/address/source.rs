//! What a person typed as the address of a website.

use thiserror::Error;
use url::{Host, Url};

/// Why a typed address cannot be used; the message tells the person what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("Enter the address of a website, such as example.com.")]
    Empty,
    #[error("This looks like an e-mail address. Enter the address of a website, such as example.com.")]
    Email,
    #[error("Only http and https addresses can be read. Enter an address that begins with https://.")]
    Scheme,
    #[error("Remove the user name and password from the address. Pages behind a login cannot be read.")]
    Credentials,
    #[error("This is not a website's address. Check for spaces and missing parts, such as .com at the end.")]
    Malformed,
    #[error("The address is longer than 2,000 characters. Enter a shorter one, such as the start page.")]
    TooLong,
}

/// Reads `example.com`, `www.example.com/docs`, `HTTPS://Example.com` as the address they mean.
///
/// Says nothing about whether we may call it: that is [`super::guard::check`].
pub fn parse_source(text: &str) -> Result<Url, AddressError> {
    let text = text.trim().trim_matches(['<', '>', '"', '\'', '`']).trim();
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > super::MAX_LENGTH {
        return Err(AddressError::TooLong);
    }
    if text.contains(char::is_whitespace) {
        return Err(AddressError::Malformed);
    }
    let typed = match scheme(text) {
        Some("http" | "https") => Url::parse(text),
        Some("mailto") => return Err(AddressError::Email),
        Some(_) => return Err(AddressError::Scheme),
        None if is_email(text) => return Err(AddressError::Email),
        None => Url::parse(&format!("https://{}", text.trim_start_matches('/'))),
    };
    let url = typed.map_err(|_| AddressError::Malformed)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    match url.host() {
        // A name without a dot is a mistake, unless it has a port: `localhost:8080` is a developer's own site.
        Some(Host::Domain(name)) if !name.trim_end_matches('.').contains('.') && url.port().is_none() => {
            return Err(AddressError::Malformed);
        }
        Some(Host::Domain(name)) if name.contains("..") || name.starts_with('.') => {
            return Err(AddressError::Malformed);
        }
        None => return Err(AddressError::Malformed),
        Some(_) => {}
    }
    super::normalize(&url, "").ok_or(AddressError::TooLong)
}

/// The scheme of an address, in lower case. `localhost:8080` and `example.com:8443/a` have a port instead.
fn scheme(text: &str) -> Option<&'static str> {
    let (scheme, rest) = text.split_once(':')?;
    if rest.starts_with(|first: char| first.is_ascii_digit()) || scheme.contains(['/', '.', '@', '[', '?']) {
        return None;
    }
    Some(match scheme.to_ascii_lowercase().as_str() {
        "http" => "http",
        "https" => "https",
        "mailto" => "mailto",
        _ => "other",
    })
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.contains(['/', ':']) && !host.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_an_address() {
        for (typed, url) in [
            ("example.com", "https://example.com/"),
            (" HTTPS://Example.COM/Docs ", "https://example.com/Docs"),
            ("http://example.com", "http://example.com/"),
            ("example.com/a?utm_source=x#y", "https://example.com/a"),
            ("//example.com", "https://example.com/"),
            ("<https://example.com>", "https://example.com/"),
            ("example.com:8443/a", "https://example.com:8443/a"),
            ("http://localhost:8080", "http://localhost:8080/"),
            ("b\u{fc}cher.example", "https://xn--bcher-kva.example/"),
        ] {
            assert_eq!(parse_source(typed).map(String::from).as_deref(), Ok(url), "{typed}");
        }
    }

    #[test]
    fn mistakes_are_refused_with_a_reason() {
        for (typed, error) in [
            ("", AddressError::Empty),
            ("info@example.com", AddressError::Email),
            ("mailto:info@example.com", AddressError::Email),
            ("ftp://example.com", AddressError::Scheme),
            ("javascript:alert(1)", AddressError::Scheme),
            ("https://a:b@example.com", AddressError::Credentials),
            ("my shop", AddressError::Malformed),
            ("shop", AddressError::Malformed),
            ("https://", AddressError::Malformed),
        ] {
            assert_eq!(parse_source(typed), Err(error), "{typed}");
        }
    }
}
