//! x
pub mod output;
