//! The life of a change, once for every verb: planned, consented to, carried out, recorded.
//!
//! A verb makes a [`Plan`], asks [`consent::obtain`] for it, and does its writes through the [`Run`] that
//! it gets: each write has its intent on the disk before it is sent, and its outcome after. This room
//! knows no group of commands.

pub(crate) mod carry_out;
pub(crate) mod consent;
pub(crate) mod fan_out;
pub(crate) mod findings;
pub(crate) mod journal;
pub(crate) mod observe;
mod places;
pub(crate) mod plan;
pub(crate) mod resume;
pub(crate) mod step;
pub(crate) mod wait;

pub(crate) use carry_out::Run;
pub(crate) use consent::{ConsentOptions, obtain};
pub(crate) use plan::Plan;
pub(crate) use step::{ChangeKind, Risk, Step, WriteKind};
