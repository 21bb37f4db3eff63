//! What deleting a delegation will take away, from whom, and what it breaks besides. Only computes.

// Whoever ends delegations of its own comes in here.
pub(in crate::ops) use super::inventory::{Entry, Side, survey};
use super::lookup::Known;
use serde_json::{Value, json};

use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::ops::change::{ChangeKind, Plan, Step, WriteKind};

/// What is to be removed, and what that means.
#[derive(Clone, Debug)]
pub(crate) struct OfferRemoval {
    pub name: String,
    pub consumer: String,
    /// Which side the signed-in tenant is on.
    pub side: Side,
    /// The assignments, which are what gives access.
    pub assignments: Vec<RegistrationAssignment>,
    /// The definitions to delete after them.
    pub definitions: Vec<RegistrationDefinition>,
    /// Definitions that stay, and why.
    pub staying: Vec<(String, Stays)>,
    /// Who loses what, one line each.
    pub losers: Vec<String>,
    /// Other offers that lose access with this one, one line each.
    pub overlaps: Vec<Overlap>,
}

/// Why a definition stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stays {
    /// `--keep-definition`.
    Kept,
    /// It was bought in the marketplace, and only goes with the purchase.
    Marketplace,
    /// Only the publisher may delete it.
    Publishers,
    /// It still delegates other scopes.
    Used,
}

impl Stays {
    /// Why, and what could be done.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Stays::Used => "the definition stays: it still delegates other scopes",
            Stays::Kept => "the definition stays, as you asked with --keep-definition",
            Stays::Marketplace => {
                "the definition comes from a marketplace offer and cannot be deleted here: it goes when the publisher cancels the purchase"
            }
            Stays::Publishers => {
                "the definition stays in the publisher's subscription, where it gives no access: only the publisher can delete it, with `az-imageshare delegation delete`"
            }
        }
    }
}

/// Another offer that gives the same right to the same principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// The other offer's name.
    pub name: String,
    /// Whom and what both name.
    pub right: String,
}

impl OfferRemoval {
    /// Works out what deleting `known` removes.
    pub(crate) fn of(known: &Known, keep_definition: bool) -> OfferRemoval {
        let first = known.first();
        let mut removal = OfferRemoval {
            name: first.name().to_owned(),
            consumer: first.definition.properties.managed_by_tenant_id.clone().into(),
            side: first.side,
            assignments: known.entries.iter().flat_map(|entry| entry.assignments.clone()).collect(),
            definitions: Vec::new(),
            staying: Vec::new(),
            losers: losers(&known.entries),
            overlaps: overlaps(known),
        };
        for entry in &known.entries {
            let definition = entry.definition.clone();
            match stays(entry, keep_definition) {
                Some(reason) => removal.staying.push((definition.id.to_string(), reason)),
                None => removal.definitions.push(definition),
            }
        }
        removal
    }

    /// Works out what removing one offer of several removes.
    pub(crate) fn of_entry(
        entry: Entry,
        others: Vec<Entry>,
        keep_definition: bool,
    ) -> OfferRemoval {
        OfferRemoval::of(&Known { entries: vec![entry], others }, keep_definition)
    }

    /// The same for these resource groups alone; a definition goes with its last scope
    /// (MicrosoftDocs/azure-docs#36763).
    pub(crate) fn limited_to(mut self, groups: &[String]) -> OfferRemoval {
        let is_named = |found: &RegistrationAssignment| {
            let group = found.scope().and_then(|scope| scope.resource_group);
            group.is_some_and(|group| groups.iter().any(|named| named.eq_ignore_ascii_case(&group)))
        };
        let (going, staying): (Vec<_>, Vec<_>) = self.assignments.into_iter().partition(is_named);
        let is_going = |definition: &RegistrationDefinition| {
            let is_of = |found: &RegistrationAssignment| found.is_of(&definition.id);
            going.iter().any(is_of) && !staying.iter().any(is_of)
        };
        let (gone, used): (Vec<_>, Vec<_>) = self.definitions.into_iter().partition(is_going);
        self.assignments = going;
        self.definitions = gone;
        if !self.assignments.is_empty() {
            self.staying.extend(used.into_iter().map(|found| (found.id.to_string(), Stays::Used)));
        }
        self
    }

    /// What goes: assignments first, each with who loses what by it, then the definitions.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let assignment = |found: &RegistrationAssignment| {
            let scope = found.scope().map(|scope| scope.to_string()).unwrap_or_default();
            let what = format!("delegation '{}' of {scope}", self.name);
            let definition = &found.properties.registration_definition_id;
            let before = json!({"properties": {"registrationDefinitionId": definition}});
            let step =
                Step::new(ChangeKind::Remove, WriteKind::DelegationAssignment, &found.id, what)
                    .at(&scope)
                    .detail(format!("assignment {}", found.id))
                    .between(before, Value::Null);
            self.losers.iter().fold(step, |step, line| step.because(format!("takes from {line}")))
        };
        let definition = |found: &RegistrationDefinition| {
            let what = format!("offer '{}'", self.name);
            let before = json!({"properties": found.properties, "plan": found.plan});
            Step::new(ChangeKind::Remove, WriteKind::DelegationDefinition, &found.id, what)
                .at(found.id.split("/providers/").next().unwrap_or_default())
                .detail(format!("definition {}", found.id))
                .between(before, Value::Null)
        };
        let assignments = self.assignments.iter().map(assignment);
        assignments.chain(self.definitions.iter().map(definition)).collect()
    }

    /// How many steps there are.
    pub(crate) fn count(&self) -> usize {
        self.assignments.len() + self.definitions.len()
    }

    /// The whole as a plan of its own.
    pub(crate) fn plan(&self) -> Plan {
        let whom = if self.consumer.is_empty() { "(unknown)" } else { &self.consumer };
        Plan {
            steps: self.steps(),
            warnings: self.warnings(),
            whom: Some(format!("tenant {whom}")),
            nothing: Some(format!("Delegation '{}' gives no access any more.", self.name)),
            ..Plan::titled(format!("Delegation '{}' to tenant {whom}:", self.name))
        }
    }

    /// What else breaks, and how to repair it, one sentence each.
    ///
    /// Source: <https://learn.microsoft.com/azure/lighthouse/how-to/remove-delegation>
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warning = |overlap: &Overlap| {
            format!(
                "offer '{0}' gives {1} too, and loses it with this one; to repair it afterwards, delete '{0}' and create it again",
                overlap.name, overlap.right
            )
        };
        let kept = self.staying.iter().map(|(id, why)| format!("{id}: {}", why.reason()));
        self.overlaps.iter().map(warning).chain(kept).collect()
    }
}

fn stays(entry: &Entry, keep_definition: bool) -> Option<Stays> {
    match entry {
        Entry { side: Side::Received, .. } => Some(Stays::Publishers),
        _ if keep_definition => Some(Stays::Kept),
        Entry { definition: RegistrationDefinition { plan: Some(_), .. }, .. } => {
            Some(Stays::Marketplace)
        }
        _ => None,
    }
}

/// Principal, role, and how both are shown.
type Right = (String, String, String);

fn rights(entry: &Entry) -> Vec<Right> {
    let properties = &entry.definition.properties;
    let permanent = properties.authorizations.iter().map(|right| {
        let name = &right.principal_id_display_name;
        (&right.principal_id, name, &right.role_definition_id, "")
    });
    let eligible = properties.eligible_authorizations.iter().map(|right| {
        let name = &right.principal_id_display_name;
        (&right.principal_id, name, &right.role_definition_id, "eligible ")
    });
    permanent
        .chain(eligible)
        .map(|(principal, name, role, how)| {
            let who = match name {
                Some(name) => format!("'{name}' ({principal})"),
                None => principal.to_string(),
            };
            let shown = format!("{who} the {how}role {}", role_name(role));
            (principal.to_lowercase(), role.to_lowercase(), shown)
        })
        .collect()
}

fn role_name(role: &str) -> String {
    role.parse().map_or_else(|_| role.to_owned(), crate::ops::access::role::label)
}

fn losers(entries: &[Entry]) -> Vec<String> {
    let mut lines = Vec::new();
    for (.., shown) in entries.iter().flat_map(rights) {
        if !lines.contains(&shown) {
            lines.push(shown);
        }
    }
    lines
}

/// The same principal and role in another offer of the same consumer that is in force.
fn overlaps(known: &Known) -> Vec<Overlap> {
    let going: Vec<Right> = known.entries.iter().flat_map(rights).collect();
    let consumer = &known.first().definition.properties.managed_by_tenant_id;
    let mut found = Vec::new();
    for other in &known.others {
        let theirs = &other.definition.properties.managed_by_tenant_id;
        if other.assignments.is_empty() || !theirs.eq_ignore_ascii_case(consumer) {
            continue;
        }
        for (principal, role, shown) in rights(other) {
            let same = |right: &Right| right.0 == principal && right.1 == role;
            let overlap = Overlap { name: other.name().to_owned(), right: shown };
            if going.iter().any(same) && !found.contains(&overlap) {
                found.push(overlap);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SUBSCRIPTION: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";
    const FABRIKAM: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
    const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

    fn entry(name: &str, consumer: &str, role: &str, plan: Value) -> Entry {
        let id = |kind: &str| {
            format!(
                "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ManagedServices/{kind}/{name}"
            )
        };
        let definition = json!({"id": id("registrationDefinitions"), "name": name, "plan": plan,
            "properties": {"registrationDefinitionName": name, "managedByTenantId": consumer,
                "authorizations": [{"principalId": "P-1", "principalIdDisplayName": "users", "roleDefinitionId": role}]}});
        let assignment = json!({"id": id("registrationAssignments"), "name": name});
        Entry {
            side: Side::Given,
            subscription: SUBSCRIPTION.parse().unwrap(),
            publisher: None,
            definition: serde_json::from_value(definition).unwrap(),
            assignments: vec![serde_json::from_value(assignment).unwrap()],
        }
    }

    fn known(others: Vec<Entry>) -> Known {
        let entries = vec![entry("images", FABRIKAM, READER, Value::Null)];
        Known { entries, others }
    }

    #[test]
    fn the_same_right_in_another_offer_is_warned_of() {
        let same = entry("more images", &FABRIKAM.to_uppercase(), READER, Value::Null);
        let removal = OfferRemoval::of(&known(vec![same]), false);
        let warnings = removal.warnings();
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("'more images'"), "{warnings:?}");
    }

    #[test]
    fn other_tenants_roles_and_orphans_do_not_overlap() {
        let mut orphan = entry("orphan", FABRIKAM, READER, Value::Null);
        orphan.assignments.clear();
        let others = vec![
            entry("tenant", "b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003", READER, Value::Null),
            entry("role", FABRIKAM, "b24988ac-6180-42a0-ab88-20f7382dd24c", Value::Null),
            orphan,
        ];
        assert_eq!(OfferRemoval::of(&known(others), false).overlaps, []);
    }

    #[test]
    fn what_stays_says_why() {
        let reason = |known: &Known, keep| {
            let removal = OfferRemoval::of(known, keep);
            assert_eq!(removal.definitions.len() + removal.staying.len(), 1);
            removal.staying.first().map(|(_, why)| *why)
        };
        let mut offer = known(Vec::new());
        assert_eq!(reason(&offer, false), None);
        assert_eq!(reason(&offer, true), Some(Stays::Kept));
        offer.entries[0].definition.plan = Some(json!({"name": "p"}));
        assert_eq!(reason(&offer, false), Some(Stays::Marketplace));
        offer.entries[0].side = Side::Received;
        assert_eq!(reason(&offer, false), Some(Stays::Publishers));
    }

    #[test]
    fn the_plan_names_who_loses_what() {
        let plan = OfferRemoval::of(&known(Vec::new()), false).plan().lines().join("\n");
        for part in [
            "registrationAssignments/images",
            "registrationDefinitions/images",
            "'users' (P-1) the role Reader",
        ] {
            assert!(plan.contains(part), "{plan}");
        }
    }
}
