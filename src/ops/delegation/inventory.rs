//! Which delegations there are: those that the tenant's subscriptions have given, and those it has received.
//!
//! A subscription that other tenants manage is not always a Lighthouse one (managed applications look the same), so
//! only the answers of Microsoft.ManagedServices count. Source:
//! <https://learn.microsoft.com/azure/lighthouse/how-to/view-manage-customers>

use std::collections::BTreeMap;

use crate::arm::managed_services::{
    RegistrationAssignment, RegistrationDefinition, RegistrationDefinitionProperties,
};
use crate::arm::resources::Subscription;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::{ArmId, Scope, SubscriptionId, TenantId, resource_name};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::{Observed, registered};
use crate::ops::delegation::Delegation;
use crate::ops::portal;
use crate::ops::site::Site;

/// From whose side a delegation is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The signed-in tenant is the publisher: it gave access.
    Given,
    /// The signed-in tenant is the consumer: it received access.
    Received,
}

/// Either side.
pub(crate) const BOTH: [Side; 2] = [Side::Given, Side::Received];

/// One definition with its assignments, and where it was found.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Which side the signed-in tenant is on.
    pub side: Side,
    /// The subscription it is in.
    pub subscription: SubscriptionId,
    /// The tenant that owns the subscription.
    pub publisher: Option<TenantId>,
    /// The offer; only its id is known where it may not be read.
    pub definition: RegistrationDefinition,
    /// Where it is accepted; empty for an orphan.
    pub assignments: Vec<RegistrationAssignment>,
}

impl Entry {
    /// The offer's name, or the definition's GUID if it has none.
    pub(crate) fn name(&self) -> &str {
        let name = &self.definition.properties.registration_definition_name;
        name.as_deref().unwrap_or(&self.definition.name)
    }

    /// Takes over what another of this program's identities sees of the same offer.
    pub(crate) fn learn(&mut self, other: Entry) {
        if self.definition.properties.authorizations.is_empty() {
            self.definition = other.definition;
        }
        for assignment in other.assignments {
            if !self.assignments.iter().any(|known| known.id == assignment.id) {
                self.assignments.push(assignment);
            }
        }
    }

    /// Shows it in the form scripts rely on.
    pub(crate) fn view(&self, portal: &url::Url) -> Delegation {
        let assignments: Vec<&RegistrationAssignment> = self.assignments.iter().collect();
        let view = Delegation::of(&self.definition, &assignments, portal);
        // The consumer has no account in the publisher's tenant: its own portal shows what it received.
        let shown_in = match self.side {
            Side::Given => self.publisher,
            Side::Received => Client::tenant_of(&self.definition),
        };
        Delegation {
            portal_url: portal::url(portal, shown_in, &self.definition.id),
            publisher_tenant_id: view
                .publisher_tenant_id
                .or_else(|| self.publisher.map(|tenant| tenant.to_string()).map(Into::into)),
            direction: Some(match self.side {
                Side::Given => "given",
                Side::Received => "received",
            }),
            provisioning_state: match view.provisioning_state {
                // The definition is all right, and gives nobody anything.
                Some(state)
                    if self.assignments.is_empty() && state.eq_ignore_ascii_case("Succeeded") =>
                {
                    Some(NOT_ASSIGNED.to_owned())
                }
                state => state,
            },
            ..view
        }
    }
}

/// Everything that could be read, and why the rest could not.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// What was found, by name and scope.
    pub entries: Vec<Entry>,
    /// Why a subscription could not be read.
    pub failures: Vec<Error>,
}

/// Reads the delegations on these sides: of the subscription that was asked for, else of all that can be seen.
///
/// A subscription that cannot be read is warned of and left out.
///
/// # Errors
/// If the subscriptions cannot be listed, or not one of them could be read.
pub(crate) async fn survey(site: &Site<'_>, sides: &[Side]) -> Result<Survey> {
    let places = places(site, sides).await?;
    let total = places.len();
    let work = places.iter().map(|place| read_place(&site.client, place));
    let mut survey = Survey::default();
    for (place, found) in places.iter().zip(fan_out(AT_ONCE, work).await) {
        match found {
            Ok(entries) => survey.entries.extend(entries),
            Err(err) => survey.failures.push(unreadable(place, err)),
        }
    }
    if total > 0 && survey.failures.len() == total {
        return Err(survey.failures.swap_remove(0));
    }
    for failure in &survey.failures {
        let causes = failure.causes().join(": ");
        site.reporter.warn(&format!("{failure}: {causes}"));
    }
    survey.entries.sort_by_key(order);
    Ok(survey)
}

fn order(entry: &Entry) -> (String, Option<Scope>, ArmId) {
    let first = entry.assignments.iter().filter_map(RegistrationAssignment::scope).min();
    (entry.name().to_lowercase(), first, entry.definition.id.clone())
}

pub(super) fn unreadable(place: &ReadablePlace, err: ArmError) -> Error {
    Error::from(err).while_doing(format!(
        "the delegations of subscription '{}' ({}) cannot be read",
        place.name, place.id
    ))
}

/// A subscription to look into, and from which side.
#[derive(Debug)]
pub(super) struct ReadablePlace {
    pub(super) id: SubscriptionId,
    name: String,
    home: Option<TenantId>,
    pub(super) side: Side,
    ours: Option<TenantId>,
}

async fn places(site: &Site<'_>, sides: &[Side]) -> Result<Vec<ReadablePlace>> {
    let ours = site.client.tenant();
    let found = if site.is_named() {
        let found = site.subscription().await?;
        vec![ReadablePlace {
            id: found.id,
            name: found.name.clone(),
            home: found.home_tenant,
            side: side(ours, found.home_tenant),
            ours,
        }]
    } else {
        let visible = site.client.subscriptions().await?;
        visible.iter().filter_map(|subscription| place(subscription, ours)).collect()
    };
    Ok(found.into_iter().filter(|place| sides.contains(&place.side)).collect())
}

/// Leaves out foreign subscriptions that the own tenant does not manage: the caller is a guest there.
pub(super) fn place(subscription: &Subscription, ours: Option<TenantId>) -> Option<ReadablePlace> {
    let home = subscription.tenant_id.as_deref().and_then(|tenant| tenant.parse().ok());
    let side = side(ours, home);
    let manages = |ours: TenantId| {
        let ours = ours.to_string();
        let mut managing = subscription.managed_by_tenants.iter();
        managing.any(|tenant| tenant.tenant_id == ours)
    };
    if side == Side::Received && !ours.is_some_and(manages) {
        return None;
    }
    Some(ReadablePlace {
        id: subscription.subscription_id.parse().ok()?,
        name: subscription.display_name.clone(),
        home,
        side,
        ours,
    })
}

fn side(ours: Option<TenantId>, home: Option<TenantId>) -> Side {
    match (ours, home) {
        (Some(ours), Some(home)) if ours != home => Side::Received,
        _ => Side::Given,
    }
}

pub(super) async fn read_place(
    client: &Client,
    place: &ReadablePlace,
) -> Result<Vec<Entry>, ArmError> {
    let (assignments, definitions) =
        tokio::join!(assignments(client, place), definitions(client, place.id));
    Ok(entries_of(place, definitions?, assignments?))
}

/// What a place has of delegations, as the signed-in tenant sees them.
pub(super) fn entries_of(
    place: &ReadablePlace,
    definitions: Vec<RegistrationDefinition>,
    assignments: Vec<RegistrationAssignment>,
) -> Vec<Entry> {
    let found = joined(definitions, assignments);
    let belongs = |definition: &RegistrationDefinition| match (place.side, place.ours) {
        (Side::Received, Some(ours)) => Client::tenant_of(definition).is_none_or(|to| to == ours),
        _ => true,
    };
    found
        .into_iter()
        .filter(|(definition, _)| belongs(definition))
        .map(|(definition, assignments)| Entry {
            side: place.side,
            subscription: place.id,
            publisher: place.home,
            definition,
            assignments,
        })
        .collect()
}

/// Who was only given resource groups may not list at the subscription, but at each of them.
async fn assignments(
    client: &Client,
    place: &ReadablePlace,
) -> Result<Vec<RegistrationAssignment>, ArmError> {
    let refusal = match registered(client.assignments(place.id).await) {
        // By hand: the refusal is the answer if there is no resource group either.
        Err(err) if err.is_forbidden() && place.side == Side::Received => err,
        other => return other,
    };
    let groups = client.resource_groups(place.id).await?;
    if groups.is_empty() {
        return Err(refusal);
    }
    let scopes: Vec<Scope> =
        groups.iter().map(|group| Scope::resource_group(place.id, &group.name)).collect();
    let work = scopes.iter().map(|scope| client.assignments_at(scope));
    let mut all: Vec<RegistrationAssignment> = Vec::new();
    for found in fan_out(AT_ONCE, work).await {
        all.extend(Observed::permitted(found)?.items());
    }
    // A resource group's list may hold the subscription's own assignments too.
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|assignment| seen.insert(assignment.id.clone()));
    Ok(all)
}

/// With the assignment Delete role alone definitions may not be read: assignments still show most.
async fn definitions(
    client: &Client,
    subscription: SubscriptionId,
) -> Result<Vec<RegistrationDefinition>, ArmError> {
    Ok(Observed::list(client.definitions(subscription).await)?.items())
}

/// Puts each assignment to its definition: from the list, else as the assignment carries it, else by its id alone.
fn joined(
    definitions: Vec<RegistrationDefinition>,
    assignments: Vec<RegistrationAssignment>,
) -> Vec<(RegistrationDefinition, Vec<RegistrationAssignment>)> {
    let mut found: BTreeMap<ArmId, (RegistrationDefinition, Vec<RegistrationAssignment>)> =
        definitions
            .into_iter()
            .map(|definition| (definition.id.clone(), (definition, Vec::new())))
            .collect();
    for assignment in assignments {
        let id = assignment.properties.registration_definition_id.clone();
        let carried = assignment.properties.registration_definition.clone();
        found
            .entry(id.clone())
            .or_insert_with(|| {
                let known = carried.filter(|definition| !definition.id.is_empty());
                (known.unwrap_or_else(|| known_by_id(&id)), Vec::new())
            })
            .1
            .push(assignment);
    }
    found.into_values().collect()
}

fn known_by_id(id: &str) -> RegistrationDefinition {
    RegistrationDefinition {
        id: id.into(),
        name: resource_name(id).to_owned(),
        properties: RegistrationDefinitionProperties::default(),
        plan: None,
    }
}

/// The state of an offer that is accepted nowhere.
pub(crate) const NOT_ASSIGNED: &str = "not assigned";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SUBSCRIPTION: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";

    fn id(kind: &str, name: &str) -> String {
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ManagedServices/{kind}/{name}")
    }

    fn definition(name: &str) -> RegistrationDefinition {
        let body = json!({"id": id("registrationDefinitions", name), "name": name,
            "properties": {"managedByTenantId": "t", "registrationDefinitionName": format!("offer {name}")}});
        serde_json::from_value(body).unwrap()
    }

    fn assignment(of: &str, carries: bool) -> RegistrationAssignment {
        let mut properties = json!({"registrationDefinitionId": id("REGISTRATIONDEFINITIONS", of)});
        if carries {
            properties["registrationDefinition"] = serde_json::to_value(definition(of)).unwrap();
        }
        let body = json!({"id": id("registrationAssignments", "a"), "name": "a", "properties": properties});
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn assignments_find_their_definition_whatever_the_case() {
        let found = joined(vec![definition("d"), definition("e")], vec![assignment("d", true)]);
        let counts: Vec<usize> = found.iter().map(|(_, list)| list.len()).collect();
        assert_eq!(counts, [1, 0]);
    }

    #[test]
    fn an_unreadable_definition_is_known_by_what_the_assignment_tells() {
        let found = joined(Vec::new(), vec![assignment("d", true)]);
        let name = &found[0].0.properties.registration_definition_name;
        assert_eq!(name.as_deref(), Some("offer d"));
        let found = joined(Vec::new(), vec![assignment("d", false)]);
        assert_eq!(found[0].0.name, "d");
    }

    #[test]
    fn other_reasons_to_be_managed_do_not_count() {
        let ours: TenantId = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap();
        let home = "3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001";
        let subscription = |managing: &str| -> Subscription {
            serde_json::from_value(json!({"subscriptionId": SUBSCRIPTION, "tenantId": home,
                "managedByTenants": [{"tenantId": managing}]}))
            .unwrap()
        };
        assert!(place(&subscription(home), Some(ours)).is_none());
        let found = place(&subscription(&ours.to_string()), Some(ours)).unwrap();
        assert_eq!(found.side, Side::Received);
        let owner: TenantId = home.parse().unwrap();
        let found = place(&subscription(&ours.to_string()), Some(owner)).unwrap();
        assert_eq!(found.side, Side::Given);
    }
}
