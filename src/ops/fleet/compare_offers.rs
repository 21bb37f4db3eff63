//! What is wanted by delegation beside what exists.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::compare::{JudgedItem, described, gone};
use super::drift_kind::DriftKind;
use super::expand::{UNSEEN, WantedItem, WantedOffer};
use super::item::ItemChange;
use super::observe::offers::SubscriptionOffers;
use super::ownership;
use super::view::{AssignmentStand, DelegationStand, ItemView};
use crate::arm::ProvisioningState;
use crate::arm::managed_services::{
    self, RegistrationAssignment, RegistrationDefinition, RegistrationDefinitionProperties,
};
use crate::id::Scope;
use crate::ops::offer::assignment_name;
use crate::ops::offer::difference::Difference;

/// Judges an item by delegation.
pub(crate) fn judge_offer(
    item: &WantedItem,
    wanted: &Arc<WantedOffer>,
    publisher: &str,
    standing: Option<&SubscriptionOffers>,
    today: Date,
) -> JudgedItem {
    let mut judged =
        JudgedItem { offer: Some(Arc::clone(wanted)), ..JudgedItem::of(item, publisher) };
    if let Some(why) = &item.blocked {
        if why == UNSEEN {
            judged.mark(DriftKind::SubscriptionGone, why);
        }
        return judged.blocked(why);
    }
    let nothing = SubscriptionOffers::default();
    let offers = standing.unwrap_or(&nothing);
    let stands = StandingOffer::find(&item.id, offers);
    if let Some(why) = item.absent {
        return gone(judged, why, stands.view(), (DriftKind::Orphan, "exists"));
    }
    let scopes = scopes(item, wanted);
    if let Some(why) = stands.refusal(wanted, offers, &scopes) {
        judged.mark(DriftKind::Overlap, &why);
        return judged.blocked(why);
    }
    let difference = stands.difference(wanted, &scopes);
    let change = match (stands.definition, difference.is_empty()) {
        (None, _) => ItemChange::Create,
        (Some(_), true) => ItemChange::Keep,
        (Some(_), false) => ItemChange::Update,
    };
    stands.tell(wanted, &scopes, today, &mut judged);
    if change == ItemChange::Update {
        judged.plan.why = difference;
    }
    for other in overlapping(&item.id, wanted, offers) {
        let text = format!("overlap: {other}");
        judged.mark(DriftKind::Overlap, &text);
        judged.plan.why.push(text);
    }
    if change == ItemChange::Keep {
        return judged;
    }
    let after = stands.wanted_view(&item.id, &wanted.properties, &scopes);
    judged.becoming(change, stands.view(), Some(after))
}

/// The scopes of an item.
fn scopes(item: &WantedItem, wanted: &WantedOffer) -> Vec<Scope> {
    if wanted.groups.is_empty() {
        return vec![Scope::subscription(item.subscription)];
    }
    wanted.groups.iter().map(|group| Scope::resource_group(item.subscription, group)).collect()
}

/// A definition as it is, with its assignments.
pub(crate) struct StandingOffer<'a> {
    definition: Option<&'a RegistrationDefinition>,
    assignments: Vec<&'a RegistrationAssignment>,
}

impl<'a> StandingOffer<'a> {
    /// The definition with this id.
    pub(crate) fn find(id: &str, offers: &'a SubscriptionOffers) -> StandingOffer<'a> {
        StandingOffer {
            definition: offers.definitions.iter().find(|found| found.id == id),
            assignments: offers.assignments.iter().filter(|found| found.is_of(id)).collect(),
        }
    }

    /// As it exists; none if it does not.
    pub(crate) fn view(&self) -> Option<ItemView> {
        let definition = self.definition?;
        let assignments = self.assignments.iter().map(|found| stand_of(found)).collect();
        let state = definition.properties.provisioning_state.as_deref();
        let stand = offer_stand(&definition.properties, has_succeeded(state), assignments);
        Some(ItemView::Delegation(stand))
    }

    /// As it is to exist: what it delegates besides stays.
    fn wanted_view(
        &self,
        id: &str,
        properties: &RegistrationDefinitionProperties,
        scopes: &[Scope],
    ) -> ItemView {
        let wanted = scopes.iter().map(|scope| match self.at(scope) {
            Some(found) => AssignmentStand { succeeded: true, ..stand_of(found) },
            None => AssignmentStand {
                id: managed_services::assignment_id(scope, assignment_name(id, scope)),
                scope: scope.to_string(),
                succeeded: true,
            },
        });
        let others = self.others(scopes).map(stand_of);
        let assignments = wanted.chain(others).collect();
        ItemView::Delegation(offer_stand(properties, true, assignments))
    }

    fn at(&self, scope: &Scope) -> Option<&'a RegistrationAssignment> {
        self.assignments.iter().copied().find(|found| found.scope().as_ref() == Some(scope))
    }

    /// What it delegates besides.
    pub(crate) fn others(
        &self,
        scopes: &[Scope],
    ) -> impl Iterator<Item = &'a RegistrationAssignment> {
        self.assignments
            .iter()
            .copied()
            .filter(|found| !found.scope().is_some_and(|scope| scopes.contains(&scope)))
    }

    /// What changes, line by line, without anything that is one subscription's alone.
    fn difference(&self, wanted: &WantedOffer, scopes: &[Scope]) -> Vec<String> {
        let Some(definition) = self.definition else { return Vec::new() };
        let standing = &definition.properties;
        let mut lines = if is_unmarked(standing, &wanted.properties) {
            let description = standing.description.clone();
            let unmarked =
                RegistrationDefinitionProperties { description, ..wanted.properties.clone() };
            Difference::between(Some(standing), &unmarked).lines
        } else {
            Difference::between(Some(standing), &wanted.properties).lines
        };
        if !has_succeeded(definition.properties.provisioning_state.as_deref()) {
            lines.push("~ the definition did not succeed, and is written again".to_owned());
        }
        for scope in scopes {
            match self.at(scope) {
                None => lines.push(format!("+ delegates {}", place(scope))),
                Some(found) if !has_succeeded(found.properties.provisioning_state.as_deref()) => {
                    lines.push(format!(
                        "~ the delegation of {} did not succeed, and is written again",
                        place(scope)
                    ));
                }
                Some(_) => {}
            }
        }
        lines
    }

    /// Why Azure would refuse it.
    fn refusal(
        &self,
        wanted: &WantedOffer,
        offers: &SubscriptionOffers,
        scopes: &[Scope],
    ) -> Option<String> {
        let properties = &wanted.properties;
        if let Some(definition) = self.definition {
            let tenant = &definition.properties.managed_by_tenant_id;
            if !tenant.eq_ignore_ascii_case(&properties.managed_by_tenant_id) {
                return Some(format!(
                    "the definition belongs to tenant {tenant}, which Azure does not let anybody change: choose another 'offer'"
                ));
            }
        }
        let fleet = ownership::fleet_of(properties.description.as_deref());
        let standing = self.definition.and_then(|found| found.properties.description.as_deref());
        if let Some(other) = ownership::fleet_of(standing).filter(|other| Some(*other) != fleet) {
            return Some(format!("the definition belongs to fleet '{other}'"));
        }
        let own = self.definition.map(|found| found.id.to_lowercase());
        let taken = offers
            .assignments
            .iter()
            .filter(|found| found.scope().is_some_and(|scope| scopes.contains(&scope)));
        for assignment in taken {
            let id = &assignment.properties.registration_definition_id;
            if own.as_deref() == Some(&*id.to_lowercase()) {
                continue;
            }
            let other = offers.definitions.iter().find(|other| other.id == *id);
            let is_same = |other: &&RegistrationDefinition| {
                other.properties.registration_definition_name
                    == properties.registration_definition_name
                    && !self.assignments.iter().any(|own| own.is_of(&other.id))
            };
            if other.filter(is_same).is_some() {
                return Some("an offer of this name is assigned there already, by another definition: delete that one with `az-imageshare delegation delete`, or choose another 'offer'".to_owned());
            }
        }
        None
    }

    /// How it differs, by the kinds of drift; each difference once.
    fn tell(&self, wanted: &WantedOffer, scopes: &[Scope], today: Date, judged: &mut JudgedItem) {
        let Some(definition) = self.definition else {
            judged.mark(DriftKind::MissingDefinition, "the definition does not exist");
            return;
        };
        for scope in scopes.iter().filter(|scope| self.at(scope).is_none()) {
            judged.mark(DriftKind::MissingAssignment, format!("{} is not delegated", place(scope)));
        }
        let failed = self
            .assignments
            .iter()
            .any(|found| !has_succeeded(found.properties.provisioning_state.as_deref()));
        if failed || !has_succeeded(definition.properties.provisioning_state.as_deref()) {
            judged.mark(DriftKind::NotSucceeded, "its provisioning did not succeed");
        }
        rights(&definition.properties, &wanted.properties, judged);
        texts(&definition.properties, &wanted.properties, today, judged);
    }
}

/// Which permissions differ. The sign of a line says how.
fn rights(
    old: &RegistrationDefinitionProperties,
    new: &RegistrationDefinitionProperties,
    judged: &mut JudgedItem,
) {
    let only = |of: &RegistrationDefinitionProperties, permanent: bool| {
        let mut part = RegistrationDefinitionProperties::default();
        if permanent {
            part.authorizations.clone_from(&of.authorizations);
        } else {
            part.eligible_authorizations.clone_from(&of.eligible_authorizations);
        }
        part
    };
    for line in Difference::between(Some(&only(old, true)), &only(new, true)).lines {
        let kind = match line.chars().next() {
            Some('+') => DriftKind::AuthorizationMissing,
            Some('-') => DriftKind::AuthorizationExtra,
            _ => DriftKind::AuthorizationChanged,
        };
        judged.mark(kind, line);
    }
    for line in Difference::between(Some(&only(old, false)), &only(new, false)).lines {
        judged.mark(DriftKind::EligibleChanged, line);
    }
}

fn texts(
    old: &RegistrationDefinitionProperties,
    new: &RegistrationDefinitionProperties,
    today: Date,
    judged: &mut JudgedItem,
) {
    if old.registration_definition_name != new.registration_definition_name {
        let name = old.registration_definition_name.as_deref().unwrap_or_default();
        judged.mark(DriftKind::Renamed, format!("it is called '{name}'"));
    }
    if is_unmarked(old, new) {
        return;
    }
    described(old.description.as_deref(), new.description.as_deref(), today, judged);
}

/// True if only the mark is missing: what is under the computed id belongs to the fleet all the same, and is not
/// written for the mark alone.
fn is_unmarked(
    old: &RegistrationDefinitionProperties,
    new: &RegistrationDefinitionProperties,
) -> bool {
    let (old, new) = (old.description.as_deref(), new.description.as_deref());
    ownership::fleet_of(old).is_none()
        && old.unwrap_or_default() == new.map(ownership::without_fleet).unwrap_or_default()
}

/// Other offers to the same tenant that give the same roles to the same principals. Source:
/// <https://learn.microsoft.com/azure/lighthouse/how-to/update-delegation>.
fn overlapping(id: &str, wanted: &WantedOffer, offers: &SubscriptionOffers) -> BTreeSet<String> {
    let properties = &wanted.properties;
    let others = offers.definitions.iter().filter(|other| {
        other.id != id
            && other
                .properties
                .managed_by_tenant_id
                .eq_ignore_ascii_case(&properties.managed_by_tenant_id)
            && other.properties.authorizations.iter().any(|right| {
                properties.authorizations.iter().any(|known| {
                    known.principal_id == right.principal_id
                        && known.role_definition_id == right.role_definition_id
                })
            })
    });
    let told = others.map(|other| {
        let name = other.properties.registration_definition_name.as_deref().unwrap_or(&other.name);
        format!("offer '{name}' gives the same roles to the same principals, and Azure may drop the access of both")
    });
    told.collect()
}

/// What an offer of this program delegates besides, with where: resource groups that left the manifest.
pub(crate) fn extra_assignments<'a>(
    item: &WantedItem,
    wanted: &WantedOffer,
    offers: &'a SubscriptionOffers,
    fleet: &str,
) -> Vec<(&'a RegistrationAssignment, String)> {
    let stands = StandingOffer::find(&item.id, offers);
    let description = stands.definition.and_then(|found| found.properties.description.as_deref());
    if item.absent.is_some()
        || item.blocked.is_some()
        || ownership::fleet_of(description) != Some(fleet)
    {
        return Vec::new();
    }
    let scopes = scopes(item, wanted);
    let others = stands.others(&scopes).filter_map(|found| {
        let scope = found.scope()?;
        Some((found, place(&scope).to_owned()))
    });
    others.collect()
}

/// A definition that the manifest does not want: this fleet's, another fleet's, or foreign.
pub(crate) fn unwanted_offer(
    definition: &RegistrationDefinition,
    offers: &SubscriptionOffers,
    fleet: &str,
) -> (ItemChange, Option<ItemView>, String) {
    let view = StandingOffer::find(&definition.id, offers).view();
    let description = definition.properties.description.as_deref();
    match ownership::fleet_of(description) {
        Some(own) if own == fleet => (ItemChange::Orphan, view, "left the manifest".to_owned()),
        Some(other) => (ItemChange::Foreign, view, format!("belongs to fleet '{other}'")),
        None => (ItemChange::Foreign, view, "has no mark of a fleet".to_owned()),
    }
}

/// An offer as it is, or as it is to exist.
pub(crate) fn offer_stand(
    properties: &RegistrationDefinitionProperties,
    succeeded: bool,
    assignments: Vec<AssignmentStand>,
) -> DelegationStand {
    DelegationStand {
        name: properties.registration_definition_name.clone().unwrap_or_default(),
        description: properties.description.clone(),
        managed_by_tenant_id: properties.managed_by_tenant_id.clone().into(),
        authorizations: properties.authorizations.clone(),
        eligible_authorizations: properties.eligible_authorizations.clone(),
        succeeded,
        assignments,
    }
}

/// An assignment as it is.
pub(crate) fn stand_of(found: &RegistrationAssignment) -> AssignmentStand {
    AssignmentStand {
        id: found.id.to_string(),
        scope: found.scope().map(|scope| scope.to_string()).unwrap_or_default(),
        succeeded: has_succeeded(found.properties.provisioning_state.as_deref()),
    }
}

/// True unless its provisioning is under way or failed.
pub(crate) fn has_succeeded(state: Option<&str>) -> bool {
    state.is_none_or(|state| ProvisioningState::from(state) == ProvisioningState::Succeeded)
}

/// A scope without its subscription.
fn place(scope: &Scope) -> &str {
    scope.resource_group.as_deref().unwrap_or("the subscription")
}
