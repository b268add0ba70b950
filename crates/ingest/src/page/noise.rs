//! Which elements are the site's furniture: navigation, consent banners, sharing, advertising.

use dom_query::NodeRef;

use super::dom;
use super::survey::Survey;

/// Elements that never hold readable content.
const SILENT: [&str; 25] = [
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "video",
    "audio", "map", "select", "datalist", "textarea", "input", "progress", "meter", "link", "meta", "head",
    "title", "frameset", "menu",
];

/// Words of a class, id or role that name a consent banner: dropped however much of a short page it is.
const CONSENT: [&str; 8] =
    ["cookie", "cookies", "cookiebar", "cookiebanner", "consent", "gdpr", "onetrust", "cybot"];

/// Words that name furniture of every page, dropped unless the element holds the page itself.
const FURNITURE: [&str; 73] = [
    "ad",
    "ads",
    "adsense",
    "adslot",
    "advert",
    "advertisement",
    "advertising",
    "adverts",
    "alertdialog",
    "breadcrumb",
    "breadcrumbs",
    "colophon",
    "comment",
    "comments",
    "commentlist",
    "complementary",
    "contentinfo",
    "dialog",
    "disqus",
    "flyout",
    "footer",
    "lightbox",
    "livechat",
    "login",
    "masthead",
    "megamenu",
    "modal",
    "nav",
    "navbar",
    "navigation",
    "newsletter",
    "offcanvas",
    "outbrain",
    "pager",
    "pagination",
    "paywall",
    "permalink",
    "popup",
    "postmeta",
    "prevnext",
    "recirc",
    "recommendations",
    "recommended",
    "related",
    "respond",
    "rodape",
    "search",
    "searchform",
    "share",
    "sharebar",
    "sharedaddy",
    "sharing",
    "sidebar",
    "sidenav",
    "signup",
    "skip",
    "skiplink",
    "skiplinks",
    "social",
    "socials",
    "sponsor",
    "sponsored",
    "subnav",
    "subscribe",
    "taboola",
    "toc",
    "toolbar",
    "tooltip",
    "topbar",
    "trending",
    "visuallyhidden",
    "webring",
    "zergnet",
];

/// Pairs of neighbouring words that name furniture where each word alone does not.
const PAIRS: [(&str, &str); 21] = [
    ("sr", "only"),
    ("visually", "hidden"),
    ("screen", "reader"),
    ("edit", "link"),
    ("edit", "page"),
    ("edit", "this"),
    ("table", "contents"),
    ("on", "page"),
    ("read", "next"),
    ("more", "stories"),
    ("more", "articles"),
    ("also", "like"),
    ("see", "also"),
    ("most", "read"),
    ("most", "popular"),
    ("back", "top"),
    ("page", "feedback"),
    ("site", "header"),
    ("mw", "editsection"),
    ("call", "action"),
    ("author", "bio"),
];

/// Words that may name furniture or content (`menu` of a restaurant): dropped when mostly links.
const DOUBTFUL: [&str; 24] = [
    "menu",
    "header",
    "bottom",
    "widget",
    "meta",
    "tags",
    "tag",
    "links",
    "teaser",
    "teasers",
    "latest",
    "popular",
    "more",
    "utility",
    "tools",
    "feed",
    "carousel",
    "categories",
    "language",
    "languages",
    "byline",
    "list",
    "banner",
    "promo",
];

/// Words that mark an aside as part of the text.
const CALLOUTS: [&str; 12] = [
    "admonition",
    "alert",
    "callout",
    "caution",
    "danger",
    "hint",
    "important",
    "info",
    "note",
    "notice",
    "tip",
    "warning",
];

/// Words that mark text hidden until somebody opens it: answers of an FAQ, panels of tabs.
const FOLDED: [&str; 14] = [
    "accordion",
    "answer",
    "collapse",
    "collapsible",
    "content",
    "details",
    "drawer",
    "expand",
    "expandable",
    "faq",
    "panel",
    "tab",
    "tabpanel",
    "toggle",
];

/// Words that name what stands around the text of an article: captions, bylines, the author's portrait.
const MARGINAL: [&str; 30] = [
    "author",
    "authors",
    "bio",
    "byline",
    "bylines",
    "caption",
    "captions",
    "contributor",
    "correction",
    "credit",
    "credits",
    "date",
    "dateline",
    "datetime",
    "disclaimer",
    "figure",
    "gallery",
    "infobox",
    "kicker",
    "mugshot",
    "photo",
    "photographer",
    "pubdate",
    "published",
    "slideshow",
    "tagline",
    "timestamp",
    "updated",
    "video",
    "writer",
];

/// Words that turn a name of furniture into a name of what stands beside it: `content-with-sidebar`.
const BESIDE: [&str; 6] = ["body", "has", "layout", "no", "with", "without"];

/// Share of link letters from which doubtful elements are furniture.
const MOSTLY_LINKS: f64 = 0.5;

/// Letters from which an element around the text is text itself.
const LARGE_MARGIN: usize = 1_000;

/// How far up an element's surroundings are looked at.
const MAX_CLIMB: usize = 100;

/// Whether an element and everything in it is no content.
pub(super) fn is_noise(node: &NodeRef, name: &str, survey: &Survey) -> bool {
    if SILENT.contains(&name) {
        return true;
    }
    if matches!(name, "html" | "body" | "main") {
        return false;
    }
    let tokens = dom::tokens(node);
    let has = |words: &[&str]| tokens.iter().any(|token| words.contains(&token.as_str()));
    match name {
        "nav" | "footer" | "dialog" => return !holds_page(node, survey),
        "aside" => return !has(&CALLOUTS) && !holds_page(node, survey),
        "header" => return is_furniture_header(node, survey),
        "article" => return is_nested_teaser(node, survey) || is_another_article(node, survey),
        "form" | "fieldset" => return !holds_page(node, survey),
        "button" => return !opens_something(node),
        _ => {}
    }
    if is_hidden(node) && !has(&FOLDED) {
        return true;
    }
    if tokens.is_empty() {
        return false;
    }
    if has(&CONSENT) {
        let facts = survey.of(node);
        return !facts.headed && !facts.main;
    }
    let paired =
        || tokens.windows(2).any(|pair| matches!(pair, [a, b] if PAIRS.contains(&(a.as_str(), b.as_str()))));
    if (has(&FURNITURE) || paired())
        && !matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "tr" | "td" | "pre" | "code")
    {
        if has(&BESIDE) {
            return survey.of(node).link_share() > MOSTLY_LINKS;
        }
        return !holds_page(node, survey);
    }
    has(&DOUBTFUL) && survey.of(node).link_share() > MOSTLY_LINKS
}

/// Whether an element stands around the text of an article. Names that also mark the text stay out of it.
pub(super) fn is_marginal(node: &NodeRef, name: &str, survey: &Survey) -> bool {
    if matches!(name, "figcaption" | "time") {
        return true;
    }
    if matches!(name, "html" | "body" | "main" | "article" | "p" | "h1" | "h2" | "h3") {
        return false;
    }
    let facts = survey.of(node);
    // A quotation is text, whatever frames it.
    if dom::has_any(node, &["blockquote"]) {
        return false;
    }
    let small = !facts.headed && !facts.main && facts.letters < LARGE_MARGIN;
    small && dom::tokens(node).iter().any(|token| MARGINAL.contains(&token.as_str()))
}

/// An element that holds the page's heading or most of its letters is the page, whatever it is called.
fn holds_page(node: &NodeRef, survey: &Survey) -> bool {
    let facts = survey.of(node);
    facts.headed || facts.main || facts.letters * 2 > survey.total && facts.linked * 2 < facts.letters
}

/// An article inside another is a comment on it or the teaser of a third (HTML standard, 4.3.2).
fn is_nested_teaser(node: &NodeRef, survey: &Survey) -> bool {
    let outer = node.ancestors_it(Some(MAX_CLIMB)).find(|above| above.has_name("article"));
    outer.is_some_and(|outer| {
        let (inner, outer) = (survey.of(node), survey.of(&outer));
        outer.headed && !inner.headed && inner.letters * 2 < outer.letters
    })
}

/// Beside the one article that the page is about, the others are about something else.
fn is_another_article(node: &NodeRef, survey: &Survey) -> bool {
    survey
        .article
        .is_some_and(|own| node.id != own && !node.ancestors_it(Some(MAX_CLIMB)).any(|above| above.id == own))
}

/// The header of a section belongs to it; the header of the site has the page beside it.
fn is_furniture_header(node: &NodeRef, survey: &Survey) -> bool {
    let mostly_links = survey.of(node).link_share() > MOSTLY_LINKS;
    let inside =
        node.ancestors_it(Some(MAX_CLIMB)).any(|above| above.has_name("main") || above.has_name("article"));
    if inside {
        mostly_links && !dom::has_any(node, &["h1", "h2"])
    } else {
        mostly_links || !survey.of(node).headed
    }
}

fn is_hidden(node: &NodeRef) -> bool {
    let style =
        node.attr("style").map(|style| style.to_ascii_lowercase().replace(' ', "")).unwrap_or_default();
    node.has_attr("hidden")
        || node.attr("aria-hidden").is_some_and(|hidden| &*hidden == "true")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

/// A button that opens a part of the page carries that part's heading.
fn opens_something(node: &NodeRef) -> bool {
    let heading =
        |above: &NodeRef| matches!(dom::name(above).as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    if node.ancestors_it(Some(3)).any(|above| heading(&above)) {
        return true;
    }
    node.has_attr("aria-expanded") && node.text().trim().ends_with(['?', '\u{ff1f}', '\u{61f}'])
}
