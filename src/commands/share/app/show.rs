//! `share app show`: an application as it is.

use serde::Serialize;

use super::selector::AppSelector;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ClientId, TenantId, TenantRef};
use crate::ops::expiry;
use crate::ops::share::app::show::Standing;
use crate::ops::share::rbac::role_label;
use crate::output::{Output, View};

/// Show an application: its registration, secrets, roles and stored credentials
///
/// In the publisher's tenant it shows the registration; in the consumer's tenant its service
/// principal. Secrets are shown without their values. Ends with exit code 3 if the tenant does not
/// know it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app show --client-id e53840bb-4179-424f-8f90-52a1631d1601
  az-imageshare share app show --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --query roles -o table

Permissions: reading applications in the directory; Reader on the subscriptions whose roles are
shown.
API: https://learn.microsoft.com/graph/api/application-get")]
pub(crate) struct AppShowArgs {
    #[command(flatten)]
    wanted: AppSelector,
    /// Tenant to look in [default: the one you are signed in to]
    #[arg(long, value_name = "GUID|DOMAIN")]
    tenant: Option<TenantRef>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationView {
    name: Option<String>,
    client_id: Option<ClientId>,
    tenant_id: TenantId,
    publisher_tenant_id: Option<ArmId>,
    object_id: Option<String>,
    service_principal_id: Option<ArmId>,
    sign_in_audience: Option<String>,
    redirect_uris: Vec<String>,
    secrets: Vec<SecretView>,
    federated_credentials: Vec<FederatedView>,
    roles: Vec<RoleView>,
    credentials: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretView {
    key_id: String,
    name: Option<String>,
    expires_on: Option<String>,
}

#[derive(Serialize)]
struct FederatedView {
    issuer: String,
    subject: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleView {
    role: String,
    scope: ArmId,
    expires_on: Option<String>,
}

impl View for ApplicationView {
    const TABLE: &'static str = "{Name:name, ClientId:clientId, Tenant:tenantId, Publisher:publisherTenantId, Secrets:length(secrets), Roles:length(roles)}";
}

pub(super) fn show_application(args: AppShowArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let tenant = match &args.tenant {
            Some(tenant) => Some(app.tenant_id(tenant).await?),
            None => None,
        };
        let standing = Standing::read(app, tenant, &args.wanted.wanted()).await?;
        if standing.registration.is_none() && standing.principal.is_none() {
            return Err(Error::new(
                Kind::NotFound,
                format!("tenant {} does not know the application", standing.tenant),
            )
            .hint("As the publisher create it with `az-imageshare share app create`; as the consumer accept it with `az-imageshare share app accept`."));
        }
        Ok(Output::of(&application_view(standing)))
    })
}

fn application_view(standing: Standing) -> ApplicationView {
    let (registration, principal) = (standing.registration, standing.principal);
    let registered = registration.as_ref();
    let known = principal.as_ref();
    ApplicationView {
        name: registered
            .and_then(|known| known.display_name.clone())
            .or(known.and_then(|known| known.display_name.clone())),
        client_id: standing.client,
        tenant_id: standing.tenant,
        publisher_tenant_id: known
            .and_then(|known| known.app_owner_organization_id.clone())
            .map(Into::into),
        object_id: registered.map(|known| known.id.clone()),
        service_principal_id: known.map(|known| known.id.clone()),
        sign_in_audience: registered.and_then(|known| known.sign_in_audience.clone()),
        redirect_uris: registered.map(|known| known.web.redirect_uris.clone()).unwrap_or_default(),
        secrets: registration
            .into_iter()
            .flat_map(|known| known.password_credentials)
            .map(|secret| SecretView {
                key_id: secret.key_id.to_string(),
                name: secret.display_name,
                expires_on: secret.end_date_time,
            })
            .collect(),
        federated_credentials: standing
            .federated
            .into_iter()
            .map(|known| FederatedView { issuer: known.issuer, subject: known.subject })
            .collect(),
        roles: standing
            .roles
            .iter()
            .map(|role| RoleView {
                role: role_label(role),
                scope: role.properties.scope.to_string().into(),
                expires_on: role
                    .properties
                    .description
                    .as_deref()
                    .and_then(expiry::recorded)
                    .map(|day| day.to_string()),
            })
            .collect(),
        credentials: standing.credentials,
    }
}
