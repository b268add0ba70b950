//! Leads: what a visitor's own words hold that makes one, whether they speak of buying, and what a lead is worth.

mod capture;
mod intent;
mod score;
mod template;
mod wrong;

pub use capture::{Found, find};
pub use intent::{intent, is_buying_page};
pub use score::{Signals, score, total};
pub use template::without;
pub use wrong::{Wrong, wrong};

use protocol::api::FollowUp;

/// What follow-up mails begin from in a workspace that wrote nothing of its own.
#[must_use]
pub fn follow_up() -> FollowUp {
    FollowUp {
        subject: "Your question to {workspace}".into(),
        text: "Hello {name},\n\nthank you for your interest in {workspace}. I read what you asked on our website and am \
               happy to help: just answer this mail.\n\nKind regards\n{member}"
            .into(),
    }
}

#[cfg(test)]
mod tests;
