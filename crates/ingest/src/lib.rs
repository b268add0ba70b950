//! From the bytes a website sends or a member uploads to clean, structured text in passages: what may be
//! fetched ([`robots`], [`address`]), where pages are listed ([`sitemap`]), what a page says ([`page`]), what
//! a feed lists ([`feed`]), what is said in a video ([`video`]), what a file is and says ([`mod@file`]), questions with answers ([`faq`]), texts
//! written in the dashboard ([`markdown`]), what a text asks and answers itself ([`questions`]), and how all of it is cut for search ([`chunk`]). Pure: no clock,
//! no network, no randomness.

pub mod address;
pub mod chunk;
mod delimited;
mod digest;
pub mod faq;
pub mod feed;
pub mod file;
pub mod likeness;
pub mod markdown;
pub mod page;
pub mod questions;
pub mod robots;
pub mod sitemap;
pub mod video;

pub use digest::content_hash;
