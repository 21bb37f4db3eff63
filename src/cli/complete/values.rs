//! The values of each kind.

use super::candidate::{Candidates, begins_with};
use super::context::CompletionContext;
use super::grammar::ValueRequest;
use super::value_kind::ValueKind;
use super::{files, key_value, resources};
use crate::index;
use crate::ops::access::role::{BUILT_IN, Standing};
use crate::settings::{Cloud, env};

/// Puts the values that begin with what was typed into `all`.
pub(super) fn complete_value(
    wanted: &ValueRequest,
    context: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    let typed = wanted.typed.as_str();
    match wanted.kind {
        ValueKind::Free => {}
        ValueKind::Cloud => complete_clouds(typed, context, all),
        ValueKind::Credential => complete_credentials(typed, context, all),
        ValueKind::Delegation => complete_delegations(typed, context, all),
        ValueKind::File => files::complete_paths(typed, context, true, all),
        ValueKind::FileOrResource(types) => {
            resources::complete_resource_ids(types, typed, context, all);
            files::complete_paths(typed, context, true, all);
        }
        ValueKind::Folder => files::complete_paths(typed, context, false, all),
        ValueKind::Image => resources::complete_images(typed, context, all),
        ValueKind::Location => complete_locations(typed, context, all),
        ValueKind::Pairs => key_value::complete_pairs(wanted, context, all),
        ValueKind::Principal => complete_principals(typed, context, all),
        ValueKind::PrincipalId => complete_principal_ids(typed, context, all),
        ValueKind::Resource(types) => resources::complete_resource_ids(types, typed, context, all),
        ValueKind::ResourceName(types) => {
            resources::complete_resource_names(types, typed, context, all)
        }
        ValueKind::ResourceGroup => complete_resource_groups(typed, context, all),
        ValueKind::Role => {
            complete_roles(typed, context, |standing| standing != Standing::Deprecated, all)
        }
        ValueKind::Size => complete_sizes(typed, context, all),
        ValueKind::Subscription => complete_subscriptions(typed, context, all),
        ValueKind::SubscriptionId => {
            complete_by_id(index::NameKind::SubscriptionId, typed, context, all)
        }
        ValueKind::Tenant => complete_tenants(typed, context, all),
    }
}

fn complete_clouds(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    let names = Cloud::names(&context.files().clouds).into_iter();
    let names = names.filter(|name| begins_with(name, typed));
    names.for_each(|name| all.push(&name, ""));
}

fn complete_credentials(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    let records = context.records().credentials.iter();
    for record in records.filter(|record| begins_with(&record.name, typed)) {
        let default = if record.is_default { ", default" } else { "" };
        let note = format!("{} in {}{default}", record.client_id, record.tenant_id);
        all.push(&record.name, &note);
    }
}

fn complete_delegations(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    context.names(index::NameKind::Delegation, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

fn complete_locations(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    let of_az = context.process.var(env::DEFAULTS_LOCATION);
    let default = of_az.or_else(|| context.files().option("defaults", "location"));
    if let Some(name) = default.filter(|name| begins_with(name, typed)) {
        all.push(&name, "");
    }
    context.names(index::NameKind::Location, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

/// The sizes that Azure named, and where it named none yet, ordinary ones that most regions have.
fn complete_sizes(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    context.names(index::NameKind::Size, typed, &mut |found| all.push(found.name, found.note));
    if all.iter().next().is_none() {
        let usual = USUAL_SIZES.iter().filter(|name| begins_with(name, typed));
        usual.for_each(|name| all.push(name, ""));
    }
    all.tidy();
}

/// Source: <https://learn.microsoft.com/azure/virtual-machines/sizes/overview>.
const USUAL_SIZES: [&str; 12] = [
    "Standard_B2als_v2",
    "Standard_B2s",
    "Standard_B2ts_v2",
    "Standard_D2as_v5",
    "Standard_D2ps_v5",
    "Standard_D2s_v3",
    "Standard_D2s_v5",
    "Standard_D4s_v5",
    "Standard_DS1_v2",
    "Standard_E2s_v5",
    "Standard_F2s_v2",
    "Standard_NC4as_T4_v3",
];

fn complete_resource_groups(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    let subscription = context.subscription();
    let several = subscription.is_none();
    let kind = index::NameKind::ResourceGroup;
    context.names_in(subscription, kind, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    if several {
        all.tidy();
    }
}

/// Names; ids too where one is being typed.
pub(super) fn complete_principals(
    typed: &str,
    context: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    context.names(index::NameKind::Principal, typed, &mut |found| {
        all.push(found.name, found.key);
    });
    if !typed.is_empty() {
        complete_by_id(index::NameKind::PrincipalId, typed, context, all);
    }
}

/// Of the consumer's tenant, where the line names it: others are of no use there.
fn complete_principal_ids(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    context.names_of_consumer(index::NameKind::PrincipalId, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

pub(super) fn complete_by_id(
    kind: index::NameKind,
    typed: &str,
    context: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    context.names(kind, typed, &mut |found| {
        all.push(found.name, found.note);
    });
    all.tidy();
}

/// The built-in roles that `fits` takes, and the custom ones that were seen.
pub(super) fn complete_roles(
    typed: &str,
    context: &CompletionContext<'_>,
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
        context.names(index::NameKind::Role, typed, &mut |found| {
            all.push(found.name, found.key);
        });
        if !typed.is_empty() {
            complete_by_id(index::NameKind::RoleId, typed, context, all);
        }
    }
}

/// Names; the id where two share a name, or where an id is being typed.
fn complete_subscriptions(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut by_id = Candidates::default();
    for found in context.profile() {
        if begins_with(&found.name, typed) {
            known.push((found.name.clone(), found.id.to_lowercase()));
        } else if begins_with(&found.id, typed) {
            by_id.push(&found.id.to_lowercase(), &found.name);
        }
    }
    context.names(index::NameKind::Subscription, typed, &mut |found| {
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
        context.names(index::NameKind::SubscriptionId, typed, &mut |found| {
            by_id.push(found.name, found.note);
        });
    }
    by_id.tidy();
    all.append(&by_id);
}

/// Ids, because a display name is not an argument; domains where one is being typed.
fn complete_tenants(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    let mut known = Candidates::default();
    let mut add = |id: &str, note: &str| {
        if begins_with(id, typed) {
            known.push(&id.to_lowercase(), note);
        }
    };
    for record in &context.records().credentials {
        let note = format!("tenant of credential {}", record.name);
        add(&record.tenant_id.to_string(), &note);
        let also = record.also_tenant_ids.iter();
        also.for_each(|id| add(&id.to_string(), &note));
    }
    for found in context.profile() {
        add(&found.tenant_id, "tenant of the az login");
    }
    context.names(index::NameKind::Tenant, typed, &mut |found| {
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
        context.names(index::NameKind::Domain, typed, &mut |found| {
            all.push(found.name, found.note);
        });
    }
    all.tidy();
}
