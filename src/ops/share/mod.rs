//! The ways to share a gallery besides a delegation, and who has what by all of them.

pub(crate) mod access;
pub(crate) mod advise;
pub(crate) mod app;
pub(crate) mod assignee;
pub(crate) mod card;
pub(crate) mod community;
pub(crate) mod conditions;
pub(crate) mod direct;
pub(crate) mod gallery;
pub(crate) mod home;
pub(crate) mod last_days;
mod people;
pub(crate) mod place;
pub(crate) mod prune;
pub(crate) mod rbac;
pub(crate) mod revoke;
pub(crate) mod rights;
pub(crate) mod role;
mod settled;
pub(crate) mod survey;

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
