//! What the parts of a manifest have to be together.

use std::collections::{BTreeMap, BTreeSet};

use super::node::ManifestProblems;
use super::types::{FleetGrant, Manifest, ManifestSurroundings, Positioned};
use super::{offers, policies};
use crate::id::TenantRef;
use crate::ops::access::role::{self, NotRole};
use crate::ops::access::similar;
use crate::ops::change::findings::Findings;
use crate::ops::fleet::item::ShareMethod;

/// Judges a manifest that was read, and adds the offers that it makes.
pub(super) fn check(
    manifest: &mut Manifest,
    around: ManifestSurroundings<'_>,
    problems: &mut ManifestProblems,
    findings: &mut Findings,
) {
    clouds(manifest, around, problems);
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for grant in &manifest.grants {
        if let Some(line) = seen.insert(&grant.name.value, grant.name.at.line) {
            let rule = format!("grant '{}' is on line {line} already", grant.name.value);
            problems.add(grant.name.at, rule, "Give each grant a name of its own.");
        }
        parties(manifest, grant, problems);
        roles(grant, problems);
        if let (ShareMethod::App, [_, more, ..]) = (grant.via, grant.to.as_slice()) {
            let fix = "Make a grant for each consumer, each with its own application.";
            problems.add(more.at, "an application serves one consumer", fix);
        }
        if let (Some(day), Some(today)) = (&grant.expires, around.today)
            && day.value < today
        {
            problems.add(
                day.at,
                format!("{} has passed, today is {today} in UTC", day.value),
                "Give the last day on which it is to hold; to remove what it shared, say absent: true.",
            );
        }
    }
    for wave in &manifest.waves {
        if let Some(consumer) = &wave.verify {
            known(consumer, &manifest.consumer_names, "consumer", problems);
        }
    }
    policies::check(manifest, problems);
    manifest.offers = offers::of(manifest, around, problems, findings);
}

fn clouds(manifest: &Manifest, around: ManifestSurroundings<'_>, problems: &mut ManifestProblems) {
    let active = &around.cloud.name;
    if let Some(cloud) = &manifest.cloud
        && !cloud.value.eq_ignore_ascii_case(active)
    {
        problems.add(
            cloud.at,
            format!("is '{}', but this run uses '{active}'", cloud.value),
            format!("Run it with `--cloud {}`.", cloud.value),
        );
    }
    let default = manifest.cloud.as_ref().map_or(active, |cloud| &cloud.value);
    for grant in &manifest.grants {
        let Some(publisher) = manifest.publishers.get(&grant.from.value) else { continue };
        let here = publisher.cloud.as_ref().map_or(default, |cloud| &cloud.value);
        for to in &grant.to {
            let Some(consumer) = manifest.consumers.get(&to.value) else { continue };
            let there = consumer.cloud.as_ref().map_or(default, |cloud| &cloud.value);
            if !here.eq_ignore_ascii_case(there) {
                problems.add(
                    to.at,
                    format!("'{}' is in {there} and '{}' in {here}: nothing is shared between clouds", to.value, grant.from.value),
                    "Share with a tenant of the same cloud; a consumer in another cloud says so with 'cloud'.",
                );
            }
        }
    }
}

fn parties(manifest: &Manifest, grant: &FleetGrant, problems: &mut ManifestProblems) {
    known(&grant.from, &manifest.publisher_names, "publisher", problems);
    let publisher = manifest.publishers.get(&grant.from.value);
    for to in &grant.to {
        if !known(to, &manifest.consumer_names, "consumer", problems) {
            continue;
        }
        let (Some(publisher), Some(consumer)) = (publisher, manifest.consumers.get(&to.value))
        else {
            continue;
        };
        if publisher.tenant.value == consumer.tenant.value {
            problems.add(
                to.at,
                format!("'{}' and '{}' are the same tenant", to.value, grant.from.value),
                "Share with another tenant; inside a tenant a role does it.",
            );
        }
    }
    principals(manifest, grant, problems);
}

/// A principal that one consumer lacks is passed by for it; one that all lack is a slip.
fn principals(manifest: &Manifest, grant: &FleetGrant, problems: &mut ManifestProblems) {
    // Where a consumer could not be read, nobody knows whom it has.
    if manifest.consumers.len() < manifest.consumer_names.len() {
        return;
    }
    let consumers = manifest.consumers.values();
    let all: BTreeSet<&str> =
        consumers.flat_map(|consumer| consumer.principals.keys().map(String::as_str)).collect();
    let offer = grant.offer.iter();
    let granted = offer.flat_map(|offer| offer.authorizations.iter().chain(&offer.eligible));
    let named = granted.flat_map(|role| role.principals.iter().chain(&role.approvers));
    for principal in named.chain(&grant.principals) {
        if !all.contains(principal.value.as_str()) {
            let meant = similar::nearest(&principal.value, all.iter().copied());
            let meant = meant.map(|word| format!(": did you mean '{word}'?")).unwrap_or_default();
            problems.add(
                principal.at,
                format!("no consumer has a principal '{}'{meant}", principal.value),
                "Add it to the 'principals' of a consumer.",
            );
        }
    }
    if grant.via == ShareMethod::Rbac {
        for to in &grant.to {
            let none = manifest
                .consumers
                .get(&to.value)
                .is_some_and(|consumer| !consumer.principals.keys().any(|name| grant.names(name)));
            if none {
                let rule = format!("'{}' has no principal that gets the role", to.value);
                problems.add(to.at, rule, "Add one to its 'principals', or leave it out of 'to'.");
            }
            untyped(manifest, grant, &to.value, problems);
        }
    }
}

/// A role assignment says of what type its principal is.
fn untyped(
    manifest: &Manifest,
    grant: &FleetGrant,
    consumer: &str,
    problems: &mut ManifestProblems,
) {
    let known = manifest.consumers.get(consumer).into_iter().flat_map(|known| &known.principals);
    for (name, principal) in known.filter(|(name, _)| grant.names(name)) {
        if principal.kind.is_none() {
            problems.add(
                principal.id.at,
                format!("principal '{name}' has no 'type', which a role needs"),
                "Add type: User, Group or ServicePrincipal.",
            );
        }
    }
}

fn roles(grant: &FleetGrant, problems: &mut ManifestProblems) {
    let Some(given) = &grant.role else { return };
    let fix = "Give the role's exact name or its GUID; `az-imageshare delegation roles -o table` lists the built-in ones.";
    match role::parse(&given.value) {
        Ok(_) => {}
        Err(NotRole::Meant(meant)) => {
            let rule = format!("there is no role '{}': did you mean '{meant}'?", given.value);
            problems.add(given.at, rule, fix);
        }
        Err(NotRole::Id(err)) => problems.add(given.at, err.to_string(), fix),
    }
}

/// True if a name is one of those that are given.
fn known(
    name: &Positioned<String>,
    names: &[String],
    what: &str,
    problems: &mut ManifestProblems,
) -> bool {
    let is_known = names.contains(&name.value);
    if !is_known {
        let meant = similar::nearest(&name.value, names.iter().map(String::as_str));
        let meant = meant.map(|word| format!(": did you mean '{word}'?")).unwrap_or_default();
        problems.add(
            name.at,
            format!("there is no {what} '{}'{meant}", name.value),
            format!("Use one of: {}.", names.join(", ")),
        );
    }
    is_known
}

/// The tenant as an id, where it is one.
pub(crate) fn tenant_id(tenant: &TenantRef) -> Option<crate::id::TenantId> {
    match tenant {
        TenantRef::Id(id) => Some(*id),
        TenantRef::Domain(_) => None,
    }
}
