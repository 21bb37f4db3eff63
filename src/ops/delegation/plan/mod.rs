//! What has to be done to put an offer into effect: rules, then reads, then the difference. Writes nothing.

use super::deployment::adoption::Adoption;
use super::deployment::{self, Deployment};
use super::facts::{self, OfferFacts};
use super::{principals, rules};
use crate::arm::ProvisioningState;
use crate::arm::managed_services::{self, RegistrationAssignment, RegistrationDefinition};
use crate::error::Result;
use crate::id::{Scope, TenantId};
use crate::ops::change::ChangeKind;
use crate::ops::change::findings::Findings;
use crate::ops::change::observe::Observed;
use crate::ops::offer::Offer;
use crate::ops::offer::definition_name;
use crate::ops::offer::difference::Difference;
use crate::ops::site::{ChosenSubscription, Site};

mod view;
mod wanted;

pub(super) use wanted::is_named;
use wanted::wanted;

/// What has to be done.
#[derive(Clone, Debug)]
pub(crate) struct OfferPlan {
    pub subscription: ChosenSubscription,
    pub consumer: TenantId,
    /// The definition that is wanted. Its id is empty if an own template names it.
    pub wanted: RegistrationDefinition,
    /// The definition that exists.
    pub standing: Option<RegistrationDefinition>,
    /// All acceptances of the definition that exist.
    pub assignments: Vec<RegistrationAssignment>,
    /// What is to be delegated.
    pub scopes: Vec<Scope>,
    /// Those of them that are not delegated yet.
    pub missing: Vec<Scope>,
    pub change: ChangeKind,
    /// How the definition changes.
    pub difference: Difference,
    /// The deployment that does it.
    pub deployment: Deployment,
    /// The provider has to be registered first.
    pub must_register: bool,
}

/// Judges an offer against what is in Azure, and works out what has to be done.
pub(crate) async fn plan(site: &Site<'_>, offer: &Offer) -> Result<OfferPlan> {
    let mut findings = Findings::default();
    site.reporter.step("Reading the current state…");
    let facts = facts::read(site, offer, &mut findings).await?;
    let consumer = rules::standing::consumer(offer, &facts, &mut findings);
    let scopes = rules::standing::scopes(&facts, &mut findings);
    let roles = rules::standing::roles(offer, &facts, &mut findings);
    rules::standing::permissions(&facts, &mut findings);
    if let Some(consumer) = consumer {
        principals::check(site.app, offer, consumer, &mut findings).await;
    }
    let first_group = facts.groups.iter().find_map(|(_, told)| match told {
        Observed::Told(found) => found.as_ref(),
        _ => None,
    });
    let location = deployment::location(offer, &site.app.settings, first_group);
    if location.is_none() {
        findings.input(
            "--location",
            "is missing: no default is known for this cloud",
            "Name a region, for example westeurope.",
        );
    }
    let plan = consumer.zip(location).map(|(consumer, location)| {
        let guid = definition_name(consumer, facts.subscription.id, &offer.name);
        let wanted = wanted(offer, consumer, &facts, &roles, guid);
        let adoption =
            offer.adopts.then(|| Adoption::find(&offer.name, consumer, &facts, &mut findings));
        let deployment = Deployment::of(offer, &wanted, &scopes, location, guid, adoption.as_ref());
        compare(&facts, consumer, wanted, scopes, deployment)
    });
    if let Some(plan) = &plan {
        rules::neighbors::check(plan, &facts, &mut findings);
        remarks(plan, &facts, &mut findings);
    }
    findings.settle(site.reporter, "nothing was changed")?;
    Ok(plan.expect("without a tenant or a location there is a finding"))
}

fn remarks(plan: &OfferPlan, facts: &OfferFacts, findings: &mut Findings) {
    if plan.must_register {
        let state = facts.provider.as_deref().unwrap_or_default();
        findings.note(format!(
            "Resource provider {} is {state}; it will be registered.",
            managed_services::NAMESPACE
        ));
    }
    let location = &plan.deployment.location;
    if !location.is_chosen && plan.change != ChangeKind::Keep {
        findings
            .note(format!("Location of the deployment: {} ({}).", location.name, location.because));
    }
}

fn compare(
    facts: &OfferFacts,
    consumer: TenantId,
    wanted: RegistrationDefinition,
    scopes: Vec<Scope>,
    deployment: Deployment,
) -> OfferPlan {
    let ids: Vec<&RegistrationDefinition> = facts
        .definitions
        .iter()
        .flatten()
        .filter(|definition| is_wanted(&wanted, definition))
        .collect();
    // Where an offer has several definitions, the one that has to change tells what changes.
    let differs = |found: &RegistrationDefinition| {
        !Difference::between(Some(&found.properties), &wanted.properties).is_empty()
    };
    let standing = ids.iter().copied().find(|found| differs(found)).or(ids.first().copied());
    let standing = standing.cloned();
    let assignments: Vec<RegistrationAssignment> = facts
        .assignments
        .iter()
        .flatten()
        .filter(|assignment| ids.iter().any(|definition| assignment.is_of(&definition.id)))
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
    let difference =
        Difference::between(standing.as_ref().map(|found| &found.properties), &wanted.properties);
    let broken = standing
        .as_ref()
        .is_some_and(|found| has_failed(found.properties.provisioning_state.as_deref()));
    let change = match (&standing, difference.is_empty(), missing.is_empty()) {
        (None, ..) => ChangeKind::Create,
        (Some(_), false, _) => ChangeKind::Replace,
        (Some(_), true, true) if !broken => ChangeKind::Keep,
        (Some(_), true, _) => ChangeKind::Create,
    };
    OfferPlan {
        subscription: facts.subscription.clone(),
        consumer,
        standing,
        assignments,
        scopes,
        missing,
        change,
        difference,
        deployment,
        must_register: !rules::standing::is_registered(facts) && change != ChangeKind::Keep,
        wanted,
    }
}

pub(super) fn is_wanted(wanted: &RegistrationDefinition, found: &RegistrationDefinition) -> bool {
    let properties = &wanted.properties;
    let name = properties.registration_definition_name.as_deref().unwrap_or_default();
    if wanted.id.is_empty() {
        is_named(found, name, &properties.managed_by_tenant_id)
    } else {
        found.id == wanted.id
    }
}

/// An acceptance that failed or is going away has to be made again.
fn is_sound(assignment: &RegistrationAssignment) -> bool {
    let state = assignment.properties.provisioning_state.as_deref();
    !has_failed(state) && !state.is_some_and(|state| ProvisioningState::from(state).is_going())
}

fn has_failed(state: Option<&str>) -> bool {
    state.is_some_and(|state| ProvisioningState::from(state).has_failed())
}
