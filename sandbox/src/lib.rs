//! x
pub mod schema;
pub mod template;
