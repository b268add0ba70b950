//! SQL as data. Statements are built here and executed elsewhere (`platform`), so that every one of them can be
//! listed, checked and run against a plain SQLite in tests.

pub mod sql;

pub use sql::{Engine, Error, Row, Statement, Value};
