//! The Workers runtime as both Workers use it: calls between objects, statements executed, HTTP in and out,
//! models, time and randomness. No rule of the business lives here.

pub mod clock;
pub mod config;
pub mod embedding;
pub mod failure;
pub mod gather;
pub mod http;
pub mod log;
pub mod lookup;
pub mod mail;
pub mod models;
pub mod objects;
pub mod outgoing;
pub mod queue;
pub mod random;
pub mod relational;
pub mod rendering;
pub mod replicas;
pub mod rerank;
pub mod seal;
pub mod signature;
pub mod sqlite;
pub mod tasks;
pub mod vectors;

pub use failure::Failure;
