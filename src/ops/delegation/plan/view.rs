//! A plan, shown: as the delegation that it makes, and line by line for people.

use serde_json::{Value, json};

use super::{OfferPlan, is_sound};
use crate::arm::managed_services::{
    self, NAMESPACE, RegistrationAssignment, RegistrationDefinition,
};
use crate::id::Scope;
use crate::ops::change::resume::posix_word;
use crate::ops::change::{self, ChangeKind, Risk, Step, WriteKind};
use crate::ops::delegation::{AssignmentView, Delegation, offer_title};
use crate::ops::deployment::{DeploymentRequest, DeploymentView};
use crate::ops::offer::assignment_name;
use crate::ops::portal;

impl OfferPlan {
    /// The id that the assignment at this scope will have, unless an own template names it.
    pub(crate) fn assignment_id(&self, scope: &Scope) -> Option<String> {
        let standing = self.assignments.iter().find(|found| found.scope().as_ref() == Some(scope));
        match (standing, self.wanted.id.is_empty()) {
            (Some(found), _) => Some(found.id.to_string()),
            (None, true) => None,
            (None, false) => {
                let name = assignment_name(&self.wanted.id, scope);
                Some(managed_services::assignment_id(scope, name))
            }
        }
    }

    /// The delegation as it will be, with what exists of it by now.
    pub(crate) fn view(&self, portal: &url::Url) -> Delegation {
        let definition = RegistrationDefinition {
            id: self
                .standing
                .as_ref()
                .map_or_else(|| self.wanted.id.clone(), |found| found.id.clone()),
            ..self.wanted.clone()
        };
        let planned = self.missing.iter().map(|scope| AssignmentView {
            id: self.assignment_id(scope).unwrap_or_default().into(),
            scope: scope.to_string().into(),
            provisioning_state: None,
        });
        let standing: Vec<&RegistrationAssignment> =
            self.assignments.iter().filter(|found| is_sound(found)).collect();
        let mut view = Delegation::of(&definition, &standing, portal);
        view.assignments.extend(planned);
        view.scopes = view.assignments.iter().map(|found| found.scope.clone()).collect();
        view.subscription_id = self.subscription.id.to_string().into();
        view.publisher_tenant_id =
            self.subscription.home_tenant.map(|tenant| tenant.to_string()).map(Into::into);
        view.provisioning_state =
            self.standing.as_ref().and_then(|found| found.properties.provisioning_state.clone());
        view.change = Some(self.change);
        view.deployment = (self.change != ChangeKind::Keep).then(|| self.deployment_view());
        view.portal_url = portal::url(portal, self.subscription.home_tenant, &definition.id);
        view
    }

    /// What is sent to Azure.
    pub(crate) fn request(&self) -> DeploymentRequest {
        self.deployment.request(self.subscription.id)
    }

    /// The deployment, before it is sent.
    pub(crate) fn deployment_view(&self) -> DeploymentView {
        self.request().view()
    }

    /// The same as steps: the provider, the offer, and each scope it is assigned at. One deployment writes
    /// offer and scopes together.
    pub(crate) fn change_plan(&self) -> change::Plan {
        let name = self.offer_name();
        let mut plan = change::Plan {
            whom: Some(format!("tenant {}", self.consumer)),
            nothing: Some(format!("Offer '{name}' is up to date: nothing to do.")),
            ..change::Plan::titled(format!("Offer '{name}' to tenant {}:", self.consumer))
        };
        if self.must_register {
            let id = format!("/subscriptions/{}/providers/{NAMESPACE}", self.subscription.id);
            let what = format!("resource provider {NAMESPACE} of the subscription");
            plan.push(Step::new(ChangeKind::Create, WriteKind::ResourceProvider, &id, what));
        }
        plan.push(self.offer_step());
        plan.steps.extend(self.scopes.iter().map(|scope| self.scope_step(scope)));
        plan.warnings.extend(self.unnamed_scopes().iter().map(|scope| self.stays(scope)));
        plan
    }

    /// What the offer delegates already, and was not named.
    fn unnamed_scopes(&self) -> Vec<Scope> {
        let standing = self.assignments.iter().filter_map(RegistrationAssignment::scope);
        standing.filter(|scope| !self.scopes.contains(scope)).collect()
    }

    /// Nothing is removed without being asked for (MicrosoftDocs/azure-docs#36763).
    fn stays(&self, scope: &Scope) -> String {
        let (name, subscription) = (posix_word(self.offer_name()), self.subscription.id);
        let end = match scope.resource_group.as_deref().map(posix_word) {
            Some(group) => format!(
                "`az-imageshare delegation delete -n {name} -g {group} --subscription {subscription}`"
            ),
            None => {
                format!("`az-imageshare delegation delete -n {name} --subscription {subscription}`")
            }
        };
        format!(
            "{scope} stays delegated by this offer though it was not named; end that with {end}"
        )
    }

    fn offer_step(&self) -> Step {
        let definition = self.standing.as_ref().unwrap_or(&self.wanted);
        let takes_away = self.difference.takes_away();
        let change = match (self.change, self.standing.is_some()) {
            (ChangeKind::Replace, _) if takes_away => ChangeKind::Replace,
            (ChangeKind::Replace, _) => ChangeKind::Update,
            (_, true) => ChangeKind::Keep,
            (_, false) => ChangeKind::Create,
        };
        let body = |found: &RegistrationDefinition| json!({"properties": found.properties});
        let before = self.standing.as_ref().map_or(Value::Null, body);
        let mut step = Step::new(
            change,
            WriteKind::DelegationDefinition,
            &definition.id,
            offer_title(self.offer_name(), &self.consumer.to_string()),
        )
        .at(&Scope::subscription(self.subscription.id).to_string())
        .between(before, body(&self.wanted));
        step.what.extend(self.difference.lines.iter().cloned());
        if takes_away {
            step = step.because("the new set of roles replaces the old one as a whole");
        }
        // Who may give roles to others can give them to anybody: only the role's own name agrees to that.
        if change.writes() && self.difference.gives(USER_ACCESS_ADMINISTRATOR) {
            step = step.risking(Risk::Opens("User Access Administrator".to_owned()));
        }
        step
    }

    fn scope_step(&self, scope: &Scope) -> Step {
        let id = self.assignment_id(scope).unwrap_or_default();
        let change =
            if self.missing.contains(scope) { ChangeKind::Create } else { ChangeKind::Keep };
        let definition = self.standing.as_ref().map_or(&self.wanted.id, |found| &found.id);
        let body = json!({"properties": {"registrationDefinitionId": definition}});
        Step::new(change, WriteKind::DelegationAssignment, &id, format!("scope {scope}"))
            .at(&scope.to_string())
            .between(Value::Null, body)
    }

    /// The offer's name.
    pub(crate) fn offer_name(&self) -> &str {
        self.wanted.properties.registration_definition_name.as_deref().unwrap_or_default()
    }
}

const USER_ACCESS_ADMINISTRATOR: &str = "User Access Administrator";
