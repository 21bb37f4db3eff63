//! What an own template must take as parameters, so that the offer that is judged is the one deployed.

use super::super::finding::Findings;
use super::super::input::Draft;

/// Judges what the own template declares.
pub(in super::super) fn check(draft: &Draft, findings: &mut Findings) {
    let Some(template) = &draft.template else {
        return;
    };
    let mut require = |name: &str| {
        if template.declares(name).is_none() {
            findings.input(
                format!("{}: parameters", template.path),
                format!("does not declare '{name}', so what you give would be ignored"),
                "Let the template take it as a parameter, as `az-imageshare delegation template` shows.",
            );
        }
    };
    for name in ["mspOfferName", "managedByTenantId", "authorizations"] {
        require(name);
    }
    if !draft.eligible.is_empty() {
        require("eligibleAuthorizations");
    }
    if draft.expires.is_some() {
        require("mspOfferDescription");
    }
    if draft.groups.len() > 1 {
        require("resourceGroups");
    }
    let takes_groups = ["resourceGroups", "rgName"].map(|name| template.declares(name).is_some());
    match (draft.groups.len(), takes_groups) {
        (1, [false, false]) => require("rgName"),
        (0, [true, _] | [_, true]) if draft.whole_subscription => findings.input(
            "--whole-subscription",
            format!("does not fit {}, which takes resource groups", template.path),
            "Name the resource groups with -g, or use another template.",
        ),
        _ => {}
    }
    if draft.expires.is_none()
        && draft.description.is_some()
        && template.declares("mspOfferDescription").is_none()
    {
        findings.warn(format!(
            "{} does not declare 'mspOfferDescription': the description is not used.",
            template.path
        ));
    }
}
