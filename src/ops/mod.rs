//! What commands do, free of flags and printing.

pub mod credential;
pub mod token;
