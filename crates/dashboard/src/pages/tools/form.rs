//! The definition of a tool: what it is called, where it leads, what it needs, what it may do.

use super::delete::DeleteTool;
use super::live::{self, Asked};
use super::schema::{self, Argument};
use super::secret::{self, Authentication, Choice};
use super::{TOOLS, effect, method, title_of};
use crate::api::tools as api;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField, is_wrong};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::session::use_session;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::IntegrationId;
use protocol::Problem;
use protocol::api::{LiveCall, Tool, ToolContent, ToolEffect, ToolHeader, ToolMethod, ToolWrite};
use protocol::permission::Permission;

const METHODS: [ToolMethod; 5] =
    [ToolMethod::Post, ToolMethod::Get, ToolMethod::Put, ToolMethod::Patch, ToolMethod::Delete];
/// What a new tool's schema begins with.
const EXAMPLE: &str = r#"{
  "type": "object",
  "properties": {
    "order": { "type": "string", "description": "The order number, as in HL-1001" }
  },
  "required": ["order"]
}"#;

/// The switches and lists of the form; its texts are read when it is sent.
#[derive(Clone, Copy)]
struct Chosen {
    method: RwSignal<ToolMethod>,
    effect: RwSignal<ToolEffect>,
    needs_approval: RwSignal<bool>,
    idempotent: RwSignal<bool>,
    schema: RwSignal<String>,
    auth: RwSignal<Choice>,
}

#[component]
pub(super) fn ToolForm(
    tool: Option<(Tool, Load<Tool>)>,
    /// The database that a new tool asks.
    #[prop(optional_no_strip)]
    database: Option<IntegrationId>,
) -> impl IntoView {
    let (notices, navigate) = (use_context::<Notices>(), use_navigate());
    let locked = !untrack(|| use_session().may(Permission::AgentsWrite));
    let (known, load) = tool.unzip();
    // What the operator defines is read here, not written.
    let given = known.as_ref().is_some_and(|tool| tool.catalogue.is_some());
    let fixed = locked || given;
    let content = known.as_ref().map(|tool| tool.content.clone());
    let text = |read: fn(&ToolContent) -> &str| content.as_ref().map(read).unwrap_or_default().to_owned();
    let [named, called, described, address] =
        [text(|c| &c.title), text(|c| &c.name), text(|c| &c.description), text(|c| &c.url)];
    let chosen = Chosen {
        method: RwSignal::new(content.as_ref().map_or(ToolMethod::Post, |c| c.method)),
        effect: RwSignal::new(content.as_ref().map_or(ToolEffect::Writes, |c| c.effect)),
        needs_approval: RwSignal::new(content.as_ref().is_some_and(|c| c.needs_approval)),
        idempotent: RwSignal::new(content.as_ref().is_some_and(|c| c.idempotent)),
        schema: RwSignal::new(content.as_ref().map_or_else(|| EXAMPLE.to_owned(), |c| pretty(&c.schema))),
        auth: RwSignal::new(Choice::Keep),
    };
    let asked = match &content {
        Some(content) => content.live.clone(),
        None => database.map(live::statement_on),
    };
    let asks = StoredValue::new(asked.clone());
    let auth =
        Signal::derive(move || load.and_then(|load| load.part(|tool| tool.auth.clone())).unwrap_or_default());
    let form = Form::new("tool");
    let known_id = known.as_ref().map(|tool| tool.id.clone());
    let enabled =
        move || load.and_then(|load| untrack(|| load.part(|tool| tool.content.enabled))).unwrap_or(true);
    let submit = move || {
        let body = match typed(form, chosen, enabled(), asks.get_value()) {
            Ok(body) => body,
            Err(problem) => return form.fail(problem),
        };
        let (navigate, id) = (navigate.clone(), known_id.clone());
        let send = async move {
            let reply = match id {
                Some(id) => api::update(id, body).await,
                None => api::create(body).await,
            };
            reply.map_err(at_its_field)
        };
        form.send(send, move |saved: Tool| {
            announce(notices, format!("{} is saved.", title_of(&saved)));
            chosen.auth.set(Choice::Keep);
            match load {
                Some(load) => load.value.set(Some(saved)),
                None => navigate(&format!("{TOOLS}/{}", saved.id), NavigateOptions::default()),
            }
        });
    };
    let headers = content.as_ref().map(|content| lines(&content.headers)).unwrap_or_default();
    let seconds = content.as_ref().map_or(10.0, |content| f64::from(content.timeout_ms) / 1_000.0);
    let bytes = content.as_ref().map_or(8_000, |content| content.max_result_bytes);
    let fresh = if asked.is_some() { 60 } else { 0 };
    let kept = content.as_ref().map_or(fresh, |content| content.cache_seconds);
    let is_live = asked.is_some();
    view! {
        <section class="card" aria-label="Definition">
            <FormBody form submit>
                {given.then(|| view! {
                    <p class="quiet tool-given">
                        "From the catalogue: the operator of this installation defines this tool. You choose its address, its secret, its limits, whether it is on, and whether a member is always asked."
                    </p>
                })}
                <TextField form name="content.title" label="Name".to_owned() value=named readonly=fixed
                    hint=Signal::stored("What your team calls it, such as “Order status”. Visitors read it when a call waits for you.".to_owned())/>
                <TextField form name="content.name" label="Name for models".to_owned() kind="url" value=called readonly=fixed ltr=true
                    placeholder="order_status" hint=Signal::stored("Letters, digits, _ and -.".to_owned())/>
                <Area form name="content.description" label="What it does, and when to use it" rows=3 value=described locked=fixed
                    hint="Models choose the tool by this."/>
                {asked.map(|live| view! { <Asked form live locked/> })}
                {(!is_live).then(move || view! {
                    <div class="field-row tool-address">
                        <div class="field">
                            <label for="tool-method">"Method"</label>
                            <select id="tool-method" class="select" disabled=fixed on:change=move |event| {
                                let key = event_target_value(&event);
                                chosen.method.set(METHODS.into_iter().find(|one| method(*one) == key).unwrap_or_default());
                            }>
                                {METHODS.map(|one| view! {
                                    <option value=method(one) selected=move || chosen.method.get() == one>{method(one)}</option>
                                }).collect_view()}
                            </select>
                        </div>
                        <TextField form name="content.url" label="Address".to_owned() kind="url" value=address readonly=locked ltr=true
                            placeholder="https://n8n.example.com/webhook/orders"/>
                    </div>
                    <Authentication form choice=chosen.auth auth locked/>
                    <Area form name="content.headers" label="Other headers" rows=2 value=headers locked ltr=true
                        hint="One on each line, as in X-Shop: 12. Not for secrets."/>
                    <Arguments form chosen locked=fixed/>
                })}
                <Effects chosen locked fixed is_live/>
                <div class="field-row">
                    <TextField form name="content.timeout_ms" label="Longest time, in seconds".to_owned() kind="number" value=seconds.to_string() readonly=locked ltr=true/>
                    <TextField form name="content.cache_seconds" label="Keep an answer for, in seconds".to_owned() kind="number" value=kept.to_string() readonly=locked ltr=true/>
                    <TextField form name="content.max_result_bytes" label="Longest result, in bytes".to_owned() kind="number" value=bytes.to_string() readonly=locked ltr=true/>
                </div>
                {(!locked).then(|| view! {
                    <div class="form-acts tool-acts">
                        {known.map(|tool| view! { <DeleteTool id=tool.id.clone() name=title_of(&tool)/> })}
                        <SubmitButton form label="Save tool".to_owned() busy="Saving…"/>
                    </div>
                })}
            </FormBody>
        </section>
    }
}

fn pretty(schema: &serde_json::Value) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default()
}

/// A text of several lines.
#[component]
pub(super) fn Area(
    form: Form,
    name: &'static str,
    label: &'static str,
    rows: u32,
    value: String,
    locked: bool,
    hint: &'static str,
    #[prop(optional)] ltr: bool,
) -> impl IntoView {
    let id = form.field_id(name);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id.clone() name=name rows=rows dir=if ltr { "ltr" } else { "auto" } readonly=locked prop:value=value
                aria-invalid=move || is_wrong(form.problem, name) aria-describedby=format!("{id}-hint {id}-problem")
            ></textarea>
            <p class="field-hint" id=format!("{id}-hint")>{hint}</p>
            <FieldProblem problem=form.problem field=name id=format!("{id}-problem")/>
        </div>
    }
}

/// The schema as JSON that is checked while it is typed, with what it means in words.
#[component]
fn Arguments(form: Form, chosen: Chosen, locked: bool) -> impl IntoView {
    const NAME: &str = "content.schema";
    let read = Memo::new(move |_| chosen.schema.with(|typed| schema::read(typed)));
    let id = form.field_id(NAME);
    let row = |argument: Argument| {
        let needed = if argument.required { "required" } else { "optional" };
        view! {
            <li>
                <code dir="ltr">{argument.name}</code> " "
                <span class="quiet">{format!("{}, {needed}", argument.kind.words())}</span>
                {(!argument.description.is_empty()).then(|| view! { <span dir="auto">{argument.description}</span> })}
            </li>
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>"Arguments (JSON Schema)"</label>
            <textarea
                id=id.clone() name=NAME class="tool-schema" rows="10" dir="ltr" spellcheck="false" readonly=locked
                prop:value=move || chosen.schema.get()
                aria-invalid=move || (read.with(Result::is_err) || is_wrong(form.problem, NAME) == "true").to_string()
                aria-describedby=format!("{id}-hint {id}-problem")
                on:input=move |event| chosen.schema.set(event_target_value(&event))
            ></textarea>
            <p class="field-hint" class:wrong=move || read.with(Result::is_err) id=format!("{id}-hint") aria-live="polite">
                {move || match read.get() {
                    Ok(schema) if schema::arguments(&schema).is_empty() => "No arguments.".to_owned(),
                    Ok(_) => "Models fill these in:".to_owned(),
                    Err(reason) => reason,
                }}
            </p>
            <ul class="tool-arguments">
                {move || read.get().map(|schema| schema::arguments(&schema)).unwrap_or_default().into_iter().map(row).collect_view()}
            </ul>
            <FieldProblem problem=form.problem field=NAME id=format!("{id}-problem")/>
        </div>
    }
}

#[component]
fn Effects(chosen: Chosen, locked: bool, fixed: bool, is_live: bool) -> impl IntoView {
    let tick = move |flag: RwSignal<bool>, locked: bool, label: &'static str, text: &'static str| {
        view! {
            <label class="tick">
                <input
                    type="checkbox" disabled=locked prop:checked=move || flag.get()
                    on:change=move |event| flag.set(event_target_checked(&event))
                />
                <span>{label}<span class="quiet">{text}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="ticks">
            <legend>"What a call does"</legend>
            {(!is_live).then(|| [ToolEffect::Reads, ToolEffect::Writes].map(|one| view! {
                <label class="tick">
                    <input
                        type="radio" name="effect" disabled=fixed prop:checked=move || chosen.effect.get() == one
                        on:change=move |_| chosen.effect.set(one)
                    />
                    <span>
                        {effect(one)}
                        <span class="quiet">{match one {
                            ToolEffect::Reads => "An agent that may only read calls it by itself.",
                            ToolEffect::Writes => "It waits for a member where the agent may only read.",
                        }}</span>
                    </span>
                </label>
            }).collect_view())}
            {tick(chosen.needs_approval, locked, "Always ask a member first", "Whatever the agent may do by itself.")}
            {(!is_live).then(|| tick(chosen.idempotent, fixed, "Calling it twice does no harm", "A call that failed is tried again, up to three times."))}
        </fieldset>
    }
}

/// Headers as they are typed: one on each line.
fn lines(headers: &[ToolHeader]) -> String {
    headers.iter().map(|header| format!("{}: {}", header.name, header.value)).collect::<Vec<_>>().join("\n")
}

fn headers(typed: &str) -> Result<Vec<ToolHeader>, Problem> {
    let line = |line: &str| match line.split_once(':') {
        Some((name, value)) => {
            Ok(ToolHeader { name: name.trim().to_owned(), value: value.trim().to_owned() })
        }
        None => Err(Problem::field("content.headers", format!("“{line}” has no colon. Write Name: value."))),
    };
    typed.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

/// What the form says.
fn typed(form: Form, chosen: Chosen, enabled: bool, asked: Option<LiveCall>) -> Result<ToolWrite, Problem> {
    let number = |name: &str| {
        let typed: Option<f64> =
            form.value(name).trim().parse().ok().filter(|number: &f64| number.is_finite());
        typed.ok_or_else(|| Problem::field(name, "Enter a number."))
    };
    let text = |name: &str| form.value(name).trim().to_owned();
    let schema = schema::read(&chosen.schema.get_untracked());
    let live = asked.map(|live| live::typed(form, &live)).transpose()?;
    let is_live = live.is_some();
    let content = ToolContent {
        name: text("content.name"),
        title: text("content.title"),
        description: text("content.description"),
        schema: schema.map_err(|reason| Problem::field("content.schema", reason))?,
        method: chosen.method.get_untracked(),
        url: text("content.url"),
        headers: headers(&form.value("content.headers"))?,
        idempotent: chosen.idempotent.get_untracked(),
        timeout_ms: (number("content.timeout_ms")? * 1_000.0).round() as u32,
        max_result_bytes: number("content.max_result_bytes")? as u32,
        enabled,
        effect: if is_live { ToolEffect::Reads } else { chosen.effect.get_untracked() },
        needs_approval: chosen.needs_approval.get_untracked(),
        cache_seconds: number("content.cache_seconds")? as u32,
        live,
    };
    domain::tools::check(&content).map_err(at_its_field)?;
    let auth = if is_live { None } else { secret::typed(form, chosen.auth.get_untracked())? };
    Ok(ToolWrite { content, auth })
}

/// A problem of one header stands at the field of all, and names the line.
fn at_its_field(problem: Problem) -> Problem {
    let place = problem.field.as_deref().and_then(|field| field.strip_prefix("content.headers["));
    let line = place.and_then(|rest| rest.split(']').next()).and_then(|at| at.parse::<usize>().ok());
    match line {
        Some(at) => {
            let message = format!("Line {}: {}", at + 1, problem.message);
            Problem { field: Some("content.headers".into()), message, ..problem }
        }
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_one_on_each_line() {
        let read = headers("X-Shop: 12\n\n X-At : a:b ").unwrap();
        assert_eq!(lines(&read), "X-Shop: 12\nX-At: a:b");
        assert!(headers("X-Shop 12").unwrap_err().message.contains("no colon"));
    }

    #[test]
    fn a_problem_of_a_header_names_its_line() {
        let moved = at_its_field(Problem::field("content.headers[1].name", "No."));
        assert_eq!(
            (moved.field.as_deref(), moved.message.as_str()),
            (Some("content.headers"), "Line 2: No.")
        );
    }
}
