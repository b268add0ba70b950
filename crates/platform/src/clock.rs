//! Time. In production clocks stand still between I/O, so durations measure waiting, not computing.

use domain::hours::Wall;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = r#"
export class Timer {
  constructor(ms) {
    this.rung = new Promise((ring) => (this.id = setTimeout(ring, ms)));
  }

  clear() {
    clearTimeout(this.id);
  }
}
"#)]
extern "C" {
    type Timer;
    #[wasm_bindgen(constructor)]
    fn new(ms: f64) -> Timer;
    #[wasm_bindgen(method, getter)]
    fn rung(this: &Timer) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn clear(this: &Timer);
}

/// A timer that is cleared when nobody waits any more: an object with one set does not sleep.
struct Set(Timer);

impl Drop for Set {
    fn drop(&mut self) {
        self.0.clear();
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Unix time in milliseconds.
#[must_use]
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Unix time in whole milliseconds.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn now() -> u64 {
    now_ms() as u64
}

/// A moment as in `2026-11-21T09:30:00.000Z` (ISO 8601).
#[must_use]
pub fn iso(at_ms: f64) -> String {
    js_sys::Date::new(&at_ms.into()).to_iso_string().into()
}

/// Milliseconds on a clock that only moves forward.
#[must_use]
pub fn ticks_ms() -> f64 {
    performance_now()
}

/// Waits. It wakes whoever looked last, so a wait may be looked at in one task and gone on with in another, which
/// `worker::Delay` does not allow.
#[allow(clippy::cast_precision_loss)]
pub async fn sleep(ms: u64) {
    let timer = Set(Timer::new(ms as f64));
    // A promise that only a timer settles is never refused.
    let _ = JsFuture::from(timer.0.rung()).await;
}

/// Waits for something, not longer than this.
pub async fn within<T>(ms: u64, what: impl Future<Output = T>) -> Option<T> {
    let (what, end) = (std::pin::pin!(what), std::pin::pin!(sleep(ms)));
    match futures::future::select(what, end).await {
        futures::future::Either::Left((done, _)) => Some(done),
        futures::future::Either::Right(_) => None,
    }
}

/// What the clock on the wall shows in a time zone. `None` for a zone that the runtime does not know.
#[must_use]
pub fn wall(time_zone: &str, at_ms: f64) -> Option<Wall> {
    let set = |options: &js_sys::Object, name: &str, value: &str| {
        js_sys::Reflect::set(options, &name.into(), &value.into()).is_ok()
    };
    let options = js_sys::Object::new();
    let zone = if time_zone.is_empty() { "UTC" } else { time_zone };
    for (name, value) in [
        ("timeZone", zone),
        ("weekday", "short"),
        ("year", "numeric"),
        ("month", "2-digit"),
        ("day", "2-digit"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
    ] {
        set(&options, name, value).then_some(())?;
    }
    // The constructor throws at a zone it does not know.
    let intl = js_sys::Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let maker: js_sys::Function =
        js_sys::Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
    let format = js_sys::Reflect::construct(&maker, &js_sys::Array::of2(&"en-US".into(), &options)).ok()?;
    let method: js_sys::Function = js_sys::Reflect::get(&format, &"format".into()).ok()?.dyn_into().ok()?;
    // "Fri, 12/25/2026, 09:30"
    let text = method.call1(&format, &at_ms.into()).ok()?.as_string()?;
    let weekday =
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().position(|day| text.starts_with(day))?;
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (month, day, year) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let (hour, minute) = (numbers.next()?.parse::<u16>().ok()?, numbers.next()?.parse::<u16>().ok()?);
    Some(Wall {
        date: [year, month, day].join("-"),
        weekday: u8::try_from(weekday + 1).ok()?,
        minute: hour.checked_mul(60)?.checked_add(minute)?,
    })
}
