//! The offer that a publisher wants to make: read from flags and files, judged, and compared with one that exists.
//! Nothing here asks Azure, apart from the consumer's request, which its own tenant answers.
//!
//! Both ids derive from what the offer is, so that making it twice changes nothing.

use uuid::Uuid;

use crate::id::{PrincipalId, RoleId, Scope, SubscriptionId, TenantId, TenantRef, arm_guid};
use crate::ops::access::role::{RoleRef, Use};

pub(crate) mod difference;
pub(crate) mod input;
pub(crate) mod judge;
pub(crate) mod properties;
mod reading;
pub(crate) mod request;
mod rules;

use input::{OwnTemplate, Placed, RawEligible};
pub(in crate::ops) use rules::tenant::REVERSED;

/// Who gets which permissions, and on what.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub name: String,
    /// Its description, if one was given.
    pub description: Option<String>,
    pub consumer: Placed<TenantRef>,
    /// Resource groups to delegate; none for the whole subscription.
    pub groups: Vec<Placed<String>>,
    pub grants: Vec<Grant>,
    /// Permissions to be activated.
    pub eligible: Vec<Eligible>,
    /// A template instead of the embedded one.
    pub template: Option<OwnTemplate>,
    /// Parameters that only the own template knows.
    pub extras: serde_json::Map<String, serde_json::Value>,
    /// Where to keep the deployment, if it was said.
    pub location: Option<Placed<String>>,
    /// What to call the deployment, if it was said.
    pub deployment_name: Option<String>,
    /// Update the offer of this name under the ids that it has.
    pub adopts: bool,
}

/// A role, and where it was given.
pub(crate) type PlacedRole = Placed<RoleRef>;

/// One permanent right.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// Where it was given.
    pub place: String,
    pub principal: PrincipalId,
    /// What people see instead of the id.
    pub name: Option<String>,
    pub role: PlacedRole,
    /// Which roles User Access Administrator may hand on.
    pub delegated: Vec<PlacedRole>,
}

/// One right that has to be activated.
#[derive(Clone, Debug)]
pub(crate) struct Eligible {
    /// Where it was given.
    pub place: String,
    pub principal: PrincipalId,
    /// What people see instead of the id.
    pub name: Option<String>,
    pub role: PlacedRole,
    /// For how long at most, if it was said.
    pub duration: Option<String>,
    /// `Azure` or `None`, if it was said.
    pub mfa: Option<&'static str>,
    /// Who has to agree.
    pub approvers: Vec<(PrincipalId, Option<String>)>,
}

impl Grant {
    /// True if it is this built-in role.
    pub(crate) fn is(&self, guid: &str) -> bool {
        is(&self.role, guid)
    }
}

/// True if the role is the built-in one with this GUID.
pub(crate) fn is(role: &PlacedRole, guid: &str) -> bool {
    matches!(role.value, RoleRef::Id(id) if id.to_string() == guid)
}

impl Offer {
    /// Every role of the offer with its use, each as often as it is used.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (&PlacedRole, Use)> {
        let permanent = self.grants.iter().map(|grant| (&grant.role, Use::Permanent));
        let delegated = self
            .grants
            .iter()
            .flat_map(|grant| &grant.delegated)
            .map(|role| (role, Use::Delegated));
        let eligible = self.eligible.iter().map(|right| (&right.role, Use::Eligible));
        permanent.chain(delegated).chain(eligible)
    }
}

impl Eligible {
    fn of(raw: &RawEligible, principal: PrincipalId, role: PlacedRole) -> Eligible {
        Eligible {
            place: raw.grant.place.clone(),
            principal,
            name: raw.grant.name.clone(),
            role,
            duration: None,
            mfa: None,
            approvers: Vec::new(),
        }
    }
}

/// The GUID of a role that has been found.
pub(crate) fn found(
    role: &PlacedRole,
    names: &std::collections::HashMap<String, RoleId>,
) -> Option<RoleId> {
    match &role.value {
        RoleRef::Id(id) => Some(*id),
        RoleRef::Named(name) => names.get(name).copied(),
    }
}

/// The definition's GUID: ARM's `guid(consumer tenant, subscription, offer name)`.
///
/// The samples use the offer's name alone, so that two offers of one name overwrite each other.
pub(crate) fn definition_name(
    consumer: TenantId,
    subscription: SubscriptionId,
    offer: &str,
) -> Uuid {
    arm_guid(&[&consumer.to_string(), &subscription.to_string(), offer])
}

/// An assignment's GUID: ARM's `guid(definition id, scope id)`.
pub(crate) fn assignment_name(definition_id: &str, scope: &Scope) -> Uuid {
    arm_guid(&[definition_id, &scope.to_string()])
}
