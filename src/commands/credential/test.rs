//! `credential test`

use clap::Args;
use serde::Serialize;

use crate::app::App;
use crate::error::Result;
use crate::id::TenantId;
use crate::ops::credential;
use crate::output::{Output, View};

/// Sign in with a credential, to each of its tenants
///
/// Asks Entra even if a token is in the cache. Ends with 0 only if every tenant gave a token, and with 7 if only some did.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential test -n publisher -o table
  az-imageshare credential test -n consumer --query 'checks[?!ok].hint' -o tsv

Permissions: none, beyond a service principal in each of its tenants.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow")]
pub(crate) struct CredentialTestArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialTest {
    name: String,
    ok: bool,
    checks: Vec<TenantTest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TenantTest {
    tenant_id: TenantId,
    ok: bool,
    detail: Option<String>,
    hint: Option<String>,
}

impl View for CredentialTest {
    const TABLE: &'static str = "checks[].{Tenant:tenantId, Ok:ok, Detail:detail}";
}

pub(super) fn test_credential(args: &CredentialTestArgs, app: &App) -> Result<Output> {
    let checks = app.block_on(credential::test_tenants(app, &args.name))?;
    let failures = checks.iter().filter(|check| check.outcome.is_err()).count();
    let code = match failures {
        0 => 0,
        some if some < checks.len() => crate::error::Kind::Partial.exit_code(),
        _ => checks
            .iter()
            .find_map(|check| check.outcome.as_ref().err())
            .map_or(1, |err| err.kind().exit_code()),
    };
    let tested = CredentialTest {
        name: args.name.clone(),
        ok: failures == 0,
        checks: checks.into_iter().map(tenant_test).collect(),
    };
    Ok(Output::of(&tested).failed(code))
}

fn tenant_test(check: credential::TenantCheck) -> TenantTest {
    let (detail, hint) = match &check.outcome {
        Ok(_) => (None, None),
        Err(err) => {
            let causes = err.causes();
            let detail = causes.last().cloned().unwrap_or_else(|| err.to_string());
            (Some(detail), err.hints().first().cloned())
        }
    };
    TenantTest { tenant_id: check.tenant, ok: check.outcome.is_ok(), detail, hint }
}
