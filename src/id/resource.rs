//! Resource ids: what every command that works on a gallery, an image or an identity is given.

use std::fmt;
use std::str::FromStr;

use super::{ArmId, IdError, Scope, SubscriptionId};

/// The id of a resource in a resource group, such as
/// `/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/galleries/N/images/I`.
#[derive(Clone, Debug)]
pub struct ResourceId {
    /// The subscription and the resource group, as written.
    pub scope: Scope,
    /// The provider, such as `Microsoft.Compute`.
    pub namespace: String,
    /// Types and names in turn, from the outermost: `[("galleries", "N"), ("images", "I")]`.
    pub segments: Vec<(String, String)>,
}

impl ResourceId {
    /// A resource of one type in a resource group.
    pub fn new(scope: Scope, namespace: &str, kind: &str, name: &str) -> ResourceId {
        ResourceId {
            scope,
            namespace: namespace.to_owned(),
            segments: vec![(kind.to_owned(), name.to_owned())],
        }
    }

    /// A resource inside this one.
    pub fn child(&self, kind: &str, name: &str) -> ResourceId {
        let mut child = self.clone();
        child.segments.push((kind.to_owned(), name.to_owned()));
        child
    }

    /// The resource that this one is inside of; `None` for the outermost.
    pub fn parent(&self) -> Option<ResourceId> {
        let mut parent = self.clone();
        parent.segments.pop();
        (!parent.segments.is_empty()).then_some(parent)
    }

    /// The subscription.
    pub fn subscription(&self) -> SubscriptionId {
        self.scope.subscription
    }

    /// The resource group, as written.
    pub fn resource_group(&self) -> &str {
        self.scope.resource_group.as_deref().unwrap_or_default()
    }

    /// The resource's own name.
    pub fn name(&self) -> &str {
        self.segments.last().map_or("", |(_, name)| name)
    }

    /// The name of the type's segment, such as the definition's name in a version's id.
    pub fn name_of(&self, kind: &str) -> Option<&str> {
        let found = self.segments.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind));
        found.map(|(_, name)| name.as_str())
    }

    /// The full type, such as `Microsoft.Compute/galleries/images`.
    pub fn full_type(&self) -> String {
        let kinds: Vec<&str> = self.segments.iter().map(|(kind, _)| &**kind).collect();
        format!("{}/{}", self.namespace, kinds.join("/"))
    }

    /// True if the resource has this full type; case does not count.
    pub fn is(&self, full_type: &str) -> bool {
        self.full_type().eq_ignore_ascii_case(full_type)
    }

    /// The image definition where its version is `latest`, a word for the newest one and not a
    /// resource. Source: <https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries>
    pub(crate) fn newest(self) -> ResourceId {
        let is_latest = self.is("Microsoft.Compute/galleries/images/versions")
            && self.name().eq_ignore_ascii_case("latest");
        let definition = is_latest.then(|| self.parent()).flatten();
        definition.unwrap_or(self)
    }
}

/// ARM compares ids without case, and does not return them in the case they were given in.
impl PartialEq for ResourceId {
    fn eq(&self, other: &ResourceId) -> bool {
        let folded = |id: &ResourceId| ArmId::from(id.to_string());
        folded(self) == folded(other)
    }
}

impl Eq for ResourceId {}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/providers/{}", self.scope, self.namespace)?;
        self.segments.iter().try_for_each(|(kind, name)| write!(f, "/{kind}/{name}"))
    }
}

impl FromStr for ResourceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refused =
            || IdError::NotScope(text.to_owned(), "a full resource id (/subscriptions/…)");
        let scope: Scope = text.parse().map_err(|_| refused())?;
        let trimmed = text.trim_matches('/');
        let parts: Vec<&str> = trimmed.split('/').skip(4).collect();
        let [providers, namespace, rest @ ..] = parts.as_slice() else {
            return Err(refused());
        };
        let whole = scope.resource_group.is_some()
            && providers.eq_ignore_ascii_case("providers")
            && namespace.contains('.')
            && !rest.is_empty()
            && rest.len() % 2 == 0
            && trimmed.split('/').all(is_segment);
        if !whole {
            return Err(refused());
        }
        let segments =
            rest.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
        Ok(ResourceId { scope, namespace: (*namespace).to_owned(), segments })
    }
}

/// Nothing that could end a path or lead out of it. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>
fn is_segment(text: &str) -> bool {
    let dots = text.chars().all(|c| c == '.');
    let plain = |c: char| c.is_alphanumeric() || "-._() $".contains(c);
    !text.is_empty() && !dots && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/resourceGroups/Images/providers/Microsoft.Compute/galleries/g1/images/ubuntu/versions/1.0.0";

    #[test]
    fn an_id_is_taken_apart_and_put_together_again() {
        let id: ResourceId = VERSION.parse().unwrap();
        assert_eq!(id.to_string(), VERSION);
        assert_eq!(id.name(), "1.0.0");
        assert_eq!(id.name_of("Galleries"), Some("g1"));
        assert!(id.is("microsoft.compute/galleries/images/versions"));
        let image = id.parent().unwrap();
        assert!(image.is("Microsoft.Compute/galleries/images"));
        assert_eq!(image.child("versions", "1.0.0"), id);
        assert_eq!(VERSION.to_uppercase().parse::<ResourceId>().unwrap(), id);
    }

    #[test]
    fn what_is_no_full_id_is_refused() {
        for bad in [
            "g1",
            "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002",
            "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/resourceGroups/Images",
            "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/resourceGroups/Images/providers/Microsoft.Compute/galleries",
            "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/resourceGroups/Images/providers/Microsoft.Compute/galleries/..",
            "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/resourceGroups/Images/providers/Microsoft.Compute/galleries/a?b",
            "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/resourceGroups/a/../b/providers/Microsoft.Compute/galleries/x",
        ] {
            assert!(bad.parse::<ResourceId>().is_err(), "{bad}");
        }
    }
}
