//! What is in Azure, as far as an offer needs to know: read at the same time, and nothing twice.
//!
//! Only the subscription has to be readable. Whatever else Azure does not say becomes a warning:
//! the deployment itself will be refused where it matters.

use std::collections::HashMap;

use crate::arm::ArmError;
use crate::arm::authorization::{Permission, RoleDefinition};
use crate::arm::managed_services::{NAMESPACE, RegistrationAssignment, RegistrationDefinition};
use crate::arm::resources::ResourceGroup;
use crate::error::Result;
use crate::id::Scope;
use crate::ops::access::role::{RoleRef, find_role};
use crate::ops::access::tenant::{self, Tenant};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::findings::Findings;
use crate::ops::change::observe::{Observed, registered};
use crate::ops::offer::Offer;
use crate::ops::offer::input::Placed;
use crate::ops::site::{ChosenSubscription, Site};

/// What Azure reported.
#[derive(Debug)]
pub(crate) struct OfferFacts {
    pub subscription: ChosenSubscription,
    pub tenant: Tenant,
    /// The resource groups of the offer, in its order.
    pub groups: Vec<(Placed<String>, Observed<Option<ResourceGroup>>)>,
    /// How far the provider is registered.
    pub provider: Option<String>,
    /// The roles of the offer.
    pub roles: HashMap<RoleRef, Observed<Option<RoleDefinition>>>,
    /// The caller's permissions in the subscription.
    pub permissions: Option<Vec<Permission>>,
    /// All offers of the subscription.
    pub definitions: Option<Vec<RegistrationDefinition>>,
    /// All acceptances in the subscription.
    pub assignments: Option<Vec<RegistrationAssignment>>,
}

/// Reads what an offer needs to know.
///
/// # Errors
/// If the subscription cannot be read, no one is signed in, or there is no connection.
pub(crate) async fn read(
    site: &Site<'_>,
    offer: &Offer,
    findings: &mut Findings,
) -> Result<OfferFacts> {
    let (subscription, tenant) =
        tokio::join!(site.subscription(), tenant::discover(site.app, &offer.consumer.value),);
    let subscription = subscription?.clone();
    let id = subscription.id;
    let whole = Scope::subscription(id);
    let wanted = wanted_roles(offer);
    let (groups, roles, provider, permissions, definitions, assignments) = tokio::join!(
        fan_out(
            AT_ONCE,
            offer.groups.iter().map(|group| site.client.resource_group(id, &group.value))
        ),
        fan_out(AT_ONCE, wanted.iter().map(|role| find_role(&site.client, id, role))),
        site.client.provider_state(id, NAMESPACE),
        site.client.permissions(&whole),
        site.client.definitions(id),
        site.client.assignments(id),
    );
    let mut facts = OfferFacts {
        subscription,
        tenant: tenant?,
        groups: Vec::new(),
        provider: advisory("the state of the resource provider", provider, findings)?.told(),
        roles: HashMap::new(),
        permissions: advisory("what this identity may do", permissions, findings)?.told(),
        definitions: listed("the offers of the subscription", definitions, findings)?,
        assignments: listed("the delegations of the subscription", assignments, findings)?,
    };
    for (group, told) in offer.groups.iter().zip(groups) {
        let what = format!("resource group '{}'", group.value);
        facts.groups.push((group.clone(), advisory(&what, told, findings)?));
    }
    for (role, told) in wanted.into_iter().zip(roles) {
        let what = format!("role {}", shown(&role));
        let told = advisory(&what, told, findings)?;
        facts.roles.insert(role, told);
    }
    Ok(facts)
}

/// Each role of the offer once.
fn wanted_roles(offer: &Offer) -> Vec<RoleRef> {
    let mut wanted: Vec<RoleRef> = Vec::new();
    for (role, _) in offer.roles() {
        if !wanted.contains(&role.value) {
            wanted.push(role.value.clone());
        }
    }
    wanted
}

fn shown(role: &RoleRef) -> String {
    match role {
        RoleRef::Id(id) => id.to_string(),
        RoleRef::Named(name) => format!("'{name}'"),
    }
}

/// A list of a provider that is not registered is empty, whatever Azure says.
fn listed<T>(
    what: &str,
    answer: Result<Vec<T>, ArmError>,
    findings: &mut Findings,
) -> Result<Option<Vec<T>>> {
    Ok(advisory(what, registered(answer), findings)?.told())
}

/// Turns a refused read into a warning; everything else that goes wrong is an error.
fn advisory<T>(
    what: &str,
    answer: Result<T, ArmError>,
    findings: &mut Findings,
) -> Result<Observed<T>> {
    let observed = Observed::advisory(answer)?;
    if let Observed::Untold(why) = &observed {
        findings.warn(format!("cannot read {what}, so it is not checked: {why}"));
    }
    Ok(observed)
}
