//! A response's bytes as events, cut off when they stall.

use std::collections::VecDeque;

use domain::answer::{ModelError, TokenStream};
use domain::tokens::textual::Textual;
use domain::tokens::{Event, Family, TokenParser};
use futures::future::{Either, FutureExt, LocalBoxFuture, select};
use futures::stream::{self, StreamExt};
use worker::web_sys::ReadableStream;

use super::Watched;
use crate::clock;
use crate::gather::{Gathered, PAUSE_MS};

/// The whole answer.
const TOTAL_MS: f64 = 60_000.0;

struct Reading {
    bytes: Gathered,
    /// There was text: only what follows it may wait to be gathered.
    shown: bool,
    parser: TokenParser,
    ready: VecDeque<Event>,
    watched: Watched,
    begun: f64,
    patience: f64,
    /// When the last piece of the answer came; comments and empty chunks are none.
    heard: f64,
    pieces: u64,
    /// One timer at a time, set again only when it rings: a timer per chunk costs more than the chunk.
    alarm: LocalBoxFuture<'static, ()>,
    over: bool,
}

/// The events of a response that was asked for at `begun`.
#[allow(clippy::cast_precision_loss)]
pub(super) fn events(
    bytes: &ReadableStream,
    family: Family,
    begun: f64,
    patience: u64,
    watched: Watched,
) -> TokenStream {
    let mut reading = Reading {
        bytes: Gathered::new(bytes),
        shown: false,
        parser: TokenParser::new(family),
        ready: VecDeque::new(),
        watched,
        begun,
        patience: patience as f64,
        heard: begun,
        pieces: 0,
        alarm: std::future::ready(()).boxed_local(),
        over: false,
    };
    reading.set_alarm();
    stream::unfold(reading, |mut reading| async move {
        let event = reading.next().await?;
        reading.note(&event);
        Some((event, reading))
    })
    .boxed_local()
}

/// The same events with the calls that stand in the text.
pub(super) fn with_calls(events: TokenStream) -> TokenStream {
    let part = |textual: &mut Textual, event| {
        let parts = match event {
            Ok(event) => textual.take(event).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        std::future::ready(Some(stream::iter(parts)))
    };
    events.scan(Textual::default(), part).flatten().boxed_local()
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Event, ModelError>> {
        loop {
            if let Some(mut event) = self.ready.pop_front() {
                if let Event::Text(text) = &mut event {
                    // Until there is something to see, nothing waits.
                    if !self.shown && !text.trim().is_empty() {
                        self.shown = true;
                        self.bytes.wait(PAUSE_MS);
                    }
                    // What came together is shown together.
                    while let Some(Event::Text(more)) = self.ready.front() {
                        text.push_str(more);
                        self.ready.pop_front();
                    }
                }
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            let Either::Left((taken, _)) = select(self.bytes.take(), &mut self.alarm).await else {
                if self.due() <= clock::ticks_ms() {
                    return Some(Err(ModelError::TimedOut));
                }
                self.set_alarm();
                continue;
            };
            match taken {
                Ok(Some(chunk)) => {
                    self.ready.extend(self.parser.push(&chunk));
                    if self.parser.pieces() > self.pieces {
                        self.pieces = self.parser.pieces();
                        self.heard = clock::ticks_ms();
                    }
                }
                Err(error) => return Some(Err(ModelError::Broken(error.to_string()))),
                Ok(None) => {
                    self.over = true;
                    self.ready.extend(self.parser.finish());
                }
            }
        }
    }

    /// When it is late, unless another piece comes before.
    fn due(&self) -> f64 {
        (self.heard + self.patience).min(self.begun + TOTAL_MS)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn set_alarm(&mut self) {
        let wait = (self.due() - clock::ticks_ms()).max(0.0).ceil() as u64;
        // A timer may ring a moment early; then it is set once more, for the rest.
        self.alarm = clock::sleep(wait.max(1)).boxed_local();
    }

    /// Tells the breaker how the stream ended, and ends it.
    fn note(&mut self, event: &Result<Event, ModelError>) {
        match event {
            Ok(Event::Done) if self.pieces > 0 => self.watched.succeeded(),
            Ok(Event::Done) => self.watched.failed(&ModelError::Broken("it ended without any text".into())),
            Ok(Event::Failed(reason)) => self.watched.failed(&ModelError::Broken(reason.clone())),
            Err(error) => self.watched.failed(error),
            Ok(_) => return,
        }
        self.over = true;
    }
}
