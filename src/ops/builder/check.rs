//! Proves what an identity may do, no matter who gave it.

use serde::Serialize;

use super::scenario::{Need, submission};
use crate::arm::Client;
use crate::arm::managed_identity::ManagedIdentity;
use crate::error::{Error, Kind, Result};
use crate::id::{PrincipalId, ResourceId};
use crate::ops::access::principal::Principal;
use crate::ops::builder::compare::{Check, State, Wording, compare, surplus};
use crate::ops::builder::effective_roles::{Held, Reached, held};
use crate::ops::builder::target::Subject;
use crate::ops::site::Site;

/// The outcome of a check.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Full id of the identity.
    pub identity: String,
    /// The object id of its service principal.
    pub principal_id: String,
    /// True if nothing is missing.
    pub ok: bool,
    /// Each action at each scope.
    pub checks: Vec<Check>,
}

/// Compares an identity, and anyone who submits templates with it, with a scenario. Reads only.
///
/// # Errors
/// If the identity does not exist, or Azure refuses or does not answer.
pub(crate) async fn check(
    site: &Site<'_>,
    subject: &Subject,
    submitter: Option<&Principal>,
) -> Result<Report> {
    let identity = existing(&site.client, &subject.identity).await?;
    let needs = subject.scenario.needs();
    let who = identity.properties.principal_id;
    let wording = wording(subject, who, "ServicePrincipal");
    let held = reach(site, who, &needs, subject).await?;
    let mut checks = compare(&needs, &held, &wording);
    checks.extend(surplus(&needs, &held, &wording));
    if let Some(submitter) = submitter {
        checks.extend(submission_of(site, subject, submitter).await?);
    }
    warn_unregistered(site, subject).await;
    Ok(Report {
        identity: identity.id.to_string(),
        principal_id: who.to_string(),
        ok: checks.iter().all(|check| check.state != State::Missing),
        checks,
    })
}

/// What of the needs of an identity is missing at the moment.
pub(crate) async fn missing(
    site: &Site<'_>,
    subject: &Subject,
    principal: PrincipalId,
) -> Result<Vec<Check>> {
    let needs = subject.scenario.needs();
    let held = reach(site, principal, &needs, subject).await?;
    let mut checks = compare(&needs, &held, &wording(subject, principal, "ServicePrincipal"));
    checks.retain(|check| check.state == State::Missing);
    Ok(checks)
}

/// The identity, which has to exist.
pub(crate) async fn existing(client: &Client, id: &ResourceId) -> Result<ManagedIdentity> {
    client.identity(id).await?.ok_or_else(|| {
        Error::new(Kind::NotFound, format!("there is no user-assigned identity {id}"))
            .hint(format!("Create it with `az-imageshare builder setup --identity {id}`, or see what there is with `az identity list -o table`."))
    })
}

async fn reach(
    site: &Site<'_>,
    principal: PrincipalId,
    needs: &[Need],
    subject: &Subject,
) -> Result<Vec<Held>> {
    let own = subject.identity.scope.to_string();
    let scopes: Vec<String> = needs.iter().map(|need| need.scope.clone()).chain([own]).collect();
    held(site, Reached::Single(principal), &scopes).await
}

async fn submission_of(
    site: &Site<'_>,
    subject: &Subject,
    submitter: &Principal,
) -> Result<Vec<Check>> {
    let need = submission(&subject.identity, &submitter.principal_id.to_string());
    let scopes = [need.scope.clone()];
    let kind = submitter.principal_type.as_deref().unwrap_or("User");
    let reached = match kind {
        "Group" => Reached::Group(submitter.principal_id),
        _ => Reached::Single(submitter.principal_id),
    };
    let held = held(site, reached, &scopes).await?;
    Ok(compare(&[need], &held, &wording(subject, submitter.principal_id, kind)))
}

fn wording(subject: &Subject, principal: PrincipalId, principal_type: &str) -> Wording {
    Wording {
        identity: subject.identity.to_string(),
        principal: principal.to_string(),
        principal_type: principal_type.to_owned(),
        least_privilege: subject.scenario.least_privilege,
    }
}

/// Whether builds can start at all; no one is refused an answer because this may not be read.
async fn warn_unregistered(site: &Site<'_>, subject: &Subject) {
    let provider = super::actions::PROVIDERS[0];
    let state = site.client.provider_state(subject.identity.subscription(), provider).await;
    if let Ok(state) = state
        && !state.eq_ignore_ascii_case("Registered")
    {
        site.reporter.warn(&format!("resource provider {provider} is {state}: `az-imageshare builder setup` with the same arguments registers it"));
    }
}
