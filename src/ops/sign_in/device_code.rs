//! Signing in by a code that is typed in another browser: only where someone asked for it by that word.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>. Codes are what phishers
//! send (Storm-2372), and many tenants block them; so nothing falls back to one, and nothing opens the page.

use std::time::{Duration, Instant};

use super::wanted::WantedSignIn;
use crate::app::App;
use crate::auth::AuthError;
use crate::auth::person_endpoint::{PersonAnswer, PersonEndpoint};
use crate::error::{Error, Kind, Result};
use crate::rest::plain_line;

/// Shows a code, and waits until it was typed.
pub(super) async fn sign_in(
    app: &App,
    wanted: &WantedSignIn,
    endpoint: &PersonEndpoint<'_>,
) -> Result<PersonAnswer> {
    if !app.terminals.stderr {
        return Err(Error::usage("a code to sign in with is shown on a terminal only")
            .hint("Run the command at a terminal, or sign in with `--sign-in browser`."));
    }
    let mut code = endpoint.device_code().await.map_err(blocked_error)?;
    let (page, typed) = (plain_line(&code.verification_uri), plain_line(&code.user_code));
    app.reporter.note(&format!("Open this page in a browser: {page}"));
    app.reporter.note(&format!("Type this code there: {typed}"));
    app.reporter.note("The code belongs to the sign-in that you began here, just now. Never type one that someone sent you.");
    let until = Instant::now() + Duration::from_secs(code.expires_in.clamp(1, LONGEST));
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(code.interval.clamp(1, SLOWEST))).await;
        let claims = wanted.claims.as_deref();
        if let Some(answer) =
            endpoint.redeem_device_code(&mut code, claims).await.map_err(blocked_error)?
        {
            return Ok(answer);
        }
    }
    Err(Error::new(Kind::SignIn, "the code was not typed in time")
        .hint("Run the command again: it shows another code."))
}

/// A tenant that lets no one sign in by code says so; another way has to be asked for.
fn blocked_error(err: AuthError) -> Error {
    let is_blocked = matches!(&err, AuthError::Refused { codes, .. }
        if codes.iter().any(|code| BLOCKED.contains(code)));
    if !is_blocked {
        return err.into();
    }
    Error::new(Kind::SignIn, "this tenant lets no one sign in by a code, or not from here")
        .caused_by(err)
        .hint("Sign in with `--sign-in browser`; where a managed device is demanded, with az.")
}

/// Conditional access: the device is not compliant, and access is blocked.
const BLOCKED: [i64; 3] = [53_000, 53_003, 530_033];
const LONGEST: u64 = 1800;
const SLOWEST: u64 = 60;
