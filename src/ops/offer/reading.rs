//! Reads the principals and roles of a draft.

use super::PlacedRole;
use super::input::Placed;
use crate::id::{IdError, PrincipalId};
use crate::ops::access::role::{self, NotRole, RoleRef, Use};
use crate::ops::change::findings::Findings;

/// Reads a principal; a placeholder is reported as such.
pub(super) fn principal(
    given: Option<&Placed<String>>,
    place: &str,
    findings: &mut Findings,
) -> Option<PrincipalId> {
    let Some(given) = given else {
        findings.input(
            place,
            "has no principal",
            "Add the principal's object id in the consumer's tenant.",
        );
        return None;
    };
    match given.value.parse() {
        Ok(id) => Some(id),
        Err(err) => {
            findings.input(&given.place, malformed(&given.value, &err), ASK_CONSUMER);
            None
        }
    }
}

/// Reads a role, and judges it by the built-in list.
pub(super) fn role(
    given: Option<&Placed<String>>,
    place: &str,
    used: Use,
    findings: &mut Findings,
) -> Option<PlacedRole> {
    let Some(given) = given else {
        findings.input(place, "has no role", "Add a role by name or GUID, for example Reader.");
        return None;
    };
    let place = &given.place;
    match role::parse(&given.value) {
        Ok(reference) => {
            built_in(&reference, place, used, findings);
            Some(Placed::new(reference, place))
        }
        Err(NotRole::Meant(meant)) => {
            findings.input(
                place,
                format!("there is no role '{}': did you mean '{meant}'?", given.value),
                "Give the name or the GUID of a role from `az-imageshare delegation roles -o table`.",
            );
            None
        }
        Err(NotRole::Id(err)) => {
            findings.input(
                place,
                malformed(&given.value, &err),
                "Give the name or the GUID of a role from `az-imageshare delegation roles -o table`.",
            );
            None
        }
    }
}

fn built_in(reference: &RoleRef, place: &str, used: Use, findings: &mut Findings) {
    let RoleRef::Id(id) = reference else {
        return;
    };
    let Some(known) = role::known(*id) else {
        return;
    };
    if let Some((rule, fix)) = role::objection(known.name, known.standing, used) {
        findings.input(place, rule, fix);
    }
    if let Some(caution) = role::caution(known.name, known.standing, used) {
        findings.warn(format!("{place}: {caution}."));
    }
}

/// What is wrong with an id, with a word for the placeholders that samples carry.
pub(super) fn malformed(text: &str, err: &IdError) -> String {
    match text.trim() {
        "" => "is empty".to_owned(),
        text if text.starts_with('<') || text.starts_with('{') && text.ends_with('}') => {
            format!("'{text}' is a placeholder that was never filled in, not an id")
        }
        _ => err.to_string(),
    }
}

pub(super) const ASK_CONSUMER: &str = "Ask the consumer for the file that `az-imageshare delegation request` makes, and give it with --request; it has the tenant id and the object ids.";
