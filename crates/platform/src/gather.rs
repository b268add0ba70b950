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
/** As much as the engine gives at once: where it gave that, there is more. */
const FULL = 4096;

export class Gatherer {
  constructor(stream, give) {
    this.give = give;
    this.pause = 0;
    this.over = false;
    this.abort = new AbortController();
    // What one branch of a stream takes, the engine keeps for the other without waking anybody. So one is drained as the
    // bytes come, into a buffer that nobody reads and the stream's end frees; the other has in one piece what came since.
    const [bytes, drained] = stream.tee();
    const { readable, writable } = new IdentityTransformStream();
    const nothing = () => {};
    new Response(readable).arrayBuffer().catch(nothing);
    drained.pipeTo(writable, { signal: this.abort.signal }).catch(nothing).then(() => this.hurry());
    this.reader = bytes.getReader();
    this.read();
  }

  async read() {
    let end;
    try {
      for (;;) {
        const { done, value } = await this.reader.read();
        if (done) break;
        this.give(value);
        if (this.pause && !this.over && value.length < FULL) await this.paused();
      }
    } catch (error) {
      end = error ?? new Error("the stream broke");
    }
    this.give(end);
  }

  /** Until the pause is over, or the stream. */
  paused() {
    return new Promise((wake) => {
      const timer = setTimeout(wake, this.pause);
      this.wake = () => (clearTimeout(timer), wake());
    });
  }

  /** All has come: nothing waits any more. */
  hurry() {
    this.over = true;
    this.wake?.();
  }

  wait(pause) {
    this.pause = pause;
  }

  cancel() {
    this.give = () => {};
    this.abort.abort();
    this.reader.cancel().catch(() => {});
    this.hurry();
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
