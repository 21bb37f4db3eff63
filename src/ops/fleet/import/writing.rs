//! The text of a manifest. Texts are written as JSON has them, which is YAML too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::cover::{SelectorCover, cover};
use super::same_offer::SameOffer;
use super::shares::SharedGalleries;
use crate::id::{SubscriptionId, TenantId};
use crate::ops::access::role::{self, DELETE_ROLE};
use crate::ops::expiry;
use crate::ops::fleet::observe::PublisherSite;

/// Names that were given out, by what they mean.
#[derive(Default)]
struct GivenNames {
    by_thing: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl GivenNames {
    /// A name for a thing that people know as `label`; the same thing always has the same one.
    fn of(&mut self, thing: &str, label: &str, other: &str) -> String {
        if let Some(known) = self.by_thing.get(thing) {
            return known.clone();
        }
        let word = slug(label);
        let word = if word.is_empty() { other.to_owned() } else { word };
        let mut name = word.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{word}-{number}");
            number += 1;
        }
        self.by_thing.insert(thing.to_owned(), name.clone());
        name
    }
}

/// The manifest of these offers.
pub(super) fn written(
    site: &PublisherSite,
    fleet: &str,
    offers: &[SameOffer],
    shared: &SharedGalleries,
    credential: Option<&str>,
) -> String {
    let mut text = format!(
        "version: 1\nfleet: {fleet}\n# The fleet's name becomes the mark of what it owns: choose one that stays.\n\npublishers:\n"
    );
    let mut all: BTreeSet<SubscriptionId> =
        offers.iter().flat_map(|offer| offer.subscriptions.iter().copied()).collect();
    all.extend(&shared.subscriptions);
    let mut line = |indent: usize, words: &str| {
        let _ = writeln!(text, "{:indent$}{words}", "");
    };
    line(2, &format!("{}:", site.name));
    line(4, &format!("tenant: {}", site.tenant));
    if let Some(credential) = credential {
        line(4, &format!("credential: {}", quoted(credential)));
    }
    line(4, "subscriptions:");
    let names = selector(&cover(&site.census, &all));
    names.iter().for_each(|words| line(6, words));
    let (mut tenants, mut principals) = (GivenNames::default(), BTreeMap::new());
    let mut grants = Vec::new();
    let mut grant_names = GivenNames::default();
    for (at, offer) in offers.iter().enumerate() {
        let label = offer.properties.managed_by_tenant_name.as_deref().unwrap_or_default();
        let tenant = offer.tenant.to_string();
        let consumer = tenants.of(&tenant, label, &format!("tenant-{}", &tenant[..8]));
        let known: &mut GivenPrincipals = principals.entry(offer.tenant).or_default();
        let name = offer.properties.registration_definition_name.as_deref().unwrap_or_default();
        let grant = grant_names.of(&at.to_string(), name, "offer");
        let mut lines = vec![format!("- name: {grant}")];
        lines.extend(from(site, offer, &all));
        lines.push(format!("  to: [{consumer}]"));
        lines.extend(terms(offer, known));
        grants.extend(lines);
    }
    for tenant in shared.direct.keys() {
        let id = tenant.to_string();
        tenants.of(&id, "", &format!("tenant-{}", &id[..8]));
        principals.entry(*tenant).or_default();
    }
    grants.extend(share_grants(site, shared, &mut tenants, &mut grant_names));
    line(0, "");
    consumers(&principals, &mut tenants).iter().for_each(|words| line(0, words));
    line(0, "");
    line(0, "grants:");
    grants.iter().for_each(|words| line(2, words));
    text
}

fn consumers(
    principals: &BTreeMap<TenantId, GivenPrincipals>,
    tenants: &mut GivenNames,
) -> Vec<String> {
    if principals.is_empty() {
        return vec!["consumers: {}".to_owned()];
    }
    let mut lines = vec!["consumers:".to_owned()];
    for (tenant, known) in principals {
        lines.push(format!("  {}:", tenants.of(&tenant.to_string(), "", "")));
        lines.push(format!("    tenant: {tenant}"));
        if !known.lines.is_empty() {
            lines.push("    principals:".to_owned());
        }
        lines.extend(known.lines.iter().map(|words| format!("      {words}")));
    }
    lines
}

/// What galleries share: a grant for each tenant, and one for each way of telling who the publisher is.
fn share_grants(
    site: &PublisherSite,
    shared: &SharedGalleries,
    tenants: &mut GivenNames,
    grant_names: &mut GivenNames,
) -> Vec<String> {
    let galleries = |ids: &BTreeSet<String>| {
        let ids = ids.iter().map(|id| format!("      - {}", quoted(id)));
        ["  galleries:".to_owned(), "    ids:".to_owned()]
            .into_iter()
            .chain(ids)
            .collect::<Vec<_>>()
    };
    let mut lines = Vec::new();
    for (tenant, ids) in &shared.direct {
        let consumer = tenants.of(&tenant.to_string(), "", "");
        let name = grant_names.of(&format!("direct {tenant}"), &format!("direct-{consumer}"), "");
        lines.push(format!("- name: {name}"));
        lines.push(format!("  from: {}", site.name));
        lines.push(format!("  to: [{consumer}]"));
        lines.push("  via: direct".to_owned());
        lines.extend(galleries(ids));
    }
    for (at, (words, ids)) in shared.community.iter().enumerate() {
        let name = grant_names.of(&format!("community {at}"), &words.prefix, "community");
        lines.push(format!("- name: {name}"));
        lines.push(format!("  from: {}", site.name));
        lines.push("  via: community".to_owned());
        lines.extend(galleries(ids));
        lines.push("  community:".to_owned());
        for (key, value) in [
            ("prefix", &words.prefix),
            ("publisherUri", &words.publisher_uri),
            ("publisherContact", &words.publisher_contact),
            ("eula", &words.eula),
        ] {
            lines.push(format!("    {key}: {}", quoted(value)));
        }
    }
    lines
}

fn from(site: &PublisherSite, offer: &SameOffer, all: &BTreeSet<SubscriptionId>) -> Vec<String> {
    if offer.subscriptions == *all {
        return vec![format!("  from: {}", site.name)];
    }
    let names = selector(&cover(&site.census, &offer.subscriptions));
    let mut lines = vec![
        "  from:".to_owned(),
        format!("    publisher: {}", site.name),
        "    subscriptions:".to_owned(),
    ];
    lines.extend(names.iter().map(|words| format!("      {words}")));
    lines
}

fn selector(cover: &SelectorCover) -> Vec<String> {
    let mut lines = Vec::new();
    let list = |ids: &[SubscriptionId]| -> Vec<String> {
        ids.iter().map(|id| format!("  - {id}")).collect()
    };
    if !cover.groups.is_empty() {
        let groups: Vec<String> = cover.groups.iter().map(|group| quoted(group)).collect();
        lines.push(format!("managementGroups: [{}]", groups.join(", ")));
    }
    if !cover.ids.is_empty() {
        lines.push("ids:".to_owned());
        lines.extend(list(&cover.ids));
    }
    if !cover.except.is_empty() {
        lines.push("except:".to_owned());
        lines.push("  ids:".to_owned());
        lines.extend(list(&cover.except).iter().map(|line| format!("  {line}")));
    }
    if lines.is_empty() {
        // Nothing stands: the manifest is to be filled in by hand.
        lines.push("names: [\"*\"]".to_owned());
    }
    lines
}

/// The principals of a consumer that were written.
#[derive(Default)]
struct GivenPrincipals {
    names: GivenNames,
    lines: Vec<String>,
}

impl GivenPrincipals {
    /// The name of a principal. Another display name makes another entry: it is part of the offer.
    fn name(&mut self, id: &str, shown: Option<&str>) -> String {
        let thing = format!("{} {}", id.to_lowercase(), shown.unwrap_or_default());
        let is_new = !self.names.by_thing.contains_key(&thing);
        let other = format!("principal-{}", &id.to_lowercase()[..8.min(id.len())]);
        let name = self.names.of(&thing, shown.unwrap_or_default(), &other);
        if is_new {
            let shown = shown.map(|shown| format!(", name: {}", quoted(shown))).unwrap_or_default();
            self.lines.push(format!("{name}: {{id: {}{shown}}}", id.to_lowercase()));
        }
        name
    }
}

fn terms(offer: &SameOffer, known: &mut GivenPrincipals) -> Vec<String> {
    let properties = &offer.properties;
    let mut lines = vec!["  via: delegation".to_owned()];
    let name = properties.registration_definition_name.as_deref().unwrap_or_default();
    lines.push(format!("  offer: {}", quoted(name)));
    if offer.groups.is_empty() {
        lines.push("  wholeSubscription: true".to_owned());
    } else {
        let groups: Vec<String> = offer.groups.iter().map(|group| quoted(group)).collect();
        lines.push(format!("  resourceGroups: [{}]", groups.join(", ")));
    }
    let description = properties.description.as_deref().unwrap_or_default();
    let day = expiry::recorded(description);
    let words = day.map_or_else(
        || description.to_owned(),
        |day| description.replace(&format!("{}{day}", expiry::MARK), ""),
    );
    if !words.trim().is_empty() {
        lines.push(format!("  description: {}", quoted(words.trim_end())));
    }
    if let Some(day) = day {
        lines.push(format!("  expires: {day}"));
    }
    lines.extend(rights(offer, known));
    lines
}

fn rights(offer: &SameOffer, known: &mut GivenPrincipals) -> Vec<String> {
    let properties = &offer.properties;
    let is_delete = |role: &str| role.eq_ignore_ascii_case(DELETE_ROLE);
    let all = &properties.authorizations;
    let principals: BTreeSet<String> =
        all.iter().map(|right| right.principal_id.to_lowercase()).collect();
    let leaving: BTreeSet<String> = all
        .iter()
        .filter(|right| is_delete(&right.role_definition_id))
        .map(|right| right.principal_id.to_lowercase())
        .collect();
    let others = all.iter().filter(|right| !is_delete(&right.role_definition_id));
    let others: BTreeSet<String> = others.map(|right| right.principal_id.to_lowercase()).collect();
    let by_default = leaving == principals && others == principals;
    let mut lines = Vec::new();
    if !by_default {
        lines.push("  deleteRole: false".to_owned());
    }
    lines.push("  authorizations:".to_owned());
    for right in all.iter().filter(|right| !(by_default && is_delete(&right.role_definition_id))) {
        let who = known.name(&right.principal_id, right.principal_id_display_name.as_deref());
        let handed: Vec<String> =
            right.delegated_role_definition_ids.iter().map(|role| role_name(role)).collect();
        let handed = if handed.is_empty() {
            String::new()
        } else {
            format!(", delegatedRoles: [{}]", handed.join(", "))
        };
        let role = role_name(&right.role_definition_id);
        lines.push(format!("    - {{principals: [{who}], role: {role}{handed}}}"));
    }
    if !properties.eligible_authorizations.is_empty() {
        lines.push("  eligible:".to_owned());
    }
    for right in &properties.eligible_authorizations {
        let who = known.name(&right.principal_id, right.principal_id_display_name.as_deref());
        let mut words =
            format!("principals: [{who}], role: {}", role_name(&right.role_definition_id));
        if let Some(policy) = &right.just_in_time_access_policy {
            if let Some(duration) = &policy.maximum_activation_duration {
                let _ = write!(words, ", maxDuration: {duration}");
            }
            let _ = write!(words, ", mfa: {}", quoted(&policy.multi_factor_auth_provider));
            let approvers: Vec<String> = policy
                .managed_by_tenant_approvers
                .iter()
                .map(|one| known.name(&one.principal_id, one.principal_id_display_name.as_deref()))
                .collect();
            if !approvers.is_empty() {
                let _ = write!(words, ", approvers: [{}]", approvers.join(", "));
            }
        }
        lines.push(format!("    - {{{words}}}"));
    }
    lines
}

fn role_name(id: &str) -> String {
    quoted(&id.parse().map_or_else(|_| id.to_owned(), role::label))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A short word of letters, digits and hyphens.
fn slug(label: &str) -> String {
    let mut word = String::new();
    for c in label.to_lowercase().chars() {
        match c {
            c if c.is_ascii_alphanumeric() => word.push(c),
            _ if !word.is_empty() && !word.ends_with('-') => word.push('-'),
            _ => {}
        }
    }
    word.truncate(40);
    word.trim_end_matches('-').to_owned()
}
