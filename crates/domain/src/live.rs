//! Live data: what a connected shop or database is asked, with which arguments, and to whom an order is told.

use protocol::Problem;
use protocol::api::{LiveCall, LiveOperation, QueryKind, QueryParameter};
use serde_json::{Map, Value, json};

/// Rows of a query, and products of a search.
pub const ROWS: std::ops::RangeInclusive<u32> = 1..=100;
const MAX_STATEMENT: usize = 4_000;
const MAX_PARAMETERS: usize = 12;
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 300;

/// JSON Schema of the arguments of a call: what models are offered, and what is checked before the call.
#[must_use]
pub fn schema(call: &LiveCall) -> Value {
    match call.operation {
        LiveOperation::OrderLookup => json!({
            "type": "object",
            "properties": {
                "order_number": {
                    "type": "string", "minLength": 1, "maxLength": 40,
                    "description": "The order number as the visitor wrote it, such as 1001",
                },
                "email_or_postcode": {
                    "type": "string", "minLength": 3, "maxLength": 200,
                    "description": "The e-mail address or the postcode that the order was placed with, as the visitor \
                        wrote it. Ask for it; never guess it.",
                },
            },
            "required": ["order_number", "email_or_postcode"],
            "additionalProperties": false,
        }),
        LiveOperation::ProductSearch => json!({
            "type": "object",
            "properties": {
                "query": {
                    "type": "string", "minLength": 2, "maxLength": 100,
                    "description": "Words of the product's name, such as red running shoes",
                },
            },
            "required": ["query"],
            "additionalProperties": false,
        }),
        LiveOperation::Query => {
            let property = |one: &QueryParameter| {
                let mut property = match one.kind {
                    QueryKind::Text => json!({ "type": "string", "maxLength": 500 }),
                    QueryKind::Integer => json!({ "type": "integer" }),
                    QueryKind::Number => json!({ "type": "number" }),
                    QueryKind::Boolean => json!({ "type": "boolean" }),
                    QueryKind::Date => json!({ "type": "string", "format": "date" }),
                };
                if let Some(fields) = property.as_object_mut().filter(|_| !one.description.is_empty()) {
                    fields.insert("description".into(), one.description.clone().into());
                }
                (one.name.clone(), property)
            };
            let properties: Map<String, Value> = call.parameters.iter().map(property).collect();
            let required: Vec<&str> =
                call.parameters.iter().filter(|one| one.required).map(|one| one.name.as_str()).collect();
            json!({
                "type": "object", "properties": properties, "required": required,
                "additionalProperties": false,
            })
        }
    }
}

/// The first thing about a call that has to be mended.
///
/// # Errors
/// With the path of the field, as in `content.live.statement`.
pub fn check(call: &LiveCall) -> Result<(), Problem> {
    let wrong = |field: &str, words: &str| Err(Problem::field(&format!("content.live.{field}"), words));
    if !ROWS.contains(&call.max_rows) {
        return wrong("max_rows", "1 to 100 rows can be told.");
    }
    if call.operation != LiveOperation::Query {
        if !call.statement.is_empty() || !call.parameters.is_empty() {
            return wrong("statement", "A shop is asked no statement. Leave it out.");
        }
        return Ok(());
    }
    if call.parameters.len() > MAX_PARAMETERS {
        return wrong("parameters", "At most 12 arguments.");
    }
    for (at, one) in call.parameters.iter().enumerate() {
        let letters = one.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !letters || !(1..=MAX_NAME).contains(&one.name.len()) {
            let words = format!("Argument {}: a name has 1 to 64 letters, digits and _.", at + 1);
            return wrong("parameters", &words);
        }
        if one.description.chars().count() > MAX_DESCRIPTION {
            return wrong(
                "parameters",
                &format!("Argument {}: at most 300 characters of description.", at + 1),
            );
        }
        if call.parameters.iter().filter(|other| other.name == one.name).count() > 1 {
            return wrong("parameters", &format!("Two arguments are called {}.", one.name));
        }
    }
    statement(&call.statement, call.parameters.len()).or_else(|words| wrong("statement", &words))
}

/// Whether a statement reads, is one, and uses its arguments. What it reads, its database decides by the role's rights;
/// it runs as part of a SELECT in a read-only transaction, whatever is written here.
fn statement(text: &str, parameters: usize) -> Result<(), String> {
    let text = text.trim();
    let first = text.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    if !first.eq_ignore_ascii_case("select") && !first.eq_ignore_ascii_case("with") {
        return Err("A statement begins with SELECT (or WITH): agents only read.".into());
    }
    if text.len() > MAX_STATEMENT {
        return Err("A statement has at most 4,000 bytes.".into());
    }
    if text.contains(';') {
        return Err("Write one statement, without a semicolon.".into());
    }
    if text.contains("--") || text.contains("/*") {
        return Err("Leave comments out of the statement.".into());
    }
    let used = placeholders(text);
    if let Some(missing) = (1..=parameters).find(|number| !used.contains(number)) {
        return Err(format!("The statement does not use ${missing}. Use every argument, or delete it."));
    }
    if let Some(extra) = used.iter().find(|number| **number == 0 || **number > parameters) {
        return Err(format!("The statement uses ${extra}, and there is no such argument."));
    }
    Ok(())
}

/// Numbers of `$1`, `$2` and so on.
fn placeholders(text: &str) -> Vec<usize> {
    let number = |rest: &str| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end).and_then(|digits| digits.parse().ok())
    };
    text.split('$').skip(1).filter_map(number).collect()
}

/// Arguments of a query in the order of its placeholders, as text: what PostgreSQL reads for each type.
#[must_use]
pub fn values(parameters: &[QueryParameter], arguments: &Value) -> Vec<Option<String>> {
    let text = |one: &QueryParameter| match arguments.get(&one.name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    parameters.iter().map(text).collect()
}

/// An order number as shops compare it: without `#` and blanks, in one case.
#[must_use]
pub fn order_number(text: &str) -> String {
    let kept = text.trim().trim_start_matches('#').chars().filter(|letter| !letter.is_whitespace());
    kept.flat_map(char::to_uppercase).collect()
}

/// What somebody knows of an order, as it is compared: an address in one case, a postcode by its letters and digits.
/// Nothing where it is too little to say who somebody is.
#[must_use]
pub fn proof(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains('@') {
        return Some(text.to_lowercase()).filter(|text| text.len() >= 5);
    }
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase);
    Some(letters.collect::<String>()).filter(|text| text.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use protocol::IntegrationId;

    use super::*;

    fn call(statement: &str, names: &[&str]) -> LiveCall {
        let parameter = |name: &&str| QueryParameter {
            name: (*name).into(),
            kind: QueryKind::Text,
            description: String::new(),
            required: true,
        };
        LiveCall {
            integration_id: IntegrationId::ordered(1, [1; 10]),
            operation: LiveOperation::Query,
            statement: statement.into(),
            parameters: names.iter().map(parameter).collect(),
            max_rows: 20,
        }
    }

    #[test]
    fn a_statement_reads_is_one_and_uses_its_arguments() {
        for (text, names) in [
            ("SELECT 1", vec![]),
            ("with a as (select $1::text as b) select * from a", vec!["x"]),
            ("select * from t where a = $1 and b = $2 and c = $1", vec!["x", "y"]),
        ] {
            assert_eq!(check(&call(text, &names)), Ok(()), "{text}");
        }
        for (text, names, field) in [
            ("DELETE FROM t", vec![], "statement"),
            ("selection", vec![], "statement"),
            ("SELECT 1; DROP TABLE t", vec![], "statement"),
            ("SELECT 1 -- more", vec![], "statement"),
            ("SELECT /* more */ 1", vec![], "statement"),
            ("SELECT 1", vec!["x"], "statement"),
            ("SELECT $2", vec!["x"], "statement"),
            ("SELECT $1, $0", vec!["x"], "statement"),
            ("SELECT $1, $2", vec!["x", "x"], "parameters"),
            ("SELECT $1", vec!["a b"], "parameters"),
        ] {
            let problem = check(&call(text, &names)).unwrap_err();
            assert_eq!(problem.field, Some(format!("content.live.{field}")), "{text}");
        }
    }

    #[test]
    fn arguments_go_where_their_placeholders_are() {
        let call = call("SELECT $1, $2, $3", &["a", "b", "c"]);
        let given = json!({ "c": 4.5, "a": "x", "b": null });
        assert_eq!(values(&call.parameters, &given), [Some("x".into()), None, Some("4.5".into())]);
        assert_eq!(schema(&call)["required"], json!(["a", "b", "c"]));
    }

    #[test]
    fn who_placed_an_order_is_compared_as_people_write_it() {
        assert_eq!(proof(" Ada@Example.com "), proof("ada@example.com"));
        assert_eq!(proof("sw1a 1aa"), proof("SW1A-1AA"));
        assert_ne!(proof("10115"), proof("10117"));
        assert_eq!((proof("--"), proof("1 2"), proof("@")), (None, None, None));
        assert_eq!(order_number(" #hl 1001"), "HL1001");
    }
}
