use proptest::prelude::*;

use super::*;

fn read(html: &str) -> Page {
    extract(html.as_bytes(), Some("text/html"), &Url::parse("https://shop.example/dir/page").unwrap())
}

/// A page of a small business: everything a real one has around its content.
fn framed(main: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><title>Page | Shop</title></head><body>\
         <a class=skip-link href='#c'>Skip to content</a>\
         <header><a href=/>Shop</a><nav><ul><li><a href=/a>Alpha</a><li><a href=/b>Beta</a></ul></nav></header>\
         <div id=cookie-banner role=dialog><p>We value your privacy. Accept cookies?</p><button>OK</button></div>\
         {main}\
         <aside class=sidebar><h2>News</h2><p>We won a prize for our window.</p></aside>\
         <section class=newsletter-box><h2>Stay tuned</h2><p>One letter a month.</p><form><input><button>Go</button></form></section>\
         <footer><p>Shop Ltd, 1 Quay</p><a href=/imprint>Imprint</a></footer></body></html>"
    )
}

const HOURS: &str = "<h1>Opening hours</h1><table><tr><th>Day<th>Hours</tr><tr><td>Monday<td>Closed</tr>\
    <tr><td>Tuesday<td>9 to 5</tr></table>";
const HOURS_TEXT: &str = "# Opening hours\n\nDay | Hours\nMonday | Closed\nTuesday | 9 to 5";

#[test]
fn furniture_around_a_marked_main_is_left_out() {
    assert_eq!(read(&framed(&format!("<main>{HOURS}</main>"))).text(), HOURS_TEXT);
}

#[test]
fn a_short_page_that_marks_nothing_keeps_its_table() {
    assert_eq!(read(&framed(&format!("<div class=content>{HOURS}</div>"))).text(), HOURS_TEXT);
}

#[test]
fn a_page_that_calls_itself_an_article_keeps_its_table() {
    let html = framed(&format!(
        "<article>{HOURS}<p>Please ring the bell twice when you come after six.</p></article>"
    ))
    .replace("<head>", "<head><meta property=og:type content=article>");
    let text = read(&html).text();
    assert!(text.contains("Tuesday | 9 to 5"), "{text}");
    assert!(text.contains("ring the bell"), "{text}");
    assert!(!text.contains("prize"), "{text}");
}

#[test]
fn bylines_captions_teasers_and_calls_are_not_the_text_of_an_article() {
    let text = "<p>The ferry will run every hour from the first of May until the end of October, said the harbour master on Monday.</p>";
    let html = format!(
        "<html><head><meta property=og:type content=article></head><body><article><h1>Ferry</h1><div class=byline>By A. Writer</div>\
         <figure><img src=f.jpg><figcaption>The ferry at the quay</figcaption></figure>{text}<p><a href=/x>READ MORE: Tickets sold out</a></p>{text}\
         <p>Sign up for our newsletter and never miss a boat.</p><h3>Related stories</h3><ul><li><a href=/1>One</a><li><a href=/2>Two</a></ul>\
         </article></body></html>"
    );
    let page = read(&html);
    assert_eq!(page.blocks.len(), 3, "{}", page.text());
    assert!(matches!(&page.blocks[0], Block::Heading { level: 1, .. }));
}

#[test]
fn an_index_of_linked_services_stays_whole_outside_articles() {
    let html = framed(
        "<main><h1>Services</h1><ul><li><a href=/1>Brakes</a><li><a href=/2>Wheels</a><li><a href=/3>Gears</a><li><a href=/4>Chains</a></ul></main>",
    );
    assert_eq!(read(&html).text(), "# Services\n\n- Brakes\n- Wheels\n- Gears\n- Chains");
}

#[test]
fn offers_and_plans_of_a_shop_are_not_advertising() {
    let html = framed(
        "<main><div class=promo-box><p>Winter tyres: 20 pounds off until March.</p></div>\
         <div class=subscription-plan><h3>Basic</h3><p>9 pounds a month.</p></div></main>",
    );
    assert_eq!(
        read(&html).text(),
        "Winter tyres: 20 pounds off until March.\n\n### Basic\n\n9 pounds a month."
    );
}

#[test]
fn a_small_main_does_not_hide_a_page_beside_it() {
    let html = format!(
        "<main><p>Loading</p></main><div>{}</div>",
        "<p>All of the text stands here instead.</p>".repeat(9)
    );
    assert!(read(&html).text().contains("stands here"));
}

#[test]
fn questions_in_folded_parts_are_headings_with_their_answers() {
    let html = framed(
        "<main><h1>FAQ</h1><details><summary>Do you deliver?</summary><p>Yes, on Fridays.</p></details>\
         <h3><button aria-expanded=false>Can I pay by card?</button></h3><div class=accordion-panel hidden><p>Yes.</p></div>\
         <dl><dt>Gift cards?<dd>At the counter.<dt>Post code<dd>WX4</dl></main>",
    );
    assert_eq!(
        read(&html).text(),
        "# FAQ\n\n## Do you deliver?\n\nYes, on Fridays.\n\n### Can I pay by card?\n\nYes.\n\n\
         - Gift cards? At the counter.\n- Post code: WX4"
    );
}

#[test]
fn lists_code_and_quotes_keep_their_structure() {
    let html = "<main><ol start=3><li>Three<ul><li>inner</ul><li>Four</ol>\
        <pre><code class=language-sh>ls -l\n  | wc</code></pre><blockquote><p>Said so.</p></blockquote></main>";
    let page = read(html);
    assert_eq!(page.text(), "3. Three\n  - inner\n4. Four\n\nls -l\n  | wc\n\n> Said so.");
    assert!(page.blocks.contains(&Block::Code { language: Some("sh".into()), text: "ls -l\n  | wc".into() }));
}

#[test]
fn headings_know_the_fragment_that_leads_to_them() {
    let page = read(
        "<main><section id=one><h2>One<a class=headerlink href='#one'>\u{b6}</a></h2><p>x</p></section><h2 id=two>Two</h2></main>",
    );
    let ids: Vec<_> = page
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading { id, text, .. } => Some((text.as_str(), id.as_deref())),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [("One", Some("one")), ("Two", Some("two"))]);
}

#[test]
fn cells_that_span_rows_are_repeated_in_each() {
    let page = read(
        "<main><table><thead><tr><th>Day<th>Hours</thead><tr><td rowspan=2>Monday<td>9 to 12</tr><tr><td>2 to 5</tr></table></main>",
    );
    assert_eq!(page.text(), "Day | Hours\nMonday | 9 to 12\nMonday | 2 to 5");
}

#[test]
fn a_table_that_lays_out_the_page_is_not_data() {
    let page = read("<table><tr><td><h1>Hello</h1><p>Some words.</p></td></tr></table>");
    assert_eq!(page.text(), "# Hello\n\nSome words.");
}

#[test]
fn links_are_found_everywhere_and_refused_ones_left() {
    let html = framed(
        "<main><base href=/sub/><a href=c?utm_source=x>C</a><a rel='nofollow' href=/d>D</a><a href=c#f>C</a><a href=/e.pdf>E</a></main>",
    );
    let links: Vec<String> = read(&html).links.into_iter().map(String::from).collect();
    let expected = ["", "a", "b", "sub/c", "imprint"].map(|path| format!("https://shop.example/{path}"));
    assert_eq!(links[1..], expected);
    assert!(read("<meta name=robots content=nofollow><a href=/a>A</a>").links.is_empty());
}

#[test]
fn plain_text_is_read_as_paragraphs() {
    let url = Url::parse("https://a.example/a.txt").unwrap();
    assert_eq!(
        extract(b"One\r\n\r\nTwo <b>", Some("text/plain; charset=utf-8"), &url).text(),
        "One\n\nTwo <b>"
    );
}

#[test]
fn nesting_without_end_is_survived() {
    for tag in ["div", "article", "ul><li", "table><tr><td", "blockquote", "a", "b", "nav", "h1", "pre"] {
        for times in [300, 1_400, 100_000] {
            let html = format!("{}deep words", format!("<{tag}>").repeat(times));
            assert!(read(&html).blocks.len() <= times, "{tag}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_give_a_page(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        extract(&bytes, None, &Url::parse("https://a.example/").unwrap());
    }

    #[test]
    fn any_tags_give_a_page(parts in prop::collection::vec(
        prop::sample::select(vec![
            "<table>", "<tr>", "<td rowspan=99999 colspan=99999>", "</table>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "<dl>",
            "<dt>", "<dd>", "<h1>", "<h2 id=x>", "</h2>", "<pre>", "</pre>", "<article>", "</article>", "<main>", "<nav>",
            "<a href=x>", "</a>", "text ", "\u{1f600}", "<br>", "<svg>", "<template>", "<meta property=og:type content=article>",
            "<blockquote>", "<details>", "<summary>", "&#0;", "<!--", "-->", "<select>", "<frameset>", "<div class=comment>",
        ]), 0..60)) {
        read(&parts.concat());
    }
}

const FERRY: &str = "<p>The ferry will run every hour from the first of May until the end of October, said the harbour master on Monday, and every half hour in August.</p>";

fn article(body: &str) -> String {
    let html =
        format!("<html><head><meta property=og:type content=article></head><body>{body}</body></html>");
    read(&html).text()
}

#[test]
fn beside_the_article_with_the_pages_heading_the_others_are_not_its_text() {
    let other = "<p>Boats are painted in spring, when the weather is dry for a week, and lie on the slip until the paint is hard and the tide is high.</p>";
    let own = format!("<article><h1>Ferry</h1>{FERRY}</article>");
    let others = format!(
        "<article><h3>You may enjoy</h3><article>{other}</article><article>{other}{other}{other}{other}</article></article>"
    );
    assert_eq!(article(&format!("{own}{others}")).matches("Boats").count(), 0);
    // On a page that is no article they are a list, and the list is what the page says.
    let list = read(&framed(&format!(
        "<main><h1>Posts</h1><article>{FERRY}</article><article>{other}</article></main>"
    )))
    .text();
    assert!(list.contains("Boats") && list.contains("half hour"), "{list}");
}

#[test]
fn a_quotation_is_text_whatever_frames_it() {
    let text = article(&format!(
        "<article><h1>Ferry</h1>{FERRY}<div class=video-container><blockquote><p>We will sail in every weather but ice, and for everybody.</p></blockquote></div>\
         <div class=video-container><p>The ferry at the quay.</p></div>{FERRY}</article>"
    ));
    assert!(text.contains("> We will sail in every weather"), "{text}");
    assert!(!text.contains("at the quay"), "{text}");
}

#[test]
fn labels_of_advertisements_rows_of_sharing_buttons_and_teasers_in_one_paragraph_are_left_out() {
    let text = article(&format!(
        "<article><h1>Ferry</h1>{FERRY}<p>Advertisement</p><p>– Publicité –</p><p>Facebook Twitter WhatsApp E-mail</p>\
         <p>Share of the crew</p>{FERRY}<p><b>DON'T MISS</b><br><a href=/1>Harbour fees rise by a third</a> [NEWS]<br><a href=/2>A whale in the bay</a> [VIDEO]</p>{FERRY}</article>"
    ));
    for furniture in ["Advertisement", "Publicité", "Facebook", "MISS", "whale"] {
        assert!(!text.contains(furniture), "{furniture}: {text}");
    }
    assert!(text.contains("Share of the crew"), "{text}");
}

#[test]
fn a_cloud_of_links_is_a_menu() {
    let links: String = [
        "boats", "fees", "fish", "gulls", "harbour", "ice", "jetty", "knots", "lamps", "masts", "nets",
        "oars", "piers",
    ]
    .map(|tag| format!("<a href=/tag/{tag}>{tag}</a> "))
    .concat();
    let text = read(&format!(
        "<html><body><h1>Ferry</h1><div class=box>{links}</div><div>{FERRY}{FERRY}</div></body></html>"
    ))
    .text();
    assert!(text.contains("every half hour") && !text.contains("gulls"), "{text}");
}
