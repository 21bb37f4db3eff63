//! One look through the consumer's eyes: what of a delegation has arrived, and what not yet, or never will.
//!
//! Likely causes are those of <https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer>:
//! not in the group, the portal's filter, a token from before, propagation of up to 15 minutes.

use super::check::{VerifyCheck, assigned};
use crate::app::App;
use crate::arm::Client;
use crate::arm::managed_services::RegistrationAssignment;
use crate::error::Result;
use crate::graph::{Directory, ObjectSort};
use crate::id::{PrincipalId, Scope, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::delegation::lookup::Known;

/// The consumer's credential, signed in, and the delegation it looks at.
pub(super) struct Probe<'a> {
    /// The run.
    pub(super) app: &'a App,
    /// Resource Manager as the consumer.
    pub(super) client: &'a Client,
    /// The consumer's directory.
    pub(super) directory: &'a Directory,
    /// Who the credential is, if its token reports.
    pub(super) me: Option<PrincipalId>,
    /// The tenant it signed in to.
    pub(super) tenant: TenantId,
    /// The delegation.
    pub(super) known: &'a Known,
    /// Whether a scope without images is a failure.
    pub(super) require_images: bool,
}

impl Probe<'_> {
    /// Goes from cause to effect and ends at the first thing that is wrong.
    pub(super) async fn look(&self) -> Result<Vec<VerifyCheck>> {
        let mut checks = vec![self.tenant()];
        if is_wrong(&checks) {
            return Ok(checks);
        }
        checks.push(assigned(self.assignments()));
        if is_wrong(&checks) {
            return Ok(checks);
        }
        let (membership, ours) = self.membership().await;
        checks.extend(membership);
        if is_wrong(&checks) {
            return Ok(checks);
        }
        checks.push(self.subscription().await?);
        if is_wrong(&checks) {
            return Ok(checks);
        }
        checks.extend(self.role(&ours).await?);
        if is_wrong(&checks) {
            return Ok(checks);
        }
        checks.extend(self.images().await?);
        Ok(checks)
    }

    fn tenant(&self) -> VerifyCheck {
        match self.known.consumer() {
            Some(consumer) if consumer != self.tenant => VerifyCheck::wrong(
                "tenant",
                format!(
                    "the credential signs in to tenant {}, the delegation is for tenant {consumer}",
                    self.tenant
                ),
                format!("Use a credential of tenant {consumer} with --as."),
            ),
            _ => VerifyCheck::right("tenant", format!("tenant {}", self.tenant)),
        }
    }

    fn assignments(&self) -> impl Iterator<Item = &RegistrationAssignment> {
        let entries = self.known.entries.iter();
        entries.flat_map(|entry| entry.assignments.iter())
    }

    pub(super) fn scopes(&self) -> Vec<Scope> {
        let mut scopes: Vec<Scope> = Vec::new();
        for scope in self.assignments().filter_map(RegistrationAssignment::scope) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }

    /// Principals of the offer with what they are called, each once.
    fn principals(&self) -> Vec<(PrincipalId, String)> {
        let view = self.known.view(&self.app.settings.cloud.portal);
        let permanent = view
            .authorizations
            .iter()
            .map(|right| (&right.principal_id, &right.principal_id_display_name));
        let eligible = view
            .eligible_authorizations
            .iter()
            .map(|right| (&right.principal_id, &right.principal_id_display_name));
        let mut found: Vec<(PrincipalId, String)> = Vec::new();
        for (id, name) in permanent.chain(eligible) {
            let Ok(principal) = id.parse() else { continue };
            if !found.iter().any(|(known, _)| *known == principal) {
                found.push((principal, name.clone().unwrap_or_else(|| id.clone().into())));
            }
        }
        found
    }

    /// Which principals of the offer the credential is or belongs to; no check where no one can say.
    async fn membership(&self) -> (Option<VerifyCheck>, Vec<PrincipalId>) {
        let principals = self.principals();
        let Some(me) = self.me.filter(|_| !principals.is_empty()) else {
            return (None, Vec::new());
        };
        let work = principals.iter().map(|(id, _)| async move {
            if *id == me { Some(true) } else { self.is_member(*id, me).await }
        });
        let answers = fan_out(AT_ONCE, work).await;
        let ours: Vec<PrincipalId> = principals
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| **answer == Some(true))
            .map(|((id, _), _)| *id)
            .collect();
        let names_of = |is_wanted: &dyn Fn(&PrincipalId) -> bool| {
            let wanted = principals.iter().filter(|(id, _)| is_wanted(id));
            wanted.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let check = match (ours.is_empty(), answers.contains(&None)) {
            (false, _) => Some(VerifyCheck::right(
                "membership",
                format!("the credential is or belongs to {}", names_of(&|id| ours.contains(id))),
            )),
            (true, true) => None,
            (true, false) => Some(match self.mistaken_principal(&principals).await {
                Some(mistaken) => mistaken,
                None => VerifyCheck::wrong(
                    "membership",
                    format!("the credential ({me}) is not in {}", names_of(&|_| true)),
                    format!(
                        "Add it in the consumer's tenant (owners of a group are not members): `az ad group member add -g {} --member-id {me}`.",
                        principals[0].0
                    ),
                ),
            }),
        };
        (check, ours)
    }

    /// An id that can have no permissions: an application has one of its own and one for its registration, and
    /// neither is that of its service principal (MicrosoftDocs/azure-docs#59282).
    async fn mistaken_principal(
        &self,
        principals: &[(PrincipalId, String)],
    ) -> Option<VerifyCheck> {
        for (id, name) in principals {
            if let Some(check) = self.application_in_place_of(*id, name).await {
                return Some(check);
            }
        }
        None
    }

    async fn application_in_place_of(&self, id: PrincipalId, name: &str) -> Option<VerifyCheck> {
        let text = id.to_string();
        let by_app = self.directory.having(ObjectSort::ServicePrincipal, "appId", &text);
        let found = by_app.await.ok()?.into_iter().next();
        let (what, found) = match found {
            Some(found) => ("application ID", Some(found)),
            None => {
                let registered = self.directory.having(ObjectSort::Application, "id", &text);
                let app = registered.await.ok().and_then(|all| all.into_iter().next())?;
                let app_id = app.app_id.unwrap_or_default();
                let of_app = self.directory.having(ObjectSort::ServicePrincipal, "appId", &app_id);
                ("object ID of the registration", of_app.await.ok()?.into_iter().next())
            }
        };
        let right = found
            .map_or_else(|| "its service principal's".to_owned(), |found| found.id.to_string());
        Some(VerifyCheck::wrong(
            "membership",
            format!(
                "{text} ({name}) is the {what} of an application; Lighthouse wants the object ID of its service principal, {right}"
            ),
            "Make the request again in the consumer's tenant, and have the publisher create the delegation with it: `az-imageshare delegation request --principal ID --output-file request.json`.",
        ))
    }

    /// `None` if Graph may not be read.
    async fn is_member(&self, group: PrincipalId, me: PrincipalId) -> Option<bool> {
        match self.directory.is_member(group, me).await {
            Ok(answer) => Some(answer),
            // No such group: the principal is a user or service principal, and not this one.
            Err(err) if err.is_not_found() => Some(false),
            Err(_) => None,
        }
    }

    async fn subscription(&self) -> Result<VerifyCheck> {
        const NAME: &str = "subscription";
        let first = self.known.first();
        let id = first.subscription.to_string();
        let visible = self.client.subscriptions().await?;
        let found = visible.iter().find(|subscription| subscription.subscription_id == id);
        let Some(found) = found else {
            return Ok(VerifyCheck::not_yet(
                NAME,
                format!("subscription {id} is not among the {} the credential sees", visible.len()),
                self.causes(),
            ));
        };
        let home = found.tenant_id.as_deref().unwrap_or_default();
        let publisher = first.publisher.map(|tenant| tenant.to_string());
        if publisher.is_some_and(|publisher| !publisher.eq_ignore_ascii_case(home)) {
            return Ok(VerifyCheck::wrong(
                NAME,
                format!("subscription {id} belongs to tenant {home}, not to the publisher's"),
                "The subscription was moved to another tenant: the publisher has to create the delegation again.",
            ));
        }
        Ok(VerifyCheck::right(
            NAME,
            format!(
                "'{}' of tenant {home} is visible; the portal shows it once it is selected under Directories + subscriptions",
                found.display_name
            ),
        ))
    }

    /// Why nothing arrives, most likely first.
    pub(super) fn causes(&self) -> String {
        let names: Vec<String> = self.principals().into_iter().map(|(_, name)| name).collect();
        format!(
            "It can take 15 minutes to arrive (run this again with a longer --timeout); else check that the credential's identity is in {}, and clear older tokens with `az-imageshare token clear --all`.",
            names.join(" or ")
        )
    }
}

/// True if the last check failed, so that those after it make no sense.
fn is_wrong(checks: &[VerifyCheck]) -> bool {
    checks.last().is_some_and(|check| !check.ok)
}
