//! Backup and restore: the operator's, over everybody's rows. Every relation is in a backup, or is left out for a reason;
//! and what is restored is what was there.

use std::collections::BTreeSet;

use store::backup::{self, LEFT_OUT, RELATIONS};
use store::{Engine, Statement, Value, sql};

use super::{A, B, both, relations, tables};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("backup::columns", "the operator's backup: the shape of a table"),
    ("backup::page", "the operator's backup: rows, whoever's they are"),
    ("backup::put", "the operator restores what was backed up, whoever's it is"),
    ("backup::migrations", "the operator's backup: the shape of the database"),
    ("backup::references", "the operator's backup: the shape of the database"),
    ("backup::objects", "the operator's backup: which objects there are, whoever's they are"),
    ("backup::jurisdiction", "the operator's backup: where the objects of a workspace live"),
    ("backup::begin", "the operator restores into an installation where nobody is yet"),
    ("backup::restored", "how far a restore has come: of the installation"),
    ("backup::restoring", "how far a restore has come: of the installation"),
    ("backup::came", "how far a restore has come: of the installation"),
    ("backup::end", "the operator ends a restore: every edge and every ledger is told"),
    ("backup::untold", "the operator ends a restore: how many are still to be told"),
];

/// A backup that was restored to the installation.
pub fn fill(n: u64) -> Vec<Statement> {
    let restored = "INSERT INTO restores (id, pages, begun_at, ended_at) VALUES (?1, 1, 1, 2)";
    vec![sql::sql(restored).bind(format!("backup {n}"))]
}

fn columns(memory: &impl Engine, table: &str) -> Vec<String> {
    let rows = memory.run(&backup::columns(table).unwrap()).unwrap();
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

#[test]
fn every_relation_is_backed_up_or_left_out_for_a_reason() {
    let listed = RELATIONS.iter().copied().chain(LEFT_OUT.iter().map(|(table, _)| *table));
    let mut listed: Vec<&str> = listed.collect();
    listed.sort_unstable();
    let there = tables(&relations());
    assert_eq!(listed, there.iter().map(String::as_str).collect::<Vec<_>>(), "name it in store::backup");
}

#[test]
fn what_a_row_refers_to_is_restored_before_it_and_is_in_the_backup() {
    let memory = relations();
    let place = |table: &str| RELATIONS.iter().position(|one| *one == table);
    let mut seen = 0;
    for row in memory.run(&backup::references()).unwrap() {
        let (table, to) = (row.text(0).unwrap(), row.text(2).unwrap());
        if let Some(at) = place(table) {
            assert!(place(to).is_some_and(|before| before < at), "{table} refers to {to}");
            seen += 1;
        }
    }
    assert!(seen > 20);
}

#[test]
fn rows_are_restored_as_they_were_and_once() {
    let (from, to) = (both(), relations());
    to.ask("DELETE FROM plans");
    let mut filled = BTreeSet::new();
    for _ in 0..2 {
        for table in RELATIONS {
            let columns = columns(&from, table);
            for row in from.run(&backup::page(table, &columns, 0).unwrap()).unwrap() {
                filled.insert(*table);
                let written = serde_json::to_string(&backup::as_json(&row).unwrap()).unwrap();
                let read: Vec<serde_json::Value> = serde_json::from_str(&written).unwrap();
                to.run(&backup::put(table, &columns, &read).unwrap()).unwrap();
            }
        }
    }
    assert!(filled.len() > RELATIONS.len() - 6, "{filled:?}");
    for table in RELATIONS {
        let all = |memory: &super::common::Memory| {
            memory.ask(&format!("SELECT rowid, * FROM {table} ORDER BY rowid"))
        };
        assert_eq!(all(&from), all(&to), "{table}");
    }
}

#[test]
fn numbers_keep_all_their_digits() {
    let memory = relations();
    let mut state = 88_172_645_463_325_252_u64;
    let random = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from_bits(state)
    });
    let random = random.filter(|number| number.is_finite()).take(2_000);
    for number in
        random.chain([0.1 + 0.2, 1.0 / 3.0, 1e300, -2.5e-9, 1_763_770_000_123.0, 9_007_199_254_740_993.0])
    {
        let row = store::Row(vec![Value::Real(number)]);
        let text = serde_json::to_string(&backup::as_json(&row).unwrap()).unwrap();
        let json: Vec<serde_json::Value> =
            serde_json::from_str(&format!("[1,\"s\",{}]", &text[1..text.len() - 1])).unwrap();
        memory.ask("DELETE FROM sign_in_attempts");
        let put = backup::put("sign_in_attempts", &["subject".into(), "at".into()], &json).unwrap();
        memory.run(&put).unwrap();
        assert_eq!(memory.ask("SELECT at FROM sign_in_attempts")[0].real(0).unwrap(), number);
    }
}

#[test]
fn pages_hold_a_bounded_length_and_end_where_the_next_begins() {
    let memory = relations();
    let long = "x".repeat(150_000);
    for n in 1..=7 {
        let text = if n == 3 { "y".repeat(900_000) } else { long.clone() };
        memory
            .run(
                &sql::sql("INSERT INTO sign_in_attempts (subject, at) VALUES (?1, ?2)")
                    .bind(text)
                    .bind(f64::from(n)),
            )
            .unwrap();
    }
    let columns = columns(&memory, "sign_in_attempts");
    let (mut pages, mut after) = (Vec::new(), 0);
    loop {
        let rows = memory.run(&backup::page("sign_in_attempts", &columns, after).unwrap()).unwrap();
        let Some(last) = rows.last() else { break };
        after = last.integer(0).unwrap();
        pages.push(rows.len());
    }
    assert_eq!(pages, [3, 3, 1], "a page ends with the row that makes it too long");
}

#[test]
fn names_that_are_no_names_reach_no_statement() {
    for name in ["", "users; DROP TABLE users", "users)", "Users", "a b", "a'"] {
        assert!(backup::columns(name).is_err() && backup::page(name, &[], 0).is_err(), "{name}");
        assert!(backup::put("users", &[name.to_owned()], &[1.into(), 1.into()]).is_err(), "{name}");
    }
    assert!(backup::put("users", &["id".to_owned()], &[1.into()]).is_err(), "a row without its number");
}

#[test]
fn a_restore_begins_where_nothing_is_and_goes_on_with_the_same_backup_alone() {
    let begin = |memory: &super::common::Memory, backup: &str| {
        backup::begin(backup, 1.0).iter().for_each(|statement| drop(memory.run(statement).unwrap()));
        memory.run(&backup::restored(backup)).unwrap().first().map(|row| row.integer::<u32>(0).unwrap())
    };
    let filled = both();
    assert_eq!(begin(&filled, "one"), None);
    assert!(filled.number("SELECT count(*) FROM plans") > 0);

    let empty = relations();
    assert_eq!(begin(&empty, "one"), Some(0));
    for table in ["plans", "alerts", "catalogue"] {
        assert_eq!(empty.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}: the backup's");
    }
    assert_eq!(begin(&empty, "other"), None, "one at a time");
    empty.run(&backup::came("one", 4)).unwrap();
    empty.run(&backup::came("one", 3)).unwrap();
    assert_eq!(begin(&empty, "one"), Some(4));
    assert_eq!(empty.run(&backup::restoring()).unwrap().len(), 1);
    backup::end("one", 2.0).iter().for_each(|statement| drop(empty.run(statement).unwrap()));
    assert!(empty.run(&backup::restoring()).unwrap().is_empty());
    empty.run(&backup::came("one", 9)).unwrap();
    assert_eq!(empty.number("SELECT pages FROM restores"), 4, "it has ended");
}

#[test]
fn a_tool_whose_entry_is_in_no_backup_is_restored_as_its_workspaces_own() {
    let memory = relations();
    backup::begin("one", 1.0).iter().for_each(|statement| drop(memory.run(statement).unwrap()));
    super::fill(&memory, A);
    memory.ask("INSERT INTO catalogue (name, content, created_at, edited_at) VALUES ('there', '{}', 1, 1)");
    let link = |to: &str| memory.ask(&format!("UPDATE tools SET catalogue = '{to}'"));
    let linked = || memory.number("SELECT count(*) FROM tools WHERE catalogue IS NOT NULL");
    link("there");
    let end = || backup::end("one", 2.0).iter().for_each(|statement| drop(memory.run(statement).unwrap()));
    end();
    assert_eq!(linked(), 1);
    memory.ask("UPDATE restores SET ended_at = NULL");
    link("gone");
    end();
    assert_eq!(linked(), 0);
}

#[test]
fn objects_are_named_page_by_page() {
    let memory = both();
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let rows = memory.run(&backup::objects(&after, 2)).unwrap();
        let Some(last) = rows.last() else { break };
        after = last.text(0).unwrap().to_owned();
        names.extend(rows.iter().map(|row| row.text(0).unwrap().to_owned()));
    }
    for n in [A, B] {
        let workspace = super::tenant(n).workspace().to_string();
        for kind in ["archive", "crawl", "endpoint"] {
            assert!(names.iter().any(|name| name.starts_with(&format!("{kind}/{workspace}"))), "{kind}");
        }
    }
    assert!(names.is_sorted());
}
