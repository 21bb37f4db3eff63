//! The section `grants`: who gives what to whom, by which method.

use jiff::civil::Date;

use super::members::{NodeMembers, mistyped, parsed, text};
use super::node::{ManifestNode, ManifestProblems, NodeContent};
use super::parties::{check_word, galleries, subscriptions};
use super::policies;
use super::types::{
    CommunityTerms, FleetGrant, GrantedRole, OfferTerms, Positioned, SubscriptionSelector,
};
use crate::id::ClientId;
use crate::ops::fleet::item::ShareMethod;

/// The grants that could be read.
pub(super) fn grants(node: &ManifestNode, problems: &mut ManifestProblems) -> Vec<FleetGrant> {
    let NodeContent::List(items) = &node.content else {
        mistyped(node.at, "'grants'", &node.content, "a list", problems);
        return Vec::new();
    };
    if items.is_empty() {
        problems.add(node.at, "'grants' is empty", "Say who shares what with whom.");
    }
    items.iter().filter_map(|item| grant(item, problems)).collect()
}

fn grant(node: &ManifestNode, problems: &mut ManifestProblems) -> Option<FleetGrant> {
    let members = NodeMembers::of(node, "a grant", &KEYS, problems)?;
    let name = members
        .need("name", "a grant", "Give it a short name; it is a part of its items' keys.", problems)
        .and_then(|node| text(node, "'name'", problems));
    if let Some(name) = &name {
        check_word(&name.value, name.at, "a grant's name", problems);
    }
    let what = match &name {
        Some(name) => format!("grant '{}'", name.value),
        None => "a grant".to_owned(),
    };
    let via = members
        .need("via", &what, METHODS, problems)
        .and_then(|node| text(node, "'via'", problems))
        .and_then(|via| method(&via, problems));
    let from = members
        .need("from", &what, "Name one of the publishers.", problems)
        .and_then(|node| from(node, problems));
    let via = via?;
    check_keys(&members, via, &what, problems);
    let grant = terms(&members, via, &what, problems);
    let (publisher, narrowed) = from?;
    Some(FleetGrant { at: node.at, name: name?, from: publisher, narrowed, ..grant? })
}

/// Everything of a grant but its name and its publisher.
fn terms(
    members: &NodeMembers<'_>,
    via: ShareMethod,
    what: &str,
    problems: &mut ManifestProblems,
) -> Option<FleetGrant> {
    let to = match via {
        ShareMethod::Community => Vec::new(),
        _ => {
            members.need("to", what, "Name the consumers: [fabrikam].", problems);
            members.texts("to", problems)
        }
    };
    let offer = match via {
        ShareMethod::Delegation => Some(offer(members, what, problems)),
        _ => None,
    };
    let galleries = match via {
        ShareMethod::Delegation => None,
        _ => members
            .need("galleries", what, "Name the galleries: {names: [golden]}.", problems)
            .and_then(|node| galleries(node, problems)),
    };
    let application = match via {
        ShareMethod::App => application(members, what, problems),
        _ => None,
    };
    let community = match via {
        ShareMethod::Community => members
            .need(
                "community",
                what,
                "Give prefix, publisherUri, publisherContact and eula.",
                problems,
            )
            .and_then(|node| community(node, problems)),
        _ => None,
    };
    Some(FleetGrant {
        at: members.at,
        name: Positioned::new(String::new(), members.at),
        from: Positioned::new(String::new(), members.at),
        narrowed: None,
        to,
        via,
        offer: offer.flatten(),
        galleries: galleries.unwrap_or_default(),
        role: members.text("role", problems),
        application,
        principals: members.texts("principals", problems),
        community,
        description: members.text("description", problems),
        expires: expires(members, problems),
        ready: ready(members, problems),
        absent: members.flag("absent", false, problems),
        route: policies::route(members, problems),
    })
}

fn application(
    members: &NodeMembers<'_>,
    what: &str,
    problems: &mut ManifestProblems,
) -> Option<Positioned<ClientId>> {
    let fix = "Give the client id of the application.";
    let id = members.need("application", what, fix, problems)?;
    parsed(text(id, "'application'", problems)?, "'application'", fix, problems)
}

fn method(via: &Positioned<String>, problems: &mut ManifestProblems) -> Option<ShareMethod> {
    let found = ALL_METHODS.into_iter().find(|method| method.word() == via.value);
    if found.is_none() {
        problems.add(via.at, format!("'{}' is not a way to share", via.value), METHODS);
    }
    found
}

fn from(
    node: &ManifestNode,
    problems: &mut ManifestProblems,
) -> Option<(Positioned<String>, Option<SubscriptionSelector>)> {
    if let NodeContent::Text(_) = node.content {
        return Some((text(node, "'from'", problems)?, None));
    }
    let members = NodeMembers::of(node, "'from'", &["publisher", "subscriptions"], problems)?;
    let publisher = members
        .need("publisher", "'from'", "Name one of the publishers.", problems)
        .and_then(|node| text(node, "'publisher'", problems));
    let narrowed = members.get("subscriptions").and_then(|node| subscriptions(node, problems));
    Some((publisher?, narrowed))
}

fn offer(
    members: &NodeMembers<'_>,
    what: &str,
    problems: &mut ManifestProblems,
) -> Option<OfferTerms> {
    let fix = "Give the offer a name that explains its purpose: offer: \"Contoso images\".";
    let name = members.need("offer", what, fix, problems);
    let name = name.and_then(|node| text(node, "'offer'", problems));
    let whole = members.flag("wholeSubscription", false, problems);
    let groups = members.texts("resourceGroups", problems);
    match (members.get("resourceGroups"), whole) {
        (Some(node), true) => problems.add(
            node.at,
            format!("{what} has both 'resourceGroups' and 'wholeSubscription'"),
            "Keep one of the two.",
        ),
        (None, false) => problems.add(
            members.at,
            format!("{what} does not say what to delegate"),
            "Name resourceGroups: [images-rg], or say wholeSubscription: true.",
        ),
        _ => {}
    }
    let skips_missing_groups = match members.text("missingGroup", problems) {
        Some(word) if word.value == "skip" => true,
        Some(word) if word.value != "fail" => {
            let rule = format!("'{}' is neither fail nor skip", word.value);
            problems.add(word.at, rule, "Use fail, which is the default, or skip.");
            false
        }
        _ => false,
    };
    let roles = |key: &str, problems: &mut ManifestProblems| -> Vec<GrantedRole> {
        let items = members.items(key, problems).unwrap_or_default();
        items.iter().filter_map(|item| granted(item, key, problems)).collect()
    };
    members.need("authorizations", what, AUTHORIZATIONS, problems);
    let authorizations = roles("authorizations", problems);
    Some(OfferTerms {
        name: name?,
        resource_groups: groups,
        skips_missing_groups,
        authorizations,
        eligible: roles("eligible", problems),
        delete_role: members.flag("deleteRole", true, problems),
    })
}

fn granted(node: &ManifestNode, key: &str, problems: &mut ManifestProblems) -> Option<GrantedRole> {
    let what = format!("an entry of '{key}'");
    let permanent = ["delegatedRoles", "principals", "role"];
    let eligible = ["approvers", "maxDuration", "mfa", "principals", "role"];
    let known: &[&str] = if key == "eligible" { &eligible } else { &permanent };
    let members = NodeMembers::of(node, &what, known, problems)?;
    members.need("principals", &what, "Name principals of the consumers: [image-users].", problems);
    let role = members.need("role", &what, "Add a role by name or GUID: role: Reader.", problems);
    let role = role.and_then(|node| text(node, "'role'", problems));
    let principals = members.texts("principals", problems);
    Some(GrantedRole {
        principals,
        role: role?,
        delegated: members.texts("delegatedRoles", problems),
        max_duration: members.text("maxDuration", problems),
        mfa: members.text("mfa", problems),
        approvers: members.texts("approvers", problems),
    })
}

fn community(node: &ManifestNode, problems: &mut ManifestProblems) -> Option<CommunityTerms> {
    let known = ["eula", "prefix", "publisherContact", "publisherUri"];
    let members = NodeMembers::of(node, "'community'", &known, problems)?;
    let mut need = |key: &str| {
        let found =
            members.need(key, "'community'", "Azure opens no gallery without it.", problems);
        found.and_then(|node| text(node, &format!("'{key}'"), problems))
    };
    let (prefix, uri) = (need("prefix"), need("publisherUri"));
    let (contact, eula) = (need("publisherContact"), need("eula"));
    Some(CommunityTerms {
        prefix: prefix?,
        publisher_uri: uri?,
        publisher_contact: contact?,
        eula: eula?,
    })
}

fn expires(members: &NodeMembers<'_>, problems: &mut ManifestProblems) -> Option<Positioned<Date>> {
    let given = members.text("expires", problems)?;
    // A time from today would mean another day in each plan.
    match given.value.parse() {
        Ok(day) => Some(Positioned::new(day, given.at)),
        Err(_) => {
            let rule = format!("'{}' is not a date", given.value);
            problems.add(given.at, rule, "Give the last day: expires: 2027-06-30.");
            None
        }
    }
}

fn ready(members: &NodeMembers<'_>, problems: &mut ManifestProblems) -> Vec<Positioned<String>> {
    let Some(node) = members.get("ready") else { return Vec::new() };
    let Some(ready) = NodeMembers::of(node, "'ready'", &["regions"], problems) else {
        return Vec::new();
    };
    ready.need("regions", "'ready'", "Name regions: {regions: [westeurope]}.", problems);
    ready.texts("regions", problems)
}

/// What a method does not have.
fn check_keys(
    members: &NodeMembers<'_>,
    via: ShareMethod,
    what: &str,
    problems: &mut ManifestProblems,
) {
    let own: &[&str] = match via {
        ShareMethod::Delegation => &[
            "authorizations",
            "deleteRole",
            "description",
            "eligible",
            "expires",
            "missingGroup",
            "offer",
            "resourceGroups",
            "to",
            "wholeSubscription",
        ],
        ShareMethod::Rbac => {
            &["description", "expires", "galleries", "principals", "ready", "role", "to"]
        }
        ShareMethod::App => {
            &["application", "description", "expires", "galleries", "ready", "role", "to"]
        }
        ShareMethod::Direct => &["galleries", "ready", "to"],
        ShareMethod::Community => &["community", "galleries", "ready"],
    };
    for member in members.all().filter(|member| KEYS.contains(&member.key.as_str())) {
        let key = member.key.as_str();
        if !COMMON.contains(&key) && !own.contains(&key) {
            problems.add(
                member.at,
                format!("{what} is via {}, which has no '{key}'", via.word()),
                format!("Remove '{key}', or use another 'via'."),
            );
        }
    }
}

const ALL_METHODS: [ShareMethod; 5] = [
    ShareMethod::Delegation,
    ShareMethod::Rbac,
    ShareMethod::App,
    ShareMethod::Direct,
    ShareMethod::Community,
];
const COMMON: [&str; 5] = ["absent", "from", "name", "route", "via"];
const KEYS: [&str; 21] = [
    "absent",
    "application",
    "authorizations",
    "community",
    "deleteRole",
    "description",
    "eligible",
    "expires",
    "from",
    "galleries",
    "missingGroup",
    "name",
    "offer",
    "principals",
    "ready",
    "resourceGroups",
    "role",
    "route",
    "to",
    "via",
    "wholeSubscription",
];
const METHODS: &str = "Use one of delegation, rbac, app, direct, community.";
const AUTHORIZATIONS: &str = "Lighthouse requires at least one permanent role: authorizations: [{principals: [image-users], role: Reader}].";
