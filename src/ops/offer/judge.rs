//! Judges a draft by every rule that needs no call.

use super::input::{OfferDraft, Placed, RawGrant};
use super::reading::{ASK_CONSUMER, malformed, principal, role};
use super::{Eligible, Grant, Offer, PlacedRole, rules};
use crate::id::{TenantId, TenantRef};
use crate::ops::access::role::Use;
use crate::ops::change::findings::Findings;
use crate::ops::expiry;

/// What is known about the surroundings before anything is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// The cloud in use.
    pub cloud: &'a crate::settings::Cloud,
    /// The tenant that this program's own sign-in belongs to.
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
