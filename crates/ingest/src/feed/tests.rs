use proptest::prelude::*;

use super::*;

fn base() -> Url {
    Url::parse("https://shop.example/blog/feed.xml").unwrap()
}

fn read(text: &str) -> Feed {
    parse(text.as_bytes(), &base()).unwrap()
}

fn said(entry: &Entry) -> String {
    page::text(&entry.blocks)
}

#[test]
fn rss_with_full_content() {
    let feed = read(
        r#"<?xml version="1.0"?><!-- x --><rss version="2.0" xmlns:content="x" xmlns:media="m"><channel>
        <title>Shop &amp; Co</title><link>https://shop.example/</link><description>News</description><language>en-gb</language>
        <image><title>Logo</title><url>l.png</url></image>
        <item><title>One &amp;amp; two</title><link> /one?utm_source=rss#x </link><guid isPermaLink="false">7</guid>
        <pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><description>Short</description><media:title>no</media:title>
        <content:encoded><![CDATA[<h2>Head</h2><p>Text <a href="/x">link</a>&nbsp;here.</p><script>no()</script>]]></content:encoded></item>
        <item><description>&lt;p&gt;Only &lt;b&gt;this&lt;/b&gt;.&lt;/p&gt;</description></item><item></item>
        </channel></rss>"#,
    );
    assert_eq!((feed.title.as_str(), feed.description.as_deref()), ("Shop & Co", Some("News")));
    assert_eq!(feed.language.as_deref(), Some("en-gb"));
    assert_eq!(feed.entries.len(), 2);
    let first = &feed.entries[0];
    assert_eq!((first.id.as_str(), first.title.as_str()), ("7", "One & two"));
    assert_eq!(first.url.as_ref().map(Url::as_str), Some("https://shop.example/one"));
    assert_eq!(first.published.as_deref(), Some("Mon, 02 Nov 2026 10:00:00 GMT"));
    assert_eq!(said(first), "## Head\n\nText link here.");
    assert_eq!(said(&feed.entries[1]), "Only this.");
    assert_eq!(feed.entries[1].id.len(), 32);
}

#[test]
fn rdf_and_old_rss() {
    let feed = read(
        r#"<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/" xmlns:dc="d"><channel><title>T</title><dc:language>de</dc:language></channel>
        <item rdf:about="x"><title>A</title><link>https://shop.example/a</link><dc:date>2026-01-02</dc:date></item></rdf:RDF>"#,
    );
    assert_eq!((feed.title.as_str(), feed.language.as_deref()), ("T", Some("de")));
    assert_eq!(feed.entries[0].published.as_deref(), Some("2026-01-02"));
    assert_eq!(feed.entries[0].id, "https://shop.example/a");
}

#[test]
fn atom_with_every_type_of_content() {
    let feed = read(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title type="html">&lt;b&gt;T&lt;/b&gt;</title><subtitle>S</subtitle><author><name>N</name></author>
        <entry><id>urn:1</id><title>One</title><link rel="self" href="/self"/><link href="../one?a=1&amp;b=2"/><published>2026-01-01T00:00:00Z</published><updated>2026-02-01T00:00:00Z</updated>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><ul><li>a &lt; b</li><li>c<br/>d &eacute;</li></ul></div></content></entry>
        <entry><id>urn:2</id><title>Two</title><source><title>no</title></source><content type="text">1 &lt;b&gt; 2
        
        3</content><updated>2026-02-01T00:00:00Z</updated></entry>
        <entry><id>https://shop.example/three</id><title/><summary type="html">&lt;p&gt;x&lt;/p&gt;</summary></entry></feed>"#,
    );
    assert_eq!((feed.title.as_str(), feed.language.as_deref()), ("T", Some("fr")));
    assert_eq!(feed.description.as_deref(), Some("S"));
    assert_eq!(feed.entries[0].url.as_ref().map(Url::as_str), Some("https://shop.example/one?a=1&b=2"));
    assert_eq!(feed.entries[0].published.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(said(&feed.entries[0]), "- a < b\n- c\nd \u{e9}");
    assert_eq!(feed.entries[1].title, "Two");
    assert_eq!(said(&feed.entries[1]), "1 <b> 2\n\n3");
    assert_eq!(feed.entries[1].published.as_deref(), Some("2026-02-01T00:00:00Z"));
    assert_eq!(feed.entries[2].url.as_ref().map(Url::as_str), Some("https://shop.example/three"));
}

#[test]
fn json_feed() {
    let feed = read(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","language":"en","items":[
        {"id":5,"url":"/five","title":"Five","content_html":"<p>a</p><p>b</p>","date_published":"2026-01-01"},
        {"id":"6","content_text":"one\n\n<two>","external_url":"https://other.example/"}, 7, {"id":[]}]}"#,
    );
    assert_eq!(feed.entries.len(), 2);
    assert_eq!((feed.entries[0].id.as_str(), said(&feed.entries[0]).as_str()), ("5", "a\n\nb"));
    assert_eq!(said(&feed.entries[1]), "one\n\n<two>");
}

#[test]
fn products_say_what_customers_ask() {
    let feed = read(
        r#"<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><item>
        <g:id>SKU-1</g:id><g:title>Lamp</g:title><g:link>https://shop.example/lamp</g:link><g:description>Bright &amp; warm.</g:description>
        <g:availability>in_stock</g:availability><g:price>12 EUR</g:price><g:brand>Lux</g:brand><g:condition>new</g:condition>
        <g:shipping><g:country>DE</g:country><g:price>4 EUR</g:price></g:shipping></item></channel></rss>"#,
    );
    let lamp = &feed.entries[0];
    assert_eq!((lamp.id.as_str(), lamp.title.as_str()), ("SKU-1", "Lamp"));
    assert_eq!(
        said(lamp),
        "Price: 12 EUR\nAvailability: in stock\nCondition: new\nBrand: Lux\n\nBright & warm."
    );
}

#[test]
fn an_id_that_looks_like_an_address_may_not_be_one() {
    let feed = read(
        "<rss><channel><item><title>a</title><guid isPermaLink=\"false\">http://x.example/1</guid></item></channel></rss>",
    );
    assert_eq!(feed.entries[0].url, None);
    assert_eq!(feed.entries[0].id, "http://x.example/1");
}

#[test]
fn encodings_are_declared_in_the_prolog() {
    let latin =
        b"<?xml version='1.0' encoding='ISO-8859-1'?><rss><channel><title>Caf\xe9</title></channel></rss>";
    assert_eq!(parse(latin, &base()).unwrap().title, "Caf\u{e9}");
    let text =
        "<?xml version='1.0' encoding='UTF-16'?><rss><channel><title>Caf\u{e9}</title></channel></rss>";
    assert_eq!(read(text).title, "Caf\u{e9}");
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    assert_eq!(parse(&wide, &base()).unwrap().title, "Caf\u{e9}");
}

#[test]
fn hostile_feeds_do_no_harm() {
    let mut bomb = String::from("<!DOCTYPE rss [<!ENTITY a0 \"lol\">");
    for at in 1..20 {
        bomb.push_str(&format!("<!ENTITY a{at} \"{}\">", format!("&a{};", at - 1).repeat(10)));
    }
    bomb.push_str("<!ENTITY f SYSTEM \"file:///etc/passwd\">]><rss><channel><item><title>x &a19; &f;</title></item></channel></rss>");
    assert!(read(&bomb).entries[0].title.len() < 30);
    assert!(read(&format!("<rss>{}", "<a>".repeat(1_000_000))).entries.is_empty());
    let deep = format!("<rss><channel><item><description>{}", "<a>".repeat(1_000_000));
    assert!(read(&deep).entries.is_empty());
    let many = "<item><title>a</title></item>".repeat(MAX_ENTRIES + 9);
    assert_eq!(read(&format!("<rss><channel>{many}")).entries.len(), MAX_ENTRIES);
    assert_eq!(read("<rss><channel><item><title>a</title></item><item><tit").entries.len(), 1);
}

#[test]
fn what_is_no_feed_is_refused() {
    for text in
        ["", "<html><body>", "<urlset/>", "{}", "{\"items\":3}", "[1]", "hello", "<?xml version='1.0'?><rss"]
    {
        assert_eq!(parse(text.as_bytes(), &base()), Err(FeedError::NotAFeed), "{text}");
    }
    assert_eq!(parse(&vec![b' '; MAX_BYTES + 1], &base()), Err(FeedError::TooLarge));
}

proptest! {
    #[test]
    fn nothing_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<g:price>", "<link href='/x'/>", "<content type='xhtml'>",
        "<p>", "</p>", "&lt;", "&#0;", "&x;", "<![CDATA[", "]]>", "\u{e9}", "text", "<entry>", "</entry>", "<feed>", "<", ">", "<!--",
    ]), 0..40)) {
        let _ = parse(format!("<rss>{}", parts.concat()).as_bytes(), &base());
        let _ = parse(parts.concat().as_bytes(), &base());
    }
}
