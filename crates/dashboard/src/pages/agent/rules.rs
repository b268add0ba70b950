//! What the server would refuse in a draft, told while it is typed. Fields are named as the server names them.

use super::color;
use protocol::Problem;
use protocol::agent::{ACTIONS, AgentDraft, LANGUAGES, LeadField, LeadFieldKind, MAX_INSTRUCTIONS};

pub(crate) const MAX_NAME: usize = 60;
pub(crate) const MAX_TONE: usize = 200;
pub(crate) const MAX_MESSAGE: usize = 500;
pub(crate) const MAX_PROMPTS: usize = 6;
pub(crate) const MAX_PROMPT: usize = 120;
pub(crate) const MAX_TOPICS: usize = 30;
pub(crate) const MAX_TOPIC: usize = 100;
pub(crate) const MAX_MODELS: usize = 5;
pub(crate) const MAX_LEAD_FIELDS: usize = 12;
pub(crate) const RADII: [u32; 4] = [4, 8, 12, 16];
pub(crate) const ANSWER_CHARS: (u32, u32) = (100, 4_000);

struct Check(Vec<Problem>);

impl Check {
    fn that(&mut self, fine: bool, field: &str, message: &str) {
        if !fine {
            self.0.push(Problem::field(field, message));
        }
    }

    fn at_most(&mut self, text: &str, max: usize, field: &str) {
        let length = text.chars().count();
        self.that(length <= max, field, &format!("At most {max} characters; these are {length}."));
    }

    /// A list of texts; empty ones are not sent.
    fn texts(&mut self, texts: &[String], most: usize, max: usize, field: &str) {
        self.that(texts.len() <= most, field, &format!("At most {most}."));
        for (i, text) in texts.iter().enumerate() {
            self.at_most(text, max, &format!("{field}[{i}]"));
        }
    }
}

/// Everything that is wrong, in the order of the form.
pub(crate) fn check(draft: &AgentDraft) -> Vec<Problem> {
    let mut c = Check(Vec::new());
    c.that(!draft.persona.name.trim().is_empty(), "persona.name", "Give it a name that visitors see.");
    c.at_most(&draft.persona.name, MAX_NAME, "persona.name");
    c.at_most(&draft.persona.tone, MAX_TONE, "persona.tone");
    if let Some(url) = &draft.persona.avatar_url {
        let fine = url.strip_prefix("https://").is_some_and(|rest| rest.contains('.') && !rest.contains(' '));
        c.that(fine, "persona.avatar_url", "Enter an address that begins with https://, or leave it empty.");
    }
    c.that(LANGUAGES.contains(&draft.language.as_str()), "language", "Choose one of the languages.");
    let hex = "Enter a colour as #rrggbb, for example #1f5eff.";
    c.that(color::parse(&draft.theme.accent).is_some(), "theme.accent", hex);
    if let Some(message) = &draft.theme.message {
        c.that(color::parse(message).is_some(), "theme.message", hex);
    }
    c.that(RADII.contains(&draft.theme.radius), "theme.radius", "Choose 4, 8, 12 or 16 pixels.");
    c.at_most(&draft.welcome, MAX_MESSAGE, "welcome");
    c.texts(&draft.quick_prompts, MAX_PROMPTS, MAX_PROMPT, "quick_prompts");
    c.at_most(&draft.fallback_message, MAX_MESSAGE, "fallback_message");
    c.at_most(&draft.after_hours_message, MAX_MESSAGE, "after_hours_message");
    c.at_most(&draft.instructions, MAX_INSTRUCTIONS, "instructions");
    c.texts(&draft.guardrails.avoid, MAX_TOPICS, MAX_TOPIC, "guardrails.avoid");
    let (least, most) = ANSWER_CHARS;
    let length = draft.guardrails.max_chars;
    c.that((least..=most).contains(&length), "guardrails.max_chars", "Between 100 and 4,000 characters.");
    let known = draft.guardrails.allowed_actions.iter().all(|action| ACTIONS.contains(&action.as_str()));
    c.that(known, "guardrails.allowed_actions", "One of these actions is not known any more.");
    c.that(draft.models.len() <= MAX_MODELS, "models", "At most 5 models.");
    let threshold = draft.confidence_threshold.unwrap_or(0.5);
    c.that((0.0..=1.0).contains(&threshold), "confidence_threshold", "Between 0 and 1.");
    leads(&mut c, &draft.lead_fields);
    for (i, origin) in draft.allowed_origins.iter().enumerate() {
        if let Some(wrong) = origin_problem(origin) {
            c.that(origin.trim().is_empty(), &format!("allowed_origins[{i}]"), wrong);
        }
    }
    c.0
}

fn leads(c: &mut Check, fields: &[LeadField]) {
    c.that(fields.len() <= MAX_LEAD_FIELDS, "lead_fields", "At most 12 fields.");
    for (i, field) in fields.iter().enumerate().filter(|(_, field)| !is_blank(field)) {
        let at = |part: &str| format!("lead_fields[{i}].{part}");
        c.that(!field.label.trim().is_empty(), &at("label"), "Say what is asked for.");
        c.at_most(&field.label, 80, &at("label"));
        let fine = !field.key.is_empty()
            && field.key.len() <= 40
            && field.key.chars().all(|ch| matches!(ch, 'a'..='z' | '0'..='9' | '_'));
        c.that(fine, &at("key"), "Use a-z, 0-9 and _, at most 40.");
        let twice = fields.iter().take(i).any(|other| other.key == field.key);
        c.that(field.key.is_empty() || !twice, &at("key"), "Another field has this key.");
        if field.kind == LeadFieldKind::Choice {
            c.that(!field.options.is_empty(), &at("options"), "Enter the choices, one a line.");
        }
    }
}

/// A lead field that was added and not filled in yet.
fn is_blank(field: &LeadField) -> bool {
    field.key.is_empty() && field.label.trim().is_empty()
}

/// Why something is not an origin that an agent may appear on.
pub(crate) fn origin_problem(origin: &str) -> Option<&'static str> {
    if origin == "*" {
        return None;
    }
    let (scheme, rest) = origin.split_once("://").unwrap_or(("", origin));
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let local = matches!(host, "localhost" | "127.0.0.1");
    let named = host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
    let clean = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    match scheme {
        "http" if !local => Some("http:// is only for localhost. Use https:// for a website."),
        "http" | "https" => {
            if rest.contains(['/', '?', '#']) {
                Some("Leave out what follows the host, as in https://example.com.")
            } else if !clean || !(named || local) || port.is_some_and(|port| port.parse::<u16>().is_err()) {
                Some("This is no website. Enter one like https://example.com.")
            } else {
                None
            }
        }
        _ => Some("Enter an origin like https://example.com, or * for every website."),
    }
}

/// What a person typed as an origin: a bare host gets `https://`, the rest of an address is dropped.
pub(crate) fn as_origin(typed: &str) -> String {
    let typed = typed.trim();
    if typed.is_empty() || typed == "*" {
        return typed.to_owned();
    }
    let full = crate::text::as_address(typed);
    let (scheme, rest) = full.split_once("://").unwrap_or(("https", &full));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{}://{}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}

/// The draft as it is sent: without entries that were added and not filled in.
pub(crate) fn clean(draft: &AgentDraft) -> AgentDraft {
    let mut draft = draft.clone();
    for texts in [&mut draft.quick_prompts, &mut draft.allowed_origins, &mut draft.guardrails.avoid] {
        texts.retain(|text| !text.trim().is_empty());
    }
    draft.lead_fields.retain(|field| !is_blank(field));
    for field in &mut draft.lead_fields {
        field.options.retain(|option| !option.trim().is_empty());
    }
    draft
}

/// The form's name of a field that the server named in a cleaned draft: entries left out shift the numbers.
pub(crate) fn uncleaned(field: &str, draft: &AgentDraft) -> String {
    let Some((list, rest)) = field.split_once('[') else { return field.to_owned() };
    let Some((number, tail)) = rest.split_once(']') else { return field.to_owned() };
    let kept: Vec<bool> = match list {
        "quick_prompts" => draft.quick_prompts.iter().map(|text| !text.trim().is_empty()).collect(),
        "allowed_origins" => draft.allowed_origins.iter().map(|text| !text.trim().is_empty()).collect(),
        "guardrails.avoid" => draft.guardrails.avoid.iter().map(|text| !text.trim().is_empty()).collect(),
        "lead_fields" => draft.lead_fields.iter().map(|field| !is_blank(field)).collect(),
        _ => return field.to_owned(),
    };
    let place = number.parse::<usize>().ok().and_then(|wanted| {
        kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(place, _)| place).nth(wanted)
    });
    place.map_or_else(|| field.to_owned(), |place| format!("{list}[{place}]{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> AgentDraft {
        let mut draft = AgentDraft::default();
        draft.persona.name = "Robin".into();
        draft
    }

    fn fields(draft: &AgentDraft) -> Vec<String> {
        check(draft).into_iter().filter_map(|problem| problem.field).collect()
    }

    #[test]
    fn a_fresh_draft_is_fine() {
        assert_eq!(fields(&draft()), Vec::<String>::new());
    }

    #[test]
    fn problems_name_their_field() {
        let mut d = draft();
        d.theme.accent = "blue".into();
        d.quick_prompts = vec!["ok".into(), "x".repeat(121)];
        d.allowed_origins = vec![String::new(), "http://example.com".into()];
        let twin = LeadField {
            key: "a".into(),
            label: "A".into(),
            kind: LeadFieldKind::Text,
            required: false,
            options: vec![],
        };
        d.lead_fields = vec![twin.clone(), twin];
        assert_eq!(
            fields(&d),
            ["theme.accent", "quick_prompts[1]", "lead_fields[1].key", "allowed_origins[1]"]
        );
    }

    #[test]
    fn origins_are_https_or_local() {
        for fine in
            ["*", "https://a.example", "https://a.example:8443", "http://localhost:3000", "http://127.0.0.1"]
        {
            assert_eq!(origin_problem(fine), None, "{fine}");
        }
        for wrong in [
            "a.example",
            "http://a.example",
            "https://a.example/",
            "https://a",
            "https://a.example:x",
            "ftp://a.b",
            "https://a b.c",
        ] {
            assert!(origin_problem(wrong).is_some(), "{wrong}");
        }
        assert_eq!(as_origin(" Example.com/shop?x "), "https://example.com");
        assert_eq!(as_origin("http://localhost:3000/"), "http://localhost:3000");
    }

    #[test]
    fn numbers_of_a_cleaned_list_lead_back_to_the_form() {
        let mut d = draft();
        d.quick_prompts = vec!["a".into(), " ".into(), "b".into()];
        assert_eq!(clean(&d).quick_prompts, ["a", "b"]);
        assert_eq!(uncleaned("quick_prompts[1]", &d), "quick_prompts[2]");
        assert_eq!(uncleaned("theme.accent", &d), "theme.accent");
    }
}
