//! Who signs in now and why, what is kept, what ends soon, and which runs wait: read from this computer alone.

mod credentials;
mod endings;
mod local;
mod online;
mod open_runs;
mod sign_in;

pub(crate) use crate::auth::SignInReason;
pub(crate) use credentials::{CredentialHealth, CredentialStatus, TenantStatus, credential_status};
pub(crate) use endings::Ending;
pub(crate) use local::{LocalStatus, local_status};
pub(crate) use online::test_credentials;
pub(crate) use open_runs::OpenRun;
pub(crate) use sign_in::{SignInStatus, SubscriptionStatus, sign_in_status};
