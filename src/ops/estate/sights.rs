//! Which subscriptions each of this program's identities sees.

use serde::Deserialize;

use crate::app::App;
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::resources::{ManagedBy, Subscription};
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::{ArmId, SubscriptionId, TenantId};
use crate::ops::change::fan_out::fan_out;
use crate::ops::gaps::Gaps;
use crate::ops::image::identities::{Identity, all, in_force, learn_tenants};

/// One identity, and the subscriptions that it sees.
pub(crate) struct Sight {
    pub identity: Identity,
    pub subscriptions: Vec<Subscription>,
}

impl Sight {
    /// The ids of the subscriptions for which `is_wanted` holds.
    pub(crate) fn ids(&self, is_wanted: impl Fn(&Subscription) -> bool) -> Vec<SubscriptionId> {
        let wanted = self.subscriptions.iter().filter(|known| is_wanted(known));
        wanted.filter_map(|known| known.subscription_id.parse().ok()).collect()
    }

    /// True if the subscription belongs to the identity's own tenant.
    pub(crate) fn is_at_home(&self, subscription: &Subscription) -> bool {
        home_of(subscription) == Some(self.identity.tenant)
    }
}

/// The tenant that a subscription belongs to.
pub(crate) fn home_of(subscription: &Subscription) -> Option<TenantId> {
    subscription.tenant_id.as_deref().and_then(|tenant| tenant.parse().ok())
}

/// Asks with every stored identity. One that cannot sign in is noted and left out.
///
/// # Errors
/// If no one can sign in, or not one of them can be asked.
pub(crate) async fn all_sights(app: &App, gaps: &mut Gaps) -> Result<Vec<Sight>> {
    look(app, all(app).await?, Source::Index, gaps).await
}

/// The same from the providers alone, for what is going to be changed, and only outside one tenant.
///
/// # Errors
/// As [`all_sights`].
pub(crate) async fn provider_sights_outside(
    app: &App,
    tenant: TenantId,
    gaps: &mut Gaps,
) -> Result<Vec<Sight>> {
    let mut identities = all(app).await?;
    identities.retain(|identity| identity.tenant != tenant);
    look(app, identities, Source::Provider, gaps).await
}

/// Where is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Resource Graph where it knows.
    Index,
    /// The providers alone: nothing is written on Resource Graph's word.
    Provider,
}

/// What the identity in force sees.
///
/// # Errors
/// If it cannot sign in.
pub(crate) async fn own_sight(app: &App, gaps: &mut Gaps) -> Result<Vec<Sight>> {
    look(app, vec![in_force(app).await?], Source::Index, gaps).await
}

async fn look(
    app: &App,
    identities: Vec<Identity>,
    source: Source,
    gaps: &mut Gaps,
) -> Result<Vec<Sight>> {
    learn_tenants(app, &identities).await;
    let work = identities.iter().map(|identity| subscriptions(&identity.client, source));
    let found = fan_out(IDENTITIES_AT_ONCE, work).await;
    let (mut sights, mut first) = (Vec::new(), None);
    for (identity, found) in identities.into_iter().zip(found) {
        match found {
            Ok(subscriptions) => sights.push(Sight { identity, subscriptions }),
            Err(err) => {
                let err = Error::from(err);
                let what = format!("what '{}' sees in tenant {}", identity.name, identity.tenant);
                // What is taken away has to be known whole.
                if source == Source::Provider && err.lacks_az() {
                    gaps.note(what, &err);
                } else {
                    identity.note_refusal(gaps, what, &err);
                }
                first.get_or_insert(err);
            }
        }
    }
    match (sights.is_empty(), first) {
        (true, Some(err)) => Err(err),
        _ => Ok(sights),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionRow {
    #[serde(default)]
    subscription_id: ArmId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    tenant_id: Option<ArmId>,
    #[serde(default)]
    properties: SubscriptionProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionProperties {
    #[serde(default)]
    state: String,
    #[serde(default)]
    managed_by_tenants: Vec<ManagedBy>,
}

const QUERY: &str = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project id, subscriptionId, name, tenantId, properties";

/// The subscriptions that an identity sees: in one question, or as a list where no one answers it, or not all of it.
async fn subscriptions(client: &Client, source: Source) -> Result<Vec<Subscription>, ArmError> {
    if source == Source::Provider {
        return client.subscriptions().await;
    }
    let rows =
        match client.query_resources::<SubscriptionRow>(&ResourceQuery::new(QUERY).in_full()).await
        {
            Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => return Err(err),
            Ok(found) if !found.is_cut && !found.rows.is_empty() => found.rows,
            // Nothing may also mean that the index does not know yet what was given a moment ago.
            _ => return client.subscriptions().await,
        };
    let known = |row: SubscriptionRow| Subscription {
        subscription_id: row.subscription_id,
        display_name: row.name,
        state: row.properties.state,
        tenant_id: row.tenant_id,
        managed_by_tenants: row.properties.managed_by_tenants,
        tags: None,
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Each may send several requests at the same time on its own.
pub(super) const IDENTITIES_AT_ONCE: usize = 4;

/// Adds a name to those who see a thing.
pub(super) fn add_name(seen_by: &mut Vec<String>, name: &str) {
    if !seen_by.iter().any(|known| known == name) {
        seen_by.push(name.to_owned());
    }
}
