//! The catalogue: entries of the installation, and the tools that have their definitions.

use protocol::ToolId;
use protocol::api::{CatalogueContent, CatalogueEntry, Tool, ToolContent, ToolEffect};
use serde_json::json;
use store::{Engine, Statement, catalogue, tools};

use super::common::Memory;
use super::{A, B, Built, Ids, both, relations, tenant};

const OF_ALL: &str = "the operator's definition, for all workspaces that enabled it";

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("catalogue::list", "entries belong to no workspace"),
    ("catalogue::one", "entries belong to no workspace"),
    ("catalogue::put", OF_ALL),
    ("catalogue::due_agents", OF_ALL),
    ("catalogue::delete", OF_ALL),
];

pub fn builders(_: &Ids, of: u64) -> Vec<Built> {
    vec![("catalogue::offers", vec![catalogue::offers(&tenant(of))])]
}

pub fn linked(n: u64) -> ToolId {
    ToolId::ordered(n, [33; 10])
}

/// A tool of the catalogue as a workspace has it.
pub fn enabled(entry: &CatalogueEntry, of: u64) -> ToolContent {
    let url = format!("https://hooks.test/{of}");
    domain::tools::catalogue::tool(&entry.name, entry.content.clone(), url, Vec::new(), false)
}

pub fn entry(memory: &Memory, name: &str) -> CatalogueEntry {
    catalogue::read(&memory.run(&catalogue::one(name)).unwrap()[0]).unwrap()
}

fn enable(memory: &Memory, content: &ToolContent, of: u64) {
    run(memory, &tools::enable(&tenant(of), &linked(of), content, None, 9, 4.0).unwrap());
}

fn run(memory: &Memory, statements: &[Statement]) {
    statements.iter().for_each(|statement| drop(memory.run(statement).unwrap()));
}

fn tool(memory: &Memory, id: &ToolId, of: u64) -> Tool {
    tools::read(&memory.run(&tools::one(&tenant(of), id, 0.0)).unwrap()[0]).unwrap().0
}

fn due(memory: &Memory, name: &str) -> usize {
    memory.run(&catalogue::due_agents(name, 99)).unwrap().len()
}

#[test]
fn the_demo_flows_are_entries_from_the_start() {
    let memory = relations();
    let rows = memory.run(&catalogue::list()).unwrap();
    let entries: Vec<CatalogueEntry> = rows.iter().map(|row| catalogue::read(row).unwrap()).collect();
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["book_appointment", "check_stock", "order_status"]);
    for CatalogueEntry { name, content, .. } in &entries {
        domain::tools::catalogue::check_entry(name, content).unwrap();
        // What an entry is written as is what the product writes, so that writing it again changes nothing.
        let stored = memory.ask(&format!("SELECT content FROM catalogue WHERE name = '{name}'"));
        assert_eq!(stored[0].text(0).unwrap(), serde_json::to_string(content).unwrap());
    }
}

#[test]
fn an_entry_reaches_the_tools_that_have_it_and_no_others() {
    let memory = both();
    let before = entry(&memory, "order_status");
    for of in [A, B] {
        enable(&memory, &enabled(&before, of), of);
    }
    let own: Vec<Tool> = [A, B].map(|of| tool(&memory, &super::tools::tool(of), of)).into();
    memory.ask("UPDATE agents SET edge_due_at = NULL");
    memory.ask(
        "UPDATE tools SET content = json_set(content, '$.cache_seconds', 60) WHERE catalogue IS NOT NULL",
    );
    // The same again, or other words for members, is no other definition.
    let words = CatalogueContent { explanation: "Other words.".into(), ..before.content.clone() };
    for content in [&before.content, &words] {
        run(&memory, &catalogue::put("order_status", content, 50.0).unwrap());
        assert_eq!(tool(&memory, &linked(A), A).edited_at, 4.0);
        assert_eq!(due(&memory, "order_status"), 0);
    }
    assert_eq!(entry(&memory, "order_status").edited_at, 50.0);

    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer", "title": "“é”\n" } } });
    let after = CatalogueContent { description: "It's new.".into(), schema, ..words };
    run(&memory, &catalogue::put("order_status", &after, 60.0).unwrap());
    for of in [A, B] {
        let now = tool(&memory, &linked(of), of);
        assert_eq!(
            (now.content.description.as_str(), &now.content.schema),
            ("It's new.", &after.schema),
            "{of}"
        );
        assert_eq!((now.content.url, now.content.cache_seconds), (format!("https://hooks.test/{of}"), 60));
        assert_eq!((now.edited_at, now.catalogue.as_deref()), (60.0, Some("order_status")));
    }
    assert_eq!(due(&memory, "order_status"), 2);
    assert_eq!(due(&memory, "check_stock"), 0);
    // What changes something is not answered from memory.
    let writes = CatalogueContent { effect: ToolEffect::Writes, ..after };
    run(&memory, &catalogue::put("order_status", &writes, 70.0).unwrap());
    let now = tool(&memory, &linked(A), A).content;
    assert_eq!((now.effect, now.cache_seconds), (ToolEffect::Writes, 0));
    for (of, own) in [A, B].into_iter().zip(own) {
        assert_eq!(tool(&memory, &own.id, of), own, "a workspace's own");
    }
}

#[test]
fn what_a_member_writes_late_does_not_bring_back_a_definition() {
    let memory = both();
    let before = entry(&memory, "order_status");
    let mut read = enabled(&before, A);
    enable(&memory, &read, A);
    let content = CatalogueContent { description: "Another one.".into(), ..before.content };
    run(&memory, &catalogue::put("order_status", &content, 60.0).unwrap());
    (read.url, read.needs_approval) = ("https://elsewhere.test/".into(), true);
    memory.run(&tools::update(&tenant(A), &linked(A), &read, None, 61.0).unwrap()).unwrap();
    let now = tool(&memory, &linked(A), A).content;
    assert_eq!((now.description.as_str(), now.url.as_str()), ("Another one.", "https://elsewhere.test/"));
    assert!(now.needs_approval);
    // Nor does what is enabled late.
    enable(&memory, &enabled(&before_again(&before.name), B), B);
    assert_eq!(tool(&memory, &linked(B), B).content.description, "Another one.");
}

fn before_again(name: &str) -> CatalogueEntry {
    entry(&relations(), name)
}

#[test]
fn each_workspace_is_told_of_its_own_tools_alone() {
    let memory = both();
    enable(&memory, &enabled(&entry(&memory, "check_stock"), A), A);
    let of = |n| {
        let rows = memory.run(&catalogue::offers(&tenant(n))).unwrap();
        let offers = rows.iter().map(|row| catalogue::read_offer(row).unwrap());
        offers.map(|offer| (offer.entry.name, offer.tool_id)).collect::<Vec<_>>()
    };
    let offered = |tool| {
        [("book_appointment", None), ("check_stock", tool), ("order_status", None)]
            .map(|(name, tool)| (name.to_owned(), tool))
    };
    assert_eq!((of(A), of(B)), (offered(Some(linked(A))).into(), offered(None).into()));
}

#[test]
fn a_deleted_entry_leaves_its_tools_to_their_workspaces() {
    let memory = both();
    let content = enabled(&entry(&memory, "order_status"), A);
    enable(&memory, &content, A);
    run(&memory, &catalogue::delete("order_status"));
    let now = tool(&memory, &linked(A), A);
    assert_eq!((now.catalogue, &now.content, now.edited_at), (None, &content, 4.0));
    let own = ToolContent { description: "Ours now.".into(), ..content.clone() };
    memory.run(&tools::update(&tenant(A), &linked(A), &own, None, 9.0).unwrap()).unwrap();
    assert_eq!(tool(&memory, &linked(A), A).content, own);
    // Nothing is enabled that is not there any more.
    enable(&memory, &content, B);
    assert!(memory.run(&tools::one(&tenant(B), &linked(B), 0.0)).unwrap().is_empty());
}
