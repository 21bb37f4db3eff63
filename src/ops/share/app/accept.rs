//! The consumer's side without a browser: the application becomes known here and may deploy.

use super::Home;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::graph::DirectoryObject;
use crate::id::{ClientId, Scope, TenantId};
use crate::ops::access::assignee::{Assignee, PrincipalType};
use crate::ops::access::{image_role, rights};
use crate::ops::share::rbac::{self, Change};
use crate::ops::site::Site;

/// What accepting came to.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The application's service principal here.
    pub principal: DirectoryObject,
    pub tenant: TenantId,
    /// True if the application was not known here before.
    pub installed: bool,
    /// The role that it has now, where that is, and whether it is new.
    pub role: Option<(String, String, Change)>,
}

/// Makes an application known in the consumer's tenant and lets it deploy into a resource group.
///
/// # Errors
/// If Graph or Azure refuses. What was done before stays and is found by the next run.
pub(crate) async fn accept(
    app: &App,
    tenant: Option<TenantId>,
    client: ClientId,
    group: Option<&str>,
    role: Option<&str>,
    subscription: Option<&str>,
) -> Result<Accepted> {
    let home = Home::open(app, tenant).await?;
    // Everything about the resource group is checked before the directory is changed.
    let place = match group {
        Some(group) => {
            let site = Site::with(app, app.arm(Some(home.tenant))?, subscription);
            let (scope, role) = check_group(&site, group, role).await?;
            Some((site, scope, role))
        }
        None => None,
    };
    let (principal, installed) =
        home.install(app, client).await.map_err(|err| explained(err, client, home.tenant))?;
    let given = match place {
        None => None,
        Some((site, scope, role)) => {
            let who = Assignee {
                id: principal.id.parse().map_err(|_| {
                    Error::new(
                        Kind::Failure,
                        format!("Graph answered with the id '{}'", principal.id),
                    )
                })?,
                kind: Some(PrincipalType::ServicePrincipal),
                name: principal.display_name.clone(),
            };
            let (_, change) = rbac::give(&site, &scope, &who, &role, None).await?;
            Some((role.name, scope, change))
        }
    };
    Ok(Accepted { principal, tenant: home.tenant, installed, role: given })
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
            "Create it: `az group create -n {group} -l LOCATION --subscription {subscription}`."
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
