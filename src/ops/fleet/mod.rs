//! Sharing over thousands of subscriptions: one manifest says what is wanted, Azure says what stands, and a plan
//! of items says what becomes of it.
//!
//! There is no state of our own: ids are computed, and what is ours carries a mark.

pub(crate) mod item;
pub(crate) mod manifest;
pub(crate) mod plan_file;
pub(crate) mod view;
