//! What we write to people: about their account (what happened, what to do, and what to do when it was not them),
//! and about conversations.

use protocol::api::DisabledReason;
use protocol::handover::Alert;

use super::Mail;
use crate::watch::Said;

fn letter(to: &str, subject: &str, text: String) -> Mail {
    Mail { to: to.into(), subject: subject.into(), text }
}

/// To a newcomer, and to someone whose address is not confirmed yet.
pub fn verify_email(to: &str, name: &str, link: &str) -> Mail {
    letter(
        to,
        "Confirm your e-mail address",
        format!(
            "Hello {name},\n\nplease confirm that this is your address. The link signs you in to Frontdesk and is \
             good for 24 hours.\n\n{link}\n\nIf you did not register, ignore this mail: nothing happens without \
             the link."
        ),
    )
}

/// To someone with whose address somebody tried to register.
pub fn account_exists(to: &str, sign_in: &str) -> Mail {
    letter(
        to,
        "You already have an account",
        format!(
            "Hello,\n\nsomebody, probably you, wanted to register at Frontdesk with this address, which has an \
             account already. Nothing was changed. Sign in here; if you have forgotten the password, choose \
             \u{201c}Forgot password\u{201d} there.\n\n{sign_in}\n\nIf this was not you, there is nothing to do."
        ),
    )
}

pub fn reset_password(to: &str, link: &str) -> Mail {
    letter(
        to,
        "Set a new password",
        format!(
            "Hello,\n\nwith this link you set a new password for your Frontdesk account. It is good once, for 30 \
             minutes.\n\n{link}\n\nIf you did not ask for it, ignore this mail: your password stays as it is."
        ),
    )
}

/// After a password was changed or set.
pub fn password_changed(to: &str, sign_in: &str) -> Mail {
    letter(
        to,
        "Your password was changed",
        format!(
            "Hello,\n\nthe password of your Frontdesk account was changed just now, and every other session was \
             ended.\n\nIf this was not you, set a new password at once: choose \u{201c}Forgot password\u{201d} \
             here.\n\n{sign_in}"
        ),
    )
}

/// To the new address of an account.
pub fn change_email(to: &str, link: &str) -> Mail {
    letter(
        to,
        "Confirm your new e-mail address",
        format!(
            "Hello,\n\nwith this link the Frontdesk account moves to this address, which you then sign in with. It \
             is good once, for 2 hours.\n\n{link}\n\nIf you did not ask for it, ignore this mail: nothing changes."
        ),
    )
}

/// To an address that somebody with another account wanted to move to.
pub fn email_taken(to: &str, sign_in: &str) -> Mail {
    letter(
        to,
        "This address has an account already",
        format!(
            "Hello,\n\nsomebody, probably you, wanted to move another Frontdesk account to this address. It has an \
             account of its own, so nothing was changed. Sign in to that one here; to free the address, change it \
             there or delete the account.\n\n{sign_in}\n\nIf this was not you, there is nothing to do."
        ),
    )
}

/// To the address an account is about to leave.
pub fn email_changing(to: &str, new: &str, sign_in: &str) -> Mail {
    letter(
        to,
        "Your e-mail address is about to change",
        format!(
            "Hello,\n\nsomebody signed in to your Frontdesk account asked to move it to {new}. It moves when the \
             link mailed there is followed.\n\nIf this was not you, change your password now: that makes the link \
             void.\n\n{sign_in}"
        ),
    )
}

/// To the address an account has left.
pub fn email_changed(to: &str, new: &str) -> Mail {
    letter(
        to,
        "Your e-mail address was changed",
        format!(
            "Hello,\n\nyour Frontdesk account has moved to {new}, and every other session was ended. This address \
             does not sign in any more.\n\nIf this was not you, answer this mail at once."
        ),
    )
}

/// After the second factor was switched on or off.
pub fn second_factor(to: &str, on: bool, sign_in: &str) -> Mail {
    let (subject, what) = if on {
        (
            "Two-step sign-in is on",
            "switched on: from now on signing in asks for a code of your authenticator",
        )
    } else {
        ("Two-step sign-in is off", "switched off: the password alone signs in")
    };
    letter(
        to,
        subject,
        format!(
            "Hello,\n\ntwo-step sign-in of your Frontdesk account was {what}.\n\nIf this was not you, set a new \
             password at once: choose \u{201c}Forgot password\u{201d} here.\n\n{sign_in}"
        ),
    )
}

/// To the operator's owners: an alert fired.
pub fn alert(to: &str, said: &Said, link: Option<&str>) -> Mail {
    let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
    letter(to, &said.subject, format!("Hello,\n\n{}{link}", said.text))
}

/// To an owner, when much of what the plan allows for the month is used.
pub fn usage(to: &str, workspace: &str, what: &str, percent: u32, link: Option<&str>) -> Mail {
    let (subject, then) = if percent < 100 {
        (
            format!("{workspace}: {percent} % of this month's {what} are used"),
            "When all of them are used, visitors are told that the assistant is unavailable, until the month ends.",
        )
    } else {
        (
            format!("{workspace}: this month's {what} are used"),
            "Visitors are told that the assistant is unavailable, until the month ends.",
        )
    };
    let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
    letter(
        to,
        &subject,
        format!(
            "Hello,\n\n{percent} % of the {what} that {workspace} has for this month are used. {then}\n\nYou see \
             what is used by which agent, and can change limits of your own, under Usage in the dashboard.{link}"
        ),
    )
}

/// To the owners: a webhook or integration was switched off, because its receiver said so or did not answer for days.
pub fn webhook_disabled(
    to: &str,
    host: &str,
    reason: DisabledReason,
    link: Option<&str>,
    integration: bool,
) -> Mail {
    let (what, place) = if integration { ("integration", "Integrations") } else { ("webhook", "Webhooks") };
    let why = match reason {
        DisabledReason::Gone => "answered 410, which means that it wants nothing more",
        DisabledReason::Failing | DisabledReason::Member => "has accepted nothing for five days",
    };
    let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
    letter(
        to,
        &format!("The {what} to {host} was switched off"),
        format!(
            "Hello,\n\nthe receiver at {host} {why}. Nothing more is sent to it.\n\nWhat it missed is kept for 30 days. \
             Once it is repaired, switch the {what} on again and replay what failed, under {place} in the \
             dashboard's settings.{link}"
        ),
    )
}

/// After an account was deleted.
pub fn account_deleted(to: &str) -> Mail {
    letter(
        to,
        "Your account was deleted",
        "Hello,\n\nyour Frontdesk account was deleted as you asked, with the workspaces that were yours alone. \
         Thank you for having been here."
            .into(),
    )
}

/// To the owners: a visitor needs a person.
pub fn visitor_alert(to: &str, alert: Alert, said: &str, conversation: &str) -> Mail {
    let (subject, what) = match alert {
        Alert::Urgent => (
            "A visitor needs somebody urgently",
            "a visitor said something that one of your rules calls urgent",
        ),
        Alert::NobodyThere => (
            "A visitor asked for a person",
            "a visitor asked for a person and nobody was there. They were asked to leave a way to be reached",
        ),
        Alert::ContactLeft => (
            "A visitor left a way to be reached",
            "a visitor who asked for a person has left a way to be reached. Please get back to them",
        ),
    };
    let quoted = if said.is_empty() { String::new() } else { format!("They wrote:\n\n{said}\n\n") };
    letter(to, subject, format!("Hello,\n\n{what}.\n\n{quoted}The conversation:\n\n{conversation}"))
}

/// To the owners: an agent asked for a call that a member has to agree to.
pub fn approval_waits(to: &str, tool: &str, minutes: f64, link: Option<&str>) -> Mail {
    let wait = if minutes >= 120.0 {
        format!("{} hours", (minutes / 60.0).floor())
    } else {
        format!("{minutes} minutes")
    };
    let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
    letter(
        to,
        &format!("\u{201c}{tool}\u{201d} waits for your decision"),
        format!(
            "Hello,\n\nin a conversation an agent wants to use \u{201c}{tool}\u{201d}, which it may not do by itself. The \
             visitor was told that somebody has to confirm it.\n\nWhat would be sent stands under Approvals in the \
             dashboard. Without a decision within {wait} it is not done, and the visitor is told so.{link}"
        ),
    )
}

/// What was said in a conversation, to whom a member sends it.
pub fn transcript(to: &str, workspace: &str, said: &str) -> Mail {
    letter(
        to,
        &format!("Your conversation with {workspace}"),
        format!("Hello,\n\nhere is what was said.\n\n{said}"),
    )
}

/// What a member writes to a lead.
pub fn follow_up(to: &str, subject: &str, text: &str) -> Mail {
    letter(to, subject, text.to_owned())
}

/// To whose turn it is: a lead is theirs now.
pub fn lead_given(to: &str, facts: &str, link: Option<&str>) -> Mail {
    let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
    letter(
        to,
        "A new lead is yours",
        format!("Hello,\n\nit was your turn: this lead is yours now.\n\n{facts}{link}"),
    )
}

/// To whom leads are routed: one was captured.
pub fn lead_captured(to: &str, facts: &str, link: Option<&str>) -> Mail {
    let link = link.map(|link| format!("\n\n{link}")).unwrap_or_default();
    letter(to, "A new lead", format!("Hello,\n\na visitor left a way to be reached.\n\n{facts}{link}"))
}

/// To whom leads are routed: a member tries it.
pub fn routing_test(to: &str) -> Mail {
    letter(
        to,
        "Leads will arrive here",
        "Hello,\n\nthis address is told of the leads of a Frontdesk workspace. A member of it chose it just now; nothing \
         else is to be done."
            .into(),
    )
}
