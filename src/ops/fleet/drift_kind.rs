//! The kinds of drift: stable words, which reports use as ids of rules.

use serde::Serialize;

/// How the current state differs from the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DriftKind {
    MissingDefinition,
    MissingAssignment,
    NotSucceeded,
    AuthorizationMissing,
    AuthorizationExtra,
    AuthorizationChanged,
    EligibleChanged,
    Renamed,
    DescriptionChanged,
    Expired,
    ExpiryChanged,
    Orphan,
    OrphanDefinition,
    Overlap,
    RoleNotAllowed,
    PrincipalGone,
    SubscriptionGone,
    SubscriptionDisabled,
    NotRegistered,
    ShareMissing,
    ShareExtra,
    NotReplicated,
    VersionEndOfLife,
    PolicyMissing,
    PolicyChanged,
    PolicyNotEnforced,
    PolicyExcluded,
    IdentityRoleMissing,
    RemediationFailed,
}

impl DriftKind {
    /// The stable word for it.
    pub(crate) fn word(self) -> String {
        let word = serde_json::to_value(self).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    }

    /// True if nothing that the manifest wants is missing or other than it should be.
    pub(crate) fn is_mild(self) -> bool {
        matches!(
            self,
            DriftKind::Orphan
                | DriftKind::OrphanDefinition
                | DriftKind::Overlap
                | DriftKind::DescriptionChanged
                | DriftKind::SubscriptionDisabled
                | DriftKind::NotReplicated
                | DriftKind::VersionEndOfLife
        )
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DriftMark {
    pub kind: DriftKind,
    /// What differs, for people; it names no subscription.
    pub text: String,
}

impl DriftMark {
    /// A difference in words.
    pub(crate) fn new(kind: DriftKind, text: impl Into<String>) -> DriftMark {
        DriftMark { kind, text: text.into() }
    }
}
