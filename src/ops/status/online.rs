//! Signing in with everyone: what only the network can say.

use super::credentials::{CredentialHealth, CredentialStatus, TenantStatus};
use super::local::LocalStatus;
use crate::app::App;
use crate::auth::TokenRequest;
use crate::error::{Error, Kind, Result};
use crate::ops::credential;

/// Signs in with every credential of the cloud in use, to each of its tenants, and as the default identity where
/// no one is named. Gives the exit code: 0 if all of it worked.
///
/// # Errors
/// If a credential is gone meanwhile.
pub(crate) async fn test_credentials(app: &App, status: &mut LocalStatus) -> Result<u8> {
    let cloud = app.settings.cloud.name.clone();
    let mut codes: Vec<u8> = Vec::new();
    for kept in status.credentials.iter_mut().filter(|kept| kept.cloud == cloud) {
        let checks = credential::test_tenants(app, &kept.name).await?;
        for (tenant, check) in kept.tenants.iter_mut().zip(checks) {
            codes.push(note(tenant, check.outcome.err().as_ref()));
        }
        judge(kept);
    }
    if let Some(signed_in) = &mut status.signed_in {
        match status.credentials.iter().find(|kept| kept.name == signed_in.name) {
            Some(kept) => signed_in.tenants.clone_from(&kept.tenants),
            None => {
                for tenant in &mut signed_in.tenants {
                    codes.push(try_tenant(app, tenant).await);
                }
            }
        }
    }
    let failed: Vec<&u8> = codes.iter().filter(|code| **code != 0).collect();
    Ok(match failed.first() {
        None => 0,
        Some(first) if failed.len() == codes.len() => **first,
        Some(_) => Kind::Partial.exit_code(),
    })
}

async fn try_tenant(app: &App, tenant: &mut TenantStatus) -> u8 {
    let request = TokenRequest {
        tenant: tenant.id.as_deref().and_then(|id| id.parse().ok()),
        scope: app.settings.cloud.arm_scope(),
        renew: true,
    };
    let answer = match app.tokens() {
        Ok(tokens) => tokens.token(&request).await.map(|_| ()).map_err(Error::from),
        Err(err) => Err(err),
    };
    note(tenant, answer.err().as_ref())
}

fn note(tenant: &mut TenantStatus, failure: Option<&Error>) -> u8 {
    tenant.ok = Some(failure.is_none());
    let Some(err) = failure else { return 0 };
    tenant.detail = Some(err.causes().last().cloned().unwrap_or_else(|| err.to_string()));
    tenant.hint = err.hints().first().cloned();
    err.kind().exit_code()
}

/// What Entra said counts for more than what is noted here.
fn judge(kept: &mut CredentialStatus) {
    let refused = kept.tenants.iter().find(|tenant| tenant.ok == Some(false));
    match refused {
        Some(tenant) => {
            kept.health = CredentialHealth::Refused;
            kept.detail = Some(format!(
                "{}: {}",
                tenant.label(),
                tenant.detail.as_deref().unwrap_or_default()
            ));
            kept.hint.clone_from(&tenant.hint);
        }
        None if kept.health != CredentialHealth::Expiring => {
            (kept.health, kept.detail, kept.hint) = (CredentialHealth::Ready, None, None);
        }
        None => {}
    }
}
