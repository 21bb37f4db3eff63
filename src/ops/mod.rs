//! What each command does: domain types in, domain types out; reading apart from writing.

pub mod assignment;
pub mod credential;
pub mod deadline;
pub mod delegation;
pub mod fan_out;
pub mod handover;
pub mod material;
pub mod share;
pub mod subscription;
pub mod token;
