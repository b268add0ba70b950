//! What a page says about itself: title, description, language, canonical address, orders to robots.

use dom_query::{Document, NodeRef};
use url::Url;

use super::{Alternate, Refresh, dom};
use crate::address;

/// Languages of one page that are read.
const MAX_ALTERNATES: usize = 100;

/// Seconds after which a page that sends its visitors on was not meant to be read.
const AT_ONCE_S: f64 = 5.0;

/// Orders and facts from the head of a page.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) language: Option<String>,
    pub(super) canonical: Option<Url>,
    pub(super) noindex: bool,
    pub(super) nofollow: bool,
    pub(super) refresh: Option<Refresh>,
    /// The page in other languages, itself often among them.
    pub(super) alternates: Vec<Alternate>,
    pub(super) base: Option<Url>,
}

/// Reads the head. Elements a broken page put into its body count as well, as they do in browsers.
pub(super) fn read(document: &Document, url: &Url) -> Head {
    let mut head = Head::default();
    let mut title = None;
    let (mut og_title, mut site_name, mut og_locale) = (None, None, None);
    let root = document.root();
    head.base = base(&root, url);
    let base = head.base.clone().unwrap_or_else(|| url.clone());
    for node in root.descendants_it() {
        let Some(name) = node.node_name() else { continue };
        match &*name {
            // An icon drawn in place has a `<title>` of its own.
            "title" if title.is_none() && !within(&node, "svg") => title = text_of(&node),
            "html" => head.language = attribute(&node, "lang").or_else(|| attribute(&node, "xml:lang")),
            "link" if has_token(&node, "rel", "canonical") && head.canonical.is_none() => {
                head.canonical = attribute(&node, "href").and_then(|href| address::normalize(&base, &href));
            }
            "link" if has_token(&node, "rel", "alternate") && head.alternates.len() < MAX_ALTERNATES => {
                head.alternates.extend(alternate(&node, &base));
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
                    "refresh" if head.refresh.is_none() => {
                        head.refresh = redirect(&content, &base, within(&node, "noscript"));
                    }
                    key if key.eq_ignore_ascii_case(crate::robots::AGENT) => head.obey(&content),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let own = address::normalize(url, "");
    head.language =
        head.language.as_deref().and_then(tag).or_else(|| og_locale.as_deref().and_then(tag)).or_else(|| {
            head.alternates.iter().find(|other| Some(&other.url) == own.as_ref())?.language.clone()
        });
    head.refresh = head.refresh.filter(|refresh| Some(&refresh.to) != own.as_ref());
    head.canonical =
        head.canonical.take().filter(|canonical| !is_translation(canonical, own.as_ref(), &head));
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

/// What relative addresses of the page are relative to; a base that is no web address is none.
fn base(root: &NodeRef, url: &Url) -> Option<Url> {
    let node = root.descendants_it().find(|node| node.has_name("base") && node.has_attr("href"))?;
    let base = url.join(&attribute(&node, "href")?).ok()?;
    matches!(base.scheme(), "http" | "https").then_some(base)
}

/// The page in a language (`x-default` is none).
fn alternate(node: &NodeRef, base: &Url) -> Option<Alternate> {
    let language = attribute(node, "hreflang")?;
    let url = attribute(node, "href").and_then(|href| address::normalize(base, &href))?;
    Some(Alternate { language: tag(&language), url })
}

/// Many sites name the page in their main language as the canonical address of every translation. A translation is
/// a page of its own.
fn is_translation(canonical: &Url, own: Option<&Url>, head: &Head) -> bool {
    let named = head.alternates.iter().find(|other| other.url == *canonical && other.language.is_some());
    let Some(named) = named.filter(|_| Some(canonical) != own) else { return false };
    let lists_itself = head.alternates.iter().any(|other| Some(&other.url) == own);
    let primary =
        |tag: &Option<String>| tag.as_deref().and_then(|tag| tag.split('-').next()).map(str::to_owned);
    lists_itself || (head.language.is_some() && primary(&named.language) != primary(&head.language))
}

/// The address in `5; url=/next`; waits of more than a minute are clocks, not redirects.
fn redirect(content: &str, base: &Url, without_script: bool) -> Option<Refresh> {
    let (wait, rest) = content.split_once([';', ','])?;
    let wait = wait.trim().parse::<f64>().unwrap_or(0.0);
    if wait > 60.0 {
        return None;
    }
    let rest = rest.trim();
    let (key, value) = rest.split_once('=').unwrap_or(("url", rest));
    key.trim()
        .eq_ignore_ascii_case("url")
        .then(|| value.trim().trim_matches(['"', '\'']))
        .and_then(|href| address::normalize(base, href))
        .map(|to| Refresh { to, at_once: wait <= AT_ONCE_S && !without_script })
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
        let target = |html: &str| head(html).refresh.map(|refresh| String::from(refresh.to));
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
