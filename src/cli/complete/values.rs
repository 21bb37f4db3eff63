//! The values of each kind.

use super::around::CompletionContext;
use super::candidate::{Candidates, begins_with};
use super::grammar::ValueRequest;
use super::kinds::ValueKind;
use super::{files, pairs, resources};
use crate::index;
use crate::ops::access::role::{BUILT_IN, Standing};
use crate::settings::{Cloud, env};

/// Puts the values that begin with what was typed into `all`.
pub(super) fn complete_value(
    wanted: &ValueRequest,
    around: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    let typed = wanted.typed.as_str();
    match wanted.kind {
        ValueKind::Free => {}
        ValueKind::Cloud => complete_clouds(typed, around, all),
        ValueKind::Credential => complete_credentials(typed, around, all),
        ValueKind::Delegation => complete_delegations(typed, around, all),
        ValueKind::File => files::complete_paths(typed, around, true, all),
        ValueKind::FileOrResource(types) => {
            resources::complete_resource_ids(types, typed, around, all);
            files::complete_paths(typed, around, true, all);
        }
        ValueKind::Folder => files::complete_paths(typed, around, false, all),
        ValueKind::Location => complete_locations(typed, around, all),
        ValueKind::Pairs => pairs::complete_pairs(wanted, around, all),
        ValueKind::Principal => complete_principals(typed, around, all),
        ValueKind::PrincipalId => complete_by_id(index::NameKind::PrincipalId, typed, around, all),
        ValueKind::Resource(types) => resources::complete_resource_ids(types, typed, around, all),
        ValueKind::ResourceName(types) => {
            resources::complete_resource_names(types, typed, around, all)
        }
        ValueKind::ResourceGroup => complete_resource_groups(typed, around, all),
        ValueKind::Role => {
            complete_roles(typed, around, |standing| standing != Standing::Deprecated, all)
        }
        ValueKind::Subscription => complete_subscriptions(typed, around, all),
        ValueKind::SubscriptionId => {
            complete_by_id(index::NameKind::SubscriptionId, typed, around, all)
        }
        ValueKind::Tenant => complete_tenants(typed, around, all),
    }
}

fn complete_clouds(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    let names = Cloud::names(&around.files().clouds).into_iter();
    let names = names.filter(|name| begins_with(name, typed));
    names.for_each(|name| all.push(&name, ""));
}

fn complete_credentials(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    let records = around.records().credentials.iter();
    for record in records.filter(|record| begins_with(&record.name, typed)) {
        let default = if record.is_default { ", default" } else { "" };
        let note = format!("{} in {}{default}", record.client_id, record.tenant_id);
        all.push(&record.name, &note);
    }
}

fn complete_delegations(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    around.names(index::NameKind::Delegation, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

fn complete_locations(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    let of_az = around.process.var(env::DEFAULTS_LOCATION);
    let default = of_az.or_else(|| around.files().option("defaults", "location"));
    if let Some(name) = default.filter(|name| begins_with(name, typed)) {
        all.push(&name, "");
    }
    around.names(index::NameKind::Location, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

fn complete_resource_groups(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    let subscription = around.subscription();
    let several = subscription.is_none();
    let kind = index::NameKind::ResourceGroup;
    around.names_in(subscription, kind, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    if several {
        all.tidy();
    }
}

/// Names; ids too where one is being typed.
pub(super) fn complete_principals(
    typed: &str,
    around: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    around.names(index::NameKind::Principal, typed, &mut |found| {
        all.push(found.name, found.key);
    });
    if !typed.is_empty() {
        complete_by_id(index::NameKind::PrincipalId, typed, around, all);
    }
}

pub(super) fn complete_by_id(
    kind: index::NameKind,
    typed: &str,
    around: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    around.names(kind, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

/// The built-in roles that `fits` takes, and the custom ones that were seen.
pub(super) fn complete_roles(
    typed: &str,
    around: &CompletionContext<'_>,
    fits: impl Fn(Standing) -> bool,
    all: &mut Candidates,
) {
    for role in BUILT_IN.iter().filter(|role| fits(role.standing)) {
        if begins_with(role.name, typed) {
            all.push(role.name, role.guid);
        } else if begins_with(role.guid, typed) {
            all.push(role.guid, role.name);
        }
    }
    if fits(Standing::Custom) {
        around.names(index::NameKind::Role, typed, &mut |found| {
            all.push(found.name, found.key);
        });
        if !typed.is_empty() {
            complete_by_id(index::NameKind::RoleId, typed, around, all);
        }
    }
}

/// Names; the id where two share a name, or where an id is being typed.
fn complete_subscriptions(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut by_id = Candidates::default();
    for found in around.profile() {
        if begins_with(&found.name, typed) {
            known.push((found.name.clone(), found.id.to_lowercase()));
        } else if begins_with(&found.id, typed) {
            by_id.push(&found.id.to_lowercase(), &found.name);
        }
    }
    around.names(index::NameKind::Subscription, typed, &mut |found| {
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
        around.names(index::NameKind::SubscriptionId, typed, &mut |found| {
            by_id.push(found.name, found.note);
        });
    }
    by_id.tidy();
    all.append(&by_id);
}

/// Ids, because a display name is no argument; domains where one is being typed.
fn complete_tenants(typed: &str, around: &CompletionContext<'_>, all: &mut Candidates) {
    let mut known = Candidates::default();
    let mut add = |id: &str, note: &str| {
        if begins_with(id, typed) {
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
    around.names(index::NameKind::Tenant, typed, &mut |found| {
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
        around.names(index::NameKind::Domain, typed, &mut |found| {
            all.push(found.name, found.note);
        });
    }
    all.tidy();
}
