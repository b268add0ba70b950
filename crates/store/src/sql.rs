//! SQL as data: a statement with its binds, rows as values, and the one trait that runs statements
//! synchronously where the database lives beside the code (a Durable Object, or SQLite in a test).

use serde::de::DeserializeOwned;

/// What a column or a bind holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    /// Whole numbers are exact up to 2^53, as in JavaScript.
    Integer(i64),
    Real(f64),
    Text(String),
    /// Inside objects alone; relations hold none.
    Blob(Vec<u8>),
}

/// A statement and its binds, in the order of `?1`, `?2`, ….
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub sql: String,
    pub binds: Vec<Value>,
}

/// Why a statement or a row is unusable.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused a statement: {0}")]
    Engine(String),
    #[error("column {column} of a row holds something else than expected")]
    Column { column: usize },
    #[error("column {column} of a row is not the JSON expected: {cause}")]
    Json { column: usize, cause: serde_json::Error },
    #[error("a value could not be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    #[error("a stored id is malformed")]
    Id(#[from] protocol::InvalidId),
}

/// A database in the same thread.
pub trait Engine {
    /// Runs one statement to its end and returns its rows.
    ///
    /// # Errors
    /// When the database refuses the statement.
    fn run(&self, statement: &Statement) -> Result<Vec<Row>, Error>;
}

/// Builds a statement: `sql("SELECT …").bind(x).bind(y)`.
#[must_use]
pub fn sql(text: impl Into<String>) -> Statement {
    Statement { sql: text.into(), binds: Vec::new() }
}

impl Statement {
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.binds.push(value.into());
        self
    }
}

/// One row, by column position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// # Errors
    /// When the column is absent or not text.
    pub fn text(&self, column: usize) -> Result<&str, Error> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Error::Column { column }),
        }
    }

    /// # Errors
    /// When the column is absent or no blob.
    pub fn blob(&self, column: usize) -> Result<&[u8], Error> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(Error::Column { column }),
        }
    }

    /// # Errors
    /// When the column is neither text nor NULL.
    pub fn text_or_null(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            _ => Err(Error::Column { column }),
        }
    }

    /// # Errors
    /// When the column is not a number.
    #[allow(clippy::cast_precision_loss)]
    pub fn real(&self, column: usize) -> Result<f64, Error> {
        match self.0.get(column) {
            Some(Value::Real(number)) => Ok(*number),
            Some(Value::Integer(number)) => Ok(*number as f64),
            _ => Err(Error::Column { column }),
        }
    }

    /// # Errors
    /// When the column is neither a number nor NULL.
    pub fn real_or_null(&self, column: usize) -> Result<Option<f64>, Error> {
        if matches!(self.0.get(column), Some(Value::Null)) { Ok(None) } else { self.real(column).map(Some) }
    }

    /// # Errors
    /// When the column is not a whole number in range.
    #[allow(clippy::cast_possible_truncation)]
    pub fn integer<N: TryFrom<i64>>(&self, column: usize) -> Result<N, Error> {
        let number = match self.0.get(column) {
            Some(Value::Integer(number)) => *number,
            Some(Value::Real(number)) if number.fract() == 0.0 && number.abs() < 9.1e15 => *number as i64,
            _ => return Err(Error::Column { column }),
        };
        N::try_from(number).map_err(|_| Error::Column { column })
    }

    /// # Errors
    /// When the column does not hold the JSON of a `T`.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, Error> {
        protocol::json::read(self.text(column)?).map_err(|cause| Error::Json { column, cause })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}
impl From<u64> for Value {
    /// Counters and frame numbers; beyond 2^63 nothing of ours counts.
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(i64::from(flag))
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
