//! The delegations of many subscriptions together: from Resource Graph in one question, from the provider where that
//! does not know enough.
//!
//! A consumer sees assignments in Resource Graph and often not the definitions behind them: these subscriptions are
//! asked one by one, as the provider shows each assignment with its definition.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

// What others need for lists over everything, by one way in.
pub(crate) use super::Delegation;
pub(crate) use super::inventory::{Entry, NOT_ASSIGNED, Side};
use super::inventory::{ReadablePlace, entries_of, place, read_place, unreadable};
pub(crate) use super::lookup::Known;
pub(crate) use super::removal::OfferRemoval;
use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::resources::Subscription;
use crate::arm::{ArmError, Client};
use crate::error::Error;
use crate::id::{ArmId, SubscriptionId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};

/// What was found, and why the rest could not be read.
#[derive(Debug, Default)]
pub(crate) struct BulkSurvey {
    pub entries: Vec<Entry>,
    pub failures: Vec<UnreadPlace>,
    /// The subscriptions that were read, and from which side.
    pub read: Vec<(SubscriptionId, Side)>,
}

/// Why something could not be read.
#[derive(Debug)]
pub(crate) struct UnreadPlace {
    /// The subscription and the side, if it is about one.
    pub place: Option<(SubscriptionId, Side)>,
    pub error: Error,
}

impl BulkSurvey {
    /// What none of these could read: what one cannot, another may.
    pub(crate) fn unread(all: &mut [BulkSurvey]) -> Vec<UnreadPlace> {
        let read: Vec<(SubscriptionId, Side)> =
            all.iter().flat_map(|survey| survey.read.iter().copied()).collect();
        let failures = all.iter_mut().flat_map(|survey| std::mem::take(&mut survey.failures));
        failures
            .filter(|failure| failure.place.is_none_or(|place| !read.contains(&place)))
            .collect()
    }

    /// Asks the provider about each place.
    async fn ask(&mut self, client: &Client, places: &[&ReadablePlace]) {
        let work = places.iter().map(|place| read_place(client, place));
        for (place, found) in places.iter().zip(fan_out(AT_ONCE, work).await) {
            self.take(place, found);
        }
    }

    fn take(&mut self, place: &ReadablePlace, found: Result<Vec<Entry>, ArmError>) {
        let at = (place.id, place.side);
        match found {
            Ok(entries) => {
                self.entries.extend(entries);
                self.read.push(at);
            }
            Err(err) => {
                let error = unreadable(place, err);
                self.failures.push(UnreadPlace { place: Some(at), error });
            }
        }
    }
}

const QUERY: &str = "managedservicesresources | where type in~ ('microsoft.managedservices/registrationdefinitions', 'microsoft.managedservices/registrationassignments') | project id, name, type, subscriptionId, properties";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfferRow {
    id: ArmId,
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    subscription_id: ArmId,
    #[serde(default)]
    properties: Value,
}

/// What Resource Graph has about one subscription.
#[derive(Default)]
struct KnownOffers {
    definitions: Vec<RegistrationDefinition>,
    assignments: Vec<RegistrationAssignment>,
}

impl KnownOffers {
    /// True if every assignment has its definition.
    fn is_whole(&self) -> bool {
        self.assignments.iter().all(|assignment| {
            self.definitions.iter().any(|definition| assignment.is_of(&definition.id))
        })
    }
}

/// Reads what an identity of this tenant sees of the delegations of these subscriptions.
pub(crate) async fn read(
    client: &Client,
    ours: TenantId,
    subscriptions: &[Subscription],
    sides: &[Side],
) -> BulkSurvey {
    let places = places_of(ours, subscriptions, sides);
    let mut survey = BulkSurvey::default();
    if places.is_empty() {
        return survey;
    }
    let known = match known_offers(client).await {
        Ok(known) => Some(known),
        Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => {
            let error = Error::from(err).while_doing("the delegations cannot be read");
            survey.failures.push(UnreadPlace { place: None, error });
            return survey;
        }
        Err(_) => None,
    };
    let mut ask = Vec::new();
    for place in &places {
        match &known {
            Some(known) => match known.get(&place.id.to_string()) {
                Some(offers) if offers.is_whole() => {
                    let (definitions, assignments) =
                        (offers.definitions.clone(), offers.assignments.clone());
                    survey.take(place, Ok(entries_of(place, definitions, assignments)));
                }
                // A right to resource groups alone may show neither.
                None if place.side == Side::Given => {}
                _ => ask.push(place),
            },
            None => ask.push(place),
        }
    }
    survey.ask(client, &ask).await;
    survey
}

/// The sides of each subscription that are asked for.
fn places_of(ours: TenantId, subscriptions: &[Subscription], sides: &[Side]) -> Vec<ReadablePlace> {
    subscriptions
        .iter()
        .filter_map(|subscription| place(subscription, Some(ours)))
        .filter(|place| sides.contains(&place.side))
        .collect()
}

/// The same of the provider alone, for what is going to be changed.
pub(crate) async fn read_provider(
    client: &Client,
    ours: TenantId,
    subscriptions: &[Subscription],
    sides: &[Side],
) -> BulkSurvey {
    let places = places_of(ours, subscriptions, sides);
    let mut survey = BulkSurvey::default();
    survey.ask(client, &places.iter().collect::<Vec<_>>()).await;
    survey
}

/// The offers by subscription.
async fn known_offers(client: &Client) -> Result<BTreeMap<String, KnownOffers>, ArmError> {
    let found = client.query_resources::<OfferRow>(&ResourceQuery::new(QUERY).in_full()).await?;
    if found.is_cut {
        let problem = "not all of the subscriptions that are seen".to_owned();
        return Err(ArmError::Malformed { what: "Resource Graph".to_owned(), problem });
    }
    let mut known: BTreeMap<String, KnownOffers> = BTreeMap::new();
    for row in found.rows {
        let offers = known.entry(row.subscription_id.to_lowercase()).or_default();
        let body =
            serde_json::json!({"id": row.id, "name": row.name, "properties": row.properties});
        let malformed = |err: serde_json::Error| ArmError::Malformed {
            what: row.id.clone().into(),
            problem: format!("something unexpected ({err})"),
        };
        if row.kind.to_lowercase().ends_with("registrationdefinitions") {
            offers.definitions.push(serde_json::from_value(body).map_err(malformed)?);
        } else {
            offers.assignments.push(serde_json::from_value(body).map_err(malformed)?);
        }
    }
    Ok(known)
}

/// The subscriptions in which Resource Graph knows an accepted offer, by their ids in small letters; `None` if it
/// cannot be asked.
pub(crate) async fn delegated_subscriptions(client: &Client) -> Option<Vec<String>> {
    let known = known_offers(client).await.ok()?;
    let accepted = known.into_iter().filter(|(_, offers)| !offers.assignments.is_empty());
    Some(accepted.map(|(id, _)| id).collect())
}
