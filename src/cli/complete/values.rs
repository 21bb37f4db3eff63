//! The values of each kind.

use super::around::Around;
use super::candidate::{Candidates, begins};
use super::grammar::Wanted;
use super::kinds::Kind;
use super::{files, pairs, resources};
use crate::index;
use crate::ops::access::role::{BUILT_IN, Standing};
use crate::settings::{Cloud, env};

/// Puts the values that begin with what was typed into `all`.
pub(super) fn of(wanted: &Wanted, around: &Around<'_>, all: &mut Candidates) {
    let typed = wanted.typed.as_str();
    match wanted.kind {
        Kind::Free => {}
        Kind::Cloud => clouds(typed, around, all),
        Kind::Credential => credentials(typed, around, all),
        Kind::Delegation => delegations(typed, around, all),
        Kind::File => files::paths(typed, around, true, all),
        Kind::FileOrResource(types) => {
            resources::ids(types, typed, around, all);
            files::paths(typed, around, true, all);
        }
        Kind::Folder => files::paths(typed, around, false, all),
        Kind::Location => locations(typed, around, all),
        Kind::Pairs => pairs::of(wanted, around, all),
        Kind::Principal => principals(typed, around, all),
        Kind::PrincipalId => by_id(index::Kind::PrincipalId, typed, around, all),
        Kind::Resource(types) => resources::ids(types, typed, around, all),
        Kind::ResourceName(types) => resources::names(types, typed, around, all),
        Kind::ResourceGroup => resource_groups(typed, around, all),
        Kind::Role => roles(typed, around, |standing| standing != Standing::Deprecated, all),
        Kind::Subscription => subscriptions(typed, around, all),
        Kind::SubscriptionId => by_id(index::Kind::SubscriptionId, typed, around, all),
        Kind::Tenant => tenants(typed, around, all),
    }
}

fn clouds(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    let names = Cloud::names(&around.files().clouds).into_iter();
    let names = names.filter(|name| begins(name, typed));
    names.for_each(|name| all.push(&name, ""));
}

fn credentials(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    let records = around.records().credentials.iter();
    for record in records.filter(|record| begins(&record.name, typed)) {
        let default = if record.is_default { ", default" } else { "" };
        let note = format!("{} in {}{default}", record.client_id, record.tenant_id);
        all.push(&record.name, &note);
    }
}

fn delegations(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    around.names(index::Kind::Delegation, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

fn locations(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    let of_az = around.process.var(env::DEFAULTS_LOCATION);
    let default = of_az.or_else(|| around.files().option("defaults", "location"));
    if let Some(name) = default.filter(|name| begins(name, typed)) {
        all.push(&name, "");
    }
    around.names(index::Kind::Location, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

fn resource_groups(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    let subscription = around.subscription();
    let several = subscription.is_none();
    let kind = index::Kind::ResourceGroup;
    around.names_in(subscription, kind, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    if several {
        all.tidy();
    }
}

/// Names; ids too where one is being typed.
pub(super) fn principals(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    around.names(index::Kind::Principal, typed, &mut |found| {
        all.push(found.name, found.key);
    });
    if !typed.is_empty() {
        by_id(index::Kind::PrincipalId, typed, around, all);
    }
}

pub(super) fn by_id(kind: index::Kind, typed: &str, around: &Around<'_>, all: &mut Candidates) {
    around.names(kind, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

/// The built-in roles that `fits` takes, and the custom ones that were seen.
pub(super) fn roles(
    typed: &str,
    around: &Around<'_>,
    fits: impl Fn(Standing) -> bool,
    all: &mut Candidates,
) {
    for role in BUILT_IN.iter().filter(|role| fits(role.standing)) {
        if begins(role.name, typed) {
            all.push(role.name, role.guid);
        } else if begins(role.guid, typed) {
            all.push(role.guid, role.name);
        }
    }
    if fits(Standing::Custom) {
        around.names(index::Kind::Role, typed, &mut |found| {
            all.push(found.name, found.key);
        });
        if !typed.is_empty() {
            by_id(index::Kind::RoleId, typed, around, all);
        }
    }
}

/// Names; the id where two share a name, or where an id is being typed.
fn subscriptions(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut by_id = Candidates::default();
    for found in around.profile() {
        if begins(&found.name, typed) {
            known.push((found.name.clone(), found.id.to_lowercase()));
        } else if begins(&found.id, typed) {
            by_id.push(&found.id.to_lowercase(), &found.name);
        }
    }
    around.names(index::Kind::Subscription, typed, &mut |found| {
        known.push((found.name.to_owned(), found.key.to_owned()));
    });
    known.sort_unstable();
    known.dedup();
    let shared = |at: usize| {
        let name = |at: usize| known.get(at).map(|(name, _)| name);
        name(at) == name(at + 1) || (at > 0 && name(at) == name(at - 1))
    };
    for (at, (name, id)) in known.iter().enumerate() {
        if !shared(at) {
            all.push(name, id);
        } else if typed.is_empty() {
            by_id.push(id, name);
        }
    }
    if !typed.is_empty() {
        around.names(index::Kind::SubscriptionId, typed, &mut |found| {
            by_id.push(found.name, found.note);
        });
    }
    by_id.tidy();
    all.append(&by_id);
}

/// Ids, because a display name is no argument; domains where one is being typed.
fn tenants(typed: &str, around: &Around<'_>, all: &mut Candidates) {
    let mut known = Candidates::default();
    let mut add = |id: &str, note: &str| {
        if begins(id, typed) {
            known.push(&id.to_lowercase(), note);
        }
    };
    for record in &around.records().credentials {
        let note = format!("tenant of credential {}", record.name);
        add(&record.tenant_id.to_string(), &note);
        let also = record.also_tenant_ids.iter();
        also.for_each(|id| add(&id.to_string(), &note));
    }
    for found in around.profile() {
        add(&found.tenant_id, "tenant of the az login");
    }
    around.names(index::Kind::Tenant, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    for found in known.iter() {
        // A name that Azure gave says more than where we have the id from.
        let is_named = all.iter().any(|named| named.value == found.value && !named.note.is_empty());
        if !is_named {
            all.push(found.value, found.note);
        }
    }
    if !typed.is_empty() {
        around.names(index::Kind::Domain, typed, &mut |found| {
            all.push(found.name, found.note);
        });
    }
    all.tidy();
}
