//! What was published when and by whom, what differs, and the way back.

use super::changes::Changes;
use super::{Publication, put_agent};
use crate::api;
use crate::clock::Ago;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Empty, Failure, Loaded, Skeleton};
use crate::load::{Paged, Row, load, paged};
use crate::pages::sources::LoadMore;
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::Version;
use protocol::permission::Permission;

const DRAFT: &str = "draft";

#[component]
pub(crate) fn VersionsPage() -> impl IntoView {
    let session = use_session();
    let name = move || session.current().map(|agent| agent.name).unwrap_or_default();
    title(move || format!("Versions of {}", name()));
    let list = paged(
        |version: &Version| version.version.to_string(),
        move |cursor| session.agent.get().map(|agent| api::agents::versions(agent, cursor)),
    );
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    let back_to = RwSignal::new(None::<Version>);
    let rolling = RwSignal::new(false);
    view! {
        <div class="page">
            <a class="back" href="/app/agent"><Icon glyph=Glyph::Back/><span dir="auto">{name}</span></a>
            <header class="page-head">
                <div>
                    <h1>"Versions"</h1>
                    <p class="page-sub"><Publication agent=Signal::derive(move || session.current())/></p>
                </div>
            </header>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=4
                tall=true
            >
                <Show when=move || !none.get() fallback=|| view! {
                    <div class="card">
                        <Empty glyph=Glyph::Bell title="Nothing is published yet" text="Each publication becomes a version that you can come back to.">
                            <a class="button primary" href="/app/agent">"Open the editor"</a>
                        </Empty>
                    </div>
                }>
                    <ul class="card versions">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <VersionRow row roll_back=move |version| {
                                back_to.set(Some(version));
                                rolling.set(true);
                            }/>
                        </For>
                    </ul>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                    <Compare list/>
                </Show>
            </Loaded>
            <Dialog open=rolling title=Signal::derive(move || {
                back_to.with(|version| version.as_ref().map(|v| format!("Roll back to version {}?", v.version)).unwrap_or_default())
            })>
                <RollBack open=rolling version=back_to list/>
            </Dialog>
        </div>
    }
}

#[component]
fn VersionRow(
    row: Row<Version>,
    roll_back: impl Fn(Version) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let value = row.value.clone();
    let version = Signal::derive(move || value.get());
    let may = Memo::new(move |_| session.may(Permission::AgentsWrite));
    let number = version.with_untracked(|version| version.version);
    view! {
        <li class="version-row">
            <div class="version-main">
                <strong>{format!("Version {number}")}</strong>
                {move || version.get().live.then(|| view! { <span class="badge" data-tone="good">"Live"</span> })}
                {move || version.get().restored.map(|from| view! { <span class="badge">{format!("Restores version {from}")}</span> })}
                <p class="version-note" dir="auto">{move || version.get().note}</p>
            </div>
            <p class="version-who quiet">
                {move || version.get().published_by} " · " <Ago at=Signal::derive(move || version.get().created_at)/>
            </p>
            <Show when=move || may.get() && !version.get().live>
                <button class="button" type="button" aria-label=format!("Roll back to version {number}") on:click=move |_| roll_back(version.get_untracked())>
                    "Roll back…"
                </button>
            </Show>
        </li>
    }
}

/// What differs between any two of versions and draft.
#[component]
fn Compare(list: Paged<Version>) -> impl IntoView {
    let session = use_session();
    let numbers = Memo::new(move |_| {
        list.rows.with(|rows| rows.iter().flatten().map(|row| row.key.clone()).collect::<Vec<_>>())
    });
    let live = list.rows.with_untracked(|rows| {
        let mut all = rows.iter().flatten();
        all.find(|row| row.value.with_untracked(|version| version.live)).map(|row| row.key.clone())
    });
    let first = live.or_else(|| numbers.with_untracked(|all| all.first().cloned())).unwrap_or_default();
    let (from, to) = (RwSignal::new(first), RwSignal::new(DRAFT.to_owned()));
    let diff = load(move || {
        let (from, to) = (from.get(), to.get());
        session.agent.get().filter(|_| from != to).map(|agent| api::agents::diff(agent, from, to))
    });
    let same = move || from.get() == to.get();
    let swap = move |_| {
        let (old_from, old_to) = (from.get_untracked(), to.get_untracked());
        from.set(old_to);
        to.set(old_from);
    };
    view! {
        <section class="card compare" aria-labelledby="compare-title">
            <header class="card-head"><h2 id="compare-title">"Compare"</h2></header>
            <div class="compare-pick">
                <Side id="from" label="From" value=from numbers/>
                <button class="icon-button bordered" type="button" aria-label="Swap" on:click=swap><Icon glyph=Glyph::Refresh/></button>
                <Side id="to" label="To" value=to numbers/>
            </div>
            {move || {
                if same() {
                    return view! { <p class="nothing">"Choose two different ones."</p> }.into_any();
                }
                match (diff.value.get(), diff.problem.get()) {
                    (Some(changes), _) => view! { <Changes changes/> }.into_any(),
                    (None, Some(problem)) => view! { <Failure problem retry=move || diff.refresh()/> }.into_any(),
                    (None, None) => view! { <Skeleton lines=3/> }.into_any(),
                }
            }}
        </section>
    }
}

#[component]
fn Side(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    numbers: Memo<Vec<String>>,
) -> impl IntoView {
    let options = move || {
        let draft = std::iter::once((DRAFT.to_owned(), "Draft".to_owned()));
        let versions = numbers.get().into_iter().map(|number| (number.clone(), format!("Version {number}")));
        draft
            .chain(versions)
            .map(|(option, text)| {
                let own = option.clone();
                view! { <option value=option selected=move || value.with(|value| *value == own)>{text}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id on:change=move |event| value.set(event_target_value(&event))>{options}</select>
        </div>
    }
}

#[component]
fn RollBack(open: RwSignal<bool>, version: RwSignal<Option<Version>>, list: Paged<Version>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let number = version.with_untracked(|version| version.as_ref().map_or(0, |version| version.version));
    let live = session.current().and_then(|agent| agent.published_version);
    let diff = load(move || {
        let agent = session.agent.get()?;
        Some(api::agents::diff(
            agent,
            live.map_or_else(|| DRAFT.to_owned(), |live| live.to_string()),
            number.to_string(),
        ))
    });
    let roll_back = move |_| {
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::agents::roll_back(agent.clone(), number).await {
                Ok(made) => {
                    announce(
                        notices,
                        format!("Version {} is live; it restores version {number}.", made.version),
                    );
                    open.try_set(false);
                    list.restart();
                    if let Ok(detail) = api::agents::agent(agent).await {
                        put_agent(session, &detail.agent);
                    }
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <div class="form">
            <p>{format!("Version {number} is published again as a new version. Visitors get it within two minutes; your draft stays as it is.")}</p>
            {live.map(|live| view! { <p class="quiet">{format!("What changes for visitors, compared to version {live}:")}</p> })}
            {move || live.map(|_| match (diff.value.get(), diff.problem.get()) {
                (Some(changes), _) => view! { <Changes changes/> }.into_any(),
                (None, Some(problem)) => view! { <Failure problem retry=move || diff.refresh()/> }.into_any(),
                (None, None) => view! { <Skeleton lines=2/> }.into_any(),
            })}
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Cancel"</button>
                <button class="button primary" type="button" aria-disabled=move || busy.get().to_string() on:click=roll_back>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Rolling back…" } else { "Roll back" }}
                </button>
            </div>
        </div>
    }
}
