//! What a lead is worth, 0 to 100, with the reasons. Each reason has points of its own; all of them are 100.

use protocol::agent::AgentSnapshot;
use protocol::api::{ScoreKind as K, ScoreReason};

use super::intent::{intent, is_buying_page};
use crate::handover::phrases::{line, says};

/// Providers of free mail: whoever writes from elsewhere has a domain of their own.
const FREE_MAIL: &[&str] = &[
    "gmail",
    "googlemail",
    "yahoo",
    "ymail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "icloud",
    "me",
    "mac",
    "aol",
    "gmx",
    "web",
    "t-online",
    "freenet",
    "posteo",
    "mailbox",
    "proton",
    "protonmail",
    "pm",
    "tutanota",
    "zoho",
    "mail",
    "yandex",
    "qq",
    "163",
    "126",
    "sina",
    "naver",
    "orange",
    "free",
    "laposte",
    "wanadoo",
    "sfr",
    "libero",
    "terra",
    "uol",
    "bol",
    "walla",
    "fastmail",
    "hey",
];

/// What is known of a lead.
#[derive(Clone, Debug, Default)]
pub struct Signals<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub phone: &'a str,
    /// What the visitor wrote, in order.
    pub said: Vec<&'a str>,
    /// Pages the visitor wrote from.
    pub pages: Vec<&'a str>,
    /// Earlier conversations of the person.
    pub earlier: u32,
    /// Came by the form or asked for a person.
    pub deliberate: bool,
    /// Words of the agent's rules that promise much.
    pub valuable: Vec<&'a str>,
}

impl<'a> Signals<'a> {
    /// The words that an agent's rules call valuable.
    #[must_use]
    pub fn valuable_words(agent: &'a AgentSnapshot) -> Vec<&'a str> {
        let rules = agent.handover.rules.iter().filter(|rule| rule.high_value);
        rules.flat_map(|rule| rule.words.iter().map(String::as_str)).collect()
    }
}

/// The reasons, most points first.
#[must_use]
pub fn score(signals: &Signals<'_>) -> Vec<ScoreReason> {
    let mut reasons = Vec::new();
    let mut add = |fits: bool, kind: K, points: u32, detail: String| {
        if fits {
            reasons.push(ScoreReason { kind, points, detail });
        }
    };
    let host = signals.email.rsplit_once('@').map_or("", |(_, host)| host);
    let provider = host.split('.').next().unwrap_or_default();
    add(!signals.email.is_empty(), K::Email, 20, String::new());
    add(!signals.phone.is_empty(), K::Phone, 15, String::new());
    add(!signals.name.trim().is_empty(), K::Name, 5, String::new());
    add(!host.is_empty() && !FREE_MAIL.contains(&provider), K::CompanyMail, 10, host.to_owned());
    let wanted = signals.said.iter().find_map(|text| intent(text));
    add(wanted.is_some(), K::Intent, 15, wanted.unwrap_or_default().to_owned());
    let lines: Vec<String> = signals.said.iter().map(|text| line(text)).collect();
    let valuable = signals.valuable.iter().find(|word| lines.iter().any(|line| says(line, word)));
    add(valuable.is_some(), K::HighValue, 10, valuable.copied().unwrap_or_default().to_owned());
    let page = signals.pages.iter().find(|page| is_buying_page(page));
    add(page.is_some(), K::Pages, 10, page.copied().unwrap_or_default().to_owned());
    let asked = signals.said.len();
    add(asked >= 2, K::Questions, if asked >= 4 { 5 } else { 3 }, asked.to_string());
    add(signals.earlier > 0, K::Returning, 5, signals.earlier.to_string());
    add(signals.deliberate, K::Deliberate, 5, String::new());
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    reasons
}

/// The score that reasons make.
#[must_use]
pub fn total(reasons: &[ScoreReason]) -> u32 {
    reasons.iter().map(|reason| reason.points).sum::<u32>().min(100)
}
