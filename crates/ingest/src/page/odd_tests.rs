//! Pages of odd sites: what is wrong with them is common, and browsers show them all the same.

use super::*;

fn at(address: &str, html: &str) -> Page {
    extract(html.as_bytes(), Some("text/html; charset=utf-8"), &Url::parse(address).unwrap())
}

fn read(html: &str) -> Page {
    at("https://shop.example/dir/page", html)
}

fn addresses(urls: &[Url]) -> Vec<&str> {
    urls.iter().map(Url::as_str).collect()
}

#[test]
fn a_base_moves_links_canonical_and_refresh_wherever_it_stands() {
    let page = read(
        "<link rel=canonical href=c><meta http-equiv=refresh content='0;url=next'><base href='/docs/v2/'><base href=/no/>\
         <a href=one>1</a><a href=/two>2</a><a href='?page=2'>3</a>",
    );
    assert_eq!(
        addresses(&page.links),
        [
            "https://shop.example/docs/v2/one",
            "https://shop.example/two",
            "https://shop.example/docs/v2/?page=2"
        ]
    );
    assert_eq!(page.canonical.as_ref().map(Url::as_str), Some("https://shop.example/docs/v2/c"));
    assert_eq!(
        page.refresh.map(|refresh| refresh.to.to_string()).as_deref(),
        Some("https://shop.example/docs/v2/next")
    );
    for base in ["javascript:void(0)", "data:text/html,x", "http://["] {
        let page = read(&format!("<base href='{base}'><a href=one>1</a>"));
        assert_eq!(addresses(&page.links), ["https://shop.example/dir/one"], "{base}");
    }
}

#[test]
fn a_relative_canonical_is_an_address() {
    for (href, url) in [
        ("hours", "https://shop.example/dir/hours"),
        ("../", "https://shop.example/"),
        ("?id=7", "https://shop.example/dir/page?id=7"),
        ("//shop.example/a?utm_source=x", "https://shop.example/a"),
    ] {
        let page = read(&format!("<link rel=canonical href='{href}'>"));
        assert_eq!(page.canonical.as_ref().map(Url::as_str), Some(url), "{href}");
    }
}

const TWINS: &str = "<link rel=alternate hreflang=en href=/en/><link rel=alternate hreflang=de-AT href=/de/>\
    <link rel=alternate hreflang=x-default href=/><link rel=alternate type=application/rss+xml href=/feed>";

#[test]
fn translations_are_pages_of_their_own() {
    let german = at("https://shop.example/de/", &format!("{TWINS}<link rel=canonical href=/en/><p>Hallo"));
    assert_eq!(german.language.as_deref(), Some("de-AT"), "nothing else says the language");
    assert_eq!(german.canonical, None, "the page in another language is not this page");
    let languages: Vec<_> = german.alternates.iter().map(|other| other.language.as_deref()).collect();
    assert_eq!(languages, [Some("en"), Some("de-AT"), None]);
    // A page that lists only the others, and says its own language.
    let french = at(
        "https://shop.example/fr/",
        &format!("<html lang=fr>{TWINS}<link rel=canonical href=/en/><p>Bonjour"),
    );
    assert_eq!(french.canonical, None);
    // A copy of a page in the same language is a copy.
    let copy =
        at("https://shop.example/en/print", &format!("<html lang=en>{TWINS}<link rel=canonical href=/en/>"));
    assert_eq!(copy.canonical.as_ref().map(Url::path), Some("/en/"));
}

#[test]
fn a_page_that_sends_its_visitors_on_says_how_soon() {
    let refresh =
        |html: &str| read(html).refresh.map(|refresh| (refresh.to.path().to_owned(), refresh.at_once));
    assert_eq!(refresh("<meta http-equiv=refresh content='0; URL=/new'>"), Some(("/new".into(), true)));
    assert_eq!(
        refresh("<META HTTP-EQUIV='Refresh' CONTENT=\"30;url='/slow'\">"),
        Some(("/slow".into(), false))
    );
    assert_eq!(refresh("<meta http-equiv=refresh content=300>"), None);
    let without = "<noscript><meta http-equiv=refresh content='0;url=/no-script'></noscript>";
    assert!(refresh(without).is_none_or(|(_, at_once)| !at_once));
}

#[test]
fn routes_of_an_app_are_not_pages_of_a_site() {
    let page = read("<a href='#/about'>A</a><a href='#!/b'>B</a><a href='#top'>T</a><a href='/x#/c'>C</a>");
    assert_eq!(
        addresses(&page.routes),
        [
            "https://shop.example/dir/page#/about",
            "https://shop.example/dir/page#!/b",
            "https://shop.example/x#/c"
        ]
    );
    assert_eq!(addresses(&page.links), ["https://shop.example/dir/page", "https://shop.example/x"]);
}

#[test]
fn text_in_shadow_roots_is_read_and_inert_text_is_not() {
    let page = read(
        "<main><h1>Hours</h1><x-card><template shadowrootmode=open><style>p{}</style>\
         <p>The workshop opens at nine on every day but Monday.</p><slot></slot></template>\
         <p>Repairs are taken in until half past four.</p></x-card>\
         <template id=row><p>Never shown to anybody.</p></template></main>",
    );
    let text = page.text();
    assert!(text.contains("opens at nine") && text.contains("half past four"), "{text}");
    assert!(!text.contains("Never shown"), "{text}");
}

#[test]
fn broken_html_keeps_its_text_in_order() {
    for (html, text) in [
        // Unclosed paragraphs, items and cells.
        ("<main><h1>Hours<p>Open<ul><li>Mon<li>Tue</main>", "Hours"),
        // A block inside a span, as in every page builder.
        ("<main><span><p>First part.</p><p>Second part.</p></span></main>", "First part.\n\nSecond part."),
        // An anchor inside an anchor.
        ("<main><p><a href=/a>One <a href=/b>two</a> three</a> four</p></main>", "One two three four"),
        // Cells outside of rows, text outside of cells.
        ("<main><table>Prices<td>Tube<td>9<tr><td>Tyre<td>25</table></main>", "Tyre"),
        ("<main><b>Bold <i>both</b> italic</i> plain</main>", "Bold both italic plain"),
        ("<main><p>A &nosuchentity; b &#99999999; c &amp d</main>", "&nosuchentity;"),
        ("<p>Before</body></html><p>After the end", "After the end"),
        ("<main><p>Quote: \"<a href=\"/x\"title=y>go</a>\" end</main>", "Quote: \"go\" end"),
        ("<main><p>Kept</p><!-- never closed <p>lost", "Kept"),
    ] {
        let read = read(html).text();
        assert!(read.contains(text), "{html}: {read}");
    }
    let anchors = read("<main><a href=/a>One <a href=/b>two</a></a><a href='/c>broken</a><a href=/d>d</a>");
    assert_eq!(addresses(&anchors.links)[..2], ["https://shop.example/a", "https://shop.example/b"]);
}
