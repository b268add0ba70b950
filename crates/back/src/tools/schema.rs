//! JSON Schema (draft 2020-12) of arguments: compiled when a member saves it, and again for every call.

use boon::{Compiler, ErrorKind, SchemaIndex, Schemas, ValidationError};
use domain::tools::MAX_ARGUMENTS;
use protocol::Problem;
use serde_json::Value;

/// The schema's own address; nothing is ever loaded from it.
const HERE: &str = "tool:///arguments";
/// Faults that are told at once.
const MOST: usize = 8;

fn compile(schema: &Value) -> Result<(Schemas, SchemaIndex), String> {
    if let Some(address) = foreign(schema) {
        return Err(format!(
            "It refers to {address}, and other documents are not read. Put the definition under $defs and refer to it \
             as #/$defs/…."
        ));
    }
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource(HERE, schema.clone()).map_err(|error| error.to_string())?;
    match compiler.compile(HERE, &mut schemas) {
        Ok(index) => Ok((schemas, index)),
        Err(boon::CompileError::ValidationError { src, .. }) => Err(faults(&src)),
        Err(error) => Err(error.to_string()),
    }
}

/// A reference that leads out of the schema.
fn foreign(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(fields) => {
            fields.iter().find_map(|(name, value)| match (name.as_str(), value.as_str()) {
                ("$ref" | "$dynamicRef", Some(address)) if !address.starts_with('#') => Some(address),
                ("$id" | "$schema", Some(_)) => None,
                _ => foreign(value),
            })
        }
        Value::Array(items) => items.iter().find_map(foreign),
        _ => None,
    }
}

/// Whether a schema can be used.
///
/// # Errors
/// In words for the member who wrote it.
pub fn check(schema: &Value) -> Result<(), Problem> {
    let said = |reason: String| Problem::field("content.schema", format!("This is no JSON Schema. {reason}"));
    if schema.get("$id").is_some() {
        return Err(said("Leave out $id: a tool's schema stands for itself.".into()));
    }
    compile(schema).map(|_| ()).map_err(said)
}

/// The arguments of a call.
///
/// # Errors
/// In words that a model can act on: what is wrong at which place.
pub fn arguments(schema: &Value, written: &str) -> Result<Value, String> {
    if written.len() > MAX_ARGUMENTS {
        return Err(format!("The arguments have more than {MAX_ARGUMENTS} bytes. Write less."));
    }
    // Models leave out what a tool without arguments does not need.
    let written = if written.trim().is_empty() { "{}" } else { written };
    let value: Value = serde_json::from_str(written)
        .map_err(|error| format!("The arguments are not JSON ({error}). Write one JSON object."))?;
    let (schemas, index) = compile(schema)?;
    match schemas.validate(&value, index) {
        Ok(()) => Ok(value),
        Err(error) => Err(format!(
            "The arguments do not fit the tool's schema. {} Mend this and call the tool again, or ask the visitor for \
             what is missing.",
            faults(&error)
        )),
    }
}

/// Every fault with its place. Of a fault that has causes, the causes are told.
fn faults(error: &ValidationError<'_, '_>) -> String {
    let mut told = Vec::new();
    collect(error, &mut told);
    let more = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    let mut text = told.join(" ");
    if more > 0 {
        text.push_str(&format!(" And {more} more."));
    }
    text
}

fn collect(error: &ValidationError<'_, '_>, told: &mut Vec<String>) {
    if !error.causes.is_empty() && !matches!(error.kind, ErrorKind::AnyOf | ErrorKind::OneOf(_)) {
        error.causes.iter().for_each(|cause| collect(cause, told));
        return;
    }
    let place = error.instance_location.to_string();
    let place = if place.is_empty() { "The object itself".to_owned() } else { format!("At {place}") };
    told.push(format!("{place}: {}.", error.kind));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order() -> Value {
        json!({
            "type": "object",
            "properties": {
                "order": { "type": "string", "pattern": "^[A-Z]{2}-[0-9]+$" },
                "count": { "type": "integer", "minimum": 1 },
                "size": { "enum": ["s", "m"] },
            },
            "required": ["order"],
            "additionalProperties": false,
        })
    }

    #[test]
    fn what_fits_is_taken_and_what_does_not_is_named_with_its_place() {
        assert_eq!(
            arguments(&order(), r#"{"order":"AB-1","count":2}"#),
            Ok(json!({ "order": "AB-1", "count": 2 }))
        );
        for (written, said) in [
            ("{}", "'order'"),
            (r#"{"order":7}"#, "/order"),
            (r#"{"order":"x"}"#, "/order"),
            (r#"{"order":"AB-1","count":0}"#, "/count"),
            (r#"{"order":"AB-1","size":"xl"}"#, "/size"),
            (r#"{"order":"AB-1","other":1}"#, "'other'"),
            ("[]", "object"),
            ("{\"order\": ", "not JSON"),
            ("\"AB-1\"", "object"),
        ] {
            let reason = arguments(&order(), written).unwrap_err();
            assert!(reason.contains(said), "{written}: {reason}");
        }
        let long = format!("{{\"order\":\"{}\"}}", "x".repeat(MAX_ARGUMENTS));
        assert!(arguments(&order(), &long).unwrap_err().contains("Write less"));
    }

    #[test]
    fn a_tool_without_arguments_may_be_called_with_nothing() {
        assert_eq!(arguments(&json!({ "type": "object" }), " "), Ok(json!({})));
    }

    #[test]
    fn a_schema_that_is_none_is_refused_with_a_reason() {
        assert_eq!(check(&order()), Ok(()));
        assert_eq!(
            check(
                &json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/a" } }, "$defs": { "a": { "type": "string" } } })
            ),
            Ok(())
        );
        for bad in [
            json!({ "type": "objekt" }),
            json!({ "type": "object", "required": "order" }),
            json!({ "type": "object", "properties": { "a": { "pattern": "(" } } }),
            json!({ "type": "object", "properties": { "a": { "$ref": "#/$defs/missing" } } }),
            json!({ "type": "object", "properties": { "a": { "$ref": "https://elsewhere.test/schema" } } }),
            json!({ "type": "object", "$id": "https://elsewhere.test/schema" }),
            json!({ "type": "object", "$schema": "https://elsewhere.test/dialect" }),
        ] {
            let problem = check(&bad).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("content.schema"), "{bad}");
            assert!(problem.message.len() > 30, "{}", problem.message);
        }
    }
}
