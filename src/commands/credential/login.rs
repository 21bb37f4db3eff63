//! `credential login`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use clap::Args;
use serde::de::IgnoredAny;

use super::person::SignInWord;
use super::value;
use super::view::CredentialView;
use crate::app::App;
use crate::auth::credential_source::ClientCredential;
use crate::auth::records::SignInWay;
use crate::commands::change_args::ChangeArgs;
use crate::commands::delegation::duration::parse_duration;
use crate::error::{Error, Result};
use crate::id::{TenantId, TenantRef};
use crate::ops::credential::plan::login_plan;
use crate::ops::credential::{self, CredentialKind, Record};
use crate::ops::sign_in::{WantedSignIn, sign_in_person};
use crate::output::Output;

/// Sign in as a person again
///
/// For a credential that was added with --sign-in. Its sign-in may have ended, or a tenant asks for a second factor. What was kept is replaced once the new sign-in is complete, and its tokens go.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential login -n me
  az-imageshare credential login -n me --tenant fabrikam.onmicrosoft.com
  az-imageshare credential login -n me --claims eyJhY2Nlc3NfdG9rZW4iOnt9fQ==

Permissions: none in Azure; the keyring has to be unlocked.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
See: https://learn.microsoft.com/entra/identity-platform/claims-challenge")]
pub(crate) struct CredentialLoginArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// One of its tenants, by id or domain; its first where none is named
    #[arg(long, value_name = "GUID|DOMAIN", value_parser = value::tenant_value)]
    tenant: Option<TenantRef>,
    /// What a tenant asked for, as an error printed it (base64)
    #[arg(long, value_name = "CLAIMS", value_parser = claims_value)]
    claims: Option<String>,
    /// Another way to sign in than before
    #[arg(long, value_enum, value_name = "WAY")]
    sign_in: Option<SignInWord>,
    /// How long to wait for the browser
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_duration)]
    timeout: Duration,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Reads a challenge: JSON, which headers carry as base64.
fn claims_value(text: &str) -> Result<String, &'static str> {
    let bare = text.trim().trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare));
    let decoded = decoded.unwrap_or_else(|_| text.as_bytes().to_vec());
    let claims = String::from_utf8(decoded).map_err(|_| NO_CLAIMS)?;
    match serde_json::from_str::<BTreeMap<String, IgnoredAny>>(&claims) {
        Ok(_) => Ok(claims),
        Err(_) => Err(NO_CLAIMS),
    }
}

const NO_CLAIMS: &str =
    "not a claims challenge: the base64 of a JSON object, as an error printed it";

pub(super) fn login_credential(args: &CredentialLoginArgs, app: &App) -> Result<Output> {
    let record = credential::find_record(app, &args.name)?;
    credential::application_in_use(app, &record)?;
    if record.kind != CredentialKind::User {
        return Err(Error::usage(format!(
            "credential '{}' is an application's, and no person signs in",
            args.name
        ))
        .hint(format!(
            "Give it a new secret: `az-imageshare credential rotate -n {}`.",
            args.name
        )));
    }
    let tenant = signed_in_tenant(args, app, &record)?;
    let plan = login_plan(app, &record);
    if args.change.dry_run().is_some() {
        return app.block_on(
            args.change
                .carry_out(app, plan, async |_| Ok(Output::of(&CredentialView::from(record)))),
        );
    }
    // Nobody should sign in for what cannot be kept.
    app.secrets.probe()?;
    let kept_way = record.sign_in.unwrap_or(SignInWay::Browser);
    let wanted = WantedSignIn {
        tenant,
        client: record.client_id,
        way: args.sign_in.map_or(kept_way, SignInWay::from),
        account: record.account.clone(),
        claims: args.claims.clone(),
        patience: args.timeout,
    };
    let mut grant = app.block_on(sign_in_person(app, &wanted))?;
    let others = credential::claims_of_tenants(app, &record);
    grant.claims.extend(others.into_iter().filter(|(other, _)| *other != tenant));
    let shown = ClientCredential::Person(Arc::new(grant));
    app.block_on(args.change.carry_out(app, plan, async |run| {
        let work = async { credential::rotate_credential(app, &args.name, &shown, None) };
        let renewed = run.perform_every(work).await?;
        credential::forget_replaced(app, &args.name)?;
        Ok(Output::of(&CredentialView::from(renewed)))
    }))
}

fn signed_in_tenant(args: &CredentialLoginArgs, app: &App, record: &Record) -> Result<TenantId> {
    let Some(named) = &args.tenant else {
        return Ok(record.tenant_id);
    };
    let found = app.block_on(credential::resolve_tenants(app, std::slice::from_ref(named)))?;
    match found.first().filter(|tenant| record.is_for(**tenant)) {
        Some(tenant) => Ok(*tenant),
        None => Err(Error::usage(format!(
            "credential '{}' is not for tenant {named}",
            record.name
        ))
        .hint(format!(
            "Let it sign in there: `az-imageshare credential update -n {} --also-tenant {named}`.",
            record.name
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_as_headers_carry_them() {
        let claims = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;
        let padded = base64::engine::general_purpose::STANDARD.encode(claims);
        for text in [padded.as_str(), padded.trim_end_matches('='), claims] {
            assert_eq!(claims_value(text).as_deref(), Ok(claims), "{text}");
        }
        for bad in ["", "e30x", "W10=", "CANARY-7f3a9d"] {
            assert!(claims_value(bad).is_err(), "{bad}");
        }
    }
}
