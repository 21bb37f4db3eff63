//! Permissions that have to be activated (Privileged Identity Management). Source:
//! <https://learn.microsoft.com/azure/lighthouse/how-to/create-eligible-authorizations>

use super::super::input::{Placed, RawEligible};
use super::super::reading::{principal, role};
use super::super::{Eligible, Grant};
use crate::ops::access::role::{READER, Use};
use crate::ops::change::findings::Findings;
use crate::settings::Cloud;

/// Reads one right, and judges it alone.
pub(in super::super) fn read(raw: &RawEligible, findings: &mut Findings) -> Option<Eligible> {
    let place = &raw.grant.place;
    let principal_id = principal(raw.grant.principal.as_ref(), place, findings);
    let role = role(raw.grant.role.as_ref(), place, Use::Eligible, findings);
    if !raw.grant.delegated.is_empty() {
        findings.input(
            place,
            "has delegated roles, which an eligible authorization cannot have",
            "Leave delegatedRoleDefinitionIds out, or make it a permanent authorization.",
        );
    }
    let duration = raw.duration.as_ref().and_then(|given| duration(given, findings));
    let mfa = raw.mfa.as_ref().and_then(|given| mfa(given, findings));
    let mut approvers = Vec::new();
    for (id, name) in &raw.approvers {
        if let Some(id) = principal(Some(id), place, findings) {
            approvers.push((id, name.clone()));
        }
    }
    Some(Eligible { duration, mfa, approvers, ..Eligible::of(raw, principal_id?, role?) })
}

/// Judges all of them, next to the permanent permissions if those could be read.
pub(in super::super) fn check(
    eligible: &[Eligible],
    grants: Option<&[Grant]>,
    cloud: &Cloud,
    findings: &mut Findings,
) {
    let Some(first) = eligible.first() else {
        return;
    };
    if cloud.is_national() {
        findings.input(
            &first.place,
            format!("eligible authorizations are not to be had in {}", cloud.name),
            "Give the role permanently, with --authorization.",
        );
    }
    for right in eligible {
        approvers(right, findings);
        let reads = grants.is_none_or(|grants| {
            grants.iter().any(|grant| grant.principal == right.principal && grant.is(READER))
        });
        if !reads {
            findings.warn(format!(
                "{}: principal {} has no permanent Reader, without which no role can be activated in the portal: add --authorization principal={} role=Reader.",
                right.place, right.principal, right.principal
            ));
        }
    }
    findings.note("Eligible authorizations are for users and groups, not for service principals, and the consumer's tenant needs a license that covers Privileged Identity Management.");
}

fn approvers(right: &Eligible, findings: &mut Findings) {
    if right.approvers.len() > MOST_APPROVERS {
        findings.input(
            &right.place,
            format!(
                "has {} approvers, and at most {MOST_APPROVERS} are allowed",
                right.approvers.len()
            ),
            "Name a group of approvers instead of its members.",
        );
    }
    if right.approvers.iter().any(|(id, _)| *id == right.principal) {
        findings.input(
            &right.place,
            "lets the principal approve its own activation",
            "Name a different approver.",
        );
    }
    for (at, (id, _)) in right.approvers.iter().enumerate() {
        if right.approvers[..at].iter().any(|(other, _)| other == id) {
            findings.input(
                &right.place,
                format!("names approver {id} twice"),
                "Name each approver once.",
            );
        }
    }
}

fn mfa(given: &Placed<String>, findings: &mut Findings) -> Option<&'static str> {
    let found =
        ["Azure", "None"].into_iter().find(|known| known.eq_ignore_ascii_case(&given.value));
    if found.is_none() {
        findings.input(
            &given.place,
            format!("'{}' is neither Azure nor None", given.value),
            "Use Azure for multi-factor authentication on activation, or None.",
        );
    }
    found
}

fn duration(given: &Placed<String>, findings: &mut Findings) -> Option<String> {
    match minutes(&given.value) {
        Some(minutes @ 30..=480) => {
            if !minutes.is_multiple_of(30) {
                findings.warn(format!(
                    "{}: '{}' is not a whole number of half hours, the only durations the portal offers.",
                    given.place, given.value
                ));
            }
            Some(given.value.to_ascii_uppercase())
        }
        Some(_) => {
            findings.input(
                &given.place,
                format!("'{}' is not between PT30M and PT8H", given.value),
                DURATION,
            );
            None
        }
        None => {
            findings.input(&given.place, format!("'{}' is not a duration", given.value), DURATION);
            None
        }
    }
}

/// The minutes of an ISO 8601 duration of hours and minutes; seconds have to be whole minutes.
pub(in super::super) fn minutes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_uppercase();
    let mut rest = text.strip_prefix("PT")?;
    if rest.is_empty() {
        return None;
    }
    let mut seconds: u64 = 0;
    for (unit, worth) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number: u64 = number.parse().ok()?;
            seconds = seconds.checked_add(number.checked_mul(worth)?)?;
            rest = after;
        }
    }
    (rest.is_empty() && seconds.is_multiple_of(60)).then_some(seconds / 60)
}

const DURATION: &str = "Use PT30M to PT8H in steps of half an hour, for example PT1H30M.";

const MOST_APPROVERS: usize = 10;
