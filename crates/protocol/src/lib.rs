//! Everything that crosses a boundary, typed once: HTTP bodies, WebSocket frames, queue and Durable Object
//! messages, identifiers, object names, error codes and the table of routes.
//!
//! The two Workers never update at the same instant, so a type here must decode what the previous release
//! sent: fields are added with `#[serde(default)]` and never change their meaning. `schemas/` and the widget's
//! TypeScript types are generated from this crate with the feature `schema`.

pub mod agent;
pub mod answer;
pub mod api;
pub mod error;
pub mod events;
pub mod experiments;
pub mod frame;
pub mod handover;
pub mod id;
pub mod internal;
pub mod json;
pub mod lead;
pub mod lounge;
pub mod objects;
pub mod permission;
mod region;
pub mod replica;
pub mod routes;
pub mod rules;
pub mod widget;

pub use error::{Code, Problem};
pub use id::*;
pub use region::Region;

/// Declares a wire type: serde both ways, JSON Schema when asked for.
#[macro_export]
macro_rules! wire {
    ($($item:item)*) => {$(
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $item
    )*};
}
