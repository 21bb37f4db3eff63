//! The offer, typed: what [`OfferDraft`] said once it has been judged.

use super::input::{OfferDraft, OwnTemplate, Placed, RawEligible, RawGrant};
use super::rules;
use crate::id::{IdError, PrincipalId, RoleId, TenantId, TenantRef};
use crate::ops::access::role::{self, NotRole, RoleRef, Use};
use crate::ops::change::findings::Findings;
use crate::ops::expiry;

/// Who gets which rights, and on what.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub name: String,
    /// Its description, if one was given.
    pub description: Option<String>,
    pub consumer: Placed<TenantRef>,
    /// Resource groups to delegate; none for the whole subscription.
    pub groups: Vec<Placed<String>>,
    pub grants: Vec<Grant>,
    /// Rights to be activated.
    pub eligible: Vec<Eligible>,
    /// A template in place of the embedded one.
    pub template: Option<OwnTemplate>,
    /// Parameters that only the own template knows.
    pub extras: serde_json::Map<String, serde_json::Value>,
    /// Where to keep the deployment, if it was said.
    pub location: Option<Placed<String>>,
    /// What to call the deployment, if it was said.
    pub deployment_name: Option<String>,
    /// Update the offer of this name under the ids that it has.
    pub adopts: bool,
}

/// A role, and where it was given.
pub(crate) type PlacedRole = Placed<RoleRef>;

/// One permanent right.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// Where it was given.
    pub place: String,
    pub principal: PrincipalId,
    /// What people see in place of the id.
    pub name: Option<String>,
    pub role: PlacedRole,
    /// Which roles User Access Administrator may hand on.
    pub delegated: Vec<PlacedRole>,
}

/// One right that has to be activated.
#[derive(Clone, Debug)]
pub(crate) struct Eligible {
    /// Where it was given.
    pub place: String,
    pub principal: PrincipalId,
    /// What people see in place of the id.
    pub name: Option<String>,
    pub role: PlacedRole,
    /// For how long at most, if it was said.
    pub duration: Option<String>,
    /// `Azure` or `None`, if it was said.
    pub mfa: Option<&'static str>,
    /// Who has to agree.
    pub approvers: Vec<(PrincipalId, Option<String>)>,
}

impl Grant {
    /// True if it is this built-in role.
    pub(crate) fn is(&self, guid: &str) -> bool {
        is(&self.role, guid)
    }
}

/// True if the role is the built-in one with this GUID.
pub(crate) fn is(role: &PlacedRole, guid: &str) -> bool {
    matches!(role.value, RoleRef::Id(id) if id.to_string() == guid)
}

impl Offer {
    /// Every role of the offer with its use, each as often as it is used.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (&PlacedRole, Use)> {
        let permanent = self.grants.iter().map(|grant| (&grant.role, Use::Permanent));
        let delegated = self
            .grants
            .iter()
            .flat_map(|grant| &grant.delegated)
            .map(|role| (role, Use::Delegated));
        let eligible = self.eligible.iter().map(|right| (&right.role, Use::Eligible));
        permanent.chain(delegated).chain(eligible)
    }
}

/// What is known about the surroundings before anything is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// The cloud in use.
    pub cloud: &'a crate::settings::Cloud,
    /// The tenant that our own sign-in belongs to.
    pub own_tenant: Option<TenantId>,
}

/// Judges a draft by every rule that needs no call; `None` if it cannot even be read as an offer.
pub(crate) fn judge(
    draft: &OfferDraft,
    around: Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Offer> {
    let name = rules::text::name(draft.name.as_ref(), findings);
    let consumer = consumer(draft, around, findings);
    rules::text::description(draft.description.as_ref(), findings);
    rules::text::deployment_name(draft.deployment_name.as_ref(), findings);
    rules::text::location(draft.location.as_ref(), findings);
    rules::scope::check(draft, findings);
    rules::template::check(draft, findings);
    let grants: Vec<Grant> = draft.grants.iter().filter_map(|raw| grant(raw, findings)).collect();
    let eligible: Vec<Eligible> =
        draft.eligible.iter().filter_map(|raw| rules::eligible::read(raw, findings)).collect();
    rules::rights::check(draft, &grants, &eligible, findings);
    let all_read = (grants.len() == draft.grants.len()).then_some(grants.as_slice());
    rules::eligible::check(&eligible, all_read, around.cloud, findings);
    Some(Offer {
        name: name?,
        description: description(draft),
        consumer: consumer?,
        groups: draft.groups.clone(),
        grants,
        eligible,
        template: draft.template.clone(),
        extras: draft.extras.clone(),
        location: draft.location.clone(),
        deployment_name: draft.deployment_name.as_ref().map(|name| name.value.clone()),
        adopts: draft.adopts,
    })
}

/// The description that was given, with the last day.
fn description(draft: &OfferDraft) -> Option<String> {
    // The portal writes an empty one where nothing was typed (Azure/azure-cli#912).
    let text = draft.description.as_ref().map(|text| text.value.clone());
    let text = text.filter(|text| !text.is_empty());
    match draft.expires {
        Some(day) => Some(expiry::record(text.as_deref().unwrap_or_default(), day)),
        None => text,
    }
}

fn consumer(
    draft: &OfferDraft,
    around: Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Placed<TenantRef>> {
    let Some(given) = &draft.consumer else {
        findings.missing("--consumer-tenant", "is missing: the consumer is unknown", ASK_CONSUMER);
        return None;
    };
    rules::tenant::request_cloud(draft.cloud.as_ref(), around.cloud, findings);
    match given.value.parse::<TenantRef>() {
        Ok(tenant) => {
            rules::tenant::not_ours(&tenant, &given.place, around.own_tenant, findings);
            Some(Placed::new(tenant, &given.place))
        }
        Err(err) => {
            findings.input(&given.place, malformed(&given.value, &err), ASK_CONSUMER);
            None
        }
    }
}

fn grant(raw: &RawGrant, findings: &mut Findings) -> Option<Grant> {
    let principal = principal(raw.principal.as_ref(), &raw.place, findings);
    let role = role(raw.role.as_ref(), &raw.place, Use::Permanent, findings);
    let delegated = delegated(&raw.delegated, findings);
    Some(Grant {
        place: raw.place.clone(),
        principal: principal?,
        name: raw.name.clone(),
        role: role?,
        delegated,
    })
}

fn delegated(raw: &[Placed<String>], findings: &mut Findings) -> Vec<PlacedRole> {
    raw.iter().filter_map(|raw| role(Some(raw), &raw.place, Use::Delegated, findings)).collect()
}

/// Reads a principal; a placeholder is told as such.
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
fn malformed(text: &str, err: &IdError) -> String {
    match text.trim() {
        "" => "is empty".to_owned(),
        text if text.starts_with('<') || text.starts_with('{') && text.ends_with('}') => {
            format!("'{text}' is a placeholder that was never filled in, not an id")
        }
        _ => err.to_string(),
    }
}

impl Eligible {
    pub(super) fn of(raw: &RawEligible, principal: PrincipalId, role: PlacedRole) -> Eligible {
        Eligible {
            place: raw.grant.place.clone(),
            principal,
            name: raw.grant.name.clone(),
            role,
            duration: None,
            mfa: None,
            approvers: Vec::new(),
        }
    }
}

/// The GUID of a role that has been found.
pub(crate) fn found(
    role: &PlacedRole,
    names: &std::collections::HashMap<String, RoleId>,
) -> Option<RoleId> {
    match &role.value {
        RoleRef::Id(id) => Some(*id),
        RoleRef::Named(name) => names.get(name).copied(),
    }
}

const ASK_CONSUMER: &str = "Ask the consumer for the file that `az-imageshare delegation request` makes, and give it with --request; it has the tenant id and the object ids.";
