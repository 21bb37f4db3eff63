//! Who has access to any gallery of any tenant in which one of us is at home.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::delegations::delegated_subscriptions;
use super::galleries::{ListedGalleries, galleries_of};
use super::sights::{IDENTITIES_AT_ONCE, Sight, Source, add_name};
use crate::app::App;
use crate::arm::galleries::Gallery;
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ResourceId, Scope, SubscriptionId, TenantId, subscription_of};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::gaps::Gaps;
use crate::ops::share::access::Access;
use crate::ops::share::survey::{SubscriptionFacts, survey_facts};
use crate::ops::site::Site;

/// One publisher: its tenant, and every identity there.
pub(crate) struct Publisher<'a> {
    pub tenant: TenantId,
    pub sights: Vec<&'a Sight>,
}

/// What there is of one publisher, and who has access to it.
pub(crate) struct PublisherShares {
    pub tenant: TenantId,
    pub galleries: Vec<Gallery>,
    pub rows: Vec<Access>,
}

/// The tenants in which one of us is at home, each once.
pub(crate) fn publishers(sights: &[Sight]) -> Vec<Publisher<'_>> {
    let mut found: Vec<Publisher<'_>> = Vec::new();
    for sight in sights {
        let tenant = sight.identity.tenant;
        match found.iter_mut().find(|known| known.tenant == tenant) {
            Some(known) => known.sights.push(sight),
            None => found.push(Publisher { tenant, sights: vec![sight] }),
        }
    }
    found
}

/// Reads everything of every publisher. What could not be read is noted.
///
/// # Errors
/// If nothing could be read at all.
pub(crate) async fn survey(
    app: &App,
    sights: &[Sight],
    gaps: &mut Gaps,
) -> Result<Vec<PublisherShares>> {
    let publishers = publishers(sights);
    let work = publishers.iter().map(|publisher| of_publisher(app, publisher, Source::Index));
    let (mut all, mut first) = (Vec::new(), None);
    for (publisher, found) in publishers.iter().zip(fan_out(IDENTITIES_AT_ONCE, work).await) {
        match found {
            Ok((shares, missing)) => {
                gaps.join(missing);
                all.push(shares);
            }
            Err(err) => {
                gaps.note(format!("shares of tenant {}", publisher.tenant), &err);
                first.get_or_insert(err);
            }
        }
    }
    match (all.is_empty(), first) {
        (true, Some(err)) => Err(err),
        _ => Ok(all),
    }
}

/// The same of one publisher from the providers alone, without delegations.
///
/// # Errors
/// If nothing could be read.
pub(super) async fn of_provider(
    app: &App,
    publisher: &Publisher<'_>,
) -> Result<(PublisherShares, Gaps)> {
    of_publisher(app, publisher, Source::Provider).await
}

async fn of_publisher(
    app: &App,
    publisher: &Publisher<'_>,
    source: Source,
) -> Result<(PublisherShares, Gaps)> {
    let mut gaps = Gaps::default();
    let seen = seen_galleries(publisher, source, &mut gaps).await?;
    let mut by_subscription: BTreeMap<SubscriptionId, Vec<Gallery>> = BTreeMap::new();
    for (gallery, _) in seen.values() {
        if let Some(subscription) = subscription_of(&gallery.id) {
            by_subscription.entry(subscription).or_default().push(gallery.clone());
        }
    }
    let delegated = match source {
        Source::Index => delegated(publisher).await,
        Source::Provider => Some(Vec::new()),
    };
    let work = by_subscription.into_iter().map(|(subscription, galleries)| {
        let is_delegated =
            delegated.as_ref().is_none_or(|all| all.contains(&subscription.to_string()));
        facts(publisher, subscription, galleries, is_delegated)
    });
    let mut read = Vec::new();
    for (facts, missing) in fan_out(AT_ONCE, work).await {
        gaps.join(missing);
        read.push(facts);
    }
    let galleries = read.iter().flat_map(|facts| facts.galleries.clone()).collect();
    let mut rows = rows_of(app, publisher, read).await?;
    for row in &mut rows {
        row.publisher_tenant_id = Some(publisher.tenant.to_string().into());
        row.seen_by = names(publisher, row, &seen);
    }
    Ok((PublisherShares { tenant: publisher.tenant, galleries, rows }, gaps))
}

/// The rows, as the first of us who may read roles and names; as one who may not read names if there is none.
async fn rows_of(
    app: &App,
    publisher: &Publisher<'_>,
    facts: Vec<SubscriptionFacts>,
) -> Result<Vec<Access>> {
    let site = |sight: &Sight| {
        let identity = &sight.identity;
        Site::of_identity(app, identity.client.clone(), Arc::clone(&identity.tokens))
    };
    if let [only] = publisher.sights.as_slice() {
        return survey_facts(&site(only), facts).await;
    }
    let someone = facts
        .iter()
        .flat_map(|facts| &facts.assignments)
        .find_map(|known| known.properties.principal_id.parse().ok());
    let mut readers = Vec::new();
    for sight in &publisher.sights {
        let reads_names = match someone {
            Some(id) => site(sight).directory()?.objects(&[id]).await.is_ok(),
            None => true,
        };
        readers.push((!reads_names, *sight));
    }
    readers.sort_by_key(|(is_nameless, _)| *is_nameless);
    let mut first = None;
    for (_, sight) in readers {
        match survey_facts(&site(sight), facts.clone()).await {
            Ok(rows) => return Ok(rows),
            Err(err) => first = first.or(Some(err)),
        }
    }
    Err(first.unwrap_or_else(|| Error::new(Kind::Failure, "no identity could read this")))
}

/// A gallery, and who of us sees it.
type SeenGalleries = BTreeMap<String, (Gallery, Vec<String>)>;

const QUERY: &str = "resources | where type =~ 'microsoft.compute/galleries' | project id, name, location, tags, properties";

/// The galleries of the publisher's own subscriptions.
async fn seen_galleries(
    publisher: &Publisher<'_>,
    source: Source,
    gaps: &mut Gaps,
) -> Result<SeenGalleries> {
    let work = publisher.sights.iter().map(|sight| own_galleries(sight, source));
    let mut seen = SeenGalleries::new();
    let (mut first, mut answered) = (None, false);
    let mut closed: BTreeMap<SubscriptionId, Vec<ArmError>> = BTreeMap::new();
    for (sight, found) in publisher.sights.iter().zip(fan_out(AT_ONCE, work).await) {
        match found {
            Ok(listed) => {
                answered = true;
                for (subscription, err) in listed.closed {
                    closed.entry(subscription).or_default().push(err);
                }
                for gallery in listed.galleries {
                    let key = gallery.id.to_lowercase();
                    let (_, names) = seen.entry(key).or_insert((gallery, Vec::new()));
                    add_name(names, &sight.identity.name);
                }
            }
            Err(err) => {
                let err = Error::from(err);
                gaps.note(format!("the galleries that '{}' sees", sight.identity.name), &err);
                first.get_or_insert(err);
            }
        }
    }
    note_closed(publisher, closed, gaps);
    match (answered, first) {
        (false, Some(err)) => Err(err),
        _ => Ok(seen),
    }
}

/// A subscription whose galleries none of those who see it may list.
fn note_closed(
    publisher: &Publisher<'_>,
    closed: BTreeMap<SubscriptionId, Vec<ArmError>>,
    gaps: &mut Gaps,
) {
    for (subscription, mut refusals) in closed {
        let sees = |sight: &&&Sight| sight.ids(|_| true).contains(&subscription);
        if publisher.sights.iter().filter(sees).count() <= refusals.len() {
            let err = Error::from(refusals.swap_remove(0));
            gaps.note(format!("galleries of subscription {subscription}"), &err);
        }
    }
}

async fn own_galleries(sight: &Sight, source: Source) -> Result<ListedGalleries, ArmError> {
    let own = sight.ids(|known| sight.is_at_home(known));
    if own.is_empty() {
        return Ok(ListedGalleries::default());
    }
    let client = &sight.identity.client;
    if source == Source::Provider {
        return galleries_of(client, &own).await;
    }
    let mut all =
        match client.query_resources::<Gallery>(&ResourceQuery::new(QUERY).in_full()).await {
            Ok(found) if !found.is_cut => found.rows,
            Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => return Err(err),
            _ => return galleries_of(client, &own).await,
        };
    all.retain(|gallery: &Gallery| {
        subscription_of(&gallery.id).is_some_and(|subscription| own.contains(&subscription))
    });
    Ok(ListedGalleries { galleries: all, closed: Vec::new() })
}

/// The subscriptions in which an offer was accepted, as far as one identity can read them; `None` if none can.
async fn delegated(publisher: &Publisher<'_>) -> Option<Vec<String>> {
    let work = publisher.sights.iter().map(|sight| delegated_subscriptions(&sight.identity.client));
    let mut all = Vec::new();
    for found in fan_out(AT_ONCE, work).await {
        all.extend(found?);
    }
    Some(all)
}

/// Reads one subscription as the first of us who may.
async fn facts(
    publisher: &Publisher<'_>,
    subscription: SubscriptionId,
    mut galleries: Vec<Gallery>,
    is_delegated: bool,
) -> (SubscriptionFacts, Gaps) {
    let mut gaps = Gaps::default();
    let clients: Vec<&Client> =
        publisher.sights.iter().map(|sight| &sight.identity.client).collect();
    let scope = Scope::subscription(subscription).to_string();
    let mut assignments = Vec::new();
    match first_who_may(&clients, |client| client.role_assignments(&scope, None)).await {
        Ok(found) => assignments = found,
        Err(err) => {
            // What may be read of a part of the subscription is there as well.
            assignments.extend(indexed_assignments(&clients, subscription).await);
            gaps.note(format!("roles of subscription {subscription}"), &err.into());
        }
    }
    let mut delegations = Vec::new();
    if is_delegated {
        match first_who_may(&clients, |client| client.assignments(subscription)).await {
            Ok(found) => delegations = found,
            Err(err) if err.code() == "MissingSubscriptionRegistration" => {}
            Err(err) => {
                gaps.note(format!("delegations of subscription {subscription}"), &err.into())
            }
        }
    }
    // The index does not tell with whom a gallery is shared directly.
    for gallery in galleries.iter_mut().filter(|gallery| gallery.permissions() == "Groups") {
        let id = match gallery.id.parse::<ResourceId>() {
            Ok(id) => id,
            Err(err) => {
                gaps.note(
                    format!("direct shares of gallery '{}'", gallery.name),
                    &Error::usage(err.to_string()),
                );
                continue;
            }
        };
        match first_who_may(&clients, |client| client.gallery(&id)).await {
            Ok(Some(whole)) => *gallery = whole,
            Ok(None) => {}
            Err(err) => gaps.note(format!("direct shares of gallery '{}'", id.name()), &err.into()),
        }
    }
    (SubscriptionFacts { subscription, galleries, assignments, delegations }, gaps)
}

async fn first_who_may<'a, T, F: Future<Output = Result<T, ArmError>>>(
    clients: &[&'a Client],
    ask: impl Fn(&'a Client) -> F,
) -> Result<T, ArmError> {
    let mut last = None;
    for client in clients {
        match ask(client).await {
            // By hand: the last refusal is the answer if nobody may.
            Err(err) if err.is_forbidden() || err.is_not_found() => last = Some(err),
            other => return other,
        }
    }
    Err(last.unwrap_or_else(|| ArmError::Malformed {
        what: "nobody".to_owned(),
        problem: "no answer".to_owned(),
    }))
}

#[derive(Deserialize)]
struct RoleRow {
    id: ArmId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    properties: Value,
}

const ROLES: &str = "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | project id, name, properties";

async fn indexed_assignments(
    clients: &[&Client],
    subscription: SubscriptionId,
) -> Vec<RoleAssignment> {
    let only = [subscription];
    let query = ResourceQuery::new(ROLES).in_subscriptions(&only).with_inherited();
    let mut all: BTreeMap<String, RoleAssignment> = BTreeMap::new();
    for client in clients {
        let Ok(found) = client.query_resources::<RoleRow>(&query).await else { continue };
        for row in found.rows {
            let Ok(properties) = serde_json::from_value(row.properties) else { continue };
            let assignment = RoleAssignment { id: row.id.clone(), name: row.name, properties };
            all.insert(row.id.to_lowercase(), assignment);
        }
    }
    all.into_values().collect()
}

/// Who of us sees the gallery that a row is about, or any gallery below its scope.
fn names(publisher: &Publisher<'_>, row: &Access, seen: &SeenGalleries) -> Vec<String> {
    let scope = row.scope.to_lowercase();
    let is_about = |id: &str| {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        inside(id, &scope) || inside(scope.trim_end_matches('/'), id)
    };
    let mut all = Vec::new();
    for (_, (_, names)) in seen.iter().filter(|(id, _)| is_about(id)) {
        names.iter().for_each(|name| add_name(&mut all, name));
        if all.len() == publisher.sights.len() {
            break;
        }
    }
    if all.is_empty() {
        // Above every subscription: a management group, or the tenant's root.
        publisher.sights.iter().for_each(|sight| add_name(&mut all, &sight.identity.name));
    }
    all
}
