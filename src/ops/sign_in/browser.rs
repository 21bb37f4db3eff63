//! Signing in with the system's browser: authorization code, PKCE, `state`, `nonce`, `form_post`.
//!
//! Sources: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>,
//! <https://www.rfc-editor.org/rfc/rfc8252>. The answer is posted, so that no code stays in the history of the
//! browser or in an address that a proxy writes down.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use super::return_page::{BrowserAnswer, ReturnPort};
use super::{WantedSignIn, opener, unguessable};
use crate::app::App;
use crate::auth::person_endpoint::{PersonAnswer, PersonEndpoint};
use crate::error::{Error, Kind, Result};
use crate::loopback::secret::RunSecret;
use crate::secrets::Secret;

/// Opens the page, waits for the browser, and redeems what it brought. Gives the nonce, too.
pub(super) async fn sign_in(
    app: &App,
    wanted: &WantedSignIn,
    endpoint: &PersonEndpoint<'_>,
) -> Result<(PersonAnswer, Option<String>)> {
    let port = ReturnPort::open().await?;
    let state = RunSecret::random().map_err(|err| {
        Error::new(Kind::Failure, format!("the system gives no random bytes: {err}"))
    })?;
    let (verifier, nonce) = (Secret::new(unguessable()), unguessable());
    let redirect = format!("http://localhost:{}", port.number());
    let asked = [
        ("redirect_uri", redirect.as_str()),
        ("state", state.text()),
        ("nonce", &nonce),
        ("code_challenge", &challenge(&verifier)),
    ];
    let url = address(app, wanted, &asked);
    if opener::open_in_browser(app, &url) {
        app.reporter.note("Your browser opens a page to sign in on. If it does not:");
    }
    app.reporter.note(&format!("Open this address in a browser: {url}"));
    let answer = tokio::time::timeout(wanted.patience, port.answer(state)).await;
    let answer = answer.map_err(|_| late(wanted))??;
    match answer {
        BrowserAnswer::Code(code) => {
            let claims = wanted.claims.as_deref();
            let answer = endpoint.redeem_code((&code, &verifier), &redirect, claims).await?;
            Ok((answer, Some(nonce)))
        }
        BrowserAnswer::Refused { error, description } => {
            Err(Error::new(Kind::SignIn, format!("the sign-in was refused: {error}"))
                .caused_by(Error::new(Kind::SignIn, description))
                .hint("Run the command again and accept; or ask an administrator of the tenant to let the application in."))
        }
    }
}

/// The challenge of a verifier: <https://www.rfc-editor.org/rfc/rfc7636#section-4.2>
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

/// The address of Entra's page.
fn address(app: &App, wanted: &WantedSignIn, asked: &[(&str, &str)]) -> Url {
    let cloud = &app.settings.cloud;
    let base = cloud.active_directory.as_str().trim_end_matches('/');
    let mut url = Url::parse(&format!("{base}/{}/oauth2/v2.0/authorize", wanted.tenant))
        .expect("an authority with a path is an address");
    let scope = format!("{} openid profile offline_access", cloud.arm_scope());
    let mut query = url.query_pairs_mut();
    query
        .append_pair("client_id", &wanted.client.to_string())
        .append_pair("response_type", "code")
        .append_pair("response_mode", "form_post")
        .append_pair("scope", &scope)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(asked);
    match &wanted.account {
        Some(account) => query.append_pair("login_hint", account),
        None => query.append_pair("prompt", "select_account"),
    };
    query.extend_pairs(wanted.claims.iter().map(|claims| ("claims", claims)));
    drop(query);
    url
}

fn late(wanted: &WantedSignIn) -> Error {
    let seconds = wanted.patience.as_secs();
    Error::new(Kind::SignIn, format!("the browser did not come back within {seconds} s"))
        .hint("Run the command again. If the page ended with an error, its AADSTS number says why: `az-imageshare doctor --error \"AADSTS…\"`. A tenant that demands a managed device is signed in to with `az login`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCM-9YS5O5K7B_GZKQTvPGA8");
        assert_eq!(unguessable().len(), 43);
    }
}
