//! What a report holds, and how its parts are named for people.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::id::{ArmId, scope_contains};
use crate::ops::estate::delegations::Delegation;
use crate::ops::gaps::Gaps;
use crate::ops::share::access::Access;

/// Everything that a report shows.
#[derive(Clone, Debug)]
pub(crate) struct AccessReport {
    pub cloud: String,
    /// When it was made, in UTC.
    pub made_at: String,
    pub today: Date,
    /// Sorted by tenant and name.
    pub galleries: Vec<ReportedGallery>,
    pub rows: Vec<Access>,
    /// What the own tenants offered to others.
    pub offers: Vec<Delegation>,
    /// By ids in small letters: tenants and subscriptions.
    pub names: BTreeMap<String, String>,
    /// What could not be read, and may hold more.
    pub gaps: Gaps,
}

/// A gallery of this program.
#[derive(Clone, Debug)]
pub(crate) struct ReportedGallery {
    pub id: ArmId,
    pub name: String,
    pub tenant_id: ArmId,
}

impl AccessReport {
    /// The name of a tenant, or its id.
    pub(crate) fn tenant<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(&id.to_lowercase()).map_or(id, String::as_str)
    }

    /// The galleries that a row is about, by their places.
    pub(super) fn galleries_of(&self, row: &Access) -> Vec<usize> {
        let is_about = |gallery: &ReportedGallery| {
            let same_tenant = row.publisher_tenant_id.as_ref() == Some(&gallery.tenant_id);
            let is_above = scope_contains(&row.scope, &gallery.id) || is_group(&row.scope);
            same_tenant && (is_above || scope_contains(&gallery.id, &row.scope))
        };
        (0..self.galleries.len()).filter(|at| is_about(&self.galleries[*at])).collect()
    }

    /// Whom a row is about: a tenant other than the publisher's, or everyone; none outside otherwise.
    pub(super) fn outsider<'a>(&self, row: &'a Access) -> Option<&'a str> {
        match row.via {
            "community" => Some(EVERYONE),
            _ => row
                .tenant_id
                .as_deref()
                .filter(|id| row.publisher_tenant_id.as_ref().is_none_or(|own| *own != **id)),
        }
    }

    /// Where a row holds, for people.
    pub(super) fn place(&self, row: &Access) -> String {
        place_of(&row.scope, &self.names)
    }
}

/// A scope without what no one reads: the gallery and what is below it, else the group or the subscription.
fn place_of(scope: &str, names: &BTreeMap<String, String>) -> String {
    let parts: Vec<&str> = scope.trim_matches('/').split('/').collect();
    // Not read as an id: a name that Azure would not take is shown all the same.
    if let Some(at) = parts.iter().position(|part| part.eq_ignore_ascii_case("galleries")) {
        let names: Vec<&str> =
            parts[at..].chunks(2).filter_map(|pair| pair.get(1).copied()).collect();
        return names.join("/");
    }
    match parts.as_slice() {
        [""] => "the tenant's root".to_owned(),
        [_, id] => {
            let name = names.get(&id.to_lowercase()).map_or(*id, String::as_str);
            format!("subscription {name}")
        }
        [_, _, _, group] => format!("resource group {group}"),
        [.., name] if is_group(scope) => format!("management group {name}"),
        _ => scope.to_owned(),
    }
}

fn is_group(scope: &str) -> bool {
    scope.to_lowercase().starts_with("/providers/microsoft.management/managementgroups/")
}

/// What replaces a tenant's id for what is open to all.
pub(super) const EVERYONE: &str = "everyone";

/// A method, and what people call it.
pub(super) const METHODS: [(&str, &str); 4] = [
    ("rbac", "Role"),
    ("direct", "Direct share"),
    ("community", "Community gallery"),
    ("delegation", "Delegation"),
];

pub(super) fn method(via: &str) -> &str {
    METHODS.iter().find(|(name, _)| *name == via).map_or(via, |(_, shown)| shown)
}
