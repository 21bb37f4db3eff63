//! REST as Azure's services have it: verbs with tokens, retries, pages and long-running operations.
//!
//! [`ServiceClient`] and [`RestError`] bear the service in their type, so that what Microsoft Graph refuses
//! is not reported as Resource Manager's. The endpoints are in `arm` and `graph`.

mod answer;
pub(crate) mod auxiliary;
mod call;
mod client;
mod error;
pub(crate) mod page;
pub(crate) mod poll;
mod quota;
mod service;
mod state;

pub(crate) use call::{Reply, decode_reply};
pub(crate) use client::{Connection, ServiceClient};
pub(crate) use error::{Refusal, RestError, plain_line};
pub(crate) use poll::Progress;
pub(crate) use quota::QuotaBook;
pub(crate) use service::Service;
pub(crate) use state::ProvisioningState;
