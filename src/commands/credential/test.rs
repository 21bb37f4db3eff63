//! `credential test`

use clap::Args;
use serde::Serialize;

use crate::app::App;
use crate::commands::advice::advice_line;
use crate::error::{Kind, Result};
use crate::id::TenantId;
use crate::ops::credential;
use crate::output::{Output, View};

/// Sign in with a credential, to each of its tenants
///
/// Without --name, the one that signs in where none is named; with --all, every one of the cloud in use. Asks Entra even if a token is in the cache. Ends with 0 only if every tenant gave a token, and with 7 if only some did.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential test -n publisher -o table
  az-imageshare credential test --all --query '[?!ok].name' -o tsv
  az-imageshare credential test -n consumer --query 'checks[?!ok].hint' -o tsv

Permissions: none, beyond a service principal in each of its tenants.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow")]
pub(crate) struct CredentialTestArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME", conflicts_with = "all")]
    name: Option<String>,
    /// All credentials of the cloud in use
    #[arg(long)]
    all: bool,
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
    credential: String,
    tenant_id: TenantId,
    ok: bool,
    detail: Option<String>,
    hint: Option<String>,
}

impl View for CredentialTest {
    const TABLE: &'static str =
        "checks[].{Credential:credential, Tenant:tenantId, Ok:ok, Detail:detail}";
}

pub(super) fn test_credential(args: &CredentialTestArgs, app: &App) -> Result<Output> {
    if !args.all {
        let record = match &args.name {
            Some(name) => credential::find_record(app, name)?,
            None => credential::record_in_force(app)?,
        };
        let (tested, code) = test_one(app, &record.name)?;
        let advice = tested.advice();
        return Ok(Output::of(&tested).remarks(advice).failed(code));
    }
    let cloud = &app.settings.cloud.name;
    let mut rows = Vec::new();
    let mut codes = Vec::new();
    for record in credential::all_records(app)?.iter().filter(|record| record.cloud == *cloud) {
        let (tested, code) = test_one(app, &record.name)?;
        rows.push(tested);
        codes.push(code);
    }
    let code = match codes.iter().filter(|code| **code != 0).count() {
        0 => 0,
        failed if failed == codes.len() => codes[0],
        _ => Kind::Partial.exit_code(),
    };
    let advice = rows.iter().flat_map(CredentialTest::advice).collect();
    Ok(Output::rows(&rows).remarks(advice).failed(code).if_empty(super::list::EMPTY))
}

impl CredentialTest {
    /// What to do about each failure; the same advice is given once.
    fn advice(&self) -> Vec<String> {
        let hints =
            self.checks.iter().filter_map(|check| advice_line(&self.name, check.hint.as_deref()));
        let mut lines: Vec<String> = hints.collect();
        lines.dedup();
        lines
    }
}

fn test_one(app: &App, name: &str) -> Result<(CredentialTest, u8)> {
    let checks = app.block_on(credential::test_tenants(app, name))?;
    let failures = checks.iter().filter(|check| check.outcome.is_err()).count();
    let code = match failures {
        0 => 0,
        some if some < checks.len() => Kind::Partial.exit_code(),
        _ => checks
            .iter()
            .find_map(|check| check.outcome.as_ref().err())
            .map_or(1, |err| err.kind().exit_code()),
    };
    let tested = CredentialTest {
        name: name.to_owned(),
        ok: failures == 0,
        checks: checks.into_iter().map(|check| tenant_test(name, check)).collect(),
    };
    Ok((tested, code))
}

fn tenant_test(name: &str, check: credential::TenantCheck) -> TenantTest {
    let (detail, hint) = match &check.outcome {
        Ok(_) => (None, None),
        Err(err) => {
            let causes = err.causes();
            let detail = causes.last().cloned().unwrap_or_else(|| err.to_string());
            (Some(detail), err.hints().first().cloned())
        }
    };
    TenantTest {
        credential: name.to_owned(),
        tenant_id: check.tenant,
        ok: check.outcome.is_ok(),
        detail,
        hint,
    }
}
