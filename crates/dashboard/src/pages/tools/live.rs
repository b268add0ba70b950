//! What a connected service is asked: for a shop it is given, for a database a statement and its arguments.

use super::form::Area;
use crate::components::form::{Form, TextField};
use leptos::prelude::*;
use protocol::IntegrationId;
use protocol::Problem;
use protocol::api::{LiveCall, LiveOperation, QueryKind, QueryParameter};

const KINDS: [(QueryKind, &str); 5] = [
    (QueryKind::Text, "text"),
    (QueryKind::Integer, "integer"),
    (QueryKind::Number, "number"),
    (QueryKind::Boolean, "boolean"),
    (QueryKind::Date, "date"),
];

/// A new statement on a database.
pub(super) fn statement_on(integration_id: IntegrationId) -> LiveCall {
    LiveCall {
        integration_id,
        operation: LiveOperation::Query,
        statement: "SELECT status, updated_at\nFROM orders\nWHERE number = $1".into(),
        parameters: vec![QueryParameter {
            name: "order_number".into(),
            kind: QueryKind::Text,
            description: "The order number, as in HL-1001".into(),
            required: true,
        }],
        max_rows: 20,
    }
}

/// Arguments as they are typed: one on each line, as in `since? date: From which day`.
fn lines(parameters: &[QueryParameter]) -> String {
    let line = |one: &QueryParameter| {
        let kind = KINDS.iter().find(|(kind, _)| *kind == one.kind).map_or("text", |(_, name)| name);
        let optional = if one.required { "" } else { "?" };
        format!("{}{optional} {kind}: {}", one.name, one.description)
    };
    parameters.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn parameters(typed: &str) -> Result<Vec<QueryParameter>, Problem> {
    let line = |line: &str| {
        let wrong = |reason: &str| {
            Problem::field("content.live.parameters", format!("\u{201c}{line}\u{201d}: {reason}"))
        };
        let (head, description) = line.split_once(':').unwrap_or((line, ""));
        let mut words = head.split_whitespace();
        let name = words.next().unwrap_or_default();
        let kind = words.next().unwrap_or("text");
        let Some((kind, _)) = KINDS.into_iter().find(|(_, known)| *known == kind) else {
            return Err(wrong("after the name comes text, integer, number, boolean or date."));
        };
        if words.next().is_some() {
            return Err(wrong("write name type: description."));
        }
        Ok(QueryParameter {
            name: name.trim_end_matches('?').to_owned(),
            kind,
            description: description.trim().to_owned(),
            required: !name.ends_with('?'),
        })
    };
    typed.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

#[component]
pub(super) fn Asked(form: Form, live: LiveCall, locked: bool) -> impl IntoView {
    let is_query = live.operation == LiveOperation::Query;
    let words = match live.operation {
        LiveOperation::OrderLookup => {
            "Answers with one order of the shop: payment, shipment, returns. It is told to nobody who does not know the e-mail address or postcode of the order, whatever the agent is made to say."
        }
        LiveOperation::ProductSearch => "Answers with products that are for sale: price, stock and address.",
        LiveOperation::Query => {
            "Runs this one statement as your read-only role, in a read-only transaction, for 15 seconds at most. Agents fill in its arguments and write none of it."
        }
    };
    view! {
        <p class="quiet">{words}</p>
        {is_query.then(|| view! {
            <Area form name="content.live.statement" label="Statement (SQL)" rows=8 value=live.statement.clone() locked ltr=true
                hint="One SELECT. $1 is the first argument, $2 the second. It is tried on the database when you save."/>
            <Area form name="content.live.parameters" label="Arguments" rows=4 value=lines(&live.parameters) locked ltr=true
                hint="One on each line: name, type (text, integer, number, boolean or date), a colon, what it means. A ? after the name: it may be left out."/>
        })}
        <TextField form name="content.live.max_rows" label=if is_query { "Rows at most" } else { "Answers at most" }.to_owned() kind="number"
            value=live.max_rows.to_string() readonly=locked ltr=true/>
    }
}

/// What the fields say.
pub(super) fn typed(form: Form, live: &LiveCall) -> Result<LiveCall, Problem> {
    let rows = form.value("content.live.max_rows").trim().parse();
    let max_rows = rows.map_err(|_| Problem::field("content.live.max_rows", "Enter a number."))?;
    let mut now = LiveCall { max_rows, ..live.clone() };
    if now.operation == LiveOperation::Query {
        now.statement = form.value("content.live.statement").trim().to_owned();
        now.parameters = parameters(&form.value("content.live.parameters"))?;
    }
    Ok(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_one_on_each_line() {
        let typed = "order_number text: The number\n\nsince? date: From: which day\nplain";
        let read = parameters(typed).unwrap();
        assert_eq!(lines(&read), "order_number text: The number\nsince? date: From: which day\nplain text: ");
        assert_eq!((read[1].required, read[2].kind), (false, QueryKind::Text));
        assert!(parameters("a money: x").is_err() && parameters("a text more: x").is_err());
    }
}
