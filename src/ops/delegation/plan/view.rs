//! A plan, shown: as the delegation that it makes, and line by line for people.

use super::{Plan, is_sound};
use crate::arm::managed_services::{self, RegistrationAssignment, RegistrationDefinition};
use crate::id::Scope;
use crate::ops::delegation::{AssignmentView, Change, Delegation, DeploymentView, assignment_name};
use crate::ops::portal;

impl Plan {
    /// The id that the assignment at this scope will have, unless an own template names it.
    pub(crate) fn assignment_id(&self, scope: &Scope) -> Option<String> {
        let standing = self.assignments.iter().find(|found| found.scope().as_ref() == Some(scope));
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
    pub(crate) fn view(&self, portal: &url::Url) -> Delegation {
        let definition = RegistrationDefinition {
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
        let standing: Vec<&RegistrationAssignment> =
            self.assignments.iter().filter(|found| is_sound(found)).collect();
        let mut view = Delegation::of(&definition, &standing, portal);
        view.assignments.extend(planned);
        view.scopes = view.assignments.iter().map(|found| found.scope.clone()).collect();
        view.subscription_id = self.subscription.id.to_string();
        view.publisher_tenant_id = self.subscription.home_tenant.map(|tenant| tenant.to_string());
        view.provisioning_state =
            self.standing.as_ref().and_then(|found| found.properties.provisioning_state.clone());
        view.change = Some(self.change);
        view.deployment = (self.change != Change::Keep).then(|| self.deployment_view());
        view.portal_url = portal::url(portal, self.subscription.home_tenant, &definition.id);
        view
    }

    /// The deployment, before it is sent.
    pub(crate) fn deployment_view(&self) -> DeploymentView {
        DeploymentView {
            name: self.deployment.name.clone(),
            id: self.deployment.id(self.subscription.id),
            ..DeploymentView::default()
        }
    }

    /// What changes, for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let name =
            self.wanted.properties.registration_definition_name.as_deref().unwrap_or_default();
        let what = match self.change {
            Change::Create => "to create",
            Change::Keep => "stands as wanted, nothing to do",
            Change::Replace => "to replace; the new rights take the place of all old ones",
        };
        let mut lines = vec![format!("Offer '{name}' to tenant {}: {what}", self.consumer)];
        lines.extend(self.difference.lines.iter().map(|line| format!("  {line}")));
        for scope in &self.scopes {
            let sign = if self.missing.contains(scope) { "+" } else { "=" };
            lines.push(format!("  {sign} scope {scope}"));
        }
        let others = self
            .assignments
            .iter()
            .filter_map(RegistrationAssignment::scope)
            .filter(|scope| !self.scopes.contains(scope));
        for scope in others {
            lines.push(format!(
                "  = scope {scope} (not named here; it stays delegated until `delegation delete`)"
            ));
        }
        lines
    }
}
