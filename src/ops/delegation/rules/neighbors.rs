//! Other offers in the subscription that get in the way of this one. Sources:
//! <https://learn.microsoft.com/azure/lighthouse/how-to/update-delegation>,
//! <https://learn.microsoft.com/azure/lighthouse/how-to/remove-delegation>

use super::super::facts::OfferFacts;
use super::super::plan::{OfferPlan, is_named, is_wanted};
use crate::arm::managed_services::{Authorization, RegistrationAssignment, RegistrationDefinition};
use crate::ops::access::role as roles;
use crate::ops::change::findings::Findings;

/// Judges the offers and acceptances next to the one that is wanted.
pub(in super::super) fn check(plan: &OfferPlan, facts: &OfferFacts, findings: &mut Findings) {
    let others: Vec<&RegistrationDefinition> =
        facts.definitions.iter().flatten().filter(|found| !is_ours(plan, found)).collect();
    other_tenant(plan, findings);
    // An offer of the same name is this one, made by somebody else: see `same_name`.
    let consumer = plan.consumer.to_string();
    let is_other =
        |other: &&&RegistrationDefinition| !is_named(other, name_of(&plan.wanted), &consumer);
    for other in others.iter().filter(is_other) {
        overlap(plan, other, findings);
    }
    for assignment in facts.assignments.iter().flatten() {
        same_name(plan, assignment, &others, findings);
    }
}

fn is_ours(plan: &OfferPlan, found: &RegistrationDefinition) -> bool {
    let standing = plan.standing.as_ref();
    is_wanted(&plan.wanted, found)
        || found.id == plan.wanted.id
        || standing.is_some_and(|standing| standing.id == found.id)
        || plan.assignments.iter().any(|assignment| assignment.is_of(&found.id))
}

/// A definition keeps its consumer for good. Only someone who chose this program's id can have made one.
fn other_tenant(plan: &OfferPlan, findings: &mut Findings) {
    let Some(standing) = &plan.standing else {
        return;
    };
    let tenant = &standing.properties.managed_by_tenant_id;
    if !tenant.eq_ignore_ascii_case(&plan.consumer.to_string()) {
        findings.azure(
            "--consumer-tenant",
            format!(
                "definition {} belongs to tenant {tenant}, which Azure does not let anybody change",
                standing.id
            ),
            "Choose another --name.",
        );
    }
}

fn overlap(plan: &OfferPlan, other: &RegistrationDefinition, findings: &mut Findings) {
    let tenant = &other.properties.managed_by_tenant_id;
    if !tenant.eq_ignore_ascii_case(&plan.consumer.to_string()) {
        return;
    }
    let is_same = |a: &Authorization, b: &Authorization| {
        a.principal_id == b.principal_id && a.role_definition_id == b.role_definition_id
    };
    let shared: Vec<String> = plan
        .wanted
        .properties
        .authorizations
        .iter()
        .filter(|right| other.properties.authorizations.iter().any(|known| is_same(known, right)))
        .map(|right| {
            let role = right
                .role_definition_id
                .parse()
                .map_or_else(|_| right.role_definition_id.clone().into(), roles::label);
            format!("{role} for {}", right.principal_id)
        })
        .collect();
    if !shared.is_empty() {
        findings.warn(format!(
            "OVERLAP: offer '{}' ({}) gives the same roles to the same principals already: {}. Azure may then drop the access of both, and removing one offer later takes it from the other; change that offer instead of adding one, or use other principals.",
            name_of(other),
            other.id,
            shared.join("; ")
        ));
    }
}

fn same_name(
    plan: &OfferPlan,
    assignment: &RegistrationAssignment,
    others: &[&RegistrationDefinition],
    findings: &mut Findings,
) {
    let Some(scope) = assignment.scope().filter(|scope| plan.scopes.contains(scope)) else {
        return;
    };
    let id = &assignment.properties.registration_definition_id;
    let listed = others.iter().copied().find(|other| other.id == *id);
    let Some(other) = listed.or(assignment.properties.registration_definition.as_ref()) else {
        return;
    };
    if is_ours(plan, other)
        || other.properties.registration_definition_name
            != plan.wanted.properties.registration_definition_name
    {
        return;
    }
    let name = name_of(other);
    let guid = crate::id::resource_name(&other.id);
    findings.azure(
        "--name",
        format!("an offer named '{name}' is assigned at {scope} already, by another definition ({})", other.id),
        format!("Update that one with --adopt, delete it with `az-imageshare delegation delete -n {guid}`, or choose another --name."),
    );
}

fn name_of(definition: &RegistrationDefinition) -> &str {
    definition.properties.registration_definition_name.as_deref().unwrap_or(&definition.name)
}
