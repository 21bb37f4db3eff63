//! The section `policy` and the key `route`: what Azure Policy is to do, and what it cannot do.

use std::collections::BTreeMap;

use super::members::{NodeMembers, text};
use super::node::{ManifestNode, ManifestProblems};
use super::types::{FleetGrant, GrantRoute, Manifest, PublisherPolicy, SubscriptionSelector};
use crate::id::TenantId;
use crate::ops::fleet::item::ShareMethod;

/// Who writes what a grant gives.
pub(super) fn route(members: &NodeMembers<'_>, problems: &mut ManifestProblems) -> GrantRoute {
    let Some(route) = members.text("route", problems) else { return GrantRoute::Direct };
    match route.value.as_str() {
        "direct" => GrantRoute::Direct,
        "policy" => GrantRoute::Policy,
        "both" => GrantRoute::Both,
        other => {
            let rule = format!("'{other}' is not a route");
            problems.add(route.at, rule, "Use direct, which is the default, policy or both.");
            GrantRoute::Direct
        }
    }
}

/// How much of an offer the policy looks at.
fn is_simple(members: &NodeMembers<'_>, problems: &mut ManifestProblems) -> bool {
    let Some(style) = members.text("style", problems) else { return false };
    if !["exact", "simple"].contains(&style.value.as_str()) {
        let rule = format!("'{}' is not a style", style.value);
        problems.add(style.at, rule, "Use exact, which is the default, or simple.");
    }
    style.value == "simple"
}

/// The section by the publishers' names.
pub(super) fn policies(
    node: &ManifestNode,
    problems: &mut ManifestProblems,
) -> BTreeMap<String, PublisherPolicy> {
    let Some(parties) = NodeMembers::named(node, "'policy'", problems) else {
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for party in parties.all() {
        let what = format!("the policy of '{}'", party.key);
        let Some(members) = NodeMembers::of(&party.value, &what, &KEYS, problems) else { continue };
        let identity = members.get("identity").and_then(|node| text(node, "'identity'", problems));
        let policy = PublisherPolicy {
            at: party.value.at,
            management_group: members.text("managementGroup", problems),
            location: members.text("location", problems),
            identity: identity.filter(|identity| identity.value != "system"),
            accepts_owner: members.flag("acceptOwner", false, problems),
            is_simple: is_simple(&members, problems),
            allowed_tenants: members.texts("allowedManagingTenants", problems),
        };
        read.insert(party.key.clone(), policy);
    }
    read
}

/// What the policies and the grants that need them have to be together.
pub(super) fn check(manifest: &Manifest, problems: &mut ManifestProblems) {
    for (name, policy) in &manifest.policies {
        if !manifest.publisher_names.contains(name) {
            let rule = format!("there is no publisher '{name}'");
            problems.add(policy.at, rule, "Use the name of one of the publishers.");
        }
        if let Some(group) = &policy.management_group
            && !is_group_name(&group.value)
        {
            let rule = format!("'{}' is not the name of a management group", group.value);
            problems.add(group.at, rule, "Give its name, such as mg-images, not its title.");
        }
        if let Some(identity) = &policy.identity
            && !is_identity(&identity.value)
        {
            let rule = format!("'{}' is not the id of a user-assigned identity", identity.value);
            let fix = "Give the full resource id of the identity, or leave it out.";
            problems.add(identity.at, rule, fix);
        }
        allowed_tenants(manifest, name, policy, problems);
    }
    for grant in manifest.grants.iter().filter(|grant| grant.route != GrantRoute::Direct) {
        by_policy(manifest, grant, problems);
    }
}

fn allowed_tenants(
    manifest: &Manifest,
    name: &str,
    policy: &PublisherPolicy,
    problems: &mut ManifestProblems,
) {
    let Some(first) = policy.allowed_tenants.first() else { return };
    if policy.management_group.is_none() {
        problems.add(policy.at, "does not say at which managementGroup it holds", GROUP);
    }
    for named in &policy.allowed_tenants {
        let is_known = manifest.consumer_names.contains(&named.value)
            || named.value.parse::<TenantId>().is_ok();
        if !is_known {
            let rule = format!("'{}' is neither a consumer nor a tenant's id", named.value);
            problems.add(named.at, rule, "Name a consumer of the manifest, or give a tenant id.");
        }
    }
    let own = manifest.grants.iter().filter(|grant| {
        grant.from.value == name && grant.via == ShareMethod::Delegation && !grant.absent
    });
    for to in own.flat_map(|grant| &grant.to) {
        let tenant = manifest.consumers.get(&to.value).map(|known| known.tenant.value.to_string());
        let is_allowed = policy.allowed_tenants.iter().any(|allowed| {
            allowed.value == to.value
                || tenant.as_ref().is_some_and(|tenant| allowed.value.eq_ignore_ascii_case(tenant))
        });
        if !is_allowed {
            let rule = format!("lacks '{}', to whom line {} delegates", to.value, to.at.line);
            problems.add(first.at, rule, "Add the consumer, or Azure refuses what it is granted.");
            return;
        }
    }
}

fn by_policy(manifest: &Manifest, grant: &FleetGrant, problems: &mut ManifestProblems) {
    let at = grant.at;
    let Some(offer) = &grant.offer else {
        let fix = "Leave 'route' out: Azure Policy only delegates.";
        problems.add(at, format!("route is not for '{}'", grant.via.word()), fix);
        return;
    };
    if !offer.resource_groups.is_empty() {
        let fix = "Say wholeSubscription: true, or leave 'route' out.";
        problems.add(at, "Azure Policy delegates whole subscriptions only", fix);
    }
    if offer.name.value.starts_with('[') {
        let fix = "Let the name begin otherwise: Azure Policy would evaluate it.";
        problems.add(offer.name.at, "begins with '['", fix);
    }
    let publisher = manifest.publishers.get(&grant.from.value);
    let Some(policy) = manifest.policies.get(&grant.from.value) else {
        let rule = format!("the route needs the policy section of '{}'", grant.from.value);
        problems.add(at, rule, SECTION);
        return;
    };
    if policy.management_group.is_none() {
        problems.add(policy.at, "does not say at which managementGroup it holds", GROUP);
    }
    if policy.location.is_none() {
        problems.add(policy.at, "has no location", "Give one: location: westeurope.");
    }
    if !policy.accepts_owner {
        problems.add(
            policy.at,
            "does not say acceptOwner: true",
            "The policy's identity becomes Owner of the management group and all below it. Say acceptOwner: true if that may be, or leave 'route' out.",
        );
    }
    let (Some(publisher), Some(group)) = (publisher, &policy.management_group) else { return };
    let selector = grant.narrowed.as_ref().unwrap_or(&publisher.subscriptions);
    if !is_whole_group(selector, &group.value) {
        let rule =
            format!("the route reaches all of '{}', and the grant selects otherwise", group.value);
        let fix = format!(
            "Select managementGroups: [{}] and nothing else; 'except' may leave some out.",
            group.value
        );
        problems.add(at, rule, fix);
    }
}

fn is_whole_group(selector: &SubscriptionSelector, group: &str) -> bool {
    let is_group = |groups: &[super::types::Positioned<String>]| matches!(groups, [only] if only.value.eq_ignore_ascii_case(group));
    is_group(&selector.management_groups)
        && selector.ids.is_empty()
        && selector.names.is_empty()
        && selector.tags.is_empty()
}

fn is_group_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_().".contains(c);
    (1..=90).contains(&name.len()) && name.chars().all(fits) && !name.ends_with('.')
}

fn is_identity(id: &str) -> bool {
    let lower = id.to_lowercase();
    lower.starts_with("/subscriptions/")
        && lower.contains("/providers/microsoft.managedidentity/userassignedidentities/")
}

const KEYS: [&str; 6] =
    ["acceptOwner", "allowedManagingTenants", "identity", "location", "managementGroup", "style"];
const GROUP: &str = "Name it: managementGroup: mg-images.";
const SECTION: &str =
    "Add policy: {contoso: {managementGroup: mg-images, location: westeurope, acceptOwner: true}}.";
