//! How futures are woken.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = r#"
export function stayInside() {
  const settled = Promise.resolve();
  globalThis.queueMicrotask = (task) => void settled.then(task);
}
"#)]
extern "C" {
    /// Has tasks woken inside of the engine: the runtime's own `queueMicrotask` leaves it and comes back for each, and a
    /// turn wakes hundreds. Called once, when a Worker starts.
    #[wasm_bindgen(js_name = stayInside)]
    pub fn stay_inside();
}
