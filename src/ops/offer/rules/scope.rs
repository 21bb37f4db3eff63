//! What is delegated: the subscription, or resource groups of it; nothing else can be.

use super::super::input::OfferDraft;
use crate::ops::change::findings::Findings;

/// Judges the scope by its form; whether the groups exist is asked later.
pub(in super::super) fn check(draft: &OfferDraft, findings: &mut Findings) {
    if draft.whole_subscription {
        return;
    }
    if draft.groups.is_empty() {
        findings.missing(
            "--resource-group",
            "is missing: nothing says what to delegate",
            "Name the gallery's resource group with `-g RG`, or say --whole-subscription if you mean all of it.",
        );
    }
    if draft.groups.len() > MOST_GROUPS {
        findings.input(
            "--resource-group",
            format!("{} resource groups are more than one deployment takes ({MOST_GROUPS})", draft.groups.len()),
            "Delegate the subscription with --whole-subscription, or several offers of fewer groups.",
        );
    }
    for (at, group) in draft.groups.iter().enumerate() {
        let fits = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
        let name = &group.value;
        if name.is_empty()
            || name.chars().count() > 90
            || !name.chars().all(fits)
            || name.ends_with('.')
        {
            findings.input(
                &group.place,
                format!("'{name}' is not a valid resource group name"),
                "Give the name alone, not its id; Lighthouse delegates subscriptions and resource groups, not single resources.",
            );
        }
        let before = &draft.groups[..at];
        if before.iter().any(|other| other.value.to_lowercase() == name.to_lowercase()) {
            findings.input(
                &group.place,
                format!("'{name}' is given twice"),
                "Name each resource group once.",
            );
        }
    }
}

/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-to-subscription>
const MOST_GROUPS: usize = 800;
