//! What each command does: domain types in, domain types out; reading apart from writing.

pub mod assignment;
pub mod builder;
pub mod credential;
pub mod deadline;
pub mod delegation;
pub mod doctor;
pub mod expiry;
pub mod fan_out;
pub mod handover;
pub mod image;
pub mod import;
pub mod material;
pub mod names;
pub mod portal;
pub mod provider;
pub mod share;
pub mod subscription;
pub mod token;
pub mod vm;
pub mod what_if;
