//! The current state of a fleet in Azure: read in bulk from Resource Graph, or one by one where it does not have it.
//!
//! It is seconds to minutes old: nothing is written on it alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use self::offers::{OfferIndex, ask_index, read_offers};
use super::manifest::{FleetGrant, FleetPublisher, Manifest, SubscriptionSelector};
use super::select::{SelectedSubscriptions, SubscriptionCensus, take_census};
use crate::app::App;
use crate::arm::Client;
use crate::auth::{TokenRequest, TokenSource};
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;

pub(crate) mod galleries;
pub(crate) mod offers;
pub(crate) mod roles;
mod rows;

/// A publisher as its identity sees it.
pub(crate) struct PublisherSite {
    /// The manifest's name of it.
    pub name: String,
    pub tenant: TenantId,
    pub client: Client,
    pub tokens: Arc<dyn TokenSource>,
    /// The object id of the signed-in identity, if the token has it.
    pub oid: Option<String>,
    pub census: SubscriptionCensus,
    /// What the publisher itself selects.
    pub selected: SelectedSubscriptions,
    /// The delegations of all its subscriptions.
    pub offers: OfferIndex,
}

/// Reads the subscriptions of a tenant and their offers, both at the same time.
///
/// # Errors
/// If neither Resource Graph nor the services themselves answer.
pub(crate) async fn read_site(
    client: &Client,
    tenant: TenantId,
    groups: &BTreeSet<String>,
) -> Result<(SubscriptionCensus, OfferIndex)> {
    let (census, told) = tokio::join!(take_census(client, tenant, groups), ask_index(client));
    let census = census?;
    let offers = read_offers(client, &census, told).await?;
    Ok((census, offers))
}

/// The identity that signed in for a publisher.
pub(crate) struct PublisherSignIn {
    tenant: TenantId,
    client: Client,
    tokens: Arc<dyn TokenSource>,
    oid: Option<String>,
}

impl PublisherSignIn {
    /// Signs in for a publisher.
    ///
    /// # Errors
    /// If no identity signs in to the publisher's tenant.
    pub(crate) async fn of(
        app: &App,
        name: &str,
        publisher: &FleetPublisher,
    ) -> Result<PublisherSignIn> {
        let tokens = match &publisher.credential {
            Some(credential) => app.tokens_of(&credential.value)?,
            None => app.tokens()?,
        };
        let tenant = app.tenant_id(&publisher.tenant.value).await?;
        let scope = app.settings.cloud.arm_scope();
        let request = TokenRequest { tenant: Some(tenant), scope, renew: false };
        let token = tokens.token(&request).await.map_err(|err| {
            Error::from(err).while_doing(format!("cannot sign in for publisher '{name}'"))
        })?;
        if token.tenant != tenant {
            return Err(Error::new(
                Kind::SignIn,
                format!(
                    "publisher '{name}' is tenant {tenant}, and the sign-in is to {}",
                    token.tenant
                ),
            )
            .hint("Name a credential of that tenant in the manifest, or with --credential."));
        }
        let client = app.arm_as(tokens.clone(), Some(tenant))?;
        let oid = token.object_id().map(|id| id.to_string());
        Ok(PublisherSignIn { tenant, client, tokens, oid })
    }
}

impl PublisherSite {
    /// Reads which subscriptions a publisher has.
    ///
    /// # Errors
    /// If they cannot be read at all.
    pub(crate) async fn read(
        name: &str,
        publisher: &FleetPublisher,
        groups: &BTreeSet<String>,
        signed_in: PublisherSignIn,
    ) -> Result<PublisherSite> {
        let PublisherSignIn { tenant, client, tokens, oid } = signed_in;
        let (census, offers) = read_site(&client, tenant, groups).await?;
        let selected = census.select(&publisher.subscriptions);
        let name = name.to_owned();
        Ok(PublisherSite { name, tenant, client, tokens, oid, census, selected, offers })
    }

    /// The subscriptions of a grant: the publisher's, or those of them that the grant narrows to.
    pub(crate) fn of_grant(&self, grant: &FleetGrant) -> SelectedSubscriptions {
        let Some(narrowed) = &grant.narrowed else {
            return self.selected.clone();
        };
        let mut selected = self.census.select(narrowed);
        selected.ids.retain(|id| self.selected.ids.contains(id));
        selected.unseen.retain(|id| self.selected.unseen.contains(id));
        selected
    }

    /// Why the selection may lack something; empty if it is complete.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let unseen =
            self.selected.unseen.iter().map(|id| {
                format!("subscription {id} does not exist, or this identity cannot see it")
            });
        self.census.gaps.iter().cloned().chain(unseen).collect()
    }
}

/// The management groups that a publisher's selectors name, in lower case.
pub(crate) fn groups_named(manifest: &Manifest, publisher: &str) -> BTreeSet<String> {
    let own = manifest.publishers.get(publisher).map(|known| &known.subscriptions);
    let grants = manifest.grants.iter().filter(|grant| grant.from.value == publisher);
    let narrowed = grants.filter_map(|grant| grant.narrowed.as_ref());
    let groups = |selector: &SubscriptionSelector| -> Vec<String> {
        selector.management_groups.iter().map(|group| group.value.to_lowercase()).collect()
    };
    own.into_iter().chain(narrowed).flat_map(groups).collect()
}
