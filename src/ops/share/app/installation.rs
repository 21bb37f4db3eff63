//! An application becoming known in a tenant: the service principal that is there, or the step that makes it.

use serde_json::{Value, json};

use super::Home;
use crate::app::App;
use crate::error::Result;
use crate::graph::DirectoryObject;
use crate::id::{ClientId, TenantId};
use crate::ops::change::{ChangeKind, Run, Step, WriteKind};

/// An application that a tenant is to know.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub client: ClientId,
    tenant: TenantId,
    /// Its service principal, if the tenant has one.
    pub known: Option<DirectoryObject>,
}

impl Installation {
    /// Looks whether the tenant knows the application.
    pub(crate) async fn read(home: &Home, client: ClientId) -> Result<Installation> {
        let known = home.directory.service_principal(client).await?;
        Ok(Installation { client, tenant: home.tenant, known })
    }

    /// An application that was registered a moment ago, which no one can know yet.
    pub(super) fn absent(home: &Home, client: ClientId) -> Installation {
        Installation { client, tenant: home.tenant, known: None }
    }

    /// What people call the application.
    pub(crate) fn label(&self) -> String {
        let name = self.known.as_ref().and_then(|known| known.display_name.clone());
        name.unwrap_or_else(|| format!("application {}", self.client))
    }

    /// The step that makes it known.
    pub(crate) fn step(&self) -> Step {
        step(self.known.as_ref(), Some(self.client), self.tenant)
    }

    /// Does the step of that place in the plan.
    ///
    /// # Errors
    /// If Graph refuses, or has not heard of the application within some minutes.
    pub(crate) async fn carry_out(
        &self,
        app: &App,
        home: &Home,
        run: &Run<'_>,
        place: usize,
    ) -> Result<DirectoryObject> {
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        run.perform(place, async {
            let made = home.install(app, self.client).await?;
            run.made(place, &made.id);
            Ok(made)
        })
        .await
    }
}

/// The step that makes an application known; without `client` for one that is registered in the same plan.
pub(super) fn step(
    known: Option<&DirectoryObject>,
    client: Option<ClientId>,
    tenant: TenantId,
) -> Step {
    let what = match client {
        Some(client) => format!("service principal of application {client} in tenant {tenant}"),
        None => format!("its service principal in tenant {tenant}"),
    };
    let body = json!({"appId": client, "tenantId": tenant});
    let (change, id, before) = match known {
        Some(known) => (ChangeKind::Keep, known.id.as_str(), body.clone()),
        None => (ChangeKind::Create, "", Value::Null),
    };
    Step::new(change, WriteKind::ServicePrincipal, id, what)
        .at(&format!("/tenants/{tenant}"))
        .between(before, body)
}
