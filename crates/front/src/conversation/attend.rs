//! What members do in a conversation. They come through the back Worker, which knows who they are and that the
//! conversation is of their workspace.

use std::rc::Rc;

use domain::handover::{Move, Saying};
use platform::{Failure, log};
use protocol::api::Turn;
use protocol::frame::ServerFrame;
use protocol::handover::{Attendant, Handover, HandoverReason, Message, Speaker, Standing};
use protocol::internal::{Act, Attend, AttendReply};
use protocol::{Code, Problem};
use store::attendance::{self, Known};

use super::handover::Scene;
use super::live::Live;
use super::turn;

/// Acts for a member.
pub fn attend(live: &Rc<Live>, message: Attend) -> Result<AttendReply, Failure> {
    let Some(mut scene) = Scene::of(live)? else {
        return Ok(AttendReply { present: false, handover: Handover::default(), at: 0.0, message: None });
    };
    let Attend { by, act } = message;
    let mut said = None;
    match act {
        Act::Claim => claim(&mut scene, by)?,
        Act::Reply { id, text } => said = Some(reply(&scene, &by, &id, &text)?),
        Act::Tell { id, text } => said = Some(tell(&scene, &id, text)?),
        Act::Typing => {
            has_it(&scene, &by)?;
            scene.live.mention(&ServerFrame::Typing { name: by.name });
        }
        Act::HandBack => {
            scene.go(Move::HandBack)?;
            scene.settle(None)?;
        }
        // One closing message, however often it is pressed.
        Act::Resolve if scene.held.handover.standing == Standing::Resolved => {}
        Act::Resolve => {
            turn::stop(live);
            scene.go(Move::Resolve)?;
            scene.held.capturing = false;
            scene.tell(Saying::Closed)?;
            scene.settle(None)?;
        }
    }
    Ok(AttendReply { present: true, handover: scene.held.handover, at: scene.held.at, message: said })
}

fn claim(scene: &mut Scene, by: Attendant) -> Result<(), Failure> {
    if let Some(member) = &scene.held.handover.member {
        if member.id == by.id {
            return Ok(());
        }
        let words = format!("{} has taken this conversation over already.", member.name);
        return Err(Problem::new(Code::Conflict, words).into());
    }
    scene.go(Move::Claim)?;
    // What the agent is saying ends here; what was shown of it stays.
    turn::stop(&scene.live);
    scene.held.capturing = false;
    scene.held.handover.reason.get_or_insert(HandoverReason::Member);
    scene.held.handover.member = Some(by);
    scene.settle(None)
}

fn has_it(scene: &Scene, by: &Attendant) -> Result<(), Problem> {
    match &scene.held.handover.member {
        Some(member) if member.id == by.id => Ok(()),
        Some(member) => {
            Err(Problem::new(Code::Conflict, format!("{} has this conversation now.", member.name)))
        }
        None => Err(Problem::new(Code::Conflict, "Take this conversation over before you write in it.")),
    }
}

/// The agent's own words outside of turns, once for each id.
fn tell(scene: &Scene, id: &str, text: String) -> Result<Message, Failure> {
    let id = format!("agent/{id}");
    match attendance::known(&scene.live.engine(), &id)? {
        Known::Message(message) => Ok(message),
        _ => scene.say(&id, Speaker::System, None, text),
    }
}

/// After an answer: what the visitor has to know of its calls, whatever the model said.
pub fn notice(live: &Rc<Live>, turn: &Turn) {
    for notice in turn.tools.iter().filter_map(|call| call.notice.as_ref()) {
        let told = Scene::of(live).and_then(|scene| match scene {
            Some(scene) => tell(&scene, &format!("{}/{notice}", turn.id), notice.clone()).map(|_| ()),
            None => Ok(()),
        });
        if let Err(failure) = told {
            log::error("notice_failed", Some(turn.id.as_str()), &failure.to_string());
        }
    }
}

fn reply(scene: &Scene, by: &Attendant, id: &str, text: &str) -> Result<Message, Failure> {
    // A visitor's ids and a member's are chosen apart: neither may be taken for the other's.
    let id = format!("{}/{id}", by.id);
    if let Known::Message(message) = attendance::known(&scene.live.engine(), &id)? {
        return Ok(message);
    }
    has_it(scene, by)?;
    let text = domain::question::accept(text)?;
    scene.say(&id, Speaker::Member, Some(by.name.clone()), text)
}
