//! The ways to share a gallery besides a delegation, and who has what by all of them.

pub mod access;
pub mod advise;
pub mod app;
pub mod assignee;
pub mod card;
pub mod community;
pub mod conditions;
pub mod direct;
pub mod gallery;
pub mod home;
pub mod last_days;
mod people;
pub mod place;
pub mod prune;
pub mod rbac;
pub mod revoke;
pub mod rights;
pub mod role;
mod settled;
pub mod survey;

/// True if `inner` is `outer` or lies in it; ARM compares ids without case.
#[must_use]
pub fn covers(outer: &str, inner: &str) -> bool {
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
