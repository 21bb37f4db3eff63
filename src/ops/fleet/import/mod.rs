//! What exists, as a manifest: the same offers for the same subscriptions become one grant.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{ManifestPosition, Positioned, SubscriptionSelector};
use super::observe::offers::{OfferIndex, SubscriptionOffers};
use super::observe::{PublisherSite, read_site};
use super::ownership;
use super::view::hex_digest;
use crate::app::App;
use crate::arm::managed_services::RegistrationDefinition;
use crate::auth::TokenRequest;
use crate::error::{Error, Kind, Result};
use crate::id::{SubscriptionId, TenantId, TenantRef};
use crate::ops::fleet::select::SelectedSubscriptions;
use crate::ops::offer::definition_name;

mod cover;
mod same_offer;
mod shares;
mod writing;

use same_offer::SameOffer;
use shares::read_shared;

/// What is imported.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportRequest {
    /// Only subscriptions below these; all that are seen if there are none.
    pub management_groups: Vec<String>,
    /// Only what these tenants have.
    pub consumers: Vec<TenantRef>,
}

/// A manifest of what exists.
#[derive(Clone, Debug)]
pub(crate) struct ImportedManifest {
    pub text: String,
    pub grants: usize,
    pub subscriptions: usize,
    /// What could not be taken over, and why.
    pub left_out: Vec<String>,
}

/// Reads what is in the tenant of the one who signs in.
///
/// # Errors
/// If no one signs in, or what exists cannot be read.
pub(crate) async fn import_manifest(
    app: &App,
    request: &ImportRequest,
) -> Result<ImportedManifest> {
    let site = open(app, request).await?;
    let mut wanted = BTreeSet::new();
    for consumer in &request.consumers {
        wanted.insert(app.tenant_id(consumer).await?);
    }
    let offers = &site.offers;
    let mut left_out: Vec<String> = site.gaps();
    left_out.extend(offers.gaps.clone());
    let fleet = usual_fleet(offers);
    let mut same: BTreeMap<String, SameOffer> = BTreeMap::new();
    for (subscription, known) in &offers.by_subscription {
        if !site.selected.ids.contains(subscription) {
            continue;
        }
        for definition in &known.definitions {
            let Ok(tenant) = definition.properties.managed_by_tenant_id.parse::<TenantId>() else {
                continue;
            };
            if !wanted.is_empty() && !wanted.contains(&tenant) {
                continue;
            }
            let mark = ownership::fleet_of(definition.properties.description.as_deref());
            if let Some(other) = mark.filter(|mark| *mark != fleet) {
                left_out.push(format!(
                    "an offer in subscription {subscription} belongs to fleet '{other}'"
                ));
                continue;
            }
            match taken_over(definition, *subscription, tenant, known) {
                Ok((key, offer)) => {
                    same.entry(key).or_insert(offer).subscriptions.insert(*subscription);
                }
                Err(why) => left_out.push(why),
            }
        }
    }
    let shared = read_shared(&site, &wanted).await?;
    left_out.extend(shared.left_out.clone());
    let all: Vec<SameOffer> = same.into_values().collect();
    let mut subscriptions: BTreeSet<SubscriptionId> =
        all.iter().flat_map(|offer| offer.subscriptions.iter().copied()).collect();
    subscriptions.extend(&shared.subscriptions);
    let text = writing::written(
        &site,
        &fleet,
        &all,
        &shared,
        app.settings.credential.as_ref().map(|named| &*named.value),
    );
    Ok(ImportedManifest {
        text,
        grants: all.len() + shared.grants(),
        subscriptions: subscriptions.len(),
        left_out,
    })
}

/// The fleet whose mark most offers have; a manifest cannot own what carries another's.
fn usual_fleet(offers: &OfferIndex) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for definition in offers.by_subscription.values().flat_map(|known| &known.definitions) {
        let mark = ownership::fleet_of(definition.properties.description.as_deref());
        if let Some(mark) = mark {
            *counts.entry(mark).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or_else(|| "imported".to_owned(), |(name, _)| name.to_owned())
}

async fn open(app: &App, request: &ImportRequest) -> Result<PublisherSite> {
    let tokens = app.tokens()?;
    let scope = app.settings.cloud.arm_scope();
    let asked = TokenRequest { tenant: tokens.home_tenant(), scope, renew: false };
    let token = tokens.token(&asked).await?;
    let tenant = token.tenant;
    let client = app.arm_as(tokens.clone(), Some(tenant))?;
    let groups: BTreeSet<String> =
        request.management_groups.iter().map(|group| group.to_lowercase()).collect();
    app.reporter.step("Reading the current state…");
    let (census, offers) = read_site(&client, tenant, &groups).await?;
    if let (Some(gap), false) = (census.gaps.first(), groups.is_empty()) {
        return Err(Error::new(Kind::NotFound, gap.clone())
            .hint("See the management groups with `az account management-group list -o table`."));
    }
    let selected = if groups.is_empty() {
        SelectedSubscriptions {
            ids: census.all.keys().copied().collect(),
            ..SelectedSubscriptions::default()
        }
    } else {
        let placed = |group: &String| Positioned::new(group.clone(), ManifestPosition::default());
        let management_groups = groups.iter().map(placed).collect();
        census
            .select(&SubscriptionSelector { management_groups, ..SubscriptionSelector::default() })
    };
    Ok(PublisherSite {
        name: "publisher".to_owned(),
        tenant,
        client,
        tokens,
        oid: None,
        census,
        selected,
        offers,
    })
}

/// An offer whose id a manifest computes too; why not, if it does not.
fn taken_over(
    definition: &RegistrationDefinition,
    subscription: SubscriptionId,
    tenant: TenantId,
    known: &SubscriptionOffers,
) -> Result<(String, SameOffer), String> {
    let mut properties = definition.properties.clone();
    let name = properties.registration_definition_name.clone().unwrap_or_default();
    let guid = definition_name(tenant, subscription, &name).to_string();
    if !definition.name.eq_ignore_ascii_case(&guid) {
        return Err(format!(
            "offer '{name}' in subscription {subscription} has an id that another tool chose"
        ));
    }
    if properties.authorizations.is_empty() {
        return Err(format!(
            "offer '{name}' in subscription {subscription} gives no permanent role"
        ));
    }
    let scopes: Vec<_> = known
        .assignments
        .iter()
        .filter(|one| one.is_of(&definition.id))
        .filter_map(crate::arm::managed_services::RegistrationAssignment::scope)
        .collect();
    if scopes.is_empty() {
        return Err(format!("offer '{name}' in subscription {subscription} is assigned nowhere"));
    }
    let mut groups: Vec<String> =
        scopes.iter().filter_map(|scope| scope.resource_group.clone()).collect();
    groups.sort_by_key(|group| group.to_lowercase());
    if !groups.is_empty() && groups.len() < scopes.len() {
        return Err(format!(
            "offer '{name}' in subscription {subscription} delegates the subscription and groups of it"
        ));
    }
    properties.description = properties.description.as_deref().map(ownership::without_fleet);
    properties.authorizations.sort_by_key(|right| {
        (right.principal_id.to_lowercase(), right.role_definition_id.to_lowercase())
    });
    let shape = serde_json::json!([
        properties.registration_definition_name,
        properties.description,
        properties.authorizations,
        properties.eligible_authorizations,
        groups.iter().map(|group| group.to_lowercase()).collect::<Vec<_>>(),
    ]);
    let key = format!("{tenant} {name} {}", hex_digest(shape.to_string().as_bytes()));
    Ok((key, SameOffer { properties, tenant, groups, subscriptions: BTreeSet::new() }))
}
