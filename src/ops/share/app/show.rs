//! The current state of an application: registration, service principal, secrets, roles.

use super::{Home, Wanted, credentials};
use crate::app::App;
use crate::arm::Client;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::DirectoryObject;
use crate::graph::applications::{AppRegistration, FederatedIdentity};
use crate::id::{ClientId, PrincipalId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;

/// All that one tenant and this computer know of an application.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Its client id; unknown only if the name it was asked for by does not exist.
    pub client: Option<ClientId>,
    /// Its registration, if this tenant is its home.
    pub registration: Option<AppRegistration>,
    /// What it is in this tenant.
    pub principal: Option<DirectoryObject>,
    pub federated: Vec<FederatedIdentity>,
    /// Its roles in the subscriptions of this tenant that can be seen.
    pub roles: Vec<RoleAssignment>,
    /// Subscriptions whose role assignments may not be read: it may have roles there, too.
    pub unread: Vec<String>,
    /// Names of the stored credentials that sign in as it.
    pub credentials: Vec<String>,
    pub tenant: TenantId,
}

impl Standing {
    /// Reads all of it.
    pub(crate) async fn read(
        app: &App,
        tenant: Option<TenantId>,
        wanted: &Wanted,
    ) -> Result<Standing> {
        let home = Home::open(app, tenant).await?;
        Standing::of(app, &home, wanted).await
    }

    /// Reads all of it in a tenant that is open already.
    pub(crate) async fn of(app: &App, home: &Home, wanted: &Wanted) -> Result<Standing> {
        // What is not there decides what is deleted: it is asked twice.
        let registration = match home.registration(wanted).await? {
            None => home.registration(wanted).await?,
            found => found,
        };
        let client = match (&registration, wanted) {
            (Some(known), _) => Some(known.app_id),
            (None, Wanted::Client(client)) => Some(*client),
            (None, Wanted::Named(_)) => None,
        };
        let mut standing = Standing {
            client,
            registration,
            principal: None,
            federated: Vec::new(),
            roles: Vec::new(),
            unread: Vec::new(),
            credentials: Vec::new(),
            tenant: home.tenant,
        };
        let Some(client) = client else {
            return Ok(standing);
        };
        standing.principal = match home.directory.service_principal(client).await? {
            None => home.directory.service_principal(client).await?,
            found => found,
        };
        if let Some(known) = &standing.registration {
            standing.federated = home.directory.federated(&known.id).await?;
        }
        let id = standing.principal.as_ref().map(|known| known.id.parse());
        if let Some(Ok(id)) = id {
            let arm = app.arm(Some(home.tenant))?;
            (standing.roles, standing.unread) = roles(&arm, home.tenant, id).await?;
        }
        let known = credentials(app, client)?;
        standing.credentials = known.into_iter().map(|record| record.name).collect();
        Ok(standing)
    }
}

/// The roles of a principal in the subscriptions of its own tenant, and the subscriptions that do not say.
async fn roles(
    client: &Client,
    tenant: TenantId,
    principal: PrincipalId,
) -> Result<(Vec<RoleAssignment>, Vec<String>)> {
    let own = client.subscriptions().await?.into_iter().filter(|known| {
        let home = known.tenant_id.as_deref();
        home.is_none_or(|home| home.eq_ignore_ascii_case(&tenant.to_string()))
    });
    let work = own.map(|known| async move {
        let scope = format!("/subscriptions/{}", known.subscription_id);
        (known.display_name, client.role_assignments(&scope, Some(principal)).await)
    });
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for (name, found) in fan_out(AT_ONCE, work).await {
        match Observed::permitted(found)? {
            Observed::Told(found) => all.extend(found),
            Observed::Untold(_) => unread.push(name),
        }
    }
    // One above the subscriptions shows in each of them.
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all.dedup_by(|one, other| one.id == other.id);
    Ok((all, unread))
}
