//! A Durable Object's own SQLite as a [`store::Engine`].

use store::{Engine, Error, Row, Statement, Value};
use worker::{SqlStorage, SqlStorageValue};

/// The database of the object this code runs in.
pub struct ObjectSql(pub SqlStorage);

impl Engine for ObjectSql {
    fn run(&self, statement: &Statement) -> Result<Vec<Row>, Error> {
        let binds: Vec<SqlStorageValue> = statement.binds.iter().map(bind).collect();
        let fail = |error: worker::Error| Error::Engine(error.to_string());
        let cursor = self.0.exec(&statement.sql, binds).map_err(fail)?;
        // Running a statement runs it to its first row; one that gives none is done, and asking costs as much again.
        if statement.sql.starts_with("INSERT") && !statement.sql.contains("RETURNING") {
            return Ok(Vec::new());
        }
        cursor
            .raw()
            .map(|row| row.map(|values| Row(values.into_iter().map(value).collect())).map_err(fail))
            .collect()
    }
}

fn bind(value: &Value) -> SqlStorageValue {
    match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(number) => SqlStorageValue::Integer(*number),
        Value::Real(number) => SqlStorageValue::Float(*number),
        Value::Text(text) => SqlStorageValue::String(text.clone()),
        Value::Blob(bytes) => SqlStorageValue::Blob(bytes.clone()),
    }
}

fn value(value: SqlStorageValue) -> Value {
    match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Blob(bytes) => Value::Blob(bytes),
        SqlStorageValue::Boolean(flag) => Value::Integer(i64::from(flag)),
        SqlStorageValue::Integer(number) => Value::Integer(number),
        SqlStorageValue::Float(number) => Value::Real(number),
        SqlStorageValue::String(text) => Value::Text(text),
    }
}
