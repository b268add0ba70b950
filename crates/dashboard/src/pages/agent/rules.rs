//! What the server would refuse in a draft, told while it is typed: the rules are those of `domain::draft`.

use super::history::put_back;
use domain::draft;
use protocol::Problem;
use protocol::agent::{AgentDraft, LeadField};
use protocol::handover::HandoverRule;

/// More rounds than a draft has fields.
const ROUNDS: usize = 60;

/// Everything that is wrong, of each list its first; fields are named as the form numbers them.
pub(crate) fn check(form: &AgentDraft) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    let mut rest = clean(form);
    let mut wrong = Vec::new();
    for _ in 0..ROUNDS {
        // The first problem is put aside to find the next.
        let Err(problem) = draft::check(&rest) else { break };
        let field = problem.field.unwrap_or_default();
        if wrong.contains(&field) {
            break;
        }
        found.push(Problem { field: Some(uncleaned(&field, form)), ..problem });
        wrong.push(field);
        rest = put_back(clean(form), &AgentDraft::default(), &wrong);
    }
    found
}

/// What keeps the draft from being published.
pub(crate) fn unpublishable(form: &AgentDraft) -> Option<Problem> {
    draft::check_for_publication(&clean(form)).err()
}

/// A lead field that was added and not filled in yet.
fn is_blank(field: &LeadField) -> bool {
    field.key.is_empty() && field.label.trim().is_empty()
}

/// A rule of the hand-over that was added and not filled in yet.
fn is_blank_rule(rule: &HandoverRule) -> bool {
    let named = rule.words.iter().any(|word| !word.trim().is_empty());
    !named && HandoverRule { words: Vec::new(), ..rule.clone() } == HandoverRule::default()
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
    draft.tag_filter.retain(|tag| !tag.trim().is_empty());
    // In the spelling that is kept; what cannot be is refused with its reason.
    if let Ok(tags) = domain::tags::accept("tag_filter", &draft.tag_filter) {
        draft.tag_filter = tags;
    }
    draft.lead_fields.retain(|field| !is_blank(field));
    for field in &mut draft.lead_fields {
        field.options.retain(|option| !option.trim().is_empty());
    }
    if draft.models.first().is_none_or(|first| first.name().is_none()) {
        // There is nothing that it could stand before.
        draft.simple_model = None;
    }
    draft.handover.rules.retain(|rule| !is_blank_rule(rule));
    for rule in &mut draft.handover.rules {
        rule.words.retain(|word| !word.trim().is_empty());
    }
    draft
}

/// The form's name of a field of a cleaned draft: entries left out shift the numbers, and the choices of a lead
/// field are one text.
pub(crate) fn uncleaned(field: &str, draft: &AgentDraft) -> String {
    let Some((list, rest)) = field.split_once('[') else { return field.to_owned() };
    let Some((number, tail)) = rest.split_once(']') else { return field.to_owned() };
    let filled = |texts: &[String]| texts.iter().map(|text| !text.trim().is_empty()).collect::<Vec<_>>();
    let kept = match list {
        "quick_prompts" => filled(&draft.quick_prompts),
        "allowed_origins" => filled(&draft.allowed_origins),
        "guardrails.avoid" => filled(&draft.guardrails.avoid),
        "lead_fields" => draft.lead_fields.iter().map(|field| !is_blank(field)).collect(),
        "handover.rules" => draft.handover.rules.iter().map(|rule| !is_blank_rule(rule)).collect(),
        _ => return field.to_owned(),
    };
    let place = number.parse::<usize>().ok().and_then(|wanted| {
        kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(place, _)| place).nth(wanted)
    });
    let tail = tail.split('[').next().unwrap_or_default();
    place.map_or_else(|| field.to_owned(), |place| format!("{list}[{place}]{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::agent::LeadFieldKind;

    fn fields(draft: &AgentDraft) -> Vec<String> {
        check(draft).into_iter().filter_map(|problem| problem.field).collect()
    }

    #[test]
    fn every_field_that_is_wrong_is_named_at_once() {
        assert_eq!(fields(&AgentDraft::default()), Vec::<String>::new());
        let mut d = AgentDraft::default();
        d.theme.accent = "blue".into();
        d.theme.message = Some("red".into());
        d.quick_prompts = vec![" ".into(), "ok".into(), "x".repeat(121)];
        d.allowed_origins = vec![String::new(), "http://example.com".into()];
        let mut choice = LeadField {
            key: "a".into(),
            label: "A".into(),
            kind: LeadFieldKind::Choice,
            required: false,
            options: vec!["x".into(), "y".repeat(200)],
        };
        d.lead_fields = vec![choice.clone()];
        assert_eq!(
            fields(&d),
            [
                "theme.accent",
                "theme.message",
                "quick_prompts[2]",
                "allowed_origins[1]",
                "lead_fields[0].options"
            ]
        );
        choice.options = vec!["x".into()];
        d.lead_fields = vec![choice];
        assert!(fields(&d).contains(&"lead_fields[0].options".to_owned()));
    }

    #[test]
    fn what_a_person_types_becomes_an_origin() {
        assert_eq!(as_origin(" Example.com/shop?x "), "https://example.com");
        assert_eq!(as_origin("http://localhost:3000/"), "http://localhost:3000");
        assert_eq!(as_origin("*"), "*");
    }

    #[test]
    fn numbers_of_a_cleaned_list_lead_back_to_the_form() {
        let d =
            AgentDraft { quick_prompts: vec!["a".into(), " ".into(), "b".into()], ..AgentDraft::default() };
        assert_eq!(clean(&d).quick_prompts, ["a", "b"]);
        assert_eq!(uncleaned("quick_prompts[1]", &d), "quick_prompts[2]");
        assert_eq!(uncleaned("theme.accent", &d), "theme.accent");
    }

    #[test]
    fn a_rule_without_words_is_told_at_its_words_unless_it_was_only_just_added() {
        let mut d = AgentDraft::default();
        d.handover.rules =
            vec![HandoverRule::default(), HandoverRule { alert: true, ..HandoverRule::default() }];
        assert_eq!(clean(&d).handover.rules.len(), 1);
        assert_eq!(fields(&d), ["handover.rules[1].words"]);
        if let Some(rule) = d.handover.rules.get_mut(1) {
            rule.words = vec![String::new(), "x".repeat(101)];
        }
        assert_eq!(fields(&d), ["handover.rules[1].words"], "the place of a word is the field of all words");
    }
}
