//! What an agent's draft may hold. The server refuses by these rules, the editor shows them.

use protocol::Problem;
use protocol::agent::{
    ACTIONS, AgentDraft, LANGUAGES, LeadFieldKind, MAX_INSTRUCTIONS, Model, WorkspaceModels,
};

use crate::tools::MOST_OF_AGENT;

/// Most characters of the agent's own name.
pub const MAX_NAME: usize = 80;
/// Most characters of the name that visitors see.
pub const MAX_PERSONA_NAME: usize = 60;
/// Most characters of the tone.
pub const MAX_TONE: usize = 200;
/// Most characters of a welcome, a fallback and an after-hours message.
pub const MAX_MESSAGE: usize = 500;
/// Most quick prompts.
pub const MAX_PROMPTS: usize = 6;
/// Most characters of a quick prompt.
pub const MAX_PROMPT: usize = 120;
/// Most websites.
pub const MAX_ORIGINS: usize = 50;
/// Most topics to avoid.
pub const MAX_TOPICS: usize = 30;
/// Most characters of a topic, a label and an option.
pub const MAX_TOPIC: usize = 100;
/// Most models.
pub const MAX_MODELS: usize = 5;
/// Most fields of the lead form.
pub const MAX_LEAD_FIELDS: usize = 12;
/// Seconds a visitor may be asked to wait for a person.
pub const WAIT_S: std::ops::RangeInclusive<u32> = 10..=3_600;
/// Most rules of a hand-over.
pub const MAX_RULES: usize = 20;
/// Most words and phrases of such a rule.
pub const MAX_RULE_WORDS: usize = 40;
const MAX_OPTIONS: usize = 20;
const MAX_URL: usize = 1_000;
/// Characters an answer may be limited to.
/// Minutes that a call waits for a member: less than a conversation is kept open for its visitor.
pub const APPROVAL_MINUTES: std::ops::RangeInclusive<u32> = 5..=1_200;
pub const ANSWER_CHARS: std::ops::RangeInclusive<u32> = 100..=4_000;
pub const CONVERSATION_MESSAGES: std::ops::RangeInclusive<u32> = 5..=500;
/// How freely models may choose their words.
pub const TEMPERATURE: std::ops::RangeInclusive<f64> = 0.0..=2.0;
/// Corner radii in pixels.
pub const RADII: [u32; 4] = [4, 8, 12, 16];

/// The first thing about a draft that has to be mended.
///
/// # Errors
/// With the path of the field, as in `theme.accent` or `allowed_origins[1]`.
pub fn check(draft: &AgentDraft) -> Result<(), Problem> {
    at_most("persona.name", &draft.persona.name, MAX_PERSONA_NAME)?;
    at_most("persona.tone", &draft.persona.tone, MAX_TONE)?;
    if let Some(address) = &draft.persona.avatar_url {
        let fine =
            address.starts_with("https://") && address.len() > 10 && !address.contains(char::is_whitespace);
        wrong_unless(fine, "persona.avatar_url", "Give the https address of a picture.")?;
        at_most("persona.avatar_url", address, MAX_URL)?;
    }
    let known = LANGUAGES.contains(&draft.language.as_str());
    wrong_unless(known, "language", &format!("Known languages are {}.", LANGUAGES.join(", ")))?;
    check_theme(draft)?;
    let minutes = APPROVAL_MINUTES.contains(&draft.approval_minutes);
    wrong_unless(minutes, "approval_minutes", "A call may wait 5 minutes to 20 hours for a member.")?;
    at_most("welcome", &draft.welcome, MAX_MESSAGE)?;
    at_most("fallback_message", &draft.fallback_message, MAX_MESSAGE)?;
    at_most("after_hours_message", &draft.after_hours_message, MAX_MESSAGE)?;
    texts("quick_prompts", &draft.quick_prompts, MAX_PROMPTS, MAX_PROMPT)?;
    texts("guardrails.avoid", &draft.guardrails.avoid, MAX_TOPICS, MAX_TOPIC)?;
    let chars = ANSWER_CHARS.contains(&draft.guardrails.max_chars);
    wrong_unless(chars, "guardrails.max_chars", "An answer may have 100 to 4,000 characters.")?;
    let messages = CONVERSATION_MESSAGES.contains(&draft.guardrails.max_messages);
    wrong_unless(messages, "guardrails.max_messages", "A conversation may have 5 to 500 messages.")?;
    for (at, action) in draft.guardrails.allowed_actions.iter().enumerate() {
        let known = ACTIONS.contains(&action.as_str());
        let field = format!("guardrails.allowed_actions[{at}]");
        wrong_unless(known, &field, &format!("Known actions are {}.", ACTIONS.join(", ")))?;
    }
    at_most("instructions", &draft.instructions, MAX_INSTRUCTIONS)?;
    few("allowed_origins", draft.allowed_origins.len(), MAX_ORIGINS)?;
    for (at, origin) in draft.allowed_origins.iter().enumerate() {
        check_origin(&format!("allowed_origins[{at}]"), origin)?;
    }
    check_models("models", &draft.models, "simple_model", draft.simple_model.as_ref())?;
    let share = draft.confidence_threshold.is_none_or(|share| (0.0..=1.0).contains(&share));
    wrong_unless(share, "confidence_threshold", "The threshold is between 0 and 1.")?;
    let warm = TEMPERATURE.contains(&draft.temperature);
    wrong_unless(warm, "temperature", "The temperature is between 0 and 2.")?;
    if crate::tags::accept("tag_filter", &draft.tag_filter)? != draft.tag_filter {
        return Err(Problem::field("tag_filter", "Write tags in lower case, each once."));
    }
    few("tools", draft.tools.len(), MOST_OF_AGENT)?;
    for (at, tool) in draft.tools.iter().enumerate() {
        let once = !draft.tools.iter().take(at).any(|other| other == tool);
        wrong_unless(once, &format!("tools[{at}]"), "This tool is in the list already.")?;
    }
    check_handover(draft)?;
    check_lead_fields(draft)
}

/// A workspace's models, by the rules of an agent's.
///
/// # Errors
/// With the path of the field, as in `models.order[0]`.
pub fn check_workspace_models(models: &WorkspaceModels) -> Result<(), Problem> {
    check_models("models.order", &models.order, "models.simple", models.simple.as_ref())
}

fn check_models(list: &str, models: &[Model], beside: &str, simple: Option<&Model>) -> Result<(), Problem> {
    few(list, models.len(), MAX_MODELS)?;
    let named = |model: &Model| model.name().is_none_or(|name| !name.trim().is_empty() && name.len() <= 200);
    for (at, model) in models.iter().enumerate() {
        wrong_unless(named(model), &format!("{list}[{at}]"), "Name the model.")?;
    }
    let Some(simple) = simple else { return Ok(()) };
    wrong_unless(named(simple), beside, "Name the model.")?;
    let message =
        "The site's own sentences stand behind every model. Choose a model for simple questions, or none.";
    wrong_unless(simple.name().is_some(), beside, message)?;
    let message = "It is asked before the models of the list. Put a model first in the list, or choose none for simple questions.";
    wrong_unless(models.first().is_some_and(|first| first.name().is_some()), beside, message)
}

fn check_handover(draft: &AgentDraft) -> Result<(), Problem> {
    let wait = WAIT_S.contains(&draft.handover.wait_s);
    wrong_unless(wait, "handover.wait_s", "Visitors wait for 10 seconds to 60 minutes.")?;
    at_most("handover.contact_message", &draft.handover.contact_message, MAX_MESSAGE)?;
    few("handover.rules", draft.handover.rules.len(), MAX_RULES)?;
    for (at, rule) in draft.handover.rules.iter().enumerate() {
        let field = format!("handover.rules[{at}].words");
        wrong_unless(!rule.words.is_empty(), &field, "Say which words this rule is about.")?;
        texts(&field, &rule.words, MAX_RULE_WORDS, MAX_TOPIC)?;
    }
    Ok(())
}

/// What a draft needs besides to be published.
///
/// # Errors
/// With the path of the field.
pub fn check_for_publication(draft: &AgentDraft) -> Result<(), Problem> {
    check(draft)?;
    wrong_unless(
        !draft.persona.name.trim().is_empty(),
        "persona.name",
        "Give the agent a name that visitors see.",
    )?;
    wrong_unless(
        !draft.allowed_origins.is_empty(),
        "allowed_origins",
        "Add the address of the site the widget will be on, as in https://example.com.",
    )
}

/// `https://host`, with a port where there is one; `http://` on this machine alone; `*` for every page.
fn check_origin(field: &str, origin: &str) -> Result<(), Problem> {
    if origin == "*" {
        return Ok(());
    }
    let local = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let rest = origin.strip_prefix("https://").map(|rest| (rest, false));
    let rest = rest.or_else(|| origin.strip_prefix("http://").map(|rest| (rest, true)));
    let fine = rest.is_some_and(|(rest, plain)| {
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let letters = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '[' | ']' | ':')
        };
        let named = !host.is_empty()
            && host.len() <= 253
            && host.chars().all(letters)
            && !host.starts_with(['.', '-']);
        named
            && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
            && (!plain || local(host))
    });
    wrong_unless(
        fine,
        field,
        "Give an address without a path, in small letters, as in https://example.com; http is for localhost alone.",
    )
}

fn check_theme(draft: &AgentDraft) -> Result<(), Problem> {
    let theme = &draft.theme;
    let colour = |field: &str, value: &str| {
        let digits = value.strip_prefix('#').unwrap_or_default();
        let fine = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        wrong_unless(fine, field, "Give a colour as #rrggbb.")
    };
    colour("theme.accent", &theme.accent)?;
    theme.message.as_deref().map_or(Ok(()), |value| colour("theme.message", value))?;
    wrong_unless(RADII.contains(&theme.radius), "theme.radius", "The radius is 4, 8, 12 or 16.")
}

fn check_lead_fields(draft: &AgentDraft) -> Result<(), Problem> {
    at_most("lead_consent", &draft.lead_consent, MAX_MESSAGE)?;
    few("lead_fields", draft.lead_fields.len(), MAX_LEAD_FIELDS)?;
    let mut keys = std::collections::HashSet::new();
    for (at, field) in draft.lead_fields.iter().enumerate() {
        let path = |part: &str| format!("lead_fields[{at}].{part}");
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fine = (1..=40).contains(&field.key.len()) && field.key.bytes().all(letters);
        wrong_unless(fine, &path("key"), "A key has 1 to 40 of a-z, 0-9 and _.")?;
        wrong_unless(keys.insert(&field.key), &path("key"), "Two fields have this key.")?;
        wrong_unless(!field.label.trim().is_empty(), &path("label"), "Give the field a label.")?;
        at_most(&path("label"), &field.label, MAX_TOPIC)?;
        texts(&path("options"), &field.options, MAX_OPTIONS, MAX_TOPIC)?;
        let choice = field.kind != LeadFieldKind::Choice || field.options.len() >= 2;
        wrong_unless(choice, &path("options"), "A choice needs two options at least.")?;
    }
    Ok(())
}

fn texts(field: &str, items: &[String], most: usize, chars: usize) -> Result<(), Problem> {
    few(field, items.len(), most)?;
    for (at, item) in items.iter().enumerate() {
        let path = format!("{field}[{at}]");
        wrong_unless(!item.trim().is_empty(), &path, "Write something here, or remove it.")?;
        at_most(&path, item, chars)?;
    }
    Ok(())
}

fn few(field: &str, count: usize, most: usize) -> Result<(), Problem> {
    wrong_unless(count <= most, field, &format!("At most {most}."))
}

fn at_most(field: &str, text: &str, chars: usize) -> Result<(), Problem> {
    wrong_unless(text.chars().count() <= chars, field, &format!("At most {chars} characters."))
}

fn wrong_unless(fine: bool, field: &str, message: &str) -> Result<(), Problem> {
    if fine { Ok(()) } else { Err(Problem::field(field, message)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: impl Fn(&mut AgentDraft)) -> Option<String> {
        let mut draft = AgentDraft::default();
        change(&mut draft);
        check(&draft).err().and_then(|problem| problem.field)
    }

    #[test]
    fn what_comes_with_a_new_agent_is_fine_but_not_for_visitors_yet() {
        assert_eq!(check(&AgentDraft::default()), Ok(()));
        assert!(check_for_publication(&AgentDraft::default()).is_err());
    }

    #[test]
    fn a_model_for_simple_questions_stands_before_a_list_that_begins_with_a_model() {
        let model = |name: &str| Model::Anthropic { model: name.into() };
        let simple = |models: &[Model], simple: Model| {
            wrong(|d| (d.models, d.simple_model) = (models.to_vec(), Some(simple.clone())))
        };
        assert_eq!(simple(&[model("big")], model("cheap")), None);
        for (models, cheaper) in [
            (vec![], model("cheap")),
            (vec![Model::Extractive, model("big")], model("cheap")),
            (vec![model("big")], Model::Extractive),
            (vec![model("big")], model(" ")),
        ] {
            assert_eq!(
                simple(&models, cheaper.clone()).as_deref(),
                Some("simple_model"),
                "{models:?} {cheaper:?}"
            );
            let of = WorkspaceModels { order: models, simple: Some(cheaper) };
            let field = check_workspace_models(&of).unwrap_err().field;
            assert_eq!(field.as_deref(), Some("models.simple"));
        }
        let many = WorkspaceModels { order: vec![model("m"); MAX_MODELS + 1], simple: None };
        assert_eq!(check_workspace_models(&many).unwrap_err().field.as_deref(), Some("models.order"));
        let nameless = WorkspaceModels { order: vec![model("m"), model("")], simple: None };
        assert_eq!(check_workspace_models(&nameless).unwrap_err().field.as_deref(), Some("models.order[1]"));
    }

    #[test]
    fn each_rule_names_its_field() {
        assert_eq!(wrong(|d| d.theme.accent = "red".into()).as_deref(), Some("theme.accent"));
        assert_eq!(wrong(|d| d.theme.radius = 5).as_deref(), Some("theme.radius"));
        assert_eq!(wrong(|d| d.instructions = "é".repeat(2_001)).as_deref(), Some("instructions"));
        assert_eq!(wrong(|d| d.instructions = "é".repeat(2_000)), None);
        assert_eq!(
            wrong(|d| d.quick_prompts = vec!["a".into(), " ".into()]).as_deref(),
            Some("quick_prompts[1]")
        );
        assert_eq!(
            wrong(|d| d.confidence_threshold = Some(f64::NAN)).as_deref(),
            Some("confidence_threshold")
        );
        assert_eq!(
            wrong(|d| d.persona.avatar_url = Some("http://x.test/a.png".into())).as_deref(),
            Some("persona.avatar_url")
        );
        assert_eq!(wrong(|d| d.language = "tlh".into()).as_deref(), Some("language"));
        assert_eq!(wrong(|d| d.temperature = 2.1).as_deref(), Some("temperature"));
        assert_eq!(wrong(|d| d.temperature = f64::NAN).as_deref(), Some("temperature"));
        assert_eq!(wrong(|d| d.temperature = 0.0), None);
        assert_eq!(wrong(|d| d.handover.wait_s = 0).as_deref(), Some("handover.wait_s"));
        assert_eq!(
            wrong(|d| d.handover.rules = vec![protocol::handover::HandoverRule::default()]).as_deref(),
            Some("handover.rules[0].words")
        );
    }

    #[test]
    fn origins_are_origins() {
        for good in [
            "https://example.com",
            "https://example.com:8443",
            "http://localhost:3000",
            "http://127.0.0.1:1",
            "*",
        ] {
            assert_eq!(check_origin("o", good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "https://",
            "https://example.com/",
            "https://example.com/path",
            "http://example.com",
            "https://exa mple.com",
            "https://example.com:0",
            "https://example.com:x",
            "https://Example.com",
            "javascript:alert(1)",
        ] {
            assert!(check_origin("o", bad).is_err(), "{bad}");
        }
    }
}
