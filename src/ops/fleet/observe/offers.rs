//! Definitions and assignments of Lighthouse over all subscriptions of a publisher.

use std::collections::BTreeMap;

use super::rows::by_subscription;
use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::arm::resource_graph::{ResourceQuery, ResourceRows};
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::SubscriptionId;
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::observe::Observed;
use crate::ops::fleet::select::{SINGLY_AT_ONCE, SubscriptionCensus, may_ask_singly};

/// All offers of a subscription, and where each is accepted.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubscriptionOffers {
    pub definitions: Vec<RegistrationDefinition>,
    pub assignments: Vec<RegistrationAssignment>,
}

/// The offers of all subscriptions.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfferIndex {
    pub by_subscription: BTreeMap<SubscriptionId, SubscriptionOffers>,
    /// Why something may have been left out; empty if nothing was.
    pub gaps: Vec<String>,
    /// False where each subscription was asked separately.
    pub from_index: bool,
}

const DEFINITIONS: &str = "managedservicesresources \
    | where type =~ 'microsoft.managedservices/registrationdefinitions' \
    | project id, name, subscriptionId, tenantId, properties";
const ASSIGNMENTS: &str = "managedservicesresources \
    | where type =~ 'microsoft.managedservices/registrationassignments' \
    | project id, name, subscriptionId, tenantId, properties";

/// Every definition and assignment that the identity sees.
pub(crate) struct IndexedOffers {
    definitions: ResourceRows<RegistrationDefinition>,
    assignments: ResourceRows<RegistrationAssignment>,
}

/// Asks Resource Graph for every offer that the identity sees: in no subscription by name, so that the pages are
/// full and nothing has to be known before.
pub(crate) async fn ask_index(client: &Client) -> Result<IndexedOffers, ArmError> {
    ask_index_in(client, &[]).await
}

async fn ask_index_in(
    client: &Client,
    subscriptions: &[SubscriptionId],
) -> Result<IndexedOffers, ArmError> {
    let definitions = ResourceQuery::new(DEFINITIONS).in_subscriptions(subscriptions).in_full();
    let assignments = ResourceQuery::new(ASSIGNMENTS).in_subscriptions(subscriptions).in_full();
    let (definitions, assignments) =
        tokio::join!(client.query_resources(&definitions), client.query_resources(&assignments));
    Ok(IndexedOffers { definitions: definitions?, assignments: assignments? })
}

/// The offers of every subscription of the publisher, selected or not: what left the manifest may be elsewhere. The
/// last argument is what the index said.
///
/// # Errors
/// If neither Resource Graph nor the provider answers.
pub(crate) async fn read_offers(
    client: &Client,
    census: &SubscriptionCensus,
    told: Result<IndexedOffers, ArmError>,
) -> Result<OfferIndex> {
    let all: Vec<SubscriptionId> = census.all.keys().copied().collect();
    if all.is_empty() {
        return Ok(OfferIndex { from_index: true, ..OfferIndex::default() });
    }
    let told = match told {
        // More subscriptions than one answer reads: each is then asked for by its id.
        Ok(told) if told.is_cut() => ask_index_in(client, &all).await,
        told => told,
    };
    match told {
        Ok(told) => Ok(told.sorted(census)),
        Err(err) if may_ask_singly(&err) => {
            let mut index = singly(client, &all).await?;
            if !err.is_unknown_table() {
                index.gaps.push(format!("Resource Graph did not answer in full: {err}"));
            }
            Ok(index)
        }
        Err(err) => Err(err.into()),
    }
}

impl IndexedOffers {
    fn is_cut(&self) -> bool {
        self.definitions.is_cut || self.assignments.is_cut
    }

    /// By subscription, without those of other tenants.
    fn sorted(self, census: &SubscriptionCensus) -> OfferIndex {
        let mut index = OfferIndex { from_index: true, ..OfferIndex::default() };
        if self.is_cut() {
            index.gaps.push(
                "this identity sees more subscriptions than Resource Graph reads in one answer"
                    .into(),
            );
        }
        for (id, definitions) in by_subscription(self.definitions.rows, |row| &row.id) {
            index.by_subscription.entry(id).or_default().definitions = definitions;
        }
        for (id, assignments) in by_subscription(self.assignments.rows, |row| &row.id) {
            index.by_subscription.entry(id).or_default().assignments = assignments;
        }
        index.by_subscription.retain(|id, _| census.all.contains_key(id));
        index
    }
}

/// Two lists for each subscription.
async fn singly(client: &Client, all: &[SubscriptionId]) -> Result<OfferIndex> {
    let mut index = OfferIndex::default();
    let reads = all.iter().map(|id| read_one(client, *id));
    for (id, read) in all.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        match Observed::visible(read)? {
            Observed::Told(offers) => {
                index.by_subscription.insert(*id, offers);
            }
            Observed::Untold(why) => {
                index.gaps.push(format!("the offers of subscription {id} cannot be read: {why}"));
            }
        }
    }
    Ok(index)
}

/// The offers of one subscription, from the provider itself; assignments without their definitions.
pub(crate) async fn read_one(
    client: &Client,
    id: SubscriptionId,
) -> Result<SubscriptionOffers, ArmError> {
    let (definitions, assignments) = tokio::join!(client.definitions(id), client.assignments(id));
    Ok(SubscriptionOffers {
        definitions: registered(definitions)?,
        assignments: registered(assignments)?,
    })
}

/// A list of a provider that is not registered is empty, whatever Azure says.
fn registered<T>(told: Result<Vec<T>, ArmError>) -> Result<Vec<T>, ArmError> {
    match told {
        Err(err) if err.code() == "MissingSubscriptionRegistration" => Ok(Vec::new()),
        told => told,
    }
}
