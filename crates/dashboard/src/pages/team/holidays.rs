//! Holidays: days that are not like their weekday.

use super::hours::{clock, minutes};
use crate::components::form::{Form, focus_soon, is_wrong, mend};
use crate::components::icon::{Glyph, Icon};
use domain::hours::{MAX_HOLIDAY_NAME, MAX_HOLIDAYS, check_holidays};
use leptos::prelude::*;
use protocol::Problem;
use protocol::agent::{DaySpan, Holiday};

/// Midnight at the end of a day.
const MIDNIGHT: u16 = 1_440;

/// A holiday as its fields hold it; its hours are kept while it is closed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fields {
    date: String,
    name: String,
    yearly: bool,
    opens: bool,
    from: String,
    to: String,
}

impl Fields {
    fn blank() -> Self {
        Self {
            date: String::new(),
            name: String::new(),
            yearly: false,
            opens: false,
            from: "09:00".to_owned(),
            to: "12:00".to_owned(),
        }
    }

    pub(crate) fn of(holiday: &Holiday) -> Self {
        let blank = Self::blank();
        Self {
            date: holiday.date.clone(),
            name: holiday.name.clone(),
            yearly: holiday.yearly,
            opens: holiday.open.is_some(),
            from: holiday.open.map_or(blank.from, |span| clock(span.from)),
            to: holiday.open.map_or(blank.to, |span| clock(span.to)),
        }
    }

    fn open(&self, at: usize) -> Result<Option<DaySpan>, Problem> {
        if !self.opens {
            return Ok(None);
        }
        let (Some(from), Some(to)) = (minutes(&self.from), minutes(&self.to)) else {
            let words = "Enter both times, as in 09:00 to 12:00.";
            return Err(Problem::field(&format!("holidays[{at}].open"), words));
        };
        Ok(Some(DaySpan { from, to: if to == 0 { MIDNIGHT } else { to } }))
    }
}

/// What the fields say, or the first thing that is wrong with its field.
pub(crate) fn read(fields: &[Fields]) -> Result<Vec<Holiday>, Problem> {
    let read = |(at, fields): (usize, &Fields)| {
        Ok(Holiday {
            date: fields.date.clone(),
            name: fields.name.trim().to_owned(),
            yearly: fields.yearly,
            open: fields.open(at)?,
        })
    };
    let holidays = fields.iter().enumerate().map(read).collect::<Result<Vec<_>, Problem>>()?;
    check_holidays(&holidays)?;
    Ok(holidays)
}

#[component]
pub(crate) fn HolidaysEditor(form: Form, list: RwSignal<Vec<Fields>>, readonly: bool) -> impl IntoView {
    // Only adding and removing draws the list anew, so that a field that is being typed in stays.
    let len = Memo::new(move |_| list.with(Vec::len));
    let add = move |_| {
        let at = len.get_untracked();
        list.update(|list| list.push(Fields::blank()));
        focus_soon(format!("profile-holidays[{at}].date"));
    };
    let remove = move |at: usize| {
        form.problem.set(None);
        list.update(|list| {
            if at < list.len() {
                list.remove(at);
            }
        });
        focus_soon("profile-holidays-add");
    };
    let rows = move || {
        (0..len.get())
            .map(|at| view! { <Row form list at readonly remove=Callback::new(remove)/> })
            .collect_view()
    };
    view! {
        <fieldset class="holidays" id=form.field_id("holidays") tabindex="-1" disabled=readonly>
            <legend>"Holidays"</legend>
            <Show when=move || len.get() == 0>
                <p class="quiet">{if readonly { "None." } else { "Days on which you are closed, or open at other times, whatever the weekday." }}</p>
            </Show>
            <Show when=move || { len.get() > 0 }>
                <ul class="week">{rows}</ul>
            </Show>
            {(!readonly).then(|| view! {
                <div class="row-acts">
                    <button class="button small" type="button" id="profile-holidays-add" disabled=move || { len.get() >= MAX_HOLIDAYS } on:click=add>
                        <Icon glyph=Glyph::Plus/>
                        "Add a holiday"
                    </button>
                </div>
            })}
        </fieldset>
    }
}

#[component]
fn Row(
    form: Form,
    list: RwSignal<Vec<Fields>>,
    at: usize,
    readonly: bool,
    remove: Callback<usize>,
) -> impl IntoView {
    let part = move |name: &str| format!("holidays[{at}].{name}");
    let now = list.with_untracked(|list| list.get(at).cloned()).unwrap_or_else(Fields::blank);
    let opens = RwSignal::new(now.opens);
    let set = move |name: &str, write: &dyn Fn(&mut Fields)| {
        mend(form.problem, &part(name));
        list.update_untracked(|list| {
            if let Some(fields) = list.get_mut(at) {
                write(fields);
            }
        });
    };
    let label = move |what: &str| format!("Holiday {}: {what}", at + 1);
    let wrong = move || {
        let own = format!("holidays[{at}].");
        form.problem
            .get()
            .filter(|problem| problem.field.as_deref().is_some_and(|field| field.starts_with(&own)))
    };
    let problem_id = form.field_id(&format!("holidays-{at}-problem"));
    view! {
        <li class="holiday">
            <input
                type="date" id=form.field_id(&part("date")) aria-label=label("date") prop:value=now.date
                aria-invalid=move || is_wrong(form.problem, &part("date")) aria-describedby=problem_id.clone()
                on:input=move |event| set("date", &|fields| fields.date = event_target_value(&event))
            />
            <input
                type="text" id=form.field_id(&part("name")) aria-label=label("name") prop:value=now.name dir="auto"
                maxlength=MAX_HOLIDAY_NAME placeholder="Name, if you like" autocomplete="off"
                aria-invalid=move || is_wrong(form.problem, &part("name")) aria-describedby=problem_id.clone()
                on:input=move |event| set("name", &|fields| fields.name = event_target_value(&event))
            />
            <select
                class="select" aria-label=label("opening")
                on:change=move |event| {
                    let open = event_target_value(&event) == "open";
                    set("open", &|fields| fields.opens = open);
                    opens.set(open);
                }
            >
                <option value="closed" selected=!now.opens>"Closed"</option>
                <option value="open" selected=now.opens>"Open at"</option>
            </select>
            <span class="span" class:gone=move || !opens.get()>
                <input
                    type="time" id=form.field_id(&part("open")) aria-label=label("open from") prop:value=now.from
                    disabled=move || readonly || !opens.get()
                    aria-invalid=move || is_wrong(form.problem, &part("open")) aria-describedby=problem_id.clone()
                    on:input=move |event| set("open", &|fields| fields.from = event_target_value(&event))
                />
                <span aria-hidden="true">"–"</span>
                <input
                    type="time" aria-label=label("open to") prop:value=now.to disabled=move || readonly || !opens.get()
                    on:input=move |event| set("open", &|fields| fields.to = event_target_value(&event))
                />
            </span>
            <label class="check">
                <input
                    type="checkbox" prop:checked=now.yearly
                    on:change=move |event| set("date", &|fields| fields.yearly = event_target_checked(&event))
                />
                "Every year"
            </label>
            {(!readonly).then(|| view! {
                <button class="icon-button" type="button" aria-label=format!("Remove holiday {}", at + 1) on:click=move |_| remove.run(at)>
                    <Icon glyph=Glyph::Close/>
                </button>
            })}
            <p class="field-problem" id=problem_id.clone() role="alert">{move || wrong().map(|problem| problem.message)}</p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holiday(date: &str, open: Option<DaySpan>) -> Holiday {
        Holiday { date: date.into(), name: "Day".into(), yearly: true, open }
    }

    #[test]
    fn holidays_survive_the_way_through_their_fields() {
        let all = vec![
            holiday("2026-12-24", Some(DaySpan { from: 540, to: MIDNIGHT })),
            holiday("2026-12-25", None),
        ];
        assert_eq!(read(&all.iter().map(Fields::of).collect::<Vec<_>>()), Ok(all));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        let field = |fields: Fields| read(&[fields]).err().and_then(|problem| problem.field);
        assert_eq!(field(Fields::blank()).as_deref(), Some("holidays[0].date"));
        let open = Fields { opens: true, from: String::new(), ..Fields::of(&holiday("2026-12-25", None)) };
        assert_eq!(field(open).as_deref(), Some("holidays[0].open"));
    }
}
