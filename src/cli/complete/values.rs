//! The values of each kind.

use super::around::Around;
use super::candidate::{Candidate, begins};
use super::grammar::Wanted;
use super::kinds::Kind;
use super::{files, pairs, resources};
use crate::index;
use crate::ops::delegation::roles::{BUILT_IN, Standing};
use crate::settings::{Cloud, env};

/// Puts the values that begin with what was typed into `all`.
pub(super) fn of(wanted: &Wanted, around: &Around<'_>, all: &mut Vec<Candidate>) {
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
        Kind::Role => roles(
            typed,
            around,
            |standing| standing != Standing::Deprecated,
            all,
        ),
        Kind::Subscription => subscriptions(typed, around, all),
        Kind::SubscriptionId => by_id(index::Kind::SubscriptionId, typed, around, all),
        Kind::Tenant => tenants(typed, around, all),
    }
}

fn clouds(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let names = Cloud::names(&around.files().clouds).into_iter();
    let names = names.filter(|name| begins(name, typed));
    all.extend(names.map(|name| Candidate::new(name, "")));
}

fn credentials(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let records = around.records().credentials.iter();
    for record in records.filter(|record| begins(&record.name, typed)) {
        let default = if record.is_default { ", default" } else { "" };
        let note = format!("{} in {}{default}", record.client_id, record.tenant_id);
        all.push(Candidate::new(&record.name, note));
    }
}

fn delegations(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    around.names(index::Kind::Delegation, typed, &mut |found| {
        all.push(Candidate::new(found.name, found.note));
    });
    tidy(all);
}

fn locations(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let of_az = around.process.var(env::DEFAULTS_LOCATION);
    let default = of_az.or_else(|| around.files().option("defaults", "location"));
    if let Some(name) = default.filter(|name| begins(name, typed)) {
        all.push(Candidate::new(name, ""));
    }
    around.names(index::Kind::Location, typed, &mut |found| {
        all.push(Candidate::new(found.name, found.note));
    });
    tidy(all);
}

fn resource_groups(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let subscription = around.subscription();
    let several = subscription.is_none();
    let kind = index::Kind::ResourceGroup;
    around.names_in(subscription, kind, typed, &mut |found| {
        all.push(Candidate::new(found.name, found.note));
    });
    if several {
        tidy(all);
    }
}

/// Names; ids too where one is being typed.
pub(super) fn principals(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    around.names(index::Kind::Principal, typed, &mut |found| {
        all.push(Candidate::new(found.name, found.key));
    });
    if !typed.is_empty() {
        by_id(index::Kind::PrincipalId, typed, around, all);
    }
}

pub(super) fn by_id(kind: index::Kind, typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    around.names(kind, typed, &mut |found| {
        all.push(Candidate::new(found.name, found.note));
    });
    tidy(all);
}

/// The built-in roles that `fits` takes, and the custom ones that were seen.
pub(super) fn roles(
    typed: &str,
    around: &Around<'_>,
    fits: impl Fn(Standing) -> bool,
    all: &mut Vec<Candidate>,
) {
    for role in BUILT_IN.iter().filter(|role| fits(role.standing)) {
        if begins(role.name, typed) {
            all.push(Candidate::new(role.name, role.guid));
        } else if begins(role.guid, typed) {
            all.push(Candidate::new(role.guid, role.name));
        }
    }
    if fits(Standing::Custom) {
        around.names(index::Kind::Role, typed, &mut |found| {
            all.push(Candidate::new(found.name, found.key));
        });
        if !typed.is_empty() {
            by_id(index::Kind::RoleId, typed, around, all);
        }
    }
}

/// Names; the id where two share a name, or where an id is being typed.
fn subscriptions(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut by_id = Vec::new();
    for found in around.profile() {
        if begins(&found.name, typed) {
            known.push((found.name.clone(), found.id.to_lowercase()));
        } else if begins(&found.id, typed) {
            by_id.push(Candidate::new(found.id.to_lowercase(), &found.name));
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
            all.push(Candidate::new(name, id));
        } else if typed.is_empty() {
            by_id.push(Candidate::new(id, name));
        }
    }
    if !typed.is_empty() {
        around.names(index::Kind::SubscriptionId, typed, &mut |found| {
            by_id.push(Candidate::new(found.name, found.note));
        });
    }
    tidy(&mut by_id);
    all.append(&mut by_id);
}

/// Ids, because a display name is no argument; domains where one is being typed.
fn tenants(typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let mut add = |id: &str, note: &str| {
        if begins(id, typed) {
            all.push(Candidate::new(id.to_lowercase(), note));
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
    // A name that Azure gave says more than where we have the id from.
    let mut named = Vec::new();
    around.names(index::Kind::Tenant, typed, &mut |found| {
        named.push(Candidate::new(found.name, found.note));
    });
    let is_named = |id: &str| {
        let known = named.iter().find(|known| known.value == id);
        known.is_some_and(|known| !known.note.is_empty())
    };
    all.retain(|found| !is_named(&found.value));
    named.retain(|known| !all.iter().any(|found| found.value == known.value));
    all.append(&mut named);
    if !typed.is_empty() {
        around.names(index::Kind::Domain, typed, &mut |found| {
            all.push(Candidate::new(found.name, found.note));
        });
    }
    tidy(all);
}

/// In order, each value once, with its longest note.
fn tidy(all: &mut Vec<Candidate>) {
    all.sort_by(|one, other| {
        let length = |found: &Candidate| std::cmp::Reverse(found.note.len());
        (&one.value, length(one)).cmp(&(&other.value, length(other)))
    });
    all.dedup_by(|later, first| later.value == first.value);
}
