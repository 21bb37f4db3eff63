//! Registering a resource provider, and waiting until it is.

use std::time::Duration;

use serde_json::json;

use crate::error::{Error, Result};
use crate::id::{Scope, SubscriptionId};
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::site::Site;

/// Registers a provider and waits for it.
///
/// # Errors
/// If Azure refuses, does not answer, or takes longer than ten minutes.
pub(crate) async fn register(
    site: &Site<'_>,
    subscription: SubscriptionId,
    namespace: &str,
) -> Result<()> {
    site.reporter.step(&format!("Registering resource provider {namespace}…"));
    let mut state = site.client.register_provider(subscription, namespace).await?;
    let mut deadline = Deadline::new(site.app, REGISTRATION);
    while !is_registered(&state) {
        deadline.pause().await.map_err(|err| {
            Error::from(err)
                .while_doing(format!(
                    "resource provider {namespace} is not registered yet ({state})"
                ))
                .hint("Run the command again in a few minutes: nothing else was changed.")
        })?;
        state = site.client.provider_state(subscription, namespace).await?;
        site.reporter.step(&format!("Resource provider: {state}"));
    }
    Ok(())
}

/// The provider of galleries, images and disks.
pub(crate) const COMPUTE: &str = "Microsoft.Compute";

/// The step of a plan that registers a provider.
pub(crate) fn registration_step(subscription: SubscriptionId, namespace: &str) -> Step {
    let home = Scope::subscription(subscription).to_string();
    let id = format!("{home}/providers/{namespace}");
    let what = format!("register resource provider {namespace}");
    Step::new(ChangeKind::Create, WriteKind::ResourceProvider, &id, what).at(&home).between(
        json!({"registrationState": "NotRegistered"}),
        json!({"registrationState": "Registered"}),
    )
}

/// True for the state in which a provider can be used.
pub(crate) fn is_registered(state: &str) -> bool {
    state.eq_ignore_ascii_case("Registered")
}

/// A provider is registered within minutes, or not at all.
const REGISTRATION: Duration = Duration::from_secs(10 * 60);
