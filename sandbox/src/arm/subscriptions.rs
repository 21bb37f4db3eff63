//! Subscriptions, tenants and locations.

use serde_json::{Value, json};

use super::rbac;
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::entra::account::in_tenant;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::Subscription;

/// Answers `/tenants`, `/subscriptions` and `/subscriptions/{id}`.
pub(crate) fn answer(
    core: &Core,
    caller: &Caller,
    request: &Request,
    segments: &[&str],
) -> Result<Reply, ArmError> {
    if request.method != "GET" {
        return Err(reply::method_not_allowed(request));
    }
    match segments {
        ["tenants"] => Ok(reply::page(core, request, tenants(core, caller))),
        ["subscriptions"] => {
            let visible =
                core.state.subscriptions.iter().filter(|known| is_visible(core, caller, known));
            let value = visible.map(|known| body(core, known)).collect();
            Ok(reply::counted_page(core, request, value))
        }
        [_, id] => {
            let known = core.state.subscription(id).filter(|known| is_visible(core, caller, known));
            match known {
                Some(known) => Ok(Reply::json(200, &body(core, known))),
                None => {
                    rbac::require(
                        core,
                        caller,
                        &format!("/subscriptions/{id}"),
                        "Microsoft.Resources/subscriptions/read",
                    )?;
                    Err(ArmError::missing(
                        "SubscriptionNotFound",
                        format!("The subscription '{id}' could not be found."),
                    ))
                }
            }
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Answers `/subscriptions/{id}/locations`.
pub(crate) fn locations(
    core: &Core,
    caller: &Caller,
    request: &Request,
) -> Result<Reply, ArmError> {
    let subscription = super::target::subscription(&request.path).unwrap_or_default();
    let scope = format!("/subscriptions/{subscription}");
    rbac::require(core, caller, &scope, "Microsoft.Resources/subscriptions/locations/read")?;
    let value: Vec<Value> = LOCATIONS
        .iter()
        .map(|(name, display, group)| {
            json!({"id": format!("{scope}/locations/{name}"), "name": name, "type": "Region", "displayName": display,
                "regionalDisplayName": format!("({group}) {display}"),
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": group}})
        })
        .collect();
    Ok(reply::page(core, request, value))
}

/// A region's name for people.
pub(crate) fn display_name(name: &str) -> String {
    let known = LOCATIONS.iter().find(|(known, ..)| *known == name);
    known.map_or(name, |(_, display, _)| display).to_owned()
}

/// The regions there are.
pub(crate) fn regions() -> impl Iterator<Item = &'static str> {
    LOCATIONS.iter().map(|(name, ..)| *name)
}

fn is_visible(core: &Core, caller: &Caller, subscription: &Subscription) -> bool {
    rbac::has_any_role(core, caller, &format!("/subscriptions/{}", subscription.id))
}

fn body(core: &Core, subscription: &Subscription) -> Value {
    let managing = rbac::managing_tenants(core, &subscription.id);
    json!({
        "id": format!("/subscriptions/{}", subscription.id),
        "authorizationSource": "RoleBased",
        "managedByTenants": managing.iter().map(|tenant| json!({"tenantId": tenant})).collect::<Vec<_>>(),
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
        "displayName": subscription.name,
        "state": subscription.state.name(),
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
    })
}

fn tenants(core: &Core, caller: &Caller) -> Vec<Value> {
    // A person is in every tenant that knows the login; an application only in the token's.
    let own = core.state.tenants.iter().filter(|tenant| {
        let is_known = || in_tenant(&core.state, &tenant.id, &caller.name).is_some();
        tenant.id == caller.tenant || (caller.is_user && is_known())
    });
    own.map(|tenant| {
        json!({"id": format!("/tenants/{}", tenant.id), "tenantId": tenant.id, "countryCode": "US",
            "displayName": tenant.name, "domains": [tenant.domain], "tenantCategory": "Home",
            "defaultDomain": tenant.domain, "tenantType": "AAD"})
    })
    .collect()
}

const LOCATIONS: [(&str, &str, &str); 6] = [
    ("westeurope", "West Europe", "Europe"),
    ("northeurope", "North Europe", "Europe"),
    ("germanywestcentral", "Germany West Central", "Europe"),
    ("eastus", "East US", "US"),
    ("westus", "West US", "US"),
    ("westus2", "West US 2", "US"),
];
