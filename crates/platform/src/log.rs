//! The log: one JSON object a line, never anything a visitor or member wrote.

use serde::Serialize;
use worker::{console_error, console_log};

#[derive(Serialize)]
struct Line<'a> {
    level: &'a str,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

fn line(level: &str, event: &str, id: Option<&str>, detail: &str) -> String {
    serde_json::to_string(&Line { level, event, id, detail }).unwrap_or_default()
}

/// Something worth knowing; `id` names the request or the object's subject.
pub fn info(event: &str, id: &str, detail: &str) {
    console_log!("{}", line("info", event, Some(id), detail));
}

/// Something that should not have happened and is survived.
pub fn error(event: &str, id: Option<&str>, detail: &str) {
    console_error!("{}", line("error", event, id, detail));
}
