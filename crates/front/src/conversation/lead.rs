//! What a visitor is asked for that makes a lead, and what they answer. What there is to ask is found out by the back
//! Worker, from the records of what was said.

use std::rc::Rc;

use platform::{Failure, clock, random};
use protocol::frame::ServerFrame;
use protocol::internal::{Capture, LeadRecord};
use protocol::{Code, MessageId, Problem};
use store::capture::{self, Proposal};
use store::thread;

use super::live::Live;

/// Asks or tells the visitor, unless that was done before. A conversation that is forgotten asks nothing.
pub fn capture(live: &Rc<Live>, step: Capture) -> Result<(), Failure> {
    if live.admission()?.is_none() {
        return Ok(());
    }
    let mut notes = capture::notes(&live.engine())?;
    let frame = match step {
        Capture::Offer { reason } => {
            if notes.lead.is_some() || notes.offered.contains(&reason) {
                return Ok(());
            }
            notes.offered.push(reason);
            ServerFrame::LeadForm { n: live.next_number(), reason }
        }
        Capture::Propose { fields } => {
            let fields = notes.unasked(fields);
            if fields.is_empty() {
                return Ok(());
            }
            let id = random::id(MessageId::ordered).to_string();
            notes.proposals.push(Proposal {
                id: id.clone(),
                fields: fields.clone(),
                answered: false,
                accepted: false,
            });
            ServerFrame::LeadProposed { n: live.next_number(), id, fields }
        }
        Capture::Captured { lead_id } => {
            if notes.lead.as_ref() == Some(&lead_id) {
                return Ok(());
            }
            notes.lead = Some(lead_id.clone());
            ServerFrame::LeadCaptured { n: live.next_number(), lead_id }
        }
    };
    let json = capture::tell(&live.engine(), &notes, &frame)?;
    live.broadcast(&frame, json);
    Ok(())
}

/// The visitor answers a proposal; a yes counts after a no as well, and nothing after a yes.
pub fn confirm(live: &Rc<Live>, id: &str, accept: bool) -> Result<(), Failure> {
    let Some(admission) = live.admission()? else { return Ok(()) };
    let mut notes = capture::notes(&live.engine())?;
    let Some(proposal) = notes.proposals.iter_mut().find(|proposal| proposal.id == id) else {
        return Err(Problem::new(Code::NotFound, "Nothing was proposed under this id.").into());
    };
    if proposal.accepted || (proposal.answered && !accept) {
        return Ok(());
    }
    (proposal.answered, proposal.accepted) = (true, accept);
    let now = clock::now_ms();
    let record = accept.then(|| LeadRecord {
        id: random::id(MessageId::ordered),
        identity: admission.identity.clone(),
        fields: proposal.fields.clone(),
        at: now,
    });
    capture::answered(&live.engine(), &notes, record.as_ref())?;
    thread::touch(&live.engine(), now)?;
    if record.is_some() {
        live.ring_soon();
    }
    Ok(())
}
