//! Which part of a page is its main content.

use dom_query::{Document, NodeRef};
use url::Url;

use super::block::Block;
use super::survey::Survey;
use super::walk::{Piece, walk};
use super::{dom, filter, limit, tidy};

/// Share of the page's words a main element has to hold; below it, it is a wrapper gone wrong.
const ENOUGH: f64 = 0.25;

/// Share of links from which a block is no reading matter.
const MOSTLY_LINKS: f64 = 0.6;

/// Nesting above which a page is taken as it stands: the library walks the tree by recursion.
const MAX_NESTING: usize = 250;

/// Nodes above which the library is not asked: it needs 60 MB and a second for this many.
const MAX_NODES: usize = 60_000;

/// Blocks of plain text: paragraphs between empty lines.
pub(crate) fn plain(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    // The last line is an empty one, which ends the last paragraph.
    for line in
        text.split(['\n', '\u{c}']).flat_map(|line| line.trim_end_matches('\r').split('\r')).chain([""])
    {
        let line = line.trim();
        if !line.is_empty() {
            if !paragraph.is_empty() {
                paragraph.push('\n');
            }
            paragraph.push_str(line);
        } else if !paragraph.is_empty() {
            blocks.push(Block::Paragraph { text: std::mem::take(&mut paragraph) });
        }
    }
    blocks
}

/// All that a piece of a page says. Nothing is weighed: whoever cut it out has said that it is content.
pub(crate) fn fragment(html: &str) -> Vec<Block> {
    let document = Document::from(limit::readable(html));
    let root = document.root();
    let Some(body) = root.descendants_it().find(|node| node.has_name("body")) else { return Vec::new() };
    walk(&body, &Survey::new(&root)).into_iter().map(|piece| piece.block).collect()
}

/// The main content of a document.
///
/// A page that marks its main element, and does not say that it is an article, is taken at its word: what
/// `walk` leaves of that element. Of articles, whose main element is often full of teasers, and of pages that
/// mark nothing, only what the library takes for the text is kept.
pub(super) fn read(document: &Document, html: &str, url: &Url) -> Vec<Block> {
    let root = document.root();
    let Some(body) = root.descendants_it().find(|node| node.has_name("body")) else { return Vec::new() };
    let mut survey = Survey::new(&root);
    let article = is_article(&root);
    if article {
        survey.article = own_article(&body, &survey).map(|node| node.id);
    }
    let whole = walk(&body, &survey);
    if survey.depth > MAX_NESTING {
        return whole.into_iter().map(|piece| piece.block).collect();
    }
    let marked = scope(&body, &survey, &whole, article);
    let kept = match marked {
        Some(pieces) if !article || survey.nodes > MAX_NODES => pieces,
        None if survey.nodes > MAX_NODES => whole,
        Some(pieces) => filter::text_only(Some(pieces), whole, html, url),
        None => filter::text_only(None, tidy::without_menus(whole), html, url),
    };
    tidy::tidy(kept, article).into_iter().map(|piece| piece.block).collect()
}

/// Whether the page says that it is a piece of news or a post.
fn is_article(root: &NodeRef) -> bool {
    root.descendants_it().any(|node| match dom::name(&node).as_str() {
        "meta" => {
            node.attr("property").is_some_and(|key| &*key == "og:type")
                && node.attr("content").is_some_and(|kind| kind.eq_ignore_ascii_case("article"))
        }
        "script" => {
            node.attr("type").is_some_and(|kind| &*kind == "application/ld+json") && {
                let text = node.text();
                ["NewsArticle\"", "BlogPosting\"", "\"Article\"", "ReportageNewsArticle\""]
                    .iter()
                    .any(|kind| text.contains(kind))
            }
        }
        _ => node
            .attr("itemtype")
            .is_some_and(|kind| kind.ends_with("Article") || kind.ends_with("BlogPosting")),
    })
}

pub(super) fn solid_words(pieces: &[Piece]) -> usize {
    pieces.iter().filter(|piece| piece.linked < MOSTLY_LINKS).map(|piece| piece.block.words().count()).sum()
}

/// Articles that are in no other.
fn articles<'a>(body: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
    body.descendants_it()
        .filter(|node| {
            node.has_name("article") && !node.ancestors_it(None).any(|above| above.has_name("article"))
        })
        .collect()
}

/// The only article with a heading of the page's rank, unless that is little more than the heading.
fn own_article<'a>(body: &NodeRef<'a>, survey: &Survey) -> Option<NodeRef<'a>> {
    let mut headed = articles(body).into_iter().filter(|node| survey.of(node).headed);
    let own = headed.next()?;
    (headed.next().is_none() && survey.of(&own).letters * 10 >= survey.total).then_some(own)
}

/// Blocks of the element that says it is the main one, unless the rest of the page says much more.
fn scope(body: &NodeRef, survey: &Survey, whole: &[Piece], article: bool) -> Option<Vec<Piece>> {
    let enough = solid_words(whole) as f64 * ENOUGH;
    let accept = |pieces: Vec<Piece>, share: f64| {
        (!pieces.is_empty() && solid_words(&pieces) as f64 >= enough * share).then_some(pieces)
    };
    let is_main =
        |node: &NodeRef| node.has_name("main") || node.attr("role").is_some_and(|role| &*role == "main");
    let mains = body.descendants_it().filter(is_main).map(|node| walk(&node, survey));
    if let Some(pieces) =
        mains.max_by_key(|pieces| solid_words(pieces)).and_then(|pieces| accept(pieces, 1.0))
    {
        return Some(pieces);
    }
    // One article is the page; of several, the one with the page's heading is. Else they are a list.
    let articles = articles(body);
    let headed: Vec<&NodeRef> = articles.iter().filter(|node| survey.of(node).headed).collect();
    match (articles.as_slice(), headed.as_slice()) {
        ([only], _) => accept(walk(only, survey), 2.0),
        // Of news and posts that one is the text, however much is listed below it.
        (_, [only]) => accept(walk(only, survey), if article { 0.4 } else { 1.0 }),
        _ => None,
    }
}
