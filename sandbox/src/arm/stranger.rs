//! A request without a token: refused, with the tenant that one would be needed of.
//!
//! That is how a client learns whose a subscription is without being let in anywhere.

use super::rbac;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Request;

/// The refusal of a request without `Authorization`; `None` if it has one.
pub(crate) fn refuse(core: &Core, request: &Request) -> Option<ArmError> {
    if request.header("authorization").is_some() {
        return None;
    }
    let mut tenant = "common".to_owned();
    if let Some(id) = super::target::subscription(&request.path) {
        match core.state.subscription(id) {
            Some(known) => tenant.clone_from(&known.tenant),
            None => {
                return Some(ArmError::missing(
                    "SubscriptionNotFound",
                    format!("The subscription '{id}' could not be found."),
                ));
            }
        }
    }
    let message = "Authentication failed. The 'Authorization' header is missing.";
    let described = "The authentication failed because of missing 'Authorization' header.";
    let challenge = rbac::challenge(core, &tenant, "invalid_token", described);
    Some(ArmError::new(401, "AuthenticationFailed", message).challenge(challenge))
}
