//! The relational database (D1): statements of `store`, executed.

use store::{Row, Statement, Value};
use wasm_bindgen::JsValue;
use worker::{D1Database, Env};

use crate::Failure;

/// The installation's relational database.
pub struct Relational(D1Database);

impl Relational {
    /// # Errors
    /// When this Worker has no such binding; the front Worker must not.
    pub fn of(env: &Env) -> Result<Self, Failure> {
        Ok(Self(env.d1("DB")?))
    }

    /// Rows of one statement.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn rows(&self, statement: &Statement) -> Result<Vec<Row>, Failure> {
        let rows = self.prepare(statement)?.raw_js_value().await?;
        Ok(rows.into_iter().map(row).collect())
    }

    /// The first row of one statement.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn first(&self, statement: &Statement) -> Result<Option<Row>, Failure> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// All statements in one transaction.
    ///
    /// # Errors
    /// When one of them is refused; then none took effect.
    pub async fn batch(&self, statements: &[Statement]) -> Result<(), Failure> {
        self.change(statements).await.map(|_| ())
    }

    /// All statements in one transaction: how many rows each of them changed.
    ///
    /// # Errors
    /// When one of them is refused; then none took effect.
    pub async fn change(&self, statements: &[Statement]) -> Result<Vec<usize>, Failure> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let prepared =
            statements.iter().map(|statement| self.prepare(statement)).collect::<Result<Vec<_>, _>>()?;
        let results = self.0.batch(prepared).await?;
        results.iter().map(|result| Ok(result.meta()?.and_then(|meta| meta.changes).unwrap_or(0))).collect()
    }

    /// All statements in one transaction, unless a constraint refuses one of them: then nothing happened, and the
    /// answer is `false`. Statements that hold a condition are written so that a constraint refuses them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempt(&self, statements: &[Statement]) -> Result<bool, Failure> {
        match self.batch(statements).await {
            Ok(()) => Ok(true),
            Err(Failure::Internal(reason)) if reason.contains("constraint failed") => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn prepare(&self, statement: &Statement) -> Result<worker::D1PreparedStatement, Failure> {
        let binds: Vec<JsValue> = statement.binds.iter().map(bind).collect();
        Ok(self.0.prepare(statement.sql.as_str()).bind(&binds)?)
    }
}

#[allow(clippy::cast_precision_loss)]
fn bind(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Real(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).into(),
    }
}

fn row(row: JsValue) -> Row {
    let value = |value: JsValue| match (value.as_f64(), value.as_string()) {
        (Some(number), _) => Value::Real(number),
        (None, Some(text)) => Value::Text(text),
        (None, None) => Value::Null,
    };
    Row(js_sys::Array::from(&row).iter().map(value).collect())
}
