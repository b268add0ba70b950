//! Time. In production clocks stand still between I/O, so durations measure waiting, not computing.

use wasm_bindgen::prelude::*;

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

/// Milliseconds on a clock that only moves forward.
#[must_use]
pub fn ticks_ms() -> f64 {
    performance_now()
}

/// Waits.
pub async fn sleep(ms: u64) {
    worker::Delay::from(std::time::Duration::from_millis(ms)).await;
}
