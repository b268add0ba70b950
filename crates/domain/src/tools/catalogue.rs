//! The catalogue: what an entry may hold, and which part of an enabled tool is the operator's.

use protocol::Problem;
use protocol::api::{CatalogueContent, ToolContent, ToolHeader};
use serde_json::Value;

use super::{at_most, check, wrong_unless};

const MAX_EXPLANATION: usize = 2_000;
const MAX_EXAMPLE: usize = 4_000;

/// The first thing about an entry that has to be mended; its schema is checked where it is used.
///
/// # Errors
/// With the path of the field; `entry` is its name.
pub fn check_entry(name: &str, content: &CatalogueContent) -> Result<(), Problem> {
    let tool = tool(name, content.clone(), String::new(), Vec::new(), false);
    check(&tool).map_err(|problem| match problem.field.as_deref() {
        Some("content.name") => Problem::field("entry", problem.message),
        _ => problem,
    })?;
    wrong_unless(!content.title.is_empty(), "title", "Say what members call the tool.")?;
    let said = "Say what the tool does and what its webhook has to answer: members enable it by this.";
    wrong_unless(!content.explanation.is_empty(), "explanation", said)?;
    at_most("explanation", &content.explanation, MAX_EXPLANATION)?;
    let said = "Give an answer as the webhook may give it, as JSON of at most 4,000 bytes.";
    let fine = content.example != Value::Null && content.example.to_string().len() <= MAX_EXAMPLE;
    wrong_unless(fine, "example", said)
}

/// An entry as a tool of a workspace, with the workspace's own part of it.
#[must_use]
pub fn tool(
    name: &str,
    entry: CatalogueContent,
    url: String,
    headers: Vec<ToolHeader>,
    needs_approval: bool,
) -> ToolContent {
    let CatalogueContent { title, description, schema, method, idempotent, effect, .. } = entry;
    ToolContent {
        name: name.to_owned(),
        title,
        description,
        schema,
        method,
        url,
        headers,
        idempotent,
        timeout_ms: 10_000,
        max_result_bytes: 8_000,
        enabled: true,
        effect,
        needs_approval,
        cache_seconds: 0,
        live: None,
    }
}

/// Whether a member's change of an enabled tool leaves alone what is the operator's.
///
/// # Errors
/// With the first field that is not the member's.
pub fn keeps_definition(before: &ToolContent, after: &ToolContent) -> Result<(), Problem> {
    let same = |field: &str, same: bool| {
        let said = "The operator of this installation defines this tool. You choose its address, its secret, its \
                    limits, whether it is on, and whether a member is always asked. If it looks as you know it, load \
                    it again: it was changed.";
        wrong_unless(same, field, said)
    };
    same("name", before.name == after.name.trim())?;
    same("title", before.title == after.title.trim())?;
    same("description", before.description == after.description.trim())?;
    same("schema", before.schema == after.schema)?;
    same("method", before.method == after.method)?;
    same("effect", before.effect == after.effect)?;
    same("idempotent", before.idempotent == after.idempotent)?;
    same("live", after.live.is_none())
}

#[cfg(test)]
mod tests {
    use protocol::api::{ToolEffect, ToolMethod};
    use serde_json::json;

    use super::*;

    fn entry() -> CatalogueContent {
        CatalogueContent {
            title: "Order status".into(),
            explanation: "Looks an order up.".into(),
            example: json!({ "status": "shipped" }),
            description: "Looks an order up.".into(),
            schema: json!({ "type": "object" }),
            method: ToolMethod::Post,
            idempotent: true,
            effect: ToolEffect::Reads,
            needs_approval: true,
        }
    }

    #[test]
    fn an_entry_says_all_that_members_and_models_need() {
        assert_eq!(check_entry("order_status", &entry()), Ok(()));
        let wrong = |name: &str, change: fn(&mut CatalogueContent)| {
            let mut entry = entry();
            change(&mut entry);
            check_entry(name, &entry).unwrap_err().field.unwrap()
        };
        assert_eq!(wrong("order status", |_| {}), "entry");
        assert_eq!(wrong("x", |c| c.title.clear()), "content.title");
        assert_eq!(wrong("x", |c| c.explanation.clear()), "content.explanation");
        assert_eq!(wrong("x", |c| c.explanation = "x".repeat(2_001)), "content.explanation");
        assert_eq!(wrong("x", |c| c.example = Value::Null), "content.example");
        assert_eq!(wrong("x", |c| c.example = "x".repeat(4_000).into()), "content.example");
        assert_eq!(wrong("x", |c| c.description.clear()), "content.description");
        assert_eq!(wrong("x", |c| c.schema = json!({ "type": "string" })), "content.schema");
    }

    #[test]
    fn a_member_changes_what_is_the_workspaces_and_nothing_of_the_definition() {
        let tool = || tool("x", entry(), "https://a.test/".into(), Vec::new(), true);
        let mut own = tool();
        own.url = "https://b.test/".into();
        own.headers = vec![ToolHeader { name: "X-Shop".into(), value: "1".into() }];
        (own.timeout_ms, own.max_result_bytes, own.cache_seconds) = (20_000, 100, 60);
        (own.enabled, own.needs_approval) = (false, false);
        assert_eq!(keeps_definition(&tool(), &own), Ok(()));
        let refused = |change: fn(&mut ToolContent)| {
            let mut after = tool();
            change(&mut after);
            keeps_definition(&tool(), &after).unwrap_err().field.unwrap()
        };
        assert_eq!(refused(|c| c.name.push('y')), "content.name");
        assert_eq!(refused(|c| c.title.push('y')), "content.title");
        assert_eq!(refused(|c| c.description.push('y')), "content.description");
        assert_eq!(refused(|c| c.schema = json!({ "type": "object", "title": "y" })), "content.schema");
        assert_eq!(refused(|c| c.method = ToolMethod::Get), "content.method");
        assert_eq!(refused(|c| c.effect = ToolEffect::Writes), "content.effect");
        assert_eq!(refused(|c| c.idempotent = false), "content.idempotent");
    }
}
