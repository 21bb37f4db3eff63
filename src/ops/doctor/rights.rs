//! What the signed-in identity sees, may do, and whether the providers of the main job are registered.

use super::check::Check;
use crate::app::App;
use crate::arm::Client;
use crate::arm::managed_services::NAMESPACE;
use crate::error::Result;
use crate::id::Scope;
use crate::ops::access::rights::lacking_to_delegate;
use crate::ops::site::{ChosenSubscription, Site};

const COMPUTE: &str = "Microsoft.Compute";

/// Judges all three.
pub(super) async fn checks(app: &App, named: Option<&str>) -> Vec<Check> {
    let site = match Site::open(app, named).await {
        Ok(site) => site,
        Err(err) => return vec![Check::refused("subscriptions", err)],
    };
    let client = &site.client;
    let mut checks = vec![subscriptions(client).await];
    match site.subscription().await {
        Err(err) => {
            let refused = Check::refused("permissions", err);
            checks.push(Check { state: super::check::State::Skipped, ..refused });
        }
        Ok(found) => {
            let (managed, compute) = tokio::join!(
                client.provider_state(found.id, NAMESPACE),
                client.provider_state(found.id, COMPUTE)
            );
            let registered =
                matches!(&managed, Ok(state) if state.eq_ignore_ascii_case("Registered"));
            checks.push(match permissions(client, found, registered).await {
                Ok(check) => check,
                Err(err) => Check::refused("permissions", err),
            });
            for (namespace, state) in [(NAMESPACE, managed), (COMPUTE, compute)] {
                let name = format!("provider {namespace}");
                checks.push(match state {
                    Ok(state) => provider(name, namespace, found, &state),
                    Err(err) => Check::refused(name, err),
                });
            }
        }
    }
    checks
}

async fn subscriptions(client: &Client) -> Check {
    const NAME: &str = "subscriptions";
    match client.subscriptions().await {
        Err(err) => Check::refused(NAME, err),
        Ok(all) if all.is_empty() => Check::warning(
            NAME,
            "this identity sees none: it has no role in any",
            "Have an Owner give it one: `az role assignment create --role Reader --assignee APPID --scope /subscriptions/ID`.",
        ),
        Ok(all) => {
            let names: Vec<&str> =
                all.iter().take(MOST_NAMES).map(|found| found.display_name.as_str()).collect();
            let more = if all.len() > MOST_NAMES { ", …" } else { "" };
            Check::ok(NAME, format!("{} can be seen: {}{more}", all.len(), names.join(", ")))
        }
    }
}

/// Compares what the identity may do with what creating a delegation takes.
async fn permissions(
    client: &Client,
    found: &ChosenSubscription,
    registered: bool,
) -> Result<Check> {
    const NAME: &str = "permissions";
    let held = client.permissions(&Scope::subscription(found.id)).await?;
    let missing = lacking_to_delegate(&held, registered);
    if missing.is_empty() {
        let detail = format!("may delegate subscription '{}'", found.name);
        return Ok(Check::ok(NAME, detail));
    }
    // A consumer needs none of this.
    Ok(Check::warning(
        NAME,
        format!("may not delegate subscription '{}': it lacks {}", found.name, missing.join(", ")),
        format!(
            "If it should: `az role assignment create --role Owner --scope /subscriptions/{} --assignee APPID`.",
            found.id
        ),
    ))
}

fn provider(name: String, namespace: &str, found: &ChosenSubscription, state: &str) -> Check {
    if state.eq_ignore_ascii_case("Registered") {
        return Check::ok(name, format!("registered in '{}'", found.name));
    }
    Check::warning(
        name,
        format!("{state} in '{}'", found.name),
        format!("`az provider register -n {namespace} --subscription {} --wait`", found.id),
    )
}

const MOST_NAMES: usize = 5;
