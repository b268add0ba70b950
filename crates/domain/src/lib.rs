//! The rules of the business: pure, no clock, no randomness, no JavaScript.

pub mod alerts;
pub mod answer;
pub mod breaker;
pub mod calendar;
pub mod citations;
pub mod cta;
pub mod curated;
pub mod delivery;
pub mod diff;
pub mod draft;
pub mod excerpt;
pub mod experiments;
pub mod extract;
pub mod followup;
pub mod fuse;
pub mod gap;
pub mod guard;
pub mod handover;
pub mod hours;
pub mod incoming;
pub mod language;
pub mod leads;
pub mod live;
pub mod meaning;
pub mod metrics;
pub mod order;
pub mod pass;
pub mod paths;
pub mod permissions;
pub mod postgres;
pub mod prices;
pub mod prompt;
pub mod question;
pub mod rank;
pub mod refusal;
pub mod requests;
pub mod retrieve;
pub mod rules;
pub mod schedule;
pub mod signature;
pub mod simple;
pub mod sources;
pub mod spans;
pub mod summary;
pub mod support;
pub mod tags;
pub mod templates;
pub mod text;
pub mod tokens;
pub mod tools;
pub mod words;

/// The verifier that customers are given, run as it stands in the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/WEBHOOKS.md")]
struct Webhooks;
