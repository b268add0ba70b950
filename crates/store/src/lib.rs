//! SQL as data. Statements are built here and executed elsewhere (`platform`), so that every one of them can be
//! listed, checked and run against a plain SQLite in tests.
//!
//! Two kinds of databases: the relational one, where many tenants share tables and every builder takes the
//! [`Tenant`]; and those inside Durable Objects (`thread`, `attendance`, `knowledge`, `frontier`, `archive`), one subject each,
//! where functions run on an [`Engine`].

pub mod access;
pub mod accounts;
pub mod agents;
pub mod api_keys;
pub mod archive;
pub mod attendance;
pub mod audit;
pub mod conversations;
pub mod curated;
pub mod events;
pub mod files;
pub mod frontier;
pub mod invitations;
pub mod knowledge;
pub mod ledger;
pub mod links;
pub mod mails;
pub mod members;
pub mod purge;
pub mod readings;
pub mod retention;
pub mod sources;
pub mod sql;
pub mod syncs;
pub mod tags;
pub mod team;
pub mod tenant;
pub mod thread;
pub mod tools;
pub mod usage;
pub mod versions;

pub use sql::{Engine, Error, Row, Statement, Value};
pub use tenant::{Account, Actor, Tenant, Who};
