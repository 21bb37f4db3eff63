//! Subscriptions and resource groups as they are kept.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

/// A subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Subscription id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Home tenant.
    pub tenant: String,
    /// Registration by lower-case namespace; absent is not registered.
    pub providers: BTreeMap<String, Registration>,
    /// Whether it may be written to.
    pub state: SubscriptionState,
    /// Its tags, an object.
    pub tags: Value,
    /// The management group it is in; none is the tenant's root.
    pub management_group: Option<String>,
}

impl Subscription {
    /// Makes an enabled subscription without tags, in the tenant's root group.
    pub fn new(id: &str, name: &str, tenant: &str) -> Subscription {
        Subscription {
            id: id.to_owned(),
            name: name.to_owned(),
            tenant: tenant.to_owned(),
            providers: BTreeMap::new(),
            state: SubscriptionState::Enabled,
            tags: json!({}),
            management_group: None,
        }
    }
}

/// All subscriptions, in the order in which they came, each found at once: a query over a fleet asks for the
/// subscription of every row.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    list: Vec<Subscription>,
    /// The place in the list by lower-case id.
    places: HashMap<String, usize>,
}

impl Subscriptions {
    /// Adds a subscription.
    pub fn push(&mut self, one: Subscription) {
        self.places.entry(one.id.to_ascii_lowercase()).or_insert(self.list.len());
        self.list.push(one);
    }

    /// The place of the subscription with this id.
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        self.places.get(&id.to_ascii_lowercase()).copied()
    }
}

impl Deref for Subscriptions {
    type Target = [Subscription];

    fn deref(&self) -> &[Subscription] {
        &self.list
    }
}

impl DerefMut for Subscriptions {
    fn deref_mut(&mut self) -> &mut [Subscription] {
        &mut self.list
    }
}

/// Whether a subscription may be used. Source:
/// <https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-states>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubscriptionState {
    /// As usual.
    #[default]
    Enabled,
    /// Payment is late; reads only.
    PastDue,
    /// About to be disabled; everything still works.
    Warned,
    /// Reads only.
    Disabled,
    /// Gone for good after a while; reads only until then.
    Deleted,
}

impl SubscriptionState {
    /// Azure's word for it.
    pub fn name(self) -> &'static str {
        match self {
            SubscriptionState::Enabled => "Enabled",
            SubscriptionState::PastDue => "PastDue",
            SubscriptionState::Warned => "Warned",
            SubscriptionState::Disabled => "Disabled",
            SubscriptionState::Deleted => "Deleted",
        }
    }

    /// Whether writes are let through.
    pub fn is_writable(self) -> bool {
        matches!(self, SubscriptionState::Enabled | SubscriptionState::Warned)
    }
}

/// How far a provider's registration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Under way; the count of reads that still say so.
    Registering(u32),
    /// Done.
    Registered,
    /// Under way the other way.
    Unregistering(u32),
}

/// A resource group.
#[derive(Clone, Debug)]
pub struct ResourceGroup {
    /// Subscription id.
    pub subscription: String,
    /// Name as created.
    pub name: String,
    /// Location.
    pub location: String,
    /// Tags.
    pub tags: Value,
}
