//! What exists of an item now, read from the service itself right before it is written.

use crate::app::{App, Reporter};
use crate::arm::galleries::{CommunityInfo, Gallery};
use crate::arm::managed_services::{NAMESPACE, RegistrationAssignment, RegistrationDefinition};
use crate::arm::{Client, ProvisioningState};
use crate::id::ResourceId;
use crate::ops::change::wait::Deadline;
use crate::ops::fleet::compare_offers::{has_succeeded, offer_stand, stand_of};
use crate::ops::fleet::compare_shares::role_stand;
use crate::ops::fleet::item::{ItemPlan, ShareMethod};
use crate::ops::fleet::policy;
use crate::ops::fleet::view::{CommunityStand, DelegationStand, DirectStand, ItemView};
use crate::ops::provider;
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

use crate::ops::fleet::outcome::ItemFailure;

/// Prints nothing: thousands of items have one line together.
pub(super) struct SilentReporter;

impl Reporter for SilentReporter {
    fn step(&self, _text: &str) {}
    fn warn(&self, _text: &str) {}
    fn ask(&self, _text: &str) {}
    fn resume_with(&self, _command: Option<String>) {}
}

/// Reads an item until nothing of it is under way any more.
///
/// # Errors
/// If Azure does not say, or it does not settle within an hour.
pub(super) async fn settled(
    app: &App,
    client: &Client,
    item: &ItemPlan,
) -> Result<Option<ItemView>, ItemFailure> {
    if item.policy_part().is_some() {
        return Ok(policy::stands::read(client, item).await?);
    }
    let mut deadline = Deadline::new(app, LONGEST);
    loop {
        let (view, pending) = read(app, client, item).await?;
        if pending.is_empty() {
            return Ok(view);
        }
        deadline.pause().await?;
        for id in &pending {
            look_at(client, id).await?;
        }
    }
}

/// A thing that is under way is asked for on its own: a list may be behind it.
async fn look_at(client: &Client, id: &str) -> Result<(), ItemFailure> {
    let lower = id.to_lowercase();
    if lower.contains("/registrationassignments/") {
        client.assignment(id).await?;
    } else if lower.contains("/registrationdefinitions/") {
        client.definition(id).await?;
    }
    Ok(())
}

/// What exists, and the ids of what is under way.
type ReadStand = (Option<ItemView>, Vec<String>);

/// What exists, and what of it is under way.
async fn read(app: &App, client: &Client, item: &ItemPlan) -> Result<ReadStand, ItemFailure> {
    let shown = item.after.as_ref().or(item.before.as_ref());
    match (item.via, shown) {
        (ShareMethod::Delegation, Some(ItemView::Assignment(_))) => {
            let found = client.assignment(&item.id).await?;
            let is_under_way = found.as_ref().is_some_and(|found| goes_on(state_of(found)));
            let pending = is_under_way.then(|| item.id.clone()).into_iter().collect();
            Ok((found.map(|found| ItemView::Assignment(stand_of(&found))), pending))
        }
        (ShareMethod::Delegation, _) => delegation(app, client, item).await,
        (ShareMethod::Rbac | ShareMethod::App, _) => {
            let found = client.role_assignment(&item.id).await?;
            Ok((found.as_ref().map(|found| ItemView::Role(role_stand(found))), Vec::new()))
        }
        (ShareMethod::Direct, Some(ItemView::Direct(wanted))) => {
            let gallery = gallery_of(client, item).await?;
            let shared = gallery.as_ref().and_then(|gallery| direct(gallery, &wanted.tenant));
            Ok((shared, gallery.as_ref().map(spreading).unwrap_or_default()))
        }
        (ShareMethod::Community, _) => {
            let gallery = gallery_of(client, item).await?;
            let open = gallery.as_ref().and_then(community);
            Ok((open, gallery.as_ref().map(spreading).unwrap_or_default()))
        }
        _ => Err(ItemFailure::new("UnknownItem", format!("item {} is empty", item.key))),
    }
}

async fn delegation(app: &App, client: &Client, item: &ItemPlan) -> Result<ReadStand, ItemFailure> {
    let assignments = match client.assignments(item.subscription).await {
        Err(err) if err.code() == UNREGISTERED && item.after.is_none() => {
            return Ok((None, Vec::new()));
        }
        Err(err) if err.code() == UNREGISTERED => {
            register(app, client, item).await?;
            client.assignments(item.subscription).await?
        }
        told => told?,
    };
    let own: Vec<&RegistrationAssignment> =
        assignments.iter().filter(|found| found.is_of(&item.id)).collect();
    let carried = own
        .iter()
        .find_map(|found| found.properties.registration_definition.clone())
        .filter(|found| !found.properties.managed_by_tenant_id.is_empty());
    let definition = match carried {
        Some(definition) => Some(definition),
        None => client.definition(&item.id).await?,
    };
    let waiting = own.iter().filter(|found| goes_on(state_of(found)));
    let mut pending: Vec<String> = waiting.map(|found| found.id.to_string()).collect();
    let state = |found: &RegistrationDefinition| found.properties.provisioning_state.clone();
    if goes_on(definition.as_ref().and_then(state).as_deref()) {
        pending.push(item.id.clone());
    }
    let stand = definition.map(|found| ItemView::Delegation(joined(&found, &own)));
    Ok((stand, pending))
}

fn state_of(assignment: &RegistrationAssignment) -> Option<&str> {
    assignment.properties.provisioning_state.as_deref()
}

fn goes_on(state: Option<&str>) -> bool {
    state.is_some_and(|state| {
        let state = ProvisioningState::from(state);
        !state.is_final() && state != ProvisioningState::Deleted
    })
}

/// What is managed of a definition and its assignments.
fn joined(
    definition: &RegistrationDefinition,
    assignments: &[&RegistrationAssignment],
) -> DelegationStand {
    let properties = &definition.properties;
    let succeeded = has_succeeded(properties.provisioning_state.as_deref());
    offer_stand(properties, succeeded, assignments.iter().map(|found| stand_of(found)).collect())
}

async fn gallery_of(client: &Client, item: &ItemPlan) -> Result<Option<Gallery>, ItemFailure> {
    Ok(client.gallery(&gallery_id(item)?).await?)
}

/// The gallery that an item shares.
pub(super) fn gallery_id(item: &ItemPlan) -> Result<ResourceId, ItemFailure> {
    item.id.parse().map_err(|_| {
        ItemFailure::new("UnknownItem", format!("'{}' is not a gallery's id", item.id))
    })
}

fn direct(gallery: &Gallery, tenant: &str) -> Option<ItemView> {
    let has = gallery.permissions() == "Groups"
        && gallery.shared_with(TENANTS).iter().any(|id| id.eq_ignore_ascii_case(tenant));
    has.then(|| {
        ItemView::Direct(DirectStand {
            gallery: gallery.id.clone().into(),
            tenant: tenant.to_owned(),
        })
    })
}

fn community(gallery: &Gallery) -> Option<ItemView> {
    let info: &CommunityInfo = gallery.community().filter(|info| info.community_gallery_enabled)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(ItemView::Community(CommunityStand {
        gallery: gallery.id.clone().into(),
        prefix: text(&info.public_name_prefix),
        publisher_uri: text(&info.publisher_uri),
        publisher_contact: text(&info.publisher_contact),
        eula: text(&info.eula),
    }))
}

/// The gallery, if its sharing has not spread yet.
fn spreading(gallery: &Gallery) -> Vec<String> {
    let status = gallery.properties.sharing_status.as_ref();
    let goes_on = status.is_some_and(|status| {
        !matches!(status.aggregated_state.as_str(), "" | "Succeeded" | "Failed" | "Unknown")
    });
    goes_on.then(|| gallery.id.to_string()).into_iter().collect()
}

/// Registers the provider of delegations in an item's subscription.
///
/// # Errors
/// If Azure refuses, or takes longer than ten minutes.
pub(super) async fn register(
    app: &App,
    client: &Client,
    item: &ItemPlan,
) -> Result<(), ItemFailure> {
    let mut site = Site::with(app, client.clone(), None);
    site.reporter = &SilentReporter;
    Ok(provider::register(&site, item.subscription, NAMESPACE).await?)
}

/// Azure's word for a provider that has to be registered first.
pub(super) const UNREGISTERED: &str = "MissingSubscriptionRegistration";
/// Azure's word for tenants that a gallery is shared with.
pub(super) const TENANTS: &str = "AADTenants";
