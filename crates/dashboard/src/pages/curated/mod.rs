//! Curated answers.
