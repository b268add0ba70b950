//! A model's bytes, gathered: chunks that come one by one are handed over together.
//!
//! Every chunk that wakes the WebAssembly module costs more than what it says, and every frame a row and a message, so
//! reading goes on in JavaScript and the module is woken once a frame. Nothing waits longer than the pause asked for.

use wasm_bindgen::prelude::*;
use worker::web_sys;

/// How long a piece may wait for the next: 33 frames a second are smooth to read, and no phone drowns in them.
pub const PAUSE_MS: f64 = 30.0;

#[wasm_bindgen(inline_js = r#"
/** Bytes that are held before reading waits for them to be taken. */
const MOST = 256 * 1024;

export class Gatherer {
  constructor(stream) {
    this.reader = stream.getReader();
    this.parts = [];
    this.held = 0;
    this.taken = 0;
    this.over = false;
    this.changed = () => {};
    this.room = () => {};
    this.read();
  }

  async read() {
    try {
      for (;;) {
        const { done, value } = await this.reader.read();
        if (done) break;
        this.parts.push(value);
        this.held += value.length;
        this.changed();
        if (this.held > MOST) await new Promise((resolve) => (this.room = resolve));
      }
    } catch (error) {
      this.failure = error;
    }
    this.over = true;
    this.changed();
  }

  /** What has come since it was asked last, at the earliest `pause` milliseconds after; undefined at the end. */
  async take(pause) {
    if (!this.held && !this.over) await new Promise((resolve) => (this.changed = resolve));
    const left = this.taken + pause - performance.now();
    if (left > 0 && !this.over) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.changed = () => {
          if (!this.over && this.held <= MOST) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.changed = () => {};
    this.taken = performance.now();
    const { parts, held } = this;
    this.parts = [];
    this.held = 0;
    this.room();
    if (parts.length < 2) {
      if (!parts.length && this.failure !== undefined) throw this.failure;
      return parts[0];
    }
    const whole = new Uint8Array(held);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  cancel() {
    this.reader.cancel().catch(() => {});
  }
}
"#)]
extern "C" {
    type Gatherer;
    #[wasm_bindgen(constructor)]
    fn new(stream: &web_sys::ReadableStream) -> Gatherer;
    #[wasm_bindgen(method)]
    fn take(this: &Gatherer, pause: f64) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    fn cancel(this: &Gatherer);
}

/// What was taken; `None` at the end.
pub type Taken = Result<Option<Vec<u8>>, worker::Error>;

/// A body whose chunks are gathered.
pub struct Gathered(Gatherer);

impl Gathered {
    /// Begins to read.
    #[must_use]
    pub fn new(stream: &web_sys::ReadableStream) -> Self {
        Self(Gatherer::new(stream))
    }

    /// What has come since the last time, at the earliest `pause_ms` after it; `None` at the end.
    ///
    /// Has to be awaited to its end: what it takes nobody takes again. An error says that the stream broke; what came before
    /// was handed over.
    pub fn take(&self, pause_ms: f64) -> impl Future<Output = Taken> + use<> {
        let taken = wasm_bindgen_futures::JsFuture::from(self.0.take(pause_ms));
        async move { Ok(taken.await?.dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec)) }
    }
}

/// Nobody listens any more: the model need not go on.
impl Drop for Gathered {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
