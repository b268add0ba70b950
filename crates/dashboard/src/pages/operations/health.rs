//! Whether what the product depends on answers: each was really called just now.

use crate::api;
use crate::components::icon::{Glyph, Icon};
use crate::components::state::{Badge, Loaded};
use crate::load::load;
use leptos::prelude::*;
use protocol::api::{HealthCheck, HealthState};

#[component]
pub(crate) fn Health() -> impl IntoView {
    let checks = load(move || Some(api::operations::health()));
    let failing = Memo::new(move |_| {
        checks.part(|all| all.iter().filter(|one| one.state == HealthState::Failing).count())
    });
    view! {
        <section class="card flush" aria-labelledby="health-title">
            <div class="card-head">
                <div>
                    <h2 id="health-title">"Health"</h2>
                    <p class="quiet" role="status">
                        {move || match failing.get() {
                            None => "Everything is being called…".to_owned(),
                            Some(0) => "Everything that is set up answers.".to_owned(),
                            Some(1) => "One thing does not answer as it should.".to_owned(),
                            Some(many) => format!("{many} things do not answer as they should."),
                        }}
                    </p>
                </div>
                <button class="button" type="button" aria-disabled=move || checks.busy.get().to_string() on:click=move |_| {
                    if !checks.busy.get_untracked() {
                        checks.refresh();
                    }
                }>
                    <Icon glyph=Glyph::Refresh/>
                    {move || if checks.busy.get() { "Calling…" } else { "Check again" }}
                </button>
            </div>
            <Loaded
                has=Signal::derive(move || checks.value.with(Option::is_some))
                problem=checks.problem
                retry=move || checks.refresh()
                lines=5
            >
                <ul class="rows">{move || checks.value.get().unwrap_or_default().into_iter().map(check).collect_view()}</ul>
            </Loaded>
        </section>
    }
}

fn check(check: HealthCheck) -> impl IntoView {
    let state = match check.state {
        HealthState::Ok => ("Answers", "good"),
        HealthState::Failing => ("Failing", "bad"),
        HealthState::Off => ("Off", "wait"),
    };
    let took = (check.state != HealthState::Off).then(|| format!("{:.0} ms", check.ms));
    view! {
        <li class="job">
            <span class="item-name"><strong>{check.name}</strong><Badge state=Signal::stored(state)/></span>
            <span class="item-facts">
                <span>{check.says}</span>
                {took.map(|took| view! { <span>{took}</span> })}
            </span>
        </li>
    }
}
