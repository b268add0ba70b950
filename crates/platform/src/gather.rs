//! A model's bytes, gathered: chunks that come one by one are handed over together.
//!
//! Every chunk that wakes the WebAssembly module costs more than what it says, and every frame a row and a message, so
//! reading goes on in JavaScript and the module is woken once a frame, by a call instead of a promise of its own. Nothing
//! waits longer than the pause asked for.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Poll, Waker};

use wasm_bindgen::prelude::*;
use worker::web_sys;

/// How long a piece may wait for the next: 33 frames a second are smooth to read, and no phone drowns in them.
pub const PAUSE_MS: f64 = 30.0;

#[wasm_bindgen(inline_js = r#"
/** Bytes that are handed over without waiting for more. */
const MOST = 256 * 1024;

export class Gatherer {
  constructor(stream, give) {
    this.reader = stream.getReader();
    this.give = give;
    this.parts = [];
    this.held = 0;
    this.pause = 0;
    /** When the newest piece came, and when the newest of those that were given did. */
    this.came = 0;
    this.newest = 0;
    this.timer = undefined;
    this.deliver = () => this.flush();
    this.read();
  }

  async read() {
    let end;
    try {
      for (;;) {
        const { done, value } = await this.reader.read();
        if (done) break;
        this.parts.push(value);
        this.held += value.length;
        this.came = Date.now();
        // A piece that comes when a pause is over takes those before it along: the timer rings for the last alone.
        if (this.came - this.newest >= this.pause || this.held > MOST) this.flush();
        else this.timer ??= setTimeout(this.deliver, this.pause);
      }
    } catch (error) {
      end = error ?? new Error("the stream broke");
    }
    if (this.held) this.flush();
    this.give(end);
  }

  /** Gives what is held: at most `pause` milliseconds after the first of it came. */
  flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    // Not now: who waited for the timer once would wait for it again and again.
    this.newest = this.came;
    const { parts, held } = this;
    this.parts = [];
    this.held = 0;
    if (parts.length < 2) return this.give(parts[0]);
    const whole = new Uint8Array(held);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.give(whole);
  }

  wait(pause) {
    this.pause = pause;
  }

  cancel() {
    this.give = () => {};
    clearTimeout(this.timer);
    this.reader.cancel().catch(() => {});
  }
}
"#)]
extern "C" {
    type Gatherer;
    #[wasm_bindgen(constructor)]
    fn new(stream: &web_sys::ReadableStream, give: &Closure<dyn FnMut(JsValue)>) -> Gatherer;
    #[wasm_bindgen(method)]
    fn wait(this: &Gatherer, pause: f64);
    #[wasm_bindgen(method)]
    fn cancel(this: &Gatherer);
}

/// What was taken; `None` at the end.
pub type Taken = Result<Option<Vec<u8>>, worker::Error>;

/// What was given and not taken yet.
#[derive(Default)]
struct Given {
    bytes: Vec<u8>,
    /// The stream ended: nothing is wrong, or what is.
    end: Option<JsValue>,
    waker: Option<Waker>,
}

/// A body whose chunks are gathered.
pub struct Gathered {
    gatherer: Gatherer,
    given: Rc<RefCell<Given>>,
    /// What the gatherer calls lives as long as it may be called.
    _give: Closure<dyn FnMut(JsValue)>,
}

impl Gathered {
    /// Begins to read.
    #[must_use]
    pub fn new(stream: &web_sys::ReadableStream) -> Self {
        let given = Rc::new(RefCell::new(Given::default()));
        let inbox = Rc::clone(&given);
        let give = Closure::new(move |what: JsValue| {
            let mut given = inbox.borrow_mut();
            match what.dyn_ref::<js_sys::Uint8Array>() {
                Some(bytes) => given.bytes.append(&mut bytes.to_vec()),
                None => given.end = Some(what),
            }
            if let Some(waker) = given.waker.take() {
                drop(given);
                waker.wake();
            }
        });
        Self { gatherer: Gatherer::new(stream, &give), given, _give: give }
    }

    /// From now on, what comes may wait for the next piece.
    pub fn wait(&self, pause_ms: f64) {
        self.gatherer.wait(pause_ms);
    }

    /// What has come since the last time; `None` at the end. An error says that the stream broke; what came before was
    /// handed over. Whoever stops waiting loses nothing.
    pub fn take(&self) -> impl Future<Output = Taken> + Unpin {
        std::future::poll_fn(|context| {
            let mut given = self.given.borrow_mut();
            if !given.bytes.is_empty() {
                return Poll::Ready(Ok(Some(std::mem::take(&mut given.bytes))));
            }
            match given.end.take() {
                Some(end) => Poll::Ready(if end.is_undefined() { Ok(None) } else { Err(end.into()) }),
                None => {
                    given.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
    }
}

/// Nobody listens any more: the model need not go on.
impl Drop for Gathered {
    fn drop(&mut self) {
        self.gatherer.cancel();
    }
}
