//! SQL as data. Statements are built here and executed elsewhere (`platform`), so that every one of them can be
//! listed, checked and run against a plain SQLite in tests.
//!
//! Two kinds of databases: the relational one, where many tenants share tables and every builder takes the
//! [`Tenant`]; and those inside Durable Objects (`thread`, `attendance`, `capture`, `knowledge`, `frontier`, `archive`, `deliveries`), one subject each,
//! where functions run on an [`Engine`].

pub mod access;
pub mod accounts;
pub mod agents;
pub mod alerts;
pub mod api_keys;
pub mod approvals;
pub mod archive;
pub mod attendance;
pub mod audit;
pub mod backup;
pub mod capture;
pub mod catalogue;
pub mod contacts;
pub mod conversations;
pub mod curated;
pub mod deliveries;
pub mod endpoints;
pub mod erasures;
pub mod events;
pub mod experiments;
pub mod exports;
pub mod files;
pub mod frontier;
pub mod gaps;
pub mod idempotency;
pub mod incoming;
pub mod integrations;
pub mod invitations;
pub mod knowledge;
pub mod leads;
pub mod ledger;
pub mod links;
pub mod lounge;
pub mod mails;
pub mod members;
pub mod operations;
pub mod proposals;
pub mod purge;
pub mod readings;
pub mod receipts;
pub mod retention;
pub mod rules;
pub mod sealed;
pub mod sources;
pub mod sql;
pub mod summaries;
pub mod sums;
pub mod syncs;
pub mod tags;
pub mod team;
pub mod templates;
pub mod tenant;
pub mod thread;
pub mod tools;
pub mod usage;
pub mod versions;
pub mod widget_events;

pub use sql::{Engine, Error, Row, Statement, Value};
pub use tenant::{Account, Actor, Tenant, Who};
