//! What a client of PostgreSQL says and reads, without a connection: bytes in, bytes out.

pub mod frames;
pub mod scram;
