//! The offers of a manifest: each grant by delegation, once for each consumer, judged by the rules that
//! `delegation create` has.

use std::collections::BTreeMap;

use super::node::ManifestProblems;
use super::types::{
    FleetConsumer, FleetGrant, FleetOffer, GrantedRole, Manifest, ManifestSurroundings, OfferTerms,
    Positioned,
};
use crate::ops::access::role::{self, DELETE_ROLE, RoleRef};
use crate::ops::change::findings::Findings;
use crate::ops::fleet::ownership;
use crate::ops::offer::input::{OfferDraft, Placed, RawEligible, RawGrant};
use crate::ops::offer::judge::{Surroundings, judge};

/// The offers of all grants by delegation.
pub(super) fn of(
    manifest: &Manifest,
    around: ManifestSurroundings<'_>,
    problems: &mut ManifestProblems,
    findings: &mut Findings,
) -> Vec<FleetOffer> {
    let mut made = Vec::new();
    let mut names: BTreeMap<(String, String, String), (usize, u32)> = BTreeMap::new();
    for (at, grant) in manifest.grants.iter().enumerate() {
        let Some(terms) = &grant.offer else { continue };
        for (text, what) in
            [(Some(&terms.name), "'offer'"), (grant.description.as_ref(), "'description'")]
        {
            placeholders(text, what, problems);
        }
        for to in &grant.to {
            let Some(consumer) = manifest.consumers.get(&to.value) else { continue };
            let draft = Drafter { manifest, grant, terms, to: &to.value, consumer }.draft();
            if draft.grants.is_empty() {
                if !terms.authorizations.is_empty() {
                    let rule =
                        format!("'{}' has no principal that gets a permanent role", to.value);
                    problems.add(
                        to.at,
                        rule,
                        "Add one to its 'principals', or leave it out of 'to'.",
                    );
                }
                continue;
            }
            // Two grants of one name to one tenant would compute one GUID in each subscription.
            let name = draft.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
            let key = (grant.from.value.clone(), consumer.tenant.value.to_string(), name);
            let is_narrowed = grant.narrowed.is_some();
            if let Some((other, line)) = names.insert(key, (at, grant.at.line))
                && !is_narrowed
                && manifest.grants[other].narrowed.is_none()
            {
                problems.add(
                    terms.name.at,
                    format!("is the offer of the grant on line {line} too, to the same tenant: both would be one definition"),
                    "Give the two offers different names.",
                );
            }
            let surroundings = Surroundings { cloud: around.cloud, own_tenant: None };
            if let Some(mut offer) = judge(&draft, surroundings, findings) {
                offer.description =
                    Some(ownership::mark(offer.description.as_deref(), &manifest.fleet));
                made.push(FleetOffer { grant: at, consumer: to.value.clone(), offer });
            }
        }
    }
    made
}

/// What makes the draft of an offer.
struct Drafter<'m> {
    manifest: &'m Manifest,
    grant: &'m FleetGrant,
    terms: &'m OfferTerms,
    to: &'m str,
    consumer: &'m FleetConsumer,
}

impl Drafter<'_> {
    fn draft(&self) -> OfferDraft {
        let tenant = &self.consumer.tenant;
        OfferDraft {
            name: Some(self.placed(&self.filled(&self.terms.name))),
            description: self
                .grant
                .description
                .as_ref()
                .map(|text| self.placed(&self.filled(text))),
            consumer: Some(self.place(tenant.value.to_string(), tenant)),
            groups: self.terms.resource_groups.iter().map(|group| self.placed(group)).collect(),
            whole_subscription: self.terms.resource_groups.is_empty(),
            grants: self.permanent(),
            eligible: self.eligible(),
            no_delete_role: !self.terms.delete_role,
            expires: self.grant.expires.as_ref().map(|day| day.value),
            ..OfferDraft::default()
        }
    }

    fn permanent(&self) -> Vec<RawGrant> {
        let roles = self.terms.authorizations.iter();
        let mut grants: Vec<RawGrant> = roles.flat_map(|role| self.rights(role)).collect();
        if self.terms.delete_role {
            let mut leaving = Vec::new();
            for grant in &grants {
                let is_there = |other: &RawGrant| {
                    other.principal.as_ref().map(|id| id.value.to_lowercase())
                        == grant.principal.as_ref().map(|id| id.value.to_lowercase())
                        && other.role.as_ref().is_some_and(|role| is_delete_role(&role.value))
                };
                if !grants.iter().chain(&leaving).any(is_there) {
                    let role = Some(Placed::new(DELETE_ROLE, &grant.place));
                    leaving.push(RawGrant { role, delegated: Vec::new(), ..grant.clone() });
                }
            }
            grants.extend(leaving);
        }
        grants
    }

    /// A role for each of its principals that the consumer has.
    fn rights(&self, role: &GrantedRole) -> Vec<RawGrant> {
        let known = role.principals.iter().filter_map(|name| {
            let principal = self.consumer.principals.get(&name.value)?;
            Some(RawGrant {
                place: self.at(name),
                principal: Some(self.place(principal.id.value.to_string(), &principal.id)),
                name: Some(principal.name.clone().unwrap_or_else(|| name.value.clone())),
                role: Some(self.placed(&role.role)),
                delegated: role.delegated.iter().map(|role| self.placed(role)).collect(),
            })
        });
        known.collect()
    }

    fn eligible(&self) -> Vec<RawEligible> {
        let rights = self.terms.eligible.iter().flat_map(|role| {
            let approvers: Vec<_> = role
                .approvers
                .iter()
                .filter_map(|name| {
                    let found = self.consumer.principals.get(&name.value)?;
                    let shown = found.name.clone().unwrap_or_else(|| name.value.clone());
                    Some((self.place(found.id.value.to_string(), &found.id), Some(shown)))
                })
                .collect();
            self.rights(role).into_iter().map(move |grant| RawEligible {
                grant,
                duration: role.max_duration.as_ref().map(|text| self.placed(text)),
                mfa: role.mfa.as_ref().map(|text| self.placed(text)),
                approvers: approvers.clone(),
            })
        });
        rights.collect()
    }

    fn filled(&self, text: &Positioned<String>) -> Positioned<String> {
        let filled = text
            .value
            .replace("{consumer}", self.to)
            .replace("{publisher}", &self.grant.from.value)
            .replace("{fleet}", &self.manifest.fleet);
        Positioned::new(filled, text.at)
    }

    fn placed(&self, text: &Positioned<String>) -> Placed<String> {
        self.place(text.value.trim().to_owned(), text)
    }

    fn place<T>(&self, value: String, at: &Positioned<T>) -> Placed<String> {
        Placed::new(value, self.at(at))
    }

    fn at<T>(&self, given: &Positioned<T>) -> String {
        format!("{}:{}", self.manifest.path, given.at)
    }
}

fn is_delete_role(role: &str) -> bool {
    matches!(role::parse(role), Ok(RoleRef::Id(id)) if id.to_string() == DELETE_ROLE)
}

/// Only three placeholders are filled in; what else is in braces is a slip.
fn placeholders(text: Option<&Positioned<String>>, what: &str, problems: &mut ManifestProblems) {
    let Some(text) = text else { return };
    let mut rest = text.value.as_str();
    while let Some((_, inside)) = rest.split_once('{') {
        let (name, after) = inside.split_once('}').unwrap_or((inside, ""));
        if !PLACEHOLDERS.contains(&name) {
            let rule = format!("{what} has the placeholder '{{{name}}}', which does not exist");
            problems.add(text.at, rule, "Use {consumer}, {publisher} or {fleet}.");
        }
        rest = after;
    }
}

const PLACEHOLDERS: [&str; 3] = ["consumer", "publisher", "fleet"];
