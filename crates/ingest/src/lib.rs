//! From the bytes a website sends to clean, structured text in passages: what may be fetched ([`robots`],
//! [`address`]), where pages are listed ([`sitemap`]), what a page says ([`page`]), and how it is cut for
//! search ([`chunk`]). Pure: no clock, no network, no randomness.

pub mod address;
pub mod chunk;
mod digest;
pub mod file;
pub mod page;
pub mod robots;
pub mod sitemap;

pub use digest::content_hash;
