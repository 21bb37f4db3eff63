//! The map of the program: what each module is for, and who may use whom.
//!
//! ```text
//! main → cli → commands → ops → arm, graph → rest → auth → secrets
//!         │        │        │                  └──────┴──→ transport
//!         │        └→ output └→ template
//!         └→ app, settings → process            id: anyone        error: commands, ops, output, app, cli
//!             index: app, rest, cli → secrets::folder    loopback: ops, cli
//! ```
//!
//! `tests/it/layers.rs` holds this table.

// A module of several files is a folder with its `mod.rs`.
#![warn(clippy::self_named_module_files)]

pub(crate) mod app;
pub(crate) mod arm;
pub(crate) mod auth;
pub mod cli;
pub(crate) mod commands;
pub(crate) mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub(crate) mod graph;
pub(crate) mod id;
pub mod index;
pub(crate) mod loopback;
pub(crate) mod ops;
pub(crate) mod output;
pub mod process;
pub(crate) mod rest;
pub mod secrets;
pub(crate) mod settings;
pub(crate) mod template;
pub(crate) mod transport;

pub use error::catalogue;
pub use ops::expiry;
pub use settings::env;
pub use transport::{Transport, TransportError};
