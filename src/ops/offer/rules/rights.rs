//! Permanent permissions, and what they are together with others.

use super::super::input::{OfferDraft, RawGrant};
use super::super::{Eligible, Grant, is};
use crate::ops::access::role::{self, DELETE_ROLE, RoleRef, USER_ACCESS_ADMINISTRATOR};
use crate::ops::change::findings::Findings;

/// Judges the permissions of an offer together.
pub(in super::super) fn check(
    draft: &OfferDraft,
    grants: &[Grant],
    eligible: &[Eligible],
    findings: &mut Findings,
) {
    if draft.grants.is_empty() {
        findings.missing(
            "--principal-id",
            "is missing: Lighthouse requires at least one permanent authorization",
            "Give a group of the consumer's with `--principal-id GUID`, or the consumer's file with `--request FILE`.",
        );
    }
    for raw in &draft.grants {
        handed_on(raw, findings);
    }
    twice(grants, eligible, findings);
    let leaves = grants.iter().any(|grant| grant.is(DELETE_ROLE));
    let all_read = grants.len() == draft.grants.len() && !grants.is_empty();
    if !leaves && !draft.no_delete_role && all_read {
        findings.warn("No principal gets 'Managed Services Registration assignment Delete Role', so the consumer cannot leave the delegation; --no-delete-role confirms that.");
    }
    let count = draft.grants.len() + draft.eligible.len();
    if count > MANY {
        findings.warn(format!("{count} authorizations is unusually many (more than {MANY}): give a role to a group instead of its members."));
    }
}

/// User Access Administrator and delegated roles belong together, and only together. Source:
/// <https://learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation>
fn handed_on(raw: &RawGrant, findings: &mut Findings) {
    let Some(role) = &raw.role else {
        return;
    };
    let is_administrator = matches!(role::parse(&role.value), Ok(RoleRef::Id(id)) if id.to_string() == USER_ACCESS_ADMINISTRATOR);
    match (is_administrator, raw.delegated.is_empty()) {
        (true, true) => findings.input(
            &role.place,
            "User Access Administrator may be delegated only together with the roles it may hand on",
            "Add delegated-roles (delegatedRoleDefinitionIds in a file), for example delegated-roles=Contributor, or use another role.",
        ),
        (false, false) => findings.input(
            &raw.place,
            "has delegated roles, which only User Access Administrator can hand on",
            "Leave delegated-roles out, or use the role User Access Administrator.",
        ),
        _ => {}
    }
}

fn twice(grants: &[Grant], eligible: &[Eligible], findings: &mut Findings) {
    for (at, grant) in grants.iter().enumerate() {
        let same = |other: &&Grant| {
            other.principal == grant.principal && other.role.value == grant.role.value
        };
        if let Some(other) = grants[..at].iter().find(same) {
            findings.input(&grant.place, told_twice(&grant.role.value, &other.place), ONCE);
        }
    }
    for (at, right) in eligible.iter().enumerate() {
        let same = |other: &&Eligible| {
            other.principal == right.principal && other.role.value == right.role.value
        };
        if let Some(other) = eligible[..at].iter().find(same) {
            findings.input(&right.place, told_twice(&right.role.value, &other.place), ONCE);
        }
    }
    for right in eligible {
        let permanent = grants.iter().find(|grant| {
            grant.principal == right.principal
                && grant.role.value == right.role.value
                && !is(&grant.role, USER_ACCESS_ADMINISTRATOR)
        });
        if let Some(permanent) = permanent {
            findings.warn(format!(
                "{} makes a role eligible that {} gives permanently.",
                right.place, permanent.place
            ));
        }
    }
}

fn told_twice(role: &RoleRef, place: &str) -> String {
    let role = match role {
        RoleRef::Id(id) => role::label(*id),
        RoleRef::Named(name) => name.clone(),
    };
    format!("gives role '{role}' to a principal that has it from {place} already")
}

const ONCE: &str = "Give each role to a principal once.";

/// No limit is documented.
const MANY: usize = 50;
