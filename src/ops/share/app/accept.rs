//! The consumer's side without a browser: the application becomes known here and may deploy.

use super::Home;
use super::installation::Installation;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::graph::DirectoryObject;
use crate::id::{ArmId, ClientId, PrincipalId, Scope, TenantId};
use crate::ops::access::assignee::{Assignee, PrincipalType};
use crate::ops::access::{image_role, rights};
use crate::ops::change::resume::posix_word;
use crate::ops::change::{ChangeKind, Plan, Run};
use crate::ops::share::rbac::grant::RoleGrant;
use crate::ops::site::Site;

/// What accepting came to.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The application's service principal here.
    pub principal: DirectoryObject,
    pub tenant: TenantId,
    /// The role that it has now, and where that is.
    pub role: Option<(String, ArmId)>,
    /// [`ChangeKind::Keep`] if there was nothing to do.
    pub change: ChangeKind,
}

/// Who is to be accepted, and what it may do then.
#[derive(Clone, Debug)]
pub(crate) struct Acceptance<'a> {
    pub client: ClientId,
    /// The own tenant [default: the signed-in identity's].
    pub tenant: Option<TenantId>,
    /// The resource group that it may deploy into.
    pub group: Option<&'a str>,
    /// The role there; Contributor if not said.
    pub role: Option<&'a str>,
    pub subscription: Option<&'a str>,
}

/// An application that is to become known in the consumer's tenant, and what of that has to be done.
pub(crate) struct AppAcceptance<'a> {
    app: &'a App,
    home: Home,
    installation: Installation,
    grant: Option<(Site<'a>, RoleGrant)>,
    pub plan: Plan,
}

/// Works out what it takes that an application is known here and may deploy into a resource group.
///
/// # Errors
/// If the resource group does not exist, the caller may not assign roles there, or Graph or Azure refuses.
pub(crate) async fn plan_acceptance<'a>(
    app: &'a App,
    wanted: &Acceptance<'_>,
) -> Result<AppAcceptance<'a>> {
    let home = Home::open(app, wanted.tenant).await?;
    let installation = Installation::read(&home, wanted.client).await?;
    let who = installation.known.as_ref().map(grantee).transpose()?;
    let mut plan = Plan {
        nothing: Some(format!(
            "Tenant {} has accepted the application already; nothing is sent.",
            home.tenant
        )),
        ..Plan::titled(format!("Application {} in tenant {}:", wanted.client, home.tenant))
    };
    plan.push(installation.step());
    // Everything about the resource group is checked before the directory is changed.
    let grant = match wanted.group {
        None => None,
        Some(group) => {
            let site = Site::with(app, app.arm(Some(home.tenant))?, wanted.subscription);
            let (scope, role) = check_group(&site, group, wanted.role).await?;
            let tenant = Some(home.tenant);
            let grant =
                RoleGrant::read(&site, tenant, scope.into(), role, who.as_ref(), None).await?;
            plan.push(grant.step(who.as_ref(), &installation.label())?);
            plan.warnings.extend(grant.warnings());
            Some((site, grant))
        }
    };
    Ok(AppAcceptance { app, home, installation, grant, plan })
}

impl AppAcceptance<'_> {
    /// Makes the application known, and gives it its role.
    ///
    /// # Errors
    /// If Graph or Azure refuses. What was done before stays and is found by the next run.
    pub(crate) async fn carry_out(&self, run: &Run<'_>) -> Result<Accepted> {
        let (client, tenant) = (self.installation.client, self.home.tenant);
        let installed = self.installation.carry_out(self.app, &self.home, run, 0).await;
        let principal = installed.map_err(|err| explained(err, client, tenant))?;
        let mut role = None;
        if let Some((site, grant)) = &self.grant {
            grant.carry_out(site, run, 1, &grantee(&principal)?).await?;
            role = Some((grant.role.name.clone(), grant.scope.clone()));
        }
        let change = if self.plan.is_settled() { ChangeKind::Keep } else { ChangeKind::Create };
        Ok(Accepted { principal, tenant, role, change })
    }
}

/// A service principal as someone who can be given a role.
fn grantee(principal: &DirectoryObject) -> Result<Assignee> {
    let id: PrincipalId = principal.id.parse().map_err(|_| {
        Error::new(Kind::Failure, format!("Graph answered with the id '{}'", principal.id))
    })?;
    let kind = Some(PrincipalType::ServicePrincipal);
    Ok(Assignee { id, kind, name: principal.display_name.clone(), managed_identity: None })
}

async fn check_group(
    site: &Site<'_>,
    group: &str,
    wanted: Option<&str>,
) -> Result<(String, image_role::Role)> {
    let subscription = site.subscription().await?.id;
    if site.client.resource_group(subscription, group).await?.is_none() {
        return Err(Error::new(
            Kind::NotFound,
            format!("resource group '{group}' does not exist in subscription {subscription}"),
        )
        .hint(format!(
            "Create it: `az group create -n {} -l LOCATION --subscription {subscription}`.",
            posix_word(group)
        )));
    }
    let scope = Scope::resource_group(subscription, group).to_string();
    rights::require(&site.client, &scope, rights::WRITE, rights::GIVES_ROLES).await?;
    let role =
        image_role::resolve(site, subscription, Some(wanted.unwrap_or("Contributor"))).await?;
    Ok((scope, role))
}

fn explained(err: Error, client: ClientId, tenant: TenantId) -> Error {
    let causes = err.causes().join(" ");
    let err =
        err.while_doing(format!("application {client} could not be made known in tenant {tenant}"));
    if causes.contains("Authorization_RequestDenied") {
        return err.hint(format!("It takes the directory role Cloud Application Administrator; or have such a person open the address that `az-imageshare share app consent-url --client-id {client} --tenant {tenant}` prints."));
    }
    if causes.contains("does not reference a valid") {
        return err.hint("Ask the publisher whether the client id is right, the application is multi-tenant (AzureADMultipleOrgs), and of the same cloud.");
    }
    err
}
