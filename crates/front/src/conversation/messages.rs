//! What arrives on a socket: decoded, checked, and either begun or refused with the reason.

use std::rc::Rc;

use domain::language::Language;
use platform::{Failure, clock, random};
use protocol::frame::{ClientFrame, MAX_FRAME_BYTES, ServerFrame, valid_message_id};
use protocol::widget::MessageRequest;
use protocol::{Code, Problem, TurnId};
use store::thread::{self, Begun};
use worker::WebSocketIncomingMessage;

use super::live::Live;
use super::{feedback, firewall, handover, lead, telling, turn};
use crate::routes::back;

/// Longest address of a page that is kept.
const MAX_PAGE_URL_CHARS: usize = 500;

/// A refusal, with the message it concerns.
pub struct Refusal(pub Option<String>, pub Problem);

/// Handles one frame of a client.
pub fn receive(live: &Rc<Live>, message: WebSocketIncomingMessage) -> Result<(), Refusal> {
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
    act(live, frame).map(|_| ()).map_err(|failure| {
        if let Failure::Internal(reason) = &failure {
            back::failed(&live.env, "frame_failed", reason);
        }
        Refusal(concerned, failure.to_problem())
    })
}

/// Does what a frame says, however it came; the turn of a message that has one.
pub fn act(live: &Rc<Live>, frame: ClientFrame) -> Result<Option<TurnId>, Failure> {
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
            return ask(live, MessageRequest { id, text, page_url, page_language });
        }
    }
    Ok(None)
}

/// Begins a turn, or finds the one that this message began before; none where it was said to people.
pub fn ask(live: &Rc<Live>, message: MessageRequest) -> Result<Option<TurnId>, Failure> {
    let MessageRequest { id, text, page_url, page_language } = message;
    if !valid_message_id(&id) {
        return Err(
            Problem::field("id", "A message id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.").into()
        );
    }
    let arrived = clock::ticks_ms();
    let question = domain::question::accept(&text)?;
    let language = page_language.as_deref().and_then(Language::from_tag);
    if handover::hear(live, &id, &question, language)? {
        return Ok(None);
    }
    let page_url = page_url.filter(|url: &String| url.starts_with("http://") || url.starts_with("https://"));
    let page_url: Option<String> = page_url.map(|url| url.chars().take(MAX_PAGE_URL_CHARS).collect());
    firewall::admit(live, &id, &question, page_url.as_deref(), language)?;
    let turn_id = random::id(TurnId::ordered);
    let now = clock::now_ms();
    match thread::begin(&live.engine(), &turn_id, &id, &question, page_url.as_deref(), now)? {
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
                message_id: id,
                text: question,
                at_ms: now,
            };
            live.publish(&turn_id, &frame)?;
            thread::keep_page_language(&live.engine(), language.map_or("", Language::code))?;
            turn::run(live, arrived)?;
            Ok(Some(turn_id))
        }
    }
}
