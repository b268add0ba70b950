//! The part of Markdown that answers use, as the widget shows it: paragraphs, bold, italic, code, lists,
//! quotes, tables, links, headings as bold lines. Built from elements and text only: HTML in it is the text it is.

use super::markdown_parse::{Block, Inline, blocks};
use leptos::prelude::*;

/// How a mark `[n]` is shown; `None` leaves it the text it is.
pub(crate) type Marks = Callback<u32, Option<AnyView>>;

/// Markdown as elements.
#[component]
pub(crate) fn Markdown(
    #[prop(into)] text: Signal<String>,
    #[prop(optional, into)] marks: Option<Marks>,
) -> impl IntoView {
    view! {
        <div class="markdown">
            {move || {
                let text = text.get().replace('\r', "");
                let lines: Vec<&str> = text.lines().collect();
                show_blocks(blocks(&lines, 0), marks, true)
            }}
        </div>
    }
}

/// The words of a text without its marks, for a line in a list.
pub(crate) fn plain(text: &str) -> String {
    fn words(inner: Vec<Inline>, out: &mut String) {
        for piece in inner {
            match piece {
                Inline::Text(text) | Inline::Code(text) => out.push_str(&text),
                Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Link(_, inner) => words(inner, out),
                Inline::Mark(number) => out.push_str(&format!("[{number}]")),
                Inline::Break => out.push(' '),
            }
        }
    }
    fn gather(blocks: Vec<Block>, out: &mut String) {
        for block in blocks {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            match block {
                Block::Paragraph(inner) | Block::Heading(inner) => words(inner, out),
                Block::Quote(inner) => gather(inner, out),
                Block::Code(text) => out.push_str(&text),
                Block::List { items, .. } => items.into_iter().for_each(|item| gather(item, out)),
                Block::Table(rows) => rows.into_iter().flatten().for_each(|cell| {
                    words(cell, out);
                    out.push(' ');
                }),
                Block::Rule => {}
            }
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    gather(blocks(&lines, 0), &mut out);
    out
}

fn show_blocks(blocks: Vec<Block>, marks: Option<Marks>, outer: bool) -> AnyView {
    blocks.into_iter().map(|block| show_block(block, marks, outer)).collect_view().into_any()
}

fn show_block(block: Block, marks: Option<Marks>, outer: bool) -> AnyView {
    // Each outermost block finds its own direction.
    let dir = outer.then_some("auto");
    match block {
        Block::Paragraph(inner) => view! { <p dir=dir>{show(inner, marks)}</p> }.into_any(),
        Block::Heading(inner) => view! { <p dir=dir><strong>{show(inner, marks)}</strong></p> }.into_any(),
        Block::Quote(inner) => {
            view! { <blockquote dir=dir>{show_blocks(inner, marks, false)}</blockquote> }.into_any()
        }
        Block::Code(code) => view! { <pre dir="ltr" tabindex="0"><code>{code}</code></pre> }.into_any(),
        Block::Rule => view! { <hr/> }.into_any(),
        Block::List { ordered, start, items } => {
            let items = items
                .into_iter()
                .map(|mut item| {
                    // A lone paragraph in an item needs no paragraph's margins.
                    let first = match item.first() {
                        Some(Block::Paragraph(inner)) => Some(inner.clone()),
                        _ => None,
                    };
                    if first.is_some() {
                        item.remove(0);
                    }
                    view! { <li>{first.map(|inner| show(inner, marks))}{show_blocks(item, marks, false)}</li> }
                })
                .collect_view();
            if ordered {
                view! { <ol dir=dir start=start.to_string()>{items}</ol> }.into_any()
            } else {
                view! { <ul dir=dir>{items}</ul> }.into_any()
            }
        }
        Block::Table(rows) => {
            let mut rows = rows.into_iter();
            let head = rows.next().unwrap_or_default();
            let head = head
                .into_iter()
                .map(|cell| view! { <th scope="col">{show(cell, marks)}</th> })
                .collect_view();
            let body = rows
                .map(|row| {
                    view! { <tr>{row.into_iter().map(|cell| view! { <td>{show(cell, marks)}</td> }).collect_view()}</tr> }
                })
                .collect_view();
            view! {
                <div class="markdown-wide" tabindex="0">
                    <table dir=dir><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>
                </div>
            }
            .into_any()
        }
    }
}

fn show(inner: Vec<Inline>, marks: Option<Marks>) -> AnyView {
    inner
        .into_iter()
        .map(|piece| match piece {
            Inline::Text(text) => text.into_any(),
            Inline::Strong(inner) => view! { <strong>{show(inner, marks)}</strong> }.into_any(),
            Inline::Emphasis(inner) => view! { <em>{show(inner, marks)}</em> }.into_any(),
            Inline::Code(code) => view! { <code>{code}</code> }.into_any(),
            Inline::Link(to, inner) => {
                view! { <a href=to target="_blank" rel="noopener noreferrer">{show(inner, marks)}</a> }
                    .into_any()
            }
            Inline::Mark(number) => {
                marks.and_then(|marks| marks.run(number)).unwrap_or_else(|| format!("[{number}]").into_any())
            }
            Inline::Break => view! { <br/> }.into_any(),
        })
        .collect_view()
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_list_has_no_marks() {
        assert_eq!(plain("Call **01** now.\n\n- [a](https://a.example/x)\n- b"), "Call 01 now. a b");
    }
}
