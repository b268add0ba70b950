//! Times as people read them: relative to now, absolute in the browser's time zone and language.

use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl, js_name = RelativeTimeFormat)]
    type RelativeTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl, js_class = "RelativeTimeFormat")]
    fn new(locale: &str, options: &JsValue) -> RelativeTimeFormat;
    #[wasm_bindgen(method)]
    fn format(this: &RelativeTimeFormat, value: f64, unit: &str) -> String;
}

#[derive(Clone, Copy)]
struct Clock(RwSignal<f64>);

/// Provides the time that relative times are relative to; it moves every 20 seconds.
pub(crate) fn provide() {
    let now = RwSignal::new(js_sys::Date::now());
    provide_context(Clock(now));
    set_interval(move || now.set(js_sys::Date::now()), Duration::from_secs(20));
}

fn now() -> f64 {
    use_context::<Clock>().map_or_else(js_sys::Date::now, |clock| clock.0.get())
}

/// Midnight here, so many days ago.
pub(crate) fn days_ago(days: u32) -> f64 {
    let date = js_sys::Date::new_0();
    date.set_hours(0);
    date.set_minutes(0);
    date.set_seconds(0);
    date.set_milliseconds(0);
    date.get_time() - f64::from(days) * 86_400_000.0
}

/// The value and unit of a distance, in the largest unit that is at least one.
fn distance(ms: f64) -> (f64, &'static str) {
    const UNITS: [(f64, &str); 6] = [
        (31_557_600_000.0, "year"),
        (2_629_800_000.0, "month"),
        (604_800_000.0, "week"),
        (86_400_000.0, "day"),
        (3_600_000.0, "hour"),
        (60_000.0, "minute"),
    ];
    UNITS
        .into_iter()
        .find(|(size, _)| ms.abs() >= *size)
        .map_or((0.0, "second"), |(size, unit)| ((ms / size).trunc(), unit))
}

fn options(pairs: &[(&str, &str)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in pairs {
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    object.into()
}

/// As in "5 minutes ago", in English like the rest of the interface.
fn relative(at: f64, now: f64) -> String {
    let (value, unit) = distance(at - now);
    if unit == "second" {
        return "just now".to_owned();
    }
    RelativeTimeFormat::new("en", &options(&[("numeric", "auto")])).format(value, unit)
}

/// The browser's language decides the order of day and month.
fn locale() -> String {
    window().navigator().language().unwrap_or_else(|| "en".to_owned())
}

fn absolute(at: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at));
    date.to_locale_string(&locale(), &options(&[("dateStyle", "medium"), ("timeStyle", "medium")])).into()
}

fn hour(at: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at));
    date.to_locale_string(&locale(), &options(&[("timeStyle", "short")])).into()
}

fn iso(at: f64) -> String {
    js_sys::Date::new(&JsValue::from_f64(at)).to_iso_string().into()
}

/// "5 minutes ago", with the exact time as a title.
#[component]
pub(crate) fn Ago(#[prop(into)] at: Signal<f64>) -> impl IntoView {
    view! {
        <time datetime=move || iso(at.get()) title=move || absolute(at.get())>
            {move || relative(at.get(), now())}
        </time>
    }
}

/// The time of day, with the exact time as a title.
#[component]
pub(crate) fn Hour(at: f64) -> impl IntoView {
    view! { <time datetime=iso(at) title=absolute(at)>{hour(at)}</time> }
}

/// Day and time on the wall clock of a time zone (an IANA name; empty: UTC), which is named.
pub(crate) fn in_zone(at: f64, zone: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at));
    let zone = if zone.is_empty() { "UTC" } else { zone };
    let form = [
        ("weekday", "short"),
        ("day", "numeric"),
        ("month", "short"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("timeZone", zone),
    ];
    format!("{} ({zone})", String::from(date.to_locale_string(&locale(), &options(&form))))
}

/// The exact time.
#[component]
pub(crate) fn Moment(at: f64) -> impl IntoView {
    view! { <time datetime=iso(at)>{absolute(at)}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_told_in_the_largest_whole_unit() {
        assert_eq!(distance(-59_000.0), (0.0, "second"));
        assert_eq!(distance(-61_000.0), (-1.0, "minute"));
        assert_eq!(distance(-90_000_000.0), (-1.0, "day"));
    }
}
