//! One item of a fleet: one grant for one subscription or gallery and one consumer, and what becomes of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::view::{ItemView, PolicyPart};
use crate::id::SubscriptionId;

/// The stable, readable name of an item: `readers/contoso/5a0d…/fabrikam`.
///
/// Of a gallery: `golden/contoso/5a0d…/images-rg/golden/fabrikam`; a role has its principal at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ItemKey(String);

impl ItemKey {
    /// The key of these parts.
    pub(crate) fn of(parts: &[&str]) -> ItemKey {
        ItemKey(parts.join("/"))
    }

    /// The key as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ItemChange {
    /// It is made.
    Create,
    /// A part of it changes.
    Update,
    /// It is this fleet's, left the manifest, and is removed.
    Remove,
    /// It is as it should be.
    Keep,
    /// It is wanted, and cannot be done now.
    Blocked,
    /// It is this fleet's and left the manifest; it stays, since its removal was not asked for.
    Orphan,
    /// It is not this fleet's: shown, never touched.
    Foreign,
}

impl ItemChange {
    /// True if carrying out the plan writes something for it.
    pub(crate) fn writes(self) -> bool {
        matches!(self, ItemChange::Create | ItemChange::Update | ItemChange::Remove)
    }

    /// True if Azure is not as the manifest wants it: the plan writes something for it, or would if it could.
    pub(crate) fn is_unmet(self) -> bool {
        self.writes() || self == ItemChange::Blocked
    }

    /// The word for it, as in the plan.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ItemChange::Create => "create",
            ItemChange::Update => "update",
            ItemChange::Remove => "remove",
            ItemChange::Keep => "keep",
            ItemChange::Blocked => "blocked",
            ItemChange::Orphan => "orphan",
            ItemChange::Foreign => "foreign",
        }
    }

    /// The sign in front of its line.
    pub(crate) fn sign(self) -> char {
        match self {
            ItemChange::Create => '+',
            ItemChange::Update => '~',
            ItemChange::Remove => '-',
            ItemChange::Keep => '=',
            ItemChange::Blocked => '!',
            ItemChange::Orphan | ItemChange::Foreign => '?',
        }
    }
}

/// How something is shared; the words of `share list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ShareMethod {
    /// Azure Lighthouse.
    Delegation,
    /// A role for a principal of the publisher's directory.
    Rbac,
    /// A role for an application of two tenants.
    App,
    /// The gallery is shared with a tenant.
    Direct,
    /// The gallery is open to everyone.
    Community,
}

impl ShareMethod {
    /// The word for it, as in the manifest.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ShareMethod::Delegation => "delegation",
            ShareMethod::Rbac => "rbac",
            ShareMethod::App => "app",
            ShareMethod::Direct => "direct",
            ShareMethod::Community => "community",
        }
    }
}

/// Who writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ItemRoute {
    /// This program, in each subscription.
    #[default]
    Direct,
    /// Azure Policy.
    Policy,
}

/// One item with what becomes of it: a line of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemPlan {
    pub key: ItemKey,
    #[serde(rename = "do")]
    pub change: ItemChange,
    pub via: ShareMethod,
    pub route: ItemRoute,
    /// Counted from 1, in the order of the manifest's waves.
    pub wave: usize,
    /// Where the manifest asks for it; 0 for what it does not know.
    pub line: u32,
    /// The manifest's name of the publisher.
    pub publisher: String,
    /// The manifest's name of the grant; empty for what left the manifest.
    pub grant: String,
    /// The manifest's name of the consumer, else its tenant; empty for the community.
    pub consumer: String,
    pub subscription: SubscriptionId,
    /// The full id of what is written: a definition, an assignment, or a gallery.
    pub id: String,
    /// The digest of `before`: anyone who writes compares it with what exists then.
    pub seen: String,
    /// As it exists; null if it does not.
    pub before: Option<ItemView>,
    /// The new state; null if it is removed.
    pub after: Option<ItemView>,
    /// What changes, or why nothing can be done, line by line.
    pub why: Vec<String>,
}

/// The place of what belongs to no subscription: a management group's.
pub(crate) const NOWHERE: SubscriptionId = SubscriptionId(uuid::Uuid::nil());

impl ItemPlan {
    /// The part of the policy route that it is; none for what is in a subscription.
    pub(crate) fn policy_part(&self) -> Option<PolicyPart> {
        match self.after.as_ref().or(self.before.as_ref()) {
            Some(ItemView::Policy(stand)) => Some(stand.part),
            _ => None,
        }
    }

    /// True if Azure Policy is to write it.
    pub(crate) fn is_expected(&self) -> bool {
        self.route == ItemRoute::Policy && self.policy_part().is_none()
    }

    /// What has to wait for one another: a subscription, or one of the things at a management group.
    pub(crate) fn lane(&self) -> SubscriptionId {
        if self.subscription != NOWHERE {
            return self.subscription;
        }
        SubscriptionId(uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, self.key.0.as_bytes()))
    }
}
