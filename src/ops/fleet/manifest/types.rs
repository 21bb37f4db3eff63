//! What a manifest says, typed; what a rule may find fault with keeps its position.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{ClientId, PrincipalId, SubscriptionId, TenantRef};
use crate::ops::fleet::item::ShareMethod;
use crate::settings::cloud::Cloud;

use crate::ops::offer::Offer;

/// Where something is in the manifest, counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ManifestPosition {
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for ManifestPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Positioned<T> {
    pub value: T,
    pub at: ManifestPosition,
}

impl<T> Positioned<T> {
    /// A value at a position.
    pub(crate) fn new(value: T, at: ManifestPosition) -> Positioned<T> {
        Positioned { value, at }
    }
}

/// What a manifest is judged by besides itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ManifestSurroundings<'a> {
    /// The cloud in use.
    pub cloud: &'a Cloud,
    /// The day it is; a last day before it is a finding. None where that is what is looked for.
    pub today: Option<Date>,
}

/// The whole manifest, once it has been judged.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    /// Its path as it was given.
    pub path: String,
    /// SHA-256 of its bytes, in hex digits.
    pub sha256: String,
    pub fleet: String,
    pub cloud: Option<Positioned<String>>,
    /// Also of those that could not be read.
    pub(super) publisher_names: Vec<String>,
    pub publishers: BTreeMap<String, FleetPublisher>,
    /// Also of those that could not be read.
    pub(super) consumer_names: Vec<String>,
    pub consumers: BTreeMap<String, FleetConsumer>,
    pub grants: Vec<FleetGrant>,
    /// Those of all grants by delegation, once for each consumer.
    pub offers: Vec<FleetOffer>,
    pub limits: FleetLimits,
    /// In their order; one of everything where the manifest names none.
    pub waves: Vec<FleetWave>,
    /// By the publishers' names.
    pub policies: BTreeMap<String, PublisherPolicy>,
}

/// What the route by Azure Policy needs to know of a publisher.
#[derive(Clone, Debug)]
pub(crate) struct PublisherPolicy {
    pub at: ManifestPosition,
    pub management_group: Option<Positioned<String>>,
    /// Of the identity and of the deployments.
    pub location: Option<Positioned<String>>,
    /// The full id of a user-assigned identity; none for one of the assignment's own.
    pub identity: Option<Positioned<String>>,
    /// The identity's permissions are known.
    pub accepts_owner: bool,
    /// It asks for tenant and name only, as Microsoft's sample does.
    pub is_simple: bool,
    /// Names of consumers, or ids of tenants; empty where nothing is restricted.
    pub allowed_tenants: Vec<Positioned<String>>,
}

/// Who writes what a grant gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GrantRoute {
    /// This program.
    #[default]
    Direct,
    /// Azure Policy.
    Policy,
    /// This program what is there, Azure Policy what comes.
    Both,
}

/// One grant's offer to one consumer.
#[derive(Clone, Debug)]
pub(crate) struct FleetOffer {
    /// Which grant, by its place in the manifest's list.
    pub grant: usize,
    /// The manifest's name of the consumer.
    pub consumer: String,
    /// With its placeholders filled in, and with the mark in its description.
    pub offer: Offer,
}

/// A tenant that owns galleries.
#[derive(Clone, Debug)]
pub(crate) struct FleetPublisher {
    pub cloud: Option<Positioned<String>>,
    pub tenant: Positioned<TenantRef>,
    /// A stored credential; none for the default sign-in.
    pub credential: Option<Positioned<String>>,
    pub subscriptions: SubscriptionSelector,
}

/// Which subscriptions: the union of what is named, less the exceptions.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubscriptionSelector {
    pub management_groups: Vec<Positioned<String>>,
    pub ids: Vec<Positioned<SubscriptionId>>,
    /// Names with `*` and `?`.
    pub names: Vec<Positioned<String>>,
    /// All of them have to be there.
    pub tags: BTreeMap<String, Positioned<String>>,
    pub except_ids: Vec<Positioned<SubscriptionId>>,
    pub except_names: Vec<Positioned<String>>,
}

/// A tenant that uses images.
#[derive(Clone, Debug)]
pub(crate) struct FleetConsumer {
    pub cloud: Option<Positioned<String>>,
    pub tenant: Positioned<TenantRef>,
    pub principals: BTreeMap<String, FleetPrincipal>,
}

/// A principal of a consumer.
#[derive(Clone, Debug)]
pub(crate) struct FleetPrincipal {
    /// In the consumer's tenant; for `rbac` in the publisher's.
    pub id: Positioned<PrincipalId>,
    /// `User`, `Group` or `ServicePrincipal`.
    pub kind: Option<String>,
    /// What people see instead of the id.
    pub name: Option<String>,
}

/// One grant: from a publisher to consumers, by one method.
#[derive(Clone, Debug)]
pub(crate) struct FleetGrant {
    pub at: ManifestPosition,
    /// A part of the key of each of its items.
    pub name: Positioned<String>,
    pub from: Positioned<String>,
    /// Narrows what the publisher selects.
    pub narrowed: Option<SubscriptionSelector>,
    pub to: Vec<Positioned<String>>,
    pub via: ShareMethod,
    /// Only delegations have one.
    pub offer: Option<OfferTerms>,
    /// What every method but a delegation names.
    pub galleries: GallerySelector,
    /// Only `rbac` and `app` have one.
    pub role: Option<Positioned<String>>,
    /// Only `app` has one.
    pub application: Option<Positioned<ClientId>>,
    /// Only `rbac` names them; empty for all of a consumer's.
    pub principals: Vec<Positioned<String>>,
    /// Only `community` has them.
    pub community: Option<CommunityTerms>,
    pub description: Option<Positioned<String>>,
    pub expires: Option<Positioned<Date>>,
    /// Regions in which the newest version of each image has to be before anything is shared.
    pub ready: Vec<Positioned<String>>,
    /// Wanted is nothing: what it shared is removed.
    pub absent: bool,
    pub route: GrantRoute,
}

impl FleetGrant {
    /// True if a principal of this name gets the grant's role.
    pub(crate) fn names(&self, principal: &str) -> bool {
        self.principals.is_empty() || self.principals.iter().any(|named| named.value == principal)
    }
}

/// What a delegation offers.
#[derive(Clone, Debug)]
pub(crate) struct OfferTerms {
    /// With its placeholders.
    pub name: Positioned<String>,
    /// Empty for the whole subscription.
    pub resource_groups: Vec<Positioned<String>>,
    /// Skip a subscription that lacks a group, instead of failing.
    pub skips_missing_groups: bool,
    pub authorizations: Vec<GrantedRole>,
    pub eligible: Vec<GrantedRole>,
    /// Everyone with a permanent role may also leave.
    pub delete_role: bool,
}

/// A role for some principals of each consumer.
#[derive(Clone, Debug)]
pub(crate) struct GrantedRole {
    /// By their names in the consumer's list.
    pub principals: Vec<Positioned<String>>,
    pub role: Positioned<String>,
    /// Roles that User Access Administrator may hand on.
    pub delegated: Vec<Positioned<String>>,
    pub max_duration: Option<Positioned<String>>,
    pub mfa: Option<Positioned<String>>,
    /// By their names in the consumer's list.
    pub approvers: Vec<Positioned<String>>,
}

/// Which galleries: the union of what is named.
#[derive(Clone, Debug, Default)]
pub(crate) struct GallerySelector {
    /// Full ids.
    pub ids: Vec<Positioned<String>>,
    /// Names with `*` and `?`.
    pub names: Vec<Positioned<String>>,
    pub resource_groups: Vec<Positioned<String>>,
    /// All of them have to be there.
    pub tags: BTreeMap<String, Positioned<String>>,
}

/// How a gallery is shown to anyone.
#[derive(Clone, Debug)]
pub(crate) struct CommunityTerms {
    pub prefix: Positioned<String>,
    pub publisher_uri: Positioned<String>,
    pub publisher_contact: Positioned<String>,
    pub eula: Positioned<String>,
}

/// How carefully a plan is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FleetLimits {
    /// Items in flight over all publishers.
    pub at_once: usize,
    /// Of a wave; strict.
    pub failures: Allowance,
    /// Most that one run may remove.
    pub removals: usize,
}

impl Default for FleetLimits {
    fn default() -> FleetLimits {
        FleetLimits { at_once: 64, failures: Allowance::Percent(2), removals: 0 }
    }
}

/// How many: a count, or a share of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    Count(usize),
    Percent(u8),
}

impl Allowance {
    /// How many of `all` it is; a share is rounded down.
    pub(crate) fn of(self, all: usize) -> usize {
        match self {
            Allowance::Count(count) => count,
            Allowance::Percent(share) => all * usize::from(share) / 100,
        }
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Allowance::Count(count) => count.fmt(f),
            Allowance::Percent(share) => write!(f, "{share}%"),
        }
    }
}

impl FromStr for Allowance {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Allowance, Self::Err> {
        const FORMS: &str = "not a count like 5, nor a share like 2%";
        match text.strip_suffix('%') {
            Some(share) => match share.trim().parse() {
                Ok(share @ 0..=100) => Ok(Allowance::Percent(share)),
                _ => Err(FORMS),
            },
            None => text.parse().map(Allowance::Count).map_err(|_| FORMS),
        }
    }
}

impl Serialize for Allowance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Allowance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Allowance, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A part of the fleet that is done before the next begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct FleetWave {
    pub name: Option<String>,
    /// These subscriptions.
    pub ids: Vec<Positioned<SubscriptionId>>,
    /// So many of those that are left; with neither, all of them.
    pub take: Option<Allowance>,
    /// The consumer whose side verifies a sample.
    pub verify: Option<Positioned<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowances_are_counts_or_shares() {
        assert_eq!("5".parse(), Ok(Allowance::Count(5)));
        assert_eq!("2%".parse(), Ok(Allowance::Percent(2)));
        for bad in ["", "-1", "101%", "2 per cent", "%"] {
            assert!(bad.parse::<Allowance>().is_err(), "{bad}");
        }
        assert_eq!(Allowance::Percent(2).of(5_000), 100);
        assert_eq!(Allowance::Percent(2).of(1), 0);
        assert_eq!(serde_json::to_string(&Allowance::Percent(2)).unwrap(), "\"2%\"");
    }
}
