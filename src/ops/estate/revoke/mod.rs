//! Takes everything from one tenant: in every tenant in which one of us is at home, by every method, in one plan.
//!
//! Nothing here is decided on Resource Graph: subscriptions, galleries, roles and offers are read from their providers.

mod carry_out;
mod directory;
mod plan;
mod writer;

pub(crate) use carry_out::carry_out;
pub(crate) use plan::{Guests, plan};
