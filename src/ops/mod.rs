//! What each command does: domain types in, domain types out; reading apart from writing.

pub(crate) mod access;
pub(crate) mod builder;
pub(crate) mod change;
pub(crate) mod copy;
pub(crate) mod credential;
pub(crate) mod delegation;
pub(crate) mod deployment;
pub(crate) mod doctor;
pub(crate) mod document;
pub(crate) mod exchange_file;
pub(crate) mod exec;
pub mod expiry;
pub(crate) mod export;
pub(crate) mod fleet;
pub(crate) mod history;
pub(crate) mod image;
pub(crate) mod import;
pub(crate) mod portal;
pub(crate) mod provider;
pub(crate) mod refresh_completions;
pub(crate) mod region;
pub(crate) mod share;
pub(crate) mod site;
pub(crate) mod token;
pub(crate) mod undo;
pub(crate) mod vm;
