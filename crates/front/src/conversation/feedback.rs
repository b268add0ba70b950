//! What the visitor thinks of an answer.

use std::rc::Rc;

use platform::{Failure, clock};
use protocol::frame::MAX_REASON_CHARS;
use protocol::{Problem, TurnId};
use store::thread;
use store::thread::feedback::{self, Given};

use super::live::Live;

/// Keeps it; the back Worker is told.
///
/// # Errors
/// When there is no such answer in this conversation.
pub fn give(live: &Rc<Live>, turn: &TurnId, good: bool, reason: &str) -> Result<(), Failure> {
    let reason: String = reason.trim().chars().take(MAX_REASON_CHARS).collect();
    let now = clock::now_ms();
    match feedback::give(&live.engine(), turn, good, &reason, now)? {
        Given::Kept => {}
        Given::Same => return Ok(()),
        Given::NoAnswer => {
            return Err(Problem::field("turn_id", "This conversation has no such answer.").into());
        }
    }
    thread::touch(&live.engine(), now)?;
    live.ring_soon();
    Ok(())
}
