//! Opening hours: spans of each weekday on the wall clock of a time zone.

use crate::components::form::{FieldProblem, Form, focus_soon};
use crate::components::icon::{Glyph, Icon};
use leptos::prelude::*;
use protocol::agent::OpenSpan;
use wasm_bindgen::{JsCast, JsValue};

pub(crate) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MIDNIGHT: u16 = 1440;

/// A span as its fields hold it: `HH:MM`, where an end of `00:00` is midnight.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Fields {
    from: String,
    to: String,
}

/// The spans of Monday to Sunday, as they are typed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Week([Vec<Fields>; 7]);

impl Week {
    pub(crate) fn of(open: &[OpenSpan]) -> Self {
        let mut open = open.to_vec();
        open.sort_by_key(|span| (span.weekday, span.from));
        let mut week: [Vec<Fields>; 7] = Default::default();
        for span in open {
            if let Some(day) = week.get_mut(usize::from(span.weekday).wrapping_sub(1)) {
                day.push(Fields { from: clock(span.from), to: clock(span.to) });
            }
        }
        Self(week)
    }

    /// The spans, or what is wrong with them in words.
    pub(crate) fn spans(&self) -> Result<Vec<OpenSpan>, String> {
        let mut open = Vec::new();
        for ((day, name), weekday) in self.0.iter().zip(DAYS).zip(1..) {
            let mut spans = Vec::with_capacity(day.len());
            for fields in day {
                let (Some(from), Some(to)) = (minutes(&fields.from), minutes(&fields.to)) else {
                    return Err(format!("{name}: enter both times, as in 09:00 to 17:30."));
                };
                let to = if to == 0 { MIDNIGHT } else { to };
                if from >= to {
                    return Err(format!(
                        "{name}: the end comes before the beginning. Past midnight, end at 00:00 and go on on the next day."
                    ));
                }
                spans.push(OpenSpan { weekday, from, to });
            }
            spans.sort_by_key(|span| span.from);
            if spans.iter().zip(spans.iter().skip(1)).any(|(one, next)| next.from < one.to) {
                return Err(format!("{name}: two times overlap."));
            }
            open.extend(spans);
        }
        if open.is_empty() {
            return Err("Enter the hours of at least one day, or choose “Always open”.".to_owned());
        }
        Ok(open)
    }

    fn day(&self, day: usize) -> Vec<Fields> {
        self.0.get(day).cloned().unwrap_or_default()
    }

    fn change(&mut self, day: usize, act: impl FnOnce(&mut Vec<Fields>)) {
        if let Some(day) = self.0.get_mut(day) {
            act(day);
        }
    }

    fn copy_to_all(&mut self, day: usize) {
        let spans = self.day(day);
        self.0.fill(spans);
    }
}

pub(super) fn clock(minutes: u16) -> String {
    let minutes = minutes % MIDNIGHT;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

pub(super) fn minutes(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn intl(name: &str) -> Option<(js_sys::Object, js_sys::Function)> {
    let intl = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
    let function = js_sys::Reflect::get(&intl, &JsValue::from_str(name)).ok()?;
    Some((intl.dyn_into().ok()?, function.dyn_into().ok()?))
}

/// The time zone of this browser.
pub(crate) fn now_zone() -> String {
    let zone = || {
        let (intl, format) = intl("DateTimeFormat")?;
        let format = format.call0(&intl).ok()?;
        let resolve: js_sys::Function =
            js_sys::Reflect::get(&format, &JsValue::from_str("resolvedOptions")).ok()?.dyn_into().ok()?;
        js_sys::Reflect::get(&resolve.call0(&format).ok()?, &JsValue::from_str("timeZone")).ok()?.as_string()
    };
    zone().unwrap_or_else(|| "UTC".to_owned())
}

/// All zones that the browser knows, and the one that is in force even if it does not.
fn zones(current: &str) -> Vec<String> {
    let known = || {
        let (intl, values) = intl("supportedValuesOf")?;
        let list = values.call1(&intl, &JsValue::from_str("timeZone")).ok()?;
        Some(js_sys::Array::from(&list).iter().filter_map(|zone| zone.as_string()).collect::<Vec<_>>())
    };
    let mut zones = known().unwrap_or_default();
    for extra in ["UTC", current] {
        if !zones.iter().any(|zone| zone == extra) {
            zones.insert(0, extra.to_owned());
        }
    }
    zones
}

#[component]
pub(crate) fn HoursEditor(
    form: Form,
    week: RwSignal<Week>,
    always: RwSignal<bool>,
    zone: RwSignal<String>,
    readonly: bool,
) -> impl IntoView {
    let current = zone.get_untracked();
    let options = zones(&current)
        .into_iter()
        .map(|name| {
            let chosen = name == current;
            view! { <option value=name.clone() selected=chosen>{name.replace('_', " ")}</option> }
        })
        .collect_view();
    view! {
        <fieldset class="hours" id=form.field_id("hours") tabindex="-1" disabled=readonly>
            <legend>"Opening hours"</legend>
            <div class="choices">
                <label><input type="radio" name="hours" prop:checked=move || always.get() on:change=move |_| always.set(true)/> "Always open"</label>
                <label><input type="radio" name="hours" prop:checked=move || !always.get() on:change=move |_| always.set(false)/> "By the week"</label>
            </div>
            <Show when=move || !always.get()>
                <ul class="week">
                    {DAYS.into_iter().enumerate().map(|(day, name)| view! { <Day week day name readonly/> }).collect_view()}
                </ul>
            </Show>
            <FieldProblem problem=form.problem field="hours" id="profile-hours-problem"/>
            <div class="field">
                <label for="time-zone">"Time zone"</label>
                <select id="time-zone" class="select" on:change=move |event| zone.set(event_target_value(&event))>{options}</select>
            </div>
        </fieldset>
    }
}

#[component]
fn Day(week: RwSignal<Week>, day: usize, name: &'static str, readonly: bool) -> impl IntoView {
    // Only adding and removing draws the day anew, so that a field that is being typed in stays.
    let spans = Memo::new(move |_| week.with(|week| week.day(day).len()));
    let id = move |span: usize, end: &str| format!("hours-{day}-{span}-{end}");
    let add = move |_| {
        let at = spans.get_untracked();
        let fields = week.with_untracked(|week| match week.day(day).last() {
            None => Fields { from: "09:00".to_owned(), to: "17:00".to_owned() },
            Some(last) => Fields { from: last.to.clone(), to: String::new() },
        });
        week.update(|week| week.change(day, |spans| spans.push(fields)));
        focus_soon(id(at, "from"));
    };
    let remove = move |span: usize| {
        week.update(|week| {
            week.change(day, |spans| {
                if span < spans.len() {
                    spans.remove(span);
                }
            });
        });
        focus_soon(format!("hours-{day}-add"));
    };
    let set = move |span: usize, value: String, start: bool| {
        week.update_untracked(|week| {
            week.change(day, |spans| {
                if let Some(fields) = spans.get_mut(span) {
                    *(if start { &mut fields.from } else { &mut fields.to }) = value;
                }
            });
        });
    };
    let row = move |(span, fields): (usize, Fields)| {
        view! {
                    <span class="span">
                        <input
                            type="time" id=id(span, "from") aria-label=format!("{name}, open from") prop:value=fields.from
                            on:input=move |event| set(span, event_target_value(&event), true)
                        />
                        <span aria-hidden="true">"–"</span>
                        <input
                            type="time" id=id(span, "to") aria-label=format!("{name}, open to") prop:value=fields.to
                            on:input=move |event| set(span, event_target_value(&event), false)
                        />
                        {(!readonly).then(|| view! {
        <button class="icon-button" type="button" aria-label=format!("Remove these hours of {name}") on:click=move |_| remove(span)>
                            <Icon glyph=Glyph::Close/>
                        </button>
        })}
                    </span>
                }
    };
    let shown = move || {
        let fields = week.with(|week| week.day(day));
        if fields.is_empty() {
            return view! { <span class="quiet closed">"Closed"</span> }.into_any();
        }
        fields.into_iter().enumerate().map(row).collect_view().into_any()
    };
    view! {
            <li class="day">
                <span class="day-name">{name}</span>
                <div class="spans">{shown}</div>
                {(!readonly).then(|| view! {
    <div class="row-acts">
                    <button class="button small" type="button" id=format!("hours-{day}-add") aria-label=format!("Add hours to {name}") on:click=add>
                        <Icon glyph=Glyph::Plus/>
                        "Add"
                    </button>
                    <button
                        class="button small" type="button" aria-label=format!("Copy to all: the hours of {name}")
                        on:click=move |_| week.update(|week| week.copy_to_all(day))
                    >"Copy to all"</button>
                </div>
    })}
            </li>
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(weekday: u8, from: u16, to: u16) -> OpenSpan {
        OpenSpan { weekday, from, to }
    }

    #[test]
    fn hours_survive_the_way_through_their_fields() {
        let open = vec![span(1, 510, 750), span(1, 840, 1110), span(7, 0, MIDNIGHT)];
        assert_eq!(Week::of(&open).spans(), Ok(open));
    }

    #[test]
    fn hours_that_make_no_sense_are_told_with_their_day() {
        assert!(Week::of(&[]).spans().unwrap_err().contains("at least one day"));
        assert!(Week::of(&[span(2, 600, 540)]).spans().unwrap_err().starts_with("Tuesday: the end"));
        assert!(Week::of(&[span(3, 540, 700), span(3, 660, 800)]).spans().unwrap_err().contains("overlap"));
        let mut week = Week::of(&[span(4, 540, 600)]);
        week.change(3, |spans| spans.push(Fields { from: "11:00".into(), to: String::new() }));
        assert!(week.spans().unwrap_err().starts_with("Thursday: enter both"));
    }

    #[test]
    fn a_day_is_copied_to_all() {
        let mut week = Week::of(&[span(1, 540, 1020), span(2, 0, 60)]);
        week.copy_to_all(0);
        assert_eq!(week.spans().map(|open| open.len()), Ok(7));
    }
}
