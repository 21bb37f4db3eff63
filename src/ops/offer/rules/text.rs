//! Names and other texts.

use super::super::input::Placed;
use crate::ops::change::findings::Findings;

/// Judges the offer's name.
pub(in super::super) fn name(
    given: Option<&Placed<String>>,
    findings: &mut Findings,
) -> Option<String> {
    let Some(given) = given else {
        findings.missing(
            "--name",
            "is missing",
            "Give the offer a name: `--name \"Contoso images\"`.",
        );
        return None;
    };
    if given.value.is_empty() {
        findings.input(
            &given.place,
            "is empty",
            "Give the offer a name that explains its purpose to the consumer.",
        );
        return None;
    }
    if given.value.starts_with('<') && given.value.ends_with('>') {
        findings.input(
            &given.place,
            format!("'{}' is a placeholder that was never filled in", given.value),
            "Give the offer a name.",
        );
        return None;
    }
    if given.value.chars().any(char::is_control) {
        findings.input(
            &given.place,
            "holds a line break or another control character",
            "Use letters, digits, spaces and punctuation.",
        );
        return None;
    }
    if given.value.chars().count() > LONGEST_NAME {
        findings.warn(format!(
            "{} is longer than {LONGEST_NAME} characters, which portal and tools may cut.",
            given.place
        ));
    }
    Some(given.value.clone())
}

/// Judges the offer's description.
pub(in super::super) fn description(given: Option<&Placed<String>>, findings: &mut Findings) {
    let Some(given) = given else {
        return;
    };
    if given.value.chars().count() > LONGEST_DESCRIPTION {
        findings.warn(format!(
            "{} is longer than {LONGEST_DESCRIPTION} characters, which portal and tools may cut.",
            given.place
        ));
    }
}

/// Judges the name of the deployment. Source:
/// <https://learn.microsoft.com/rest/api/resources/deployments/create-or-update-at-subscription-scope>
pub(in super::super) fn deployment_name(given: Option<&Placed<String>>, findings: &mut Findings) {
    let Some(given) = given else {
        return;
    };
    let fits = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    let length = given.value.chars().count();
    if !(1..=64).contains(&length) || !given.value.chars().all(fits) {
        findings.input(
            &given.place,
            format!(
                "'{}' is not a valid deployment name: 1 to 64 letters, digits, '-', '_', '.', '(' and ')'",
                given.value
            ),
            "Leave --deployment-name out for a name that follows from the offer, or shorten it.",
        );
    }
}

/// Judges the location: its form only, the list of regions is Azure's.
pub(in super::super) fn location(given: Option<&Placed<String>>, findings: &mut Findings) {
    let Some(given) = given else {
        return;
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    if given.value.is_empty() || !given.value.chars().all(fits) {
        findings.input(
            &given.place,
            format!("'{}' is not a location", given.value),
            "Use the name of a region, for example westeurope.",
        );
    }
}

/// No limit is documented; beyond these no one has been seen.
const LONGEST_NAME: usize = 128;
const LONGEST_DESCRIPTION: usize = 500;
