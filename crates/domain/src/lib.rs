//! The rules of the business: pure, no clock, no randomness, no JavaScript.

pub mod answer;
pub mod calendar;
pub mod citations;
pub mod curated;
pub mod diff;
pub mod draft;
pub mod extract;
pub mod followup;
pub mod fuse;
pub mod handover;
pub mod hours;
pub mod language;
pub mod meaning;
pub mod paths;
pub mod permissions;
pub mod prompt;
pub mod question;
pub mod rank;
pub mod refusal;
pub mod retrieve;
pub mod schedule;
pub mod sources;
pub mod tags;
pub mod text;
pub mod tokens;
pub mod words;
