//! SQLite in this process, behind the trait that Durable Objects implement in production.

use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use store::{Engine, Error, Row, Statement, Value};

pub struct Memory(rusqlite::Connection);

impl Memory {
    pub fn open() -> rusqlite::Result<Self> {
        rusqlite::Connection::open_in_memory().map(Self)
    }
}

struct Bind<'v>(&'v Value);

impl rusqlite::ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self.0 {
            Value::Null => SqlValue::Null,
            Value::Integer(number) => SqlValue::Integer(*number),
            Value::Real(number) => SqlValue::Real(*number),
            Value::Text(text) => SqlValue::Text(text.clone()),
            Value::Blob(bytes) => SqlValue::Blob(bytes.clone()),
        }))
    }
}

impl Engine for Memory {
    fn run(&self, statement: &Statement) -> Result<Vec<Row>, Error> {
        let fail = |error: rusqlite::Error| Error::Engine(error.to_string());
        let mut prepared = self.0.prepare_cached(&statement.sql).map_err(fail)?;
        let columns = prepared.column_count();
        let mut rows =
            prepared.query(rusqlite::params_from_iter(statement.binds.iter().map(Bind))).map_err(fail)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(fail)? {
            let values = (0..columns).map(|column| match row.get_ref(column) {
                Ok(ValueRef::Null) => Ok(Value::Null),
                Ok(ValueRef::Integer(number)) => Ok(Value::Integer(number)),
                Ok(ValueRef::Real(number)) => Ok(Value::Real(number)),
                Ok(ValueRef::Text(text)) => Ok(Value::Text(String::from_utf8_lossy(text).into_owned())),
                Ok(ValueRef::Blob(bytes)) => Ok(Value::Blob(bytes.to_vec())),
                Err(error) => Err(fail(error)),
            });
            found.push(Row(values.collect::<Result<_, _>>()?));
        }
        Ok(found)
    }
}
