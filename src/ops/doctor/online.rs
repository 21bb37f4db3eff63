//! What only Azure can say: whether it can be reached, who can sign in, what they see and what they may do.

use super::check::{Check, State};
use super::{reach, rights};
use crate::app::App;
use crate::auth::TokenRequest;
use crate::auth::records::Records;
use crate::error::Result;
use crate::ops::credential;
use crate::settings::SettingsError;

/// Asks Azure.
///
/// # Errors
/// Nothing but an interruption ends it: what fails is a check that failed.
pub(crate) async fn examine(app: &App, subscription: Option<&str>) -> Result<Vec<Check>> {
    let unknown = |problem: &SettingsError| matches!(problem, SettingsError::Cloud(_));
    if app.settings.problems.iter().any(unknown) {
        return Ok(vec![Check::skipped("online", "the cloud is not known: see cloud")]);
    }
    app.reporter.step("asking the services of the cloud");
    let mut checks = reach::checks(app).await;
    let is_reached = |check: &Check| check.name == "reach authority" && check.state == State::Ok;
    if !checks.iter().any(is_reached) {
        checks.push(Check::skipped("sign-in", "the authority cannot be reached"));
        return Ok(checks);
    }
    let signed_in = sign_in(app).await;
    let goes_on = signed_in.state == State::Ok;
    checks.push(signed_in);
    checks.extend(credentials(app).await);
    if goes_on {
        checks.extend(rights::checks(app, subscription).await);
    } else {
        checks.push(Check::skipped("subscriptions", "no identity is signed in"));
    }
    Ok(checks)
}

/// Signs in as a command without `--credential` would.
async fn sign_in(app: &App) -> Check {
    const NAME: &str = "sign-in";
    let request = TokenRequest {
        tenant: None,
        scope: app.settings.cloud.arm_scope(),
        // A token of the cache would prove nothing.
        renew: true,
    };
    let tokens = match app.tokens() {
        Ok(tokens) => tokens,
        Err(err) => return Check::refused(NAME, err),
    };
    match tokens.token(&request).await {
        Ok(token) => Check::ok(NAME, format!("Entra gave a token for tenant {}", token.tenant)),
        Err(err) => Check::refused(NAME, err),
    }
}

/// Signs in with every credential of the cloud, to each of its tenants.
async fn credentials(app: &App) -> Vec<Check> {
    let records = Records::load(&app.settings.home).unwrap_or_default();
    let mut checks = Vec::new();
    for record in &records.credentials {
        if record.cloud != app.settings.cloud.name {
            continue;
        }
        let name = format!("sign-in {}", record.name);
        match credential::test_tenants(app, &record.name).await {
            Err(err) => checks.push(Check::refused(name, err)),
            Ok(tested) => checks.extend(tested.into_iter().map(|tested| match tested.outcome {
                Ok(_) => Check::ok(&name, format!("tenant {}", tested.tenant)),
                Err(err) => {
                    let refused = Check::refused(&name, err);
                    let detail = format!("tenant {}: {}", tested.tenant, refused.detail);
                    Check { detail, ..refused }
                }
            })),
        }
    }
    checks
}
