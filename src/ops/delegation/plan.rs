//! What has to be done to make an offer stand: rules, then reads, then the difference. Writes nothing.

use std::collections::HashMap;

use super::deployment::{self, Deployment};
use super::difference::Difference;
use super::facts::{self, Facts, Told};
use super::finding::Findings;
use super::offer::{Eligible, Grant, Offer, found};
use super::{AssignmentView, Change, Delegation, DeploymentView, rules};
use super::{assignment_name, definition_name, portal_url};
use crate::app::App;
use crate::arm::Client;
use crate::arm::managed_services::{
    self, Approver, Assignment, Authorization, Definition, DefinitionProperties,
    EligibleAuthorization, JustInTimeAccessPolicy,
};
use crate::error::Result;
use crate::id::{RoleId, Scope, TenantId};
use crate::ops::subscription::Found;

/// What has to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The publisher's subscription.
    pub subscription: Found,
    /// The consumer's tenant.
    pub consumer: TenantId,
    /// The definition that is wanted. Its id is empty if an own template names it.
    pub wanted: Definition,
    /// The definition that stands.
    pub standing: Option<Definition>,
    /// All acceptances of the definition that stand.
    pub assignments: Vec<Assignment>,
    /// What is to be delegated.
    pub scopes: Vec<Scope>,
    /// Those of them that are not delegated yet.
    pub missing: Vec<Scope>,
    /// What applying does.
    pub change: Change,
    /// How the definition changes.
    pub difference: Difference,
    /// The deployment that does it.
    pub deployment: Deployment,
    /// The provider has to be registered first.
    pub must_register: bool,
}

/// Judges an offer against what stands in Azure, and works out what has to be done.
///
/// # Errors
/// If anything speaks against the offer: all of it at once.
pub async fn plan(app: &App, client: &Client, offer: &Offer) -> Result<Plan> {
    let mut findings = Findings::default();
    app.reporter.step("Reading what stands in Azure…");
    let facts = facts::read(app, client, offer, &mut findings).await?;
    let consumer = rules::standing::consumer(offer, &facts, &mut findings);
    let scopes = rules::standing::scopes(&facts, &mut findings);
    let roles = rules::standing::roles(offer, &facts, &mut findings);
    rules::standing::permissions(&facts, &mut findings);
    let first_group = facts.groups.iter().find_map(|(_, told)| match told {
        Told::Is(group) => Some(group),
        _ => None,
    });
    let location = deployment::location(offer, &app.settings, first_group);
    if location.is_none() {
        findings.input(
            "--location",
            "is missing: no default is known for this cloud",
            "Use a name of `az account list-locations -o table`.",
        );
    }
    let plan = consumer.zip(location).map(|(consumer, location)| {
        let guid = definition_name(consumer, facts.subscription.id, &offer.name);
        let wanted = wanted(offer, consumer, &facts, &roles, guid);
        let deployment = Deployment::of(offer, &wanted, &scopes, location, guid);
        compare(&facts, consumer, wanted, scopes, deployment)
    });
    if let Some(plan) = &plan {
        rules::neighbours::check(plan, &facts, &mut findings);
        remarks(plan, &facts, &mut findings);
    }
    findings.settle(app.reporter.as_ref(), "nothing was changed")?;
    Ok(plan.expect("without a tenant or a location there is a finding"))
}

fn remarks(plan: &Plan, facts: &Facts, findings: &mut Findings) {
    if plan.must_register {
        let state = facts.provider.as_deref().unwrap_or_default();
        findings.note(format!(
            "Resource provider {} is {state}; it will be registered.",
            managed_services::NAMESPACE
        ));
    }
    let location = &plan.deployment.location;
    if !location.is_chosen && plan.change != Change::Keep {
        findings.note(format!(
            "Location of the deployment: {} ({}).",
            location.name, location.because
        ));
    }
}

/// The definition as it is to be; a description that nobody gave stays what it is.
fn wanted(
    offer: &Offer,
    consumer: TenantId,
    facts: &Facts,
    roles: &HashMap<String, RoleId>,
    guid: uuid::Uuid,
) -> Definition {
    let id = managed_services::definition_id(facts.subscription.id, guid);
    let own_template = offer.template.is_some();
    let definitions = facts.definitions.iter().flatten();
    let standing = definitions
        .filter(|definition| is_it(definition, &id, own_template, &offer.name, consumer))
        .find_map(|definition| definition.properties.description.clone());
    let description = offer.description.clone().or(standing);
    let properties = DefinitionProperties {
        registration_definition_name: Some(offer.name.clone()),
        description: Some(description.unwrap_or_else(|| offer.name.clone())),
        managed_by_tenant_id: consumer.to_string(),
        authorizations: offer
            .grants
            .iter()
            .filter_map(|grant| authorization(grant, roles))
            .collect(),
        eligible_authorizations: offer
            .eligible
            .iter()
            .filter_map(|right| eligible(right, roles))
            .collect(),
        ..DefinitionProperties::default()
    };
    Definition {
        id: if own_template { String::new() } else { id },
        name: if own_template {
            String::new()
        } else {
            guid.to_string()
        },
        properties,
        plan: None,
    }
}

fn is_it(
    definition: &Definition,
    id: &str,
    own_template: bool,
    name: &str,
    consumer: TenantId,
) -> bool {
    match own_template {
        false => definition.id.eq_ignore_ascii_case(id),
        true => is_named(definition, name, &consumer.to_string()),
    }
}

/// True if the definition has this name and this consumer, whatever its id.
pub(super) fn is_named(definition: &Definition, name: &str, consumer: &str) -> bool {
    definition
        .properties
        .registration_definition_name
        .as_deref()
        == Some(name)
        && definition
            .properties
            .managed_by_tenant_id
            .eq_ignore_ascii_case(consumer)
}

fn authorization(grant: &Grant, roles: &HashMap<String, RoleId>) -> Option<Authorization> {
    Some(Authorization {
        principal_id: grant.principal.to_string(),
        principal_id_display_name: grant.name.clone(),
        role_definition_id: found(&grant.role, roles)?.to_string(),
        delegated_role_definition_ids: grant
            .delegated
            .iter()
            .filter_map(|role| found(role, roles))
            .map(|role| role.to_string())
            .collect(),
    })
}

fn eligible(right: &Eligible, roles: &HashMap<String, RoleId>) -> Option<EligibleAuthorization> {
    let approvers = right.approvers.iter().map(|(id, name)| Approver {
        principal_id: id.to_string(),
        principal_id_display_name: name.clone(),
    });
    Some(EligibleAuthorization {
        principal_id: right.principal.to_string(),
        principal_id_display_name: right.name.clone(),
        role_definition_id: found(&right.role, roles)?.to_string(),
        just_in_time_access_policy: Some(JustInTimeAccessPolicy {
            multi_factor_auth_provider: right.mfa.unwrap_or("None").to_owned(),
            maximum_activation_duration: Some(
                right.duration.clone().unwrap_or_else(|| "PT8H".to_owned()),
            ),
            managed_by_tenant_approvers: approvers.collect(),
        }),
    })
}

fn compare(
    facts: &Facts,
    consumer: TenantId,
    wanted: Definition,
    scopes: Vec<Scope>,
    deployment: Deployment,
) -> Plan {
    let standing = facts
        .definitions
        .iter()
        .flatten()
        .find(|definition| is_wanted(&wanted, definition))
        .cloned();
    let ids: Vec<&Definition> = facts
        .definitions
        .iter()
        .flatten()
        .filter(|definition| is_wanted(&wanted, definition))
        .collect();
    let assignments: Vec<Assignment> = facts
        .assignments
        .iter()
        .flatten()
        .filter(|assignment| {
            ids.iter()
                .any(|definition| assignment.is_of(&definition.id))
        })
        .cloned()
        .collect();
    let missing: Vec<Scope> = scopes
        .iter()
        .filter(|scope| {
            !assignments
                .iter()
                .any(|found| found.scope().as_ref() == Some(scope) && is_sound(found))
        })
        .cloned()
        .collect();
    let difference = Difference::between(
        standing.as_ref().map(|found| &found.properties),
        &wanted.properties,
    );
    let broken = standing
        .as_ref()
        .is_some_and(|found| has_failed(found.properties.provisioning_state.as_deref()));
    let change = match (&standing, difference.is_empty(), missing.is_empty()) {
        (None, ..) => Change::Create,
        (Some(_), false, _) => Change::Replace,
        (Some(_), true, true) if !broken => Change::Keep,
        (Some(_), true, _) => Change::Create,
    };
    Plan {
        subscription: facts.subscription.clone(),
        consumer,
        standing,
        assignments,
        scopes,
        missing,
        change,
        difference,
        deployment,
        must_register: !rules::standing::is_registered(facts) && change != Change::Keep,
        wanted,
    }
}

fn is_wanted(wanted: &Definition, found: &Definition) -> bool {
    let properties = &wanted.properties;
    let name = properties
        .registration_definition_name
        .as_deref()
        .unwrap_or_default();
    match wanted.id.is_empty() {
        false => found.id.eq_ignore_ascii_case(&wanted.id),
        true => is_named(found, name, &properties.managed_by_tenant_id),
    }
}

/// An acceptance that failed or is going away has to be made again.
fn is_sound(assignment: &Assignment) -> bool {
    let state = assignment.properties.provisioning_state.as_deref();
    !has_failed(state) && !matches!(state, Some("Deleting" | "Deleted"))
}

fn has_failed(state: Option<&str>) -> bool {
    matches!(state, Some("Failed" | "Canceled"))
}

impl Plan {
    /// The id that the assignment at this scope will have, unless an own template names it.
    #[must_use]
    pub fn assignment_id(&self, scope: &Scope) -> Option<String> {
        let standing = self
            .assignments
            .iter()
            .find(|found| found.scope().as_ref() == Some(scope));
        match (standing, self.wanted.id.is_empty()) {
            (Some(found), _) => Some(found.id.clone()),
            (None, true) => None,
            (None, false) => {
                let name = assignment_name(&self.wanted.id, scope);
                Some(managed_services::assignment_id(scope, name))
            }
        }
    }

    /// The delegation as it will be, with what stands of it by now.
    #[must_use]
    pub fn view(&self, portal: &url::Url) -> Delegation {
        let definition = Definition {
            id: self
                .standing
                .as_ref()
                .map_or_else(|| self.wanted.id.clone(), |found| found.id.clone()),
            ..self.wanted.clone()
        };
        let planned = self.missing.iter().map(|scope| AssignmentView {
            id: self.assignment_id(scope).unwrap_or_default(),
            scope: scope.to_string(),
            provisioning_state: None,
        });
        let standing: Vec<&Assignment> = self
            .assignments
            .iter()
            .filter(|found| is_sound(found))
            .collect();
        let mut view = Delegation::of(&definition, &standing, portal);
        view.assignments.extend(planned);
        view.scopes = view
            .assignments
            .iter()
            .map(|found| found.scope.clone())
            .collect();
        view.subscription_id = self.subscription.id.to_string();
        view.publisher_tenant_id = self
            .subscription
            .home_tenant
            .map(|tenant| tenant.to_string());
        view.provisioning_state = self
            .standing
            .as_ref()
            .and_then(|found| found.properties.provisioning_state.clone());
        view.change = Some(self.change);
        view.deployment = (self.change != Change::Keep).then(|| self.deployment_view());
        view.portal_url = portal_url(portal, &definition.id);
        view
    }

    /// The deployment, before it is sent.
    #[must_use]
    pub fn deployment_view(&self) -> DeploymentView {
        DeploymentView {
            name: self.deployment.name.clone(),
            id: self.deployment.id(self.subscription.id),
            ..DeploymentView::default()
        }
    }

    /// What changes, for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let name = self
            .wanted
            .properties
            .registration_definition_name
            .as_deref()
            .unwrap_or_default();
        let what = match self.change {
            Change::Create => "to create",
            Change::Keep => "stands as wanted, nothing to do",
            Change::Replace => "to replace; the new rights take the place of all old ones",
        };
        let mut lines = vec![format!(
            "Offer '{name}' to tenant {}: {what}",
            self.consumer
        )];
        lines.extend(self.difference.lines.iter().map(|line| format!("  {line}")));
        for scope in &self.scopes {
            let sign = if self.missing.contains(scope) {
                "+"
            } else {
                "="
            };
            lines.push(format!("  {sign} scope {scope}"));
        }
        let others = self
            .assignments
            .iter()
            .filter_map(Assignment::scope)
            .filter(|scope| !self.scopes.contains(scope));
        for scope in others {
            lines.push(format!(
                "  = scope {scope} (not named here; it stays delegated until `delegation delete`)"
            ));
        }
        lines
    }
}
