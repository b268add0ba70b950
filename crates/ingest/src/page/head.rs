//! What a page says about itself: title, description, language, canonical address, orders to robots.

use dom_query::{Document, NodeRef};
use url::Url;

use super::dom;
use crate::address;

/// Orders and facts from the head of a page.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) language: Option<String>,
    pub(super) canonical: Option<Url>,
    pub(super) noindex: bool,
    pub(super) nofollow: bool,
    pub(super) refresh: Option<Url>,
    pub(super) base: Option<Url>,
}

/// Reads the head. Elements a broken page put into its body count as well, as they do in browsers.
pub(super) fn read(document: &Document, url: &Url) -> Head {
    let mut head = Head::default();
    let mut title = None;
    let (mut og_title, mut site_name, mut og_locale) = (None, None, None);
    let root = document.root();
    for node in root.descendants_it() {
        let Some(name) = node.node_name() else { continue };
        match &*name {
            // An icon drawn in place has a `<title>` of its own.
            "title" if title.is_none() && !within(&node, "svg") => title = text_of(&node),
            "html" => head.language = attribute(&node, "lang").or_else(|| attribute(&node, "xml:lang")),
            "base" if head.base.is_none() => {
                head.base = attribute(&node, "href").and_then(|href| url.join(&href).ok());
            }
            "link" if has_token(&node, "rel", "canonical") && head.canonical.is_none() => {
                let base = head.base.as_ref().unwrap_or(url);
                head.canonical = attribute(&node, "href").and_then(|href| address::normalize(base, &href));
            }
            "meta" => {
                let Some(content) = attribute(&node, "content") else { continue };
                let key = attribute(&node, "name")
                    .or_else(|| attribute(&node, "property"))
                    .or_else(|| attribute(&node, "http-equiv"))
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                match key.as_str() {
                    "description" => head.description = Some(content),
                    "og:description" if head.description.is_none() => head.description = Some(content),
                    "og:title" => og_title = Some(content),
                    "og:site_name" => site_name = Some(content),
                    "og:locale" => og_locale = Some(content),
                    "content-language" | "language" if head.language.is_none() => {
                        head.language = Some(content)
                    }
                    "robots" => head.obey(&content),
                    "refresh" => head.refresh = redirect(&content, head.base.as_ref().unwrap_or(url)),
                    key if key.eq_ignore_ascii_case(crate::robots::AGENT) => head.obey(&content),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    head.language = head.language.as_deref().and_then(tag).or_else(|| og_locale.as_deref().and_then(tag));
    head.refresh = head.refresh.filter(|target| Some(target) != address::normalize(url, "").as_ref());
    head.title = page_title(title, og_title, site_name, first_heading(&root));
    head
}

impl Head {
    fn obey(&mut self, orders: &str) {
        for order in orders.split(',') {
            let order = order.trim().to_ascii_lowercase();
            self.noindex |= matches!(order.as_str(), "noindex" | "none");
            self.nofollow |= matches!(order.as_str(), "nofollow" | "none");
        }
    }
}

/// The name of the page, without that of the site when another part of the page tells them apart.
fn page_title(title: Option<String>, og: Option<String>, site: Option<String>, h1: Option<String>) -> String {
    let Some(title) = title else { return og.or(h1).unwrap_or_default() };
    for separator in [" | ", " - ", " \u{2013} ", " \u{2014} ", " \u{b7} ", " \u{2022} ", " :: ", " \u{bb} "]
    {
        let Some((name, after)) = title.rsplit_once(separator) else { continue };
        let same = |other: &Option<String>| {
            other.as_ref().is_some_and(|other| other.to_lowercase().contains(&name.trim().to_lowercase()))
                && other.as_ref() != Some(&title)
        };
        let names_site =
            site.as_ref().is_some_and(|site| site.trim().to_lowercase() == after.trim().to_lowercase());
        if !name.trim().is_empty() && (names_site || same(&h1) || same(&og)) {
            return name.trim().to_owned();
        }
    }
    title
}

fn first_heading(root: &NodeRef) -> Option<String> {
    root.descendants_it().find(|node| node.has_name("h1")).and_then(|node| text_of(&node))
}

/// The address in `5; url=/next`; waits of more than a minute are clocks, not redirects.
fn redirect(content: &str, base: &Url) -> Option<Url> {
    let (wait, rest) = content.split_once([';', ','])?;
    if wait.trim().parse::<f64>().unwrap_or(0.0) > 60.0 {
        return None;
    }
    let rest = rest.trim();
    let (key, value) = rest.split_once('=').unwrap_or(("url", rest));
    key.trim()
        .eq_ignore_ascii_case("url")
        .then(|| value.trim().trim_matches(['"', '\'']))
        .and_then(|href| address::normalize(base, href))
}

/// A BCP 47 tag in its usual case: `en-GB`, `zh-Hant`; `None` for what is none.
fn tag(written: &str) -> Option<String> {
    let written = written.split([',', ';']).next()?.trim().replace('_', "-");
    let mut parts = written.split('-').map(str::to_owned);
    let language = parts.next()?.to_ascii_lowercase();
    if !(2..=3).contains(&language.len()) || !language.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let mut tag = language;
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            break;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                let (first, rest) = part.split_at_checked(1)?;
                tag.push_str(&first.to_ascii_uppercase());
                tag.push_str(&rest.to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

fn within(node: &NodeRef, name: &str) -> bool {
    node.ancestors_it(Some(4)).any(|ancestor| ancestor.has_name(name))
}

fn attribute(node: &NodeRef, name: &str) -> Option<String> {
    node.attr(name).map(|value| dom::squeeze(&value)).filter(|value| !value.is_empty())
}

fn has_token(node: &NodeRef, name: &str, token: &str) -> bool {
    node.attr(name).is_some_and(|value| value.split_ascii_whitespace().any(|v| v.eq_ignore_ascii_case(token)))
}

fn text_of(node: &NodeRef) -> Option<String> {
    Some(dom::squeeze(&node.text())).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(html: &str) -> Head {
        read(&Document::from(html), &Url::parse("https://a.example/dir/page").unwrap())
    }

    #[test]
    fn facts_are_read_from_title_meta_and_link() {
        let head = head(
            "<html lang=en_gb><title> Hours\n | Shop</title><meta name=Description content='Open daily'>\
             <link rel='canonical' href='/hours?utm_source=x'><h1>Hours</h1>",
        );
        assert_eq!(head.title, "Hours");
        assert_eq!(head.description.as_deref(), Some("Open daily"));
        assert_eq!(head.language.as_deref(), Some("en-GB"));
        assert_eq!(head.canonical.map(String::from).as_deref(), Some("https://a.example/hours"));
    }

    #[test]
    fn a_title_keeps_its_second_part_when_nothing_tells_it_is_the_site() {
        assert_eq!(head("<title>Bikes - repaired</title><h1>Welcome</h1>").title, "Bikes - repaired");
        assert_eq!(head("<svg><title>icon</title></svg><h1>Welcome</h1>").title, "Welcome");
    }

    #[test]
    fn orders_to_robots_are_obeyed() {
        let none = head("<meta name=robots content='NONE'>");
        assert!(none.noindex && none.nofollow);
        let ours = head("<meta name=frontdeskbot content='noindex, follow'>");
        assert!(ours.noindex && !ours.nofollow);
        assert!(!head("<meta name=otherbot content=noindex>").noindex);
    }

    #[test]
    fn a_refresh_is_a_redirect_unless_it_reloads_the_page() {
        let target = |html: &str| head(html).refresh.map(String::from);
        assert_eq!(
            target("<meta http-equiv=refresh content=\"0; URL='../new'\">").as_deref(),
            Some("https://a.example/new")
        );
        assert_eq!(target("<meta http-equiv=refresh content='30'>"), None);
        assert_eq!(target("<meta http-equiv=refresh content='5;url=page'>"), None);
    }

    #[test]
    fn a_language_that_is_none_is_dropped() {
        assert_eq!(head("<html lang='english'>").language, None);
        assert_eq!(head("<html lang='zh-hant-tw'>").language.as_deref(), Some("zh-Hant-TW"));
    }
}
