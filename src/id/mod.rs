//! Identifiers, parsed once at the edge: below `commands` no plain text means a GUID.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod arm_id;
mod resource;

pub(crate) use arm_id::ArmId;
pub(crate) use resource::ResourceId;

/// Why a text is not the identifier it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is not a GUID.
    #[error("'{0}' is not a GUID")]
    NotGuid(String),
    /// The GUID is the all-zero placeholder that the official samples carry.
    #[error("'{0}' is the all-zero placeholder of the samples, not a real id")]
    Placeholder(String),
    /// The text is neither a GUID nor a domain name.
    #[error("'{0}' is neither a tenant id (GUID) nor a domain name")]
    NotTenant(String),
    /// The text is not a resource id of the expected form.
    #[error("'{0}' is not {1}")]
    NotScope(String, &'static str),
}

fn parse_guid(text: &str) -> Result<Uuid, IdError> {
    let bare = text.trim();
    // PowerShell and the registry write them in braces.
    let bare = bare.strip_prefix('{').and_then(|bare| bare.strip_suffix('}')).unwrap_or(bare);
    let id = Uuid::try_parse(bare).map_err(|_| IdError::NotGuid(text.to_owned()))?;
    if bare.len() != 36 {
        return Err(IdError::NotGuid(text.to_owned()));
    }
    if id.is_nil() {
        return Err(IdError::Placeholder(text.to_owned()));
    }
    Ok(id)
}

macro_rules! guid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_guid(text).map($name)
            }
        }
    };
}

guid_newtype! {
    /// An Entra tenant.
    TenantId
}
guid_newtype! {
    /// An Azure subscription.
    SubscriptionId
}
guid_newtype! {
    /// The object id of a user, group or service principal.
    PrincipalId
}
guid_newtype! {
    /// The application (client) id that signs in.
    ClientId
}
guid_newtype! {
    /// The GUID of a role definition.
    RoleId
}

/// A tenant as people write it: by id or by one of its domain names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TenantRef {
    /// The tenant's id.
    Id(TenantId),
    /// A domain the tenant has verified, or its `onmicrosoft.com` name.
    Domain(String),
}

impl FromStr for TenantRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match parse_guid(text) {
            Ok(id) => Ok(TenantRef::Id(TenantId(id))),
            Err(IdError::Placeholder(text)) => Err(IdError::Placeholder(text)),
            Err(_) if is_domain(text) => Ok(TenantRef::Domain(text.to_ascii_lowercase())),
            Err(_) => Err(IdError::NotTenant(text.to_owned())),
        }
    }
}

impl fmt::Display for TenantRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TenantRef::Id(id) => id.fmt(f),
            TenantRef::Domain(name) => name.fmt(f),
        }
    }
}

fn is_domain(text: &str) -> bool {
    let label = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let labels: Vec<&str> = text.split('.').collect();
    let top_is_a_word =
        labels.last().is_some_and(|top| top.chars().any(|c| c.is_ascii_alphabetic()));
    labels.len() >= 2 && text.len() <= 253 && top_is_a_word && labels.into_iter().all(label)
}

/// Where a delegation holds: a subscription, or one resource group of it.
///
/// Lighthouse knows no other scopes. Source:
/// <https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer>
#[derive(Clone, Debug)]
pub struct Scope {
    pub subscription: SubscriptionId,
    /// The resource group, as its owner spells it.
    pub resource_group: Option<String>,
}

impl Scope {
    /// The whole of `subscription`.
    pub fn subscription(subscription: SubscriptionId) -> Scope {
        Scope { subscription, resource_group: None }
    }

    /// One resource group of `subscription`.
    pub fn resource_group(subscription: SubscriptionId, name: &str) -> Scope {
        Scope { subscription, resource_group: Some(name.to_owned()) }
    }

    fn folded(&self) -> (SubscriptionId, Option<ArmId>) {
        (self.subscription, self.resource_group.clone().map(ArmId::from))
    }
}

/// Resource group names differ in case only for people: ARM compares them without it.
impl PartialEq for Scope {
    fn eq(&self, other: &Scope) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for Scope {}

impl PartialOrd for Scope {
    fn partial_cmp(&self, other: &Scope) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The subscription comes before its groups.
impl Ord for Scope {
    fn cmp(&self, other: &Scope) -> Ordering {
        self.folded().cmp(&other.folded())
    }
}

impl Hash for Scope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

impl From<SubscriptionId> for Scope {
    fn from(id: SubscriptionId) -> Scope {
        Scope::subscription(id)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/subscriptions/{}", self.subscription)?;
        match &self.resource_group {
            Some(name) => write!(f, "/resourceGroups/{name}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Scope {
    type Err = IdError;

    /// Reads the scope that a resource id starts with.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let refused = || IdError::NotScope(text.to_owned(), "a subscription or resource group id");
        let mut parts = text.trim_start_matches('/').split('/');
        let key = parts.next().ok_or_else(refused)?;
        let subscription = parts.next().ok_or_else(refused)?;
        if !key.eq_ignore_ascii_case("subscriptions") {
            return Err(refused());
        }
        let subscription = subscription.parse().map_err(|_| refused())?;
        match (parts.next(), parts.next()) {
            (Some(key), Some(name)) if key.eq_ignore_ascii_case("resourceGroups") => {
                Ok(Scope::resource_group(subscription, name))
            }
            _ => Ok(Scope::subscription(subscription)),
        }
    }
}

/// The last segment of a resource id: the resource's name.
pub(crate) fn resource_name(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// True if the scope `inner` is `outer` or lies in it; ARM compares ids without case.
pub(crate) fn scope_contains(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (outer.trim_end_matches('/').to_lowercase(), inner.to_lowercase());
    inner.strip_prefix(&outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The subscription that an id or scope is in, if it is in one; what follows may be anything.
pub(crate) fn subscription_of(id: &str) -> Option<SubscriptionId> {
    let mut parts = id.trim_start_matches('/').split('/');
    parts.next().filter(|part| part.eq_ignore_ascii_case("subscriptions"))?;
    parts.next()?.parse().ok()
}

/// Percent-encodes one segment of a path, so that no name can change the address.
pub(crate) fn path_segment(name: &str) -> String {
    utf8_percent_encode(name, OUTSIDE_SEGMENT).to_string()
}

/// What ARM's template function `guid()` gives for the same arguments.
///
/// It is RFC 4122's version 5 over the arguments joined by `-`, in a namespace of ARM's own, so
/// names can be derived, planned and found again without a deployment.
pub(crate) fn arm_guid(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&ARM_NAMESPACE, parts.join("-").as_bytes())
}

/// What RFC 3986 wants escaped, without parentheses: resource groups have them.
const OUTSIDE_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'(').remove(b')');

const ARM_NAMESPACE: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_equal_those_of_a_real_deployment() {
        let definition = arm_guid(&[
            "78643a83-bcc9-4a3b-ab7e-eeede0b3384e",
            "2b0de10d-6f29-4736-9952-f4a99e684c35",
            "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "Azawslab Release 2 Lighthouse Reader Delegation",
        ]);
        assert_eq!(definition.to_string(), "fb8f2924-6706-5603-aeaa-c2756d7f3e42");
        let assignment =
            arm_guid(&["bee0b8d3-954e-4ee0-a2a8-9861b3bbcacb", &definition.to_string()]);
        assert_eq!(assignment.to_string(), "ba7d65bc-258b-5276-b1f3-0a4e4fd77787");
    }

    #[test]
    fn placeholders_and_short_forms_are_refused() {
        assert!(matches!(
            "00000000-0000-0000-0000-000000000000".parse::<PrincipalId>(),
            Err(IdError::Placeholder(_))
        ));
        let braced = "{acdd72a7-3385-48ef-bd42-f606fba81ae7}".parse::<TenantId>().unwrap();
        assert_eq!(braced.to_string(), "acdd72a7-3385-48ef-bd42-f606fba81ae7");
        for bad in ["", "x", "acdd72a7338548efbd42f606fba81ae7", "{{insert the tenant id}}"] {
            assert!(matches!(bad.parse::<TenantId>(), Err(IdError::NotGuid(_))), "{bad}");
        }
    }

    #[test]
    fn tenants_are_ids_or_domains() {
        assert!(
            matches!("Fabrikam.onmicrosoft.com".parse(), Ok(TenantRef::Domain(name)) if name == "fabrikam.onmicrosoft.com")
        );
        for bad in ["<insert managing tenant id>", "fabrikam", "a b.com", "-x.com", "1.2", "x..y"] {
            assert!(bad.parse::<TenantRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn scopes_compare_without_case() {
        let id =
            "/subscriptions/acdd72a7-3385-48ef-bd42-f606fba81ae7/resourcegroups/RG/providers/x/y/z";
        let scope: Scope = id.parse().unwrap();
        assert_eq!(scope, Scope::resource_group(scope.subscription, "rg"));
        assert_ne!(scope, Scope::subscription(scope.subscription));
        assert!(Scope::subscription(scope.subscription) < scope);
        assert!("/providers/x".parse::<Scope>().is_err());
    }

    #[test]
    fn a_scope_does_not_contain_its_namesake() {
        for (outer, inner, is_inside) in [
            ("/", "/subscriptions/s", true),
            ("/subscriptions/S/", "/subscriptions/s/resourceGroups/g", true),
            ("/subscriptions/s/resourceGroups/g", "/subscriptions/s/resourceGroups/g2", false),
            ("/subscriptions/s/resourceGroups/g", "/subscriptions/s", false),
            ("/Subscriptions/S", "/subscriptions/s/", true),
            ("/subscriptions/s", "/subscriptions/s/x", true),
            ("/subscriptions/s", "/", false),
            ("/subscriptions/s", "/subscriptions/s2", false),
        ] {
            assert_eq!(scope_contains(outer, inner), is_inside, "{outer} {inner}");
        }
    }

    #[test]
    fn names_cannot_leave_their_segment() {
        assert_eq!(path_segment("a/b?c#d é"), "a%2Fb%3Fc%23d%20%C3%A9");
    }
}
