//! The sections `publishers` and `consumers`, and what selects subscriptions and galleries.

use std::collections::BTreeMap;
use std::path::Path;

use super::members::{NodeMembers, all_parsed, parsed, text};
use super::node::{ManifestNode, ManifestProblems, NodeMember};
use super::request;
use super::types::{
    FleetConsumer, FleetPrincipal, FleetPublisher, GallerySelector, ManifestPosition,
    SubscriptionSelector,
};
use crate::id::TenantRef;

/// The publishers that could be read.
pub(super) fn publishers(
    node: &ManifestNode,
    problems: &mut ManifestProblems,
) -> BTreeMap<String, FleetPublisher> {
    let mut read = BTreeMap::new();
    for member in
        NodeMembers::named(node, "'publishers'", problems).iter().flat_map(NodeMembers::all)
    {
        check_word(&member.key, member.at, "a publisher's name", problems);
        if let Some(publisher) = publisher(&member.value, &member.key, problems) {
            read.insert(member.key.clone(), publisher);
        }
    }
    read
}

fn publisher(
    node: &ManifestNode,
    name: &str,
    problems: &mut ManifestProblems,
) -> Option<FleetPublisher> {
    let what = format!("publisher '{name}'");
    let known = ["cloud", "credential", "subscriptions", "tenant"];
    let members = NodeMembers::of(node, &what, &known, problems)?;
    let tenant = members
        .need("tenant", &what, TENANT, problems)
        .and_then(|node| text(node, "'tenant'", problems))
        .and_then(|tenant| parsed(tenant, "'tenant'", TENANT, problems));
    let subscriptions = members
        .need("subscriptions", &what, SELECT, problems)
        .and_then(|node| subscriptions(node, problems));
    Some(FleetPublisher {
        cloud: members.text("cloud", problems),
        tenant: tenant?,
        credential: members.text("credential", problems),
        subscriptions: subscriptions?,
    })
}

/// What selects subscriptions; it has to name something.
pub(super) fn subscriptions(
    node: &ManifestNode,
    problems: &mut ManifestProblems,
) -> Option<SubscriptionSelector> {
    let known = ["except", "ids", "managementGroups", "names", "tags"];
    let members = NodeMembers::of(node, "'subscriptions'", &known, problems)?;
    let mut selector = SubscriptionSelector {
        management_groups: members.texts("managementGroups", problems),
        ids: all_parsed(members.texts("ids", problems), "'ids'", SUBSCRIPTION, problems),
        names: members.texts("names", problems),
        tags: members.words("tags", problems),
        ..SubscriptionSelector::default()
    };
    if !["ids", "managementGroups", "names", "tags"].iter().any(|key| members.get(key).is_some()) {
        problems.add(members.at, "'subscriptions' selects nothing", SELECT);
    }
    if let Some(node) = members.get("except")
        && let Some(except) = NodeMembers::of(node, "'except'", &["ids", "names"], problems)
    {
        let ids = except.texts("ids", problems);
        selector.except_ids = all_parsed(ids, "'ids'", SUBSCRIPTION, problems);
        selector.except_names = except.texts("names", problems);
    }
    Some(selector)
}

/// What selects galleries; it has to name something.
pub(super) fn galleries(
    node: &ManifestNode,
    problems: &mut ManifestProblems,
) -> Option<GallerySelector> {
    let known = ["ids", "names", "resourceGroups", "tags"];
    let members = NodeMembers::of(node, "'galleries'", &known, problems)?;
    let selector = GallerySelector {
        ids: members.texts("ids", problems),
        names: members.texts("names", problems),
        resource_groups: members.texts("resourceGroups", problems),
        tags: members.words("tags", problems),
    };
    if !known.iter().any(|key| members.get(key).is_some()) {
        problems.add(members.at, "'galleries' selects nothing", GALLERIES);
    }
    for id in &selector.ids {
        if gallery_parts(&id.value).is_none() {
            problems.add(id.at, format!("'{}' is not the id of a gallery", id.value), GALLERIES);
        }
    }
    Some(selector)
}

/// Subscription, resource group and name of a gallery's id.
pub(crate) fn gallery_parts(id: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = id.strip_prefix('/')?.split('/').collect();
    let [subscriptions, subscription, groups, group, providers, namespace, kind, name] =
        parts.as_slice()
    else {
        return None;
    };
    let words = [
        (subscriptions, "subscriptions"),
        (groups, "resourceGroups"),
        (providers, "providers"),
        (namespace, "Microsoft.Compute"),
        (kind, "galleries"),
    ];
    let is_right = words.iter().all(|(found, wanted)| found.eq_ignore_ascii_case(wanted));
    let is_named = !group.is_empty() && !name.is_empty();
    (is_right && is_named && subscription.parse::<crate::id::SubscriptionId>().is_ok()).then_some((
        subscription,
        group,
        name,
    ))
}

/// The consumers that could be read; `folder` is where the manifest lies.
pub(super) fn consumers(
    node: &ManifestNode,
    folder: &Path,
    problems: &mut ManifestProblems,
) -> BTreeMap<String, FleetConsumer> {
    let mut read = BTreeMap::new();
    for member in
        NodeMembers::named(node, "'consumers'", problems).iter().flat_map(NodeMembers::all)
    {
        check_word(&member.key, member.at, "a consumer's name", problems);
        if let Some(consumer) = consumer(member, folder, problems) {
            read.insert(member.key.clone(), consumer);
        }
    }
    read
}

fn consumer(
    member: &NodeMember,
    folder: &Path,
    problems: &mut ManifestProblems,
) -> Option<FleetConsumer> {
    let what = format!("consumer '{}'", member.key);
    let known = ["cloud", "principals", "request", "tenant"];
    let members = NodeMembers::of(&member.value, &what, &known, problems)?;
    let given = members.get("tenant").and_then(|node| text(node, "'tenant'", problems));
    let given = given.and_then(|tenant| parsed(tenant, "'tenant'", TENANT, problems));
    let mut principals =
        members.get("principals").map(|node| principals(node, problems)).unwrap_or_default();
    let request = members.text("request", problems);
    let asked = request.as_ref().and_then(|file| request::read(file, folder, problems));
    if members.get("tenant").is_none() && request.is_none() {
        problems.add(members.at, format!("{what} has no 'tenant'"), TENANT);
    }
    let cloud = members.text("cloud", problems);
    let mut tenant = given;
    let mut cloud_of_request = None;
    if let Some(asked) = asked {
        if let Some(TenantRef::Id(id)) = tenant.as_ref().map(|tenant| &tenant.value)
            && asked.tenant.value != TenantRef::Id(*id)
        {
            let rule = format!("the request is of tenant {}, not of {id}", asked.tenant.value);
            problems.add(asked.tenant.at, rule, "Leave 'tenant' out, or name the right file.");
        }
        tenant = tenant.or(Some(asked.tenant));
        cloud_of_request = asked.cloud;
        for (name, principal) in asked.principals {
            let is_known = principals.values().any(|known| known.id.value == principal.id.value);
            if !is_known {
                principals.entry(name).or_insert(principal);
            }
        }
    }
    Some(FleetConsumer { cloud: cloud.or(cloud_of_request), tenant: tenant?, principals })
}

fn principals(
    node: &ManifestNode,
    problems: &mut ManifestProblems,
) -> BTreeMap<String, FleetPrincipal> {
    let mut read = BTreeMap::new();
    for member in
        NodeMembers::named(node, "'principals'", problems).iter().flat_map(NodeMembers::all)
    {
        let what = format!("principal '{}'", member.key);
        let Some(members) =
            NodeMembers::of(&member.value, &what, &["id", "name", "type"], problems)
        else {
            continue;
        };
        let id = members
            .need("id", &what, PRINCIPAL, problems)
            .and_then(|node| text(node, "'id'", problems))
            .and_then(|id| parsed(id, "'id'", PRINCIPAL, problems));
        let kind = members.text("type", problems);
        if let Some(kind) = &kind
            && !KINDS.contains(&kind.value.as_str())
        {
            let rule = format!("'{}' is not a type of principal", kind.value);
            problems.add(kind.at, rule, format!("Use one of {}.", KINDS.join(", ")));
        }
        let name = members.text("name", problems).map(|name| name.value);
        if let Some(id) = id {
            let kind = kind.map(|kind| kind.value);
            read.insert(member.key.clone(), FleetPrincipal { id, kind, name });
        }
    }
    read
}

/// Names are parts of keys, which hold slashes, and of patterns.
pub(super) fn check_word(
    name: &str,
    at: ManifestPosition,
    what: &str,
    problems: &mut ManifestProblems,
) {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > LONGEST_WORD || !name.chars().all(fits) {
        problems.add(
            at,
            format!(
                "'{name}' is not {what}: letters, digits, '-', '_' and '.', at most {LONGEST_WORD}"
            ),
            "Choose a short word; it becomes a part of the keys of items.",
        );
    }
}

const LONGEST_WORD: usize = 64;
const KINDS: [&str; 3] = ["User", "Group", "ServicePrincipal"];
const TENANT: &str = "Give the tenant's id or one of its domain names.";
const SUBSCRIPTION: &str = "Give the id from `az account list -o table`.";
const SELECT: &str = "Name subscriptions by managementGroups, ids, names or tags.";
const GALLERIES: &str =
    "Name galleries by names, tags, resourceGroups or full ids (/subscriptions/…/galleries/NAME).";
const PRINCIPAL: &str =
    "Give the principal's object id; the consumer's `az-imageshare delegation request` writes it.";
