//! What a request path of Azure Resource Manager points at.

/// A resource, a collection or an action below a provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    /// Everything before the last `/providers/`, without a trailing slash.
    pub(crate) scope: String,
    /// The provider's namespace as the caller wrote it.
    pub(crate) namespace: String,
    pub(crate) types: Vec<String>,
    pub(crate) names: Vec<String>,
    /// The last segment of a POST to a resource.
    pub(crate) action: Option<String>,
}

impl Target {
    /// Reads a path that holds `/providers/<namespace>/<type>`.
    pub(crate) fn parse(method: &str, path: &str) -> Option<Target> {
        let path = path.trim_end_matches('/');
        let at = path.to_ascii_lowercase().rfind("/providers/")?;
        let mut segments = path[at + "/providers/".len()..].split('/');
        let mut target = Target {
            scope: path[..at].to_owned(),
            namespace: segments.next()?.to_owned(),
            ..Target::default()
        };
        let rest: Vec<&str> = segments.collect();
        let is_action = method == "POST" && rest.len() % 2 == 1 && rest.len() > 1;
        for (index, segment) in rest.iter().enumerate() {
            if is_action && index + 1 == rest.len() {
                target.action = Some((*segment).to_owned());
            } else if index % 2 == 0 {
                target.types.push((*segment).to_owned());
            } else {
                target.names.push((*segment).to_owned());
            }
        }
        (!target.types.is_empty()).then_some(target)
    }

    /// The full type, such as `Microsoft.Compute/galleries/images`.
    pub(crate) fn full_type(&self) -> String {
        format!("{}/{}", self.namespace, self.types.join("/"))
    }

    /// Whether it is of this type, whatever the case.
    pub(crate) fn is(&self, full_type: &str) -> bool {
        self.full_type().eq_ignore_ascii_case(full_type)
    }

    /// Whether it points at a collection.
    pub(crate) fn is_collection(&self) -> bool {
        self.names.len() < self.types.len()
    }

    /// The resource's own name.
    pub(crate) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// The resource's id with the provider's own spelling of its type.
    pub(crate) fn id(&self) -> String {
        let mut id = format!("{}/providers/{}", self.scope, self.namespace);
        for (index, type_) in self.types.iter().enumerate() {
            id.push('/');
            id.push_str(type_);
            if let Some(name) = self.names.get(index) {
                id.push('/');
                id.push_str(name);
            }
        }
        id
    }

    /// The scope a role must reach for this request.
    pub(crate) fn authorization_scope(&self) -> String {
        if self.is_collection() && self.names.is_empty() { self.scope.clone() } else { self.id() }
    }

    /// The subscription in the scope.
    pub(crate) fn subscription(&self) -> Option<&str> {
        subscription(&self.scope)
    }

    /// The resource group in the scope.
    pub(crate) fn group(&self) -> Option<&str> {
        group(&self.scope)
    }

    /// The action Azure checks for a method on this target.
    pub(crate) fn action(&self, method: &str) -> String {
        let verb = match method {
            "GET" | "HEAD" => "read".to_owned(),
            "DELETE" => "delete".to_owned(),
            "POST" => format!("{}/action", self.action.as_deref().unwrap_or("post")),
            _ => "write".to_owned(),
        };
        format!("{}/{verb}", self.full_type())
    }
}

/// The subscription id in a scope or resource id.
pub(crate) fn subscription(id: &str) -> Option<&str> {
    after(id, "subscriptions")
}

/// The resource group's name in a scope or resource id.
pub(crate) fn group(id: &str) -> Option<&str> {
    after(id, "resourcegroups")
}

/// Whether a scope is another one or lies inside it.
pub(crate) fn contains(outer: &str, inner: &str) -> bool {
    let (outer, inner) =
        (outer.trim_end_matches('/').to_ascii_lowercase(), inner.to_ascii_lowercase());
    inner == outer || inner.strip_prefix(&outer).is_some_and(|rest| rest.starts_with('/'))
}

fn after<'a>(id: &'a str, word: &str) -> Option<&'a str> {
    let mut segments = id.split('/');
    segments.by_ref().find(|segment| segment.eq_ignore_ascii_case(word))?;
    segments.next().filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_and_actions_are_told_apart() {
        let path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b/versions";
        let target = Target::parse("GET", path).unwrap();
        assert!(target.is("microsoft.compute/galleries/images/versions") && target.is_collection());
        let path = "/subscriptions/s/providers/Microsoft.Resources/deployments/d/whatIf";
        let target = Target::parse("POST", path).unwrap();
        assert_eq!(target.action("POST"), "Microsoft.Resources/deployments/whatIf/action");
        assert_eq!(target.name(), "d");
    }

    #[test]
    fn a_scope_does_not_contain_its_namesake() {
        assert!(contains(
            "/subscriptions/s/resourceGroups/a",
            "/subscriptions/s/resourcegroups/A/providers/x"
        ));
        assert!(!contains(
            "/subscriptions/s/resourceGroups/a",
            "/subscriptions/s/resourceGroups/ab"
        ));
        assert!(contains("", "/subscriptions/s"));
    }
}
