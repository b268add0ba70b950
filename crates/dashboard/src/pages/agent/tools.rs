//! What the agent may call, and what it may do without a member.

use super::choices::{Segments, Slider, Tick};
use super::fields::Section;
use crate::components::icon::Glyph;
use crate::components::state::{Empty, Failure, Skeleton};
use crate::load::Load;
use crate::pages::tools::{TOOLS, title_of};
use crate::text::count;
use leptos::prelude::*;
use protocol::agent::Autonomy;
use protocol::api::{Tool, ToolEffect};

#[component]
pub(super) fn ToolsPart(tools: Load<Vec<Tool>>) -> impl IntoView {
    let has = Memo::new(move |_| tools.value.with(Option::is_some));
    view! {
        <Section id="tools" title="Tools" text="What the agent may do besides answering. It needs a model; the site’s own sentences call nothing.">
            {move || {
                if has.get() {
                    view! { <Choice tools/> }.into_any()
                } else if let Some(problem) = tools.problem.get() {
                    view! { <Failure problem retry=move || tools.refresh()/> }.into_any()
                } else {
                    view! { <Skeleton lines=2/> }.into_any()
                }
            }}
        </Section>
    }
}

#[component]
fn Choice(tools: Load<Vec<Tool>>) -> impl IntoView {
    let all = tools.value.get_untracked().unwrap_or_default();
    if all.is_empty() {
        return view! {
            <Empty glyph=Glyph::Plug title="No tool yet" text="Tools are defined once for the workspace, then switched on for each agent.">
                <a class="button" href=TOOLS>"Go to Tools"</a>
            </Empty>
        }
        .into_any();
    }
    let order: Vec<_> = all.iter().map(|tool| tool.id.clone()).collect();
    let ticks = all
        .into_iter()
        .map(|tool| {
            let (id, order) = (tool.id.clone(), order.clone());
            let (label, has) = (said(&tool), tool.id.clone());
            view! {
                <div class="tool-tick">
                    <Tick
                        path=format!("tools {id}") label=label
                        get=move |d| d.tools.contains(&has)
                        set=move |d, on| {
                            d.tools.retain(|own| *own != id);
                            if on {
                                d.tools.push(id.clone());
                                // In the list's order, whatever the order of the clicks.
                                d.tools.sort_by_key(|own| order.iter().position(|known| known == own));
                            }
                        }
                    />
                    <p class="quiet" dir="auto">{tool.content.description.clone()}</p>
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="ticks">
            <legend>"It may call"</legend>
            {ticks}
        </fieldset>
        <p><a class="link" href=TOOLS>"Edit tools"</a></p>
        <Segments
            path="autonomy" label="What it may do by itself"
            options=vec![
                (Autonomy::Everything, "Everything"),
                (Autonomy::ReadingOnly, "Look things up"),
                (Autonomy::AskAlways, "Nothing"),
            ]
            get=|d| d.autonomy
            set=|d, level| d.autonomy = level
        />
        <p class="quiet">"What is above that waits under Approvals for a member, who sees exactly what would be sent. The visitor is told, and reads the outcome in the conversation."</p>
        <Slider
            path="approval_minutes" label="How long a call waits" min=15.0 max=1_200.0 step=15.0
            get=|d| f64::from(d.approval_minutes)
            set=|d, n| d.approval_minutes = n as u32
            say=minutes
            hint="Then it expires, and the visitor is told."
        />
    }
    .into_any()
}

/// A tool in one line.
fn said(tool: &Tool) -> String {
    let mut notes = Vec::new();
    if tool.content.effect == ToolEffect::Reads {
        notes.push("looks up");
    }
    if tool.content.needs_approval {
        notes.push("always asks");
    }
    if !tool.content.enabled {
        notes.push("switched off");
    }
    let name = title_of(tool);
    if notes.is_empty() { name } else { format!("{name} ({})", notes.join(", ")) }
}

fn minutes(n: f64) -> String {
    let n = n as u64;
    if n < 60 {
        return format!("{n} minutes");
    }
    let hours = count(n / 60, "hour", "hours");
    if n.is_multiple_of(60) { hours } else { format!("{hours} {} min", n % 60) }
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn a_wait_is_told_in_hours() {
        assert_eq!([15.0, 60.0, 255.0].map(minutes), ["15 minutes", "1 hour", "4 hours 15 min"]);
    }
}
