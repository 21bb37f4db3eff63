//! What a sign-in is to bring.

use std::time::Duration;

use crate::auth::person::SignInWay;
use crate::id::{ClientId, TenantId};

/// A sign-in that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct WantedSignIn {
    pub tenant: TenantId,
    /// The user's own public client.
    pub client: ClientId,
    pub way: SignInWay,
    /// Who signed in before.
    pub account: Option<String>,
    /// What the sign-in has to bring, as JSON.
    pub claims: Option<String>,
    /// How long the browser may stay away.
    pub patience: Duration,
}
