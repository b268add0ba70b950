//! Handing over: who a conversation is with, what may follow what, and what makes a person necessary.

mod contact;
pub(crate) mod phrases;
mod say;
mod table;

pub use contact::leaves_contact;
pub use say::{Saying, say};

use protocol::handover::{HandoverReason, HandoverRule, HandoverSettings, Standing, Urgency};

/// Unsure answers in a row after which a person is offered.
pub const UNSURE_IN_A_ROW: u32 = 2;

/// What changes who a conversation is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A person is wanted.
    Request,
    /// A member takes over.
    Claim,
    /// Back to the agent: by a member, or because nobody came.
    HandBack,
    /// It is done.
    Resolve,
    /// The visitor has been away for long.
    Leave,
    /// The visitor writes again after the end.
    Return,
}

/// Where a move leads; `None` where it is not allowed.
#[must_use]
pub fn next(from: Standing, by: Move) -> Option<Standing> {
    use Standing as S;
    match (from, by) {
        (S::Bot, Move::Request) => Some(S::Waiting),
        (S::Bot | S::Waiting, Move::Claim) => Some(S::Human),
        (S::Waiting | S::Human, Move::HandBack) => Some(S::Bot),
        (S::Bot | S::Waiting | S::Human, Move::Resolve) => Some(S::Resolved),
        (S::Bot | S::Waiting | S::Human, Move::Leave) => Some(S::Abandoned),
        (S::Resolved | S::Abandoned, Move::Return) => Some(S::Bot),
        _ => None,
    }
}

/// Whether the agent keeps silent: a person answers, or is waited for.
#[must_use]
pub fn is_silent(standing: Standing) -> bool {
    matches!(standing, Standing::Waiting | Standing::Human)
}

/// What a visitor's words lead to besides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The visitor waits for a person now; otherwise one is offered.
    pub connect: bool,
    pub reason: HandoverReason,
    pub urgency: Urgency,
    /// The owners are told at once.
    pub alert: bool,
}

impl Step {
    fn of(reason: HandoverReason, connect: bool) -> Self {
        Self { connect, reason, urgency: Urgency::Normal, alert: false }
    }

    fn by(rule: &HandoverRule) -> Self {
        let reason = if rule.high_value { HandoverReason::HighValue } else { HandoverReason::Keyword };
        Self { connect: rule.connect, reason, urgency: rule.urgency, alert: rule.alert }
    }
}

/// When it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before anything is answered: whether a person answers instead.
    Asked,
    /// After the answer, the last `unsure` of which in a row were unsure: whether a person is offered.
    Answered { unsure: u32 },
}

/// What happens after a visitor's words, strongest cause first; `None`: the agent goes on alone.
#[must_use]
pub fn decide(settings: &HandoverSettings, text: &str, moment: Moment) -> Option<Step> {
    if !settings.enabled {
        return None;
    }
    let line = phrases::line(text);
    let rule = settings
        .rules
        .iter()
        .filter(|rule| rule.words.iter().any(|word| phrases::says(&line, word)))
        .map(Step::by)
        .max_by_key(|step| (step.connect, step.urgency, step.alert));
    match moment {
        Moment::Asked => rule
            .filter(|step| step.connect)
            .or_else(|| phrases::asks_for_a_person(&line).then(|| Step::of(HandoverReason::Asked, true))),
        Moment::Answered { unsure } => rule
            .or_else(|| {
                phrases::is_frustrated(text, &line).then(|| Step::of(HandoverReason::Frustrated, false))
            })
            .or_else(|| (unsure >= UNSURE_IN_A_ROW).then(|| Step::of(HandoverReason::Unsure, false))),
    }
}

#[cfg(test)]
mod tests;
