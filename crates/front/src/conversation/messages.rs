//! What arrives on a socket: decoded, checked, and either begun or refused with the reason.

use std::rc::Rc;

use domain::language::Language;
use platform::{Failure, clock, random};
use protocol::frame::{ClientFrame, MAX_FRAME_BYTES, ServerFrame, valid_message_id};
use protocol::widget::MessageRequest;
use protocol::{Code, Problem, TurnId};
use store::attendance::{self, Known};
use store::thread::{self, Begun};
use worker::WebSocketIncomingMessage;

use super::live::Live;
use super::turn::Performance;
use super::{feedback, firewall, handover, lead, telling, turn};
use crate::routes::back;

/// Longest address of a page that is kept.
const MAX_PAGE_URL_CHARS: usize = 500;

/// A refusal, with the message it concerns.
pub struct Refusal(pub Option<String>, pub Problem);

/// Handles one frame of a client.
pub async fn receive(live: &Rc<Live>, message: WebSocketIncomingMessage) -> Result<(), Refusal> {
    let refuse = |problem| Refusal(None, problem);
    let WebSocketIncomingMessage::String(text) = message else {
        return Err(refuse(Problem::new(Code::Malformed, "Frames are JSON text, not binary.")));
    };
    if text.len() > MAX_FRAME_BYTES {
        return Err(refuse(Problem::new(
            Code::TooLarge,
            format!("A frame has at most {MAX_FRAME_BYTES} bytes. Please shorten the message."),
        )));
    }
    let frame: ClientFrame = protocol::json::read(&text).map_err(|_| {
        refuse(Problem::new(Code::Malformed, "This frame is not one of the documented ones."))
    })?;
    let concerned = match &frame {
        ClientFrame::Message { id, .. } => Some(id.chars().take(64).collect()),
        _ => None,
    };
    act(live, frame).await.map(|_| ()).map_err(|failure| {
        if let Failure::Internal(reason) = &failure {
            back::failed(&live.env, "frame_failed", reason);
        }
        Refusal(concerned, failure.to_problem())
    })
}

/// Does what a frame says, however it came; the turn of a message that has one.
pub async fn act(live: &Rc<Live>, frame: ClientFrame) -> Result<Option<TurnId>, Failure> {
    if !matches!(frame, ClientFrame::Message { .. }) {
        firewall::act(live)?;
    }
    match frame {
        ClientFrame::Stop => turn::stop(live),
        ClientFrame::Typing => telling::typing(live)?,
        ClientFrame::Handover => handover::ask(live)?,
        ClientFrame::Rate { stars } => handover::rate(live, stars)?,
        ClientFrame::LeadConfirm { id, accept } => lead::confirm(live, &id, accept)?,
        ClientFrame::Feedback { turn_id, good, reason } => {
            feedback::give(live, &turn_id, good, reason.as_deref().unwrap_or_default())?;
        }
        ClientFrame::Message { id, text, page_url, page_language } => {
            return ask(live, MessageRequest { id, text, page_url, page_language }).await;
        }
    }
    Ok(None)
}

/// What the agent or people are told.
struct Said {
    id: String,
    text: String,
    page_url: Option<String>,
    page_language: Option<Language>,
}

/// Begins a turn, or finds the one that this message began before; none where it was said to people.
pub async fn ask(live: &Rc<Live>, message: MessageRequest) -> Result<Option<TurnId>, Failure> {
    let MessageRequest { id, text, page_url, page_language } = message;
    if !valid_message_id(&id) {
        return Err(
            Problem::field("id", "A message id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.").into()
        );
    }
    let arrived = clock::ticks_ms();
    let page_url = page_url.filter(|url: &String| url.starts_with("http://") || url.starts_with("https://"));
    let said = Said {
        id,
        text: domain::question::accept(&text)?,
        page_url: page_url.map(|url| url.chars().take(MAX_PAGE_URL_CHARS).collect()),
        page_language: page_language.as_deref().and_then(Language::from_tag),
    };
    let turn_id = random::id(TurnId::ordered);
    let Some(mut turn) = prepare(live, &turn_id, &said)? else { return Ok(None) };
    let entered = live.entered();
    // What was asked before costs nothing again.
    if !live.is_running() && !matches!(attendance::known(&live.engine(), &said.id)?, Known::Turn) {
        turn.ask_ahead().await;
    }
    if live.entered() != entered {
        // Somebody was here meanwhile: it may be for people now, or there is another talk to go on from.
        live.prepare()?;
        turn = match prepare(live, &turn_id, &said)? {
            Some(turn) => turn,
            None => return Ok(None),
        };
    }
    let now = clock::now_ms();
    match thread::begin(&live.engine(), &turn_id, &said.id, &said.text, said.page_url.as_deref(), now)? {
        Begun::Known(turn) => Ok(Some(turn)),
        Begun::Busy => Err(Problem::new(
            Code::TurnRunning,
            "The previous question is still being answered. Please wait for it, or stop it.",
        )
        .into()),
        Begun::New => {
            let frame = ServerFrame::TurnStarted {
                n: live.next_number(),
                turn_id: turn_id.clone(),
                message_id: said.id.clone(),
                text: said.text.clone(),
                at_ms: now,
            };
            live.publish(&turn_id, &frame)?;
            thread::keep_page_language(&live.engine(), said.page_language.map_or("", Language::code))?;
            turn::run(turn, arrived)?;
            Ok(Some(turn_id))
        }
    }
}

/// The turn of a message that is for the agent, and admitted; none where it was said to people.
fn prepare(live: &Rc<Live>, turn_id: &TurnId, said: &Said) -> Result<Option<Performance>, Failure> {
    let Said { id, text, page_url, page_language } = said;
    if handover::hear(live, id, text, *page_language)? {
        return Ok(None);
    }
    firewall::admit(live, id, text, page_url.as_deref(), *page_language)?;
    let page_language = page_language.map(Language::code);
    turn::prepare(live, turn_id, text, page_url.as_deref(), page_language).map(Some)
}
