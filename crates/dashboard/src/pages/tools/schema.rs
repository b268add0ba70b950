//! The schema of arguments as it is typed, and as people read it.

use serde_json::Value;

/// An argument that a form can ask for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) description: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    Choice(Vec<String>),
    /// Anything else is written as JSON.
    Json,
}

impl Kind {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Flag => "yes or no".to_owned(),
            Self::Choice(options) => format!("one of {}", options.join(", ")),
            Self::Json => "JSON".to_owned(),
        }
    }
}

/// What a member typed, read; the first thing that is wrong with it otherwise. The rest is the server's to check.
pub(super) fn read(typed: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(typed)
        .map_err(|error| format!("This is not JSON: line {}, column {}.", error.line(), error.column()))?;
    match value.get("type").and_then(Value::as_str) {
        Some("object") => Ok(value),
        _ => Err("Begin with {\"type\": \"object\", \"properties\": {}}: a tool's arguments are an object."
            .to_owned()),
    }
}

/// The arguments that a schema names, the required ones first.
pub(super) fn arguments(schema: &Value) -> Vec<Argument> {
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|one| one == name))
    };
    let fields = schema.get("properties").and_then(Value::as_object);
    let mut found: Vec<Argument> = fields
        .into_iter()
        .flatten()
        .map(|(name, of)| Argument {
            name: name.clone(),
            kind: kind(of),
            required: required(name),
            description: of.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
        .collect();
    found.sort_by_key(|argument| !argument.required);
    found
}

fn kind(of: &Value) -> Kind {
    let choices = of.get("enum").and_then(Value::as_array);
    if let Some(choices) = choices.filter(|choices| choices.iter().all(Value::is_string)) {
        return Kind::Choice(choices.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    match of.get("type").and_then(Value::as_str) {
        Some("string") => Kind::Text,
        Some("number" | "integer") => Kind::Number,
        Some("boolean") => Kind::Flag,
        _ => Kind::Json,
    }
}

/// What a member typed for an argument; nothing where it was left empty.
pub(super) fn value(kind: &Kind, typed: &str) -> Result<Option<Value>, &'static str> {
    let trimmed = typed.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    match kind {
        Kind::Text | Kind::Choice(_) => Ok(Some(trimmed.into())),
        Kind::Flag => Ok(Some((trimmed == "true").into())),
        Kind::Number => match serde_json::from_str::<Value>(trimmed) {
            Ok(number) if number.is_number() => Ok(Some(number)),
            _ => Err("Enter a number."),
        },
        Kind::Json => serde_json::from_str(trimmed).map(Some).map_err(|_| "This is not JSON."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_typed_is_an_object_or_told_where_it_breaks() {
        assert!(read(r#"{"type":"object"}"#).is_ok());
        assert_eq!(read("{\n  \"type\": }").unwrap_err(), "This is not JSON: line 2, column 11.");
        assert!(read("[]").unwrap_err().contains("Begin with"));
    }

    #[test]
    fn arguments_come_with_their_kinds_the_required_first() {
        let schema = json!({ "type": "object", "required": ["order"], "properties": {
            "count": { "type": "integer" }, "deep": { "type": "array" }, "fast": { "type": "boolean" },
            "order": { "type": "string", "description": "The number" }, "size": { "enum": ["s", "m"] },
        } });
        let said: Vec<_> = arguments(&schema)
            .iter()
            .map(|one| format!("{} {} {}", one.name, one.kind.words(), one.required))
            .collect();
        assert_eq!(
            said,
            [
                "order text true",
                "count number false",
                "deep JSON false",
                "fast yes or no false",
                "size one of s, m false"
            ]
        );
    }

    #[test]
    fn typed_values_have_their_kind() {
        assert_eq!(value(&Kind::Text, " 7 "), Ok(Some(json!("7"))));
        assert_eq!(value(&Kind::Number, "7"), Ok(Some(json!(7))));
        assert_eq!(value(&Kind::Number, " "), Ok(None));
        assert!(value(&Kind::Number, "seven").is_err() && value(&Kind::Json, "{").is_err());
        assert_eq!(value(&Kind::Flag, "false"), Ok(Some(json!(false))));
    }
}
