//! The map of the program: what each module is for, and who may use whom.
//!
//! ```text
//! main → cli → commands → ops → arm, graph → auth → secrets
//!         │        │        │        └──────────┴──→ transport
//!         │        └→ output └→ template
//!         └→ app, settings → process            id: anyone        error: commands, ops, output, app, cli
//!             index: app, arm, cli → secrets::folder
//! ```
//!
//! `tests/it/layers.rs` holds this table.

pub mod app;
pub mod arm;
pub mod auth;
pub mod cli;
pub(crate) mod commands;
pub mod error;
pub mod graph;
pub mod id;
pub mod index;
pub mod ops;
pub mod output;
pub mod process;
pub mod secrets;
pub mod settings;
pub mod template;
pub mod transport;
