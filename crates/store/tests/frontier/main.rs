//! Behaviour of the `Crawl` object's tables: order, politeness, leases, ends, and sites that lead in circles, lead on for
//! ever, or stop letting us in.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;

mod again;
mod moved;
mod odd_sites;
mod order;
mod progress;
mod random;
mod run;
