//! The one test program: what is seen from outside, and the rules of the house.
//!
//! One module for each group of commands; `support` holds what they share.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail loudly, and it is outside of the program whose world is made up"
)]

#[cfg(target_os = "linux")]
mod azext;
mod credential;
mod delegation_create;
mod delegation_delete;
mod delegation_plan;
mod delegation_read;
mod delegation_refused;
mod delegation_verify;
mod environment;
mod faults;
#[cfg(target_os = "linux")]
mod interrupt;
#[cfg(target_os = "linux")]
mod keyring_states;
#[cfg(target_os = "linux")]
mod kill_sweep;
mod layers;
#[cfg(target_os = "linux")]
mod leaks;
mod limits;
#[cfg(target_os = "linux")]
mod promises;
mod real_clients;
mod request;
mod sign_in;
mod support;
mod token;
mod tree;
