//! The ways to share a gallery besides a delegation, and who has what by all of them.

pub(crate) mod access;
pub(crate) mod advise;
pub(crate) mod app;
pub(crate) mod card;
pub(crate) mod community;
pub(crate) mod conditions;
pub(crate) mod direct;
pub(crate) mod exchange_file;
pub(crate) mod expiry_tags;
pub(crate) mod gallery;
pub(crate) mod place;
pub(crate) mod propagation;
pub(crate) mod prune;
pub(crate) mod rbac;
pub(crate) mod revoke;
pub(crate) mod survey;

// The old paths.
pub(crate) use crate::ops::access::{
    assignee, home_tenant as home, image_role as role, people, rights,
};
pub(crate) use expiry_tags as last_days;
pub(crate) use propagation as settled;

/// True if `inner` is `outer` or lies in it; ARM compares ids without case.
pub(crate) fn covers(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (outer.trim_end_matches('/').to_lowercase(), inner.to_lowercase());
    inner == outer || inner.strip_prefix(&outer).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_scope_does_not_cover_its_namesake() {
        assert!(covers("/", "/subscriptions/s"));
        assert!(covers("/subscriptions/S/", "/subscriptions/s/resourceGroups/g"));
        assert!(!covers("/subscriptions/s/resourceGroups/g", "/subscriptions/s/resourceGroups/g2"));
        assert!(!covers("/subscriptions/s/resourceGroups/g", "/subscriptions/s"));
        assert!(covers("/Subscriptions/S", "/subscriptions/s/"));
        assert!(covers("/subscriptions/s", "/subscriptions/s/x"));
        assert!(!covers("/subscriptions/s", "/"));
        assert!(!covers("/subscriptions/s", "/subscriptions/s2"));
    }
}
