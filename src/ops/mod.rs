//! What each command does: domain types in, domain types out; reading apart from writing.

pub(crate) mod assignment;
pub(crate) mod builder;
pub(crate) mod credential;
pub(crate) mod deadline;
pub(crate) mod delegation;
pub(crate) mod doctor;
pub mod expiry;
pub(crate) mod fan_out;
pub(crate) mod handover;
pub(crate) mod image;
pub(crate) mod import;
pub(crate) mod material;
pub(crate) mod names;
pub(crate) mod portal;
pub(crate) mod provider;
pub(crate) mod share;
pub(crate) mod subscription;
pub(crate) mod token;
pub(crate) mod vm;
pub(crate) mod what_if;
