//! What is in Azure and is in the way of an offer.

use std::collections::HashMap;

use super::super::facts::OfferFacts;
use crate::id::{RoleId, Scope, TenantId, TenantRef};
use crate::ops::access::rights::lacking_to_delegate;
use crate::ops::access::role::{self as role_rules, RoleRef};
use crate::ops::access::tenant::Tenant;
use crate::ops::change::findings::Findings;
use crate::ops::change::observe::Observed;
use crate::ops::offer::Offer;
use crate::ops::offer::REVERSED;

/// The tenant, once it is known to be a possible consumer.
pub(in super::super) fn consumer(
    offer: &Offer,
    facts: &OfferFacts,
    findings: &mut Findings,
) -> Option<TenantId> {
    let place = &offer.consumer.place;
    let given = match &offer.consumer.value {
        TenantRef::Id(id) => Some(*id),
        TenantRef::Domain(_) => None,
    };
    let tenant = &offer.consumer.value;
    let told = match &facts.tenant {
        Tenant::Found(id) => Some(*id),
        Tenant::Elsewhere { cloud, .. } => {
            findings.azure(
                place,
                format!("tenant {tenant} is in the cloud {cloud}, not in this one: there is no delegation between clouds"),
                "Use a subscription of that cloud with `--cloud NAME`, or share in another way: `az-imageshare share --help`.",
            );
            None
        }
        Tenant::Unknown => {
            findings.azure(
                place,
                format!("there is no tenant {tenant} in this cloud"),
                "Ask the consumer for the file of `az-imageshare delegation request`, which names its tenant; `az-imageshare doctor` shows the cloud in use.",
            );
            None
        }
        Tenant::Unclear(why) => {
            match given {
                Some(_) => {
                    findings.warn(format!("cannot check that tenant {tenant} exists: {why}"))
                }
                None => findings.azure(
                    place,
                    format!("cannot find out the id of tenant {tenant}: {why}"),
                    "Run the command again, or give the tenant's id instead of its domain.",
                ),
            }
            None
        }
    };
    let id = given.or(told)?;
    if facts.subscription.home_tenant == Some(id) {
        findings.azure(
            place,
            format!(
                "{tenant} is the subscription's own tenant: a tenant cannot delegate to itself"
            ),
            REVERSED,
        );
    }
    Some(id)
}

/// The scopes, each resource group as its owner spells it.
pub(in super::super) fn scopes(facts: &OfferFacts, findings: &mut Findings) -> Vec<Scope> {
    let subscription = facts.subscription.id;
    if facts.groups.is_empty() {
        return vec![Scope::subscription(subscription)];
    }
    let mut scopes = Vec::new();
    for (group, told) in &facts.groups {
        let name = match told {
            Observed::Told(Some(found)) => &found.name,
            Observed::Untold(_) => &group.value,
            Observed::Told(None) => {
                findings.absent(
                    &group.place,
                    format!("resource group '{}' does not exist in subscription '{}' ({subscription})", group.value, facts.subscription.name),
                    "Check the spelling and the --subscription, or create the group with `az group create`.",
                );
                continue;
            }
        };
        scopes.push(Scope::resource_group(subscription, name));
    }
    scopes
}

/// Judges each role by what Azure says of it, and gives the GUIDs of those that came by name.
pub(in super::super) fn roles(
    offer: &Offer,
    facts: &OfferFacts,
    findings: &mut Findings,
) -> HashMap<String, RoleId> {
    let mut names = HashMap::new();
    for (role, used) in offer.roles() {
        let (shown, id) = match &role.value {
            RoleRef::Id(id) => (role_rules::label(*id), Some(*id)),
            RoleRef::Named(name) => (name.clone(), None),
        };
        match facts.roles.get(&role.value) {
            Some(Observed::Told(Some(found))) => {
                let name = Some(&found.properties.role_name).filter(|name| !name.is_empty());
                let name = name.unwrap_or(&shown);
                if let Some((rule, fix)) = role_rules::objection(name, role_rules::standing(found), used) {
                    findings.azure(&role.place, rule, fix);
                }
                if let Some(caution) = role_rules::caution(name, role_rules::standing(found), used) {
                    findings.warn(format!("{}: {caution}.", role.place));
                }
                if let Some(id) = id.or_else(|| found.name.parse().ok()) {
                    names.insert(shown, id);
                }
            }
            Some(Observed::Told(None)) => findings.azure(
                &role.place,
                format!("there is no role '{shown}'"),
                "See the roles that Lighthouse takes with `az-imageshare delegation roles -o table`.",
            ),
            _ if id.is_none() => findings.azure(
                &role.place,
                format!("cannot find out the GUID of role '{shown}'"),
                "Give the role's GUID instead of its name.",
            ),
            _ => {}
        }
    }
    names
}

/// Judges whether the caller may do it. The permissions are needed on the subscription, even for a resource group.
/// Source:
/// <https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer#deploy-the-azure-resource-manager-template>
pub(in super::super) fn permissions(facts: &OfferFacts, findings: &mut Findings) {
    let Some(permissions) = &facts.permissions else {
        return;
    };
    let missing = lacking_to_delegate(permissions, is_registered(facts));
    if missing.is_empty() {
        return;
    }
    findings.azure(
        format!("subscription '{}'", facts.subscription.name),
        format!("this identity may not delegate it: it lacks {}", missing.join(", ")),
        format!("Have an Owner of the subscription run the command, or get Owner on the subscription itself (a resource group is not enough): `az role assignment create --role Owner --scope /subscriptions/{} --assignee WHO`.", facts.subscription.id),
    );
}

/// True unless Azure says that the provider is not registered.
pub(in super::super) fn is_registered(facts: &OfferFacts) -> bool {
    facts.provider.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("Registered"))
}
