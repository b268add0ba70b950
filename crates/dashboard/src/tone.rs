//! Two short tones: somebody began to talk, somebody waits for a person. Made here, so there is no file to fetch. A
//! browser lets a page be heard only after somebody used it.

use crate::session::storage;
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, AudioContextState};

const KEY: &str = "frontdesk.sound";
/// Seconds of one note.
const NOTE_S: f64 = 0.14;

thread_local! {
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tone {
    New,
    Waiting,
}

/// Whether sound is wanted, as it is remembered; it is, until somebody switches it off.
pub(crate) fn wanted() -> bool {
    storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).as_deref() != Some("off")
}

/// Switches sound on or off, and remembers it; on, it is heard once.
pub(crate) fn want(on: bool) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, if on { "on" } else { "off" });
    }
    if on {
        ready();
        play(Tone::New);
    }
}

/// Makes ready at the first use of the page; before that nothing is heard.
pub(crate) fn on_first_use() {
    for event in ["pointerdown", "keydown"] {
        let handle = window_event_listener_untyped(event, |_| {
            if wanted() {
                ready();
            }
        });
        on_cleanup(move || handle.remove());
    }
}

fn ready() {
    CONTEXT.with_borrow_mut(|context| {
        if context.is_none() {
            *context = AudioContext::new().ok();
        }
        if let Some(context) = context.as_ref().filter(|c| c.state() == AudioContextState::Suspended) {
            let _ = context.resume();
        }
    });
}

pub(crate) fn play(tone: Tone) {
    if !wanted() {
        return;
    }
    let notes: &[f32] = match tone {
        Tone::New => &[660.0],
        Tone::Waiting => &[660.0, 880.0],
    };
    CONTEXT.with_borrow(|context| {
        let Some(context) = context else { return };
        let mut at = context.current_time();
        for note in notes {
            let _ = sound(context, *note, at);
            at += NOTE_S;
        }
    });
}

/// One note that swells and fades, so that it does not click.
fn sound(context: &AudioContext, pitch: f32, at: f64) -> Result<(), JsValue> {
    let (source, volume) = (context.create_oscillator()?, context.create_gain()?);
    source.frequency().set_value(pitch);
    volume.gain().set_value_at_time(0.0, at)?;
    volume.gain().linear_ramp_to_value_at_time(0.12, at + 0.02)?;
    volume.gain().linear_ramp_to_value_at_time(0.0, at + NOTE_S)?;
    source.connect_with_audio_node(&volume)?.connect_with_audio_node(&context.destination())?;
    source.start_with_when(at)?;
    source.stop_with_when(at + NOTE_S)
}
