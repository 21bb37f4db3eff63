//! Signing in with the system's browser: authorization code, PKCE, `state`, `nonce`, `form_post`.
//!
//! Sources: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>,
//! <https://www.rfc-editor.org/rfc/rfc8252>. The answer is posted, so that no code stays in the history of the
//! browser or in an address that a proxy writes down.

use url::Url;

use super::opener;
use super::return_page::{BrowserAnswer, ReturnPort};
use super::wanted::WantedSignIn;
use crate::app::App;
use crate::auth::code_verifier::CodeVerifier;
use crate::auth::person_endpoint::{PersonAnswer, PersonEndpoint};
use crate::error::{Error, Kind, Result};
use crate::loopback::secret::RunSecret;

/// Opens the page, waits for the browser, and redeems what it brought. Gives the nonce, too.
pub(super) async fn sign_in(
    app: &App,
    wanted: &WantedSignIn,
    endpoint: &PersonEndpoint<'_>,
) -> Result<(PersonAnswer, Option<String>)> {
    let port = ReturnPort::open().await?;
    let (state, nonce) = (unguessable()?, unguessable()?.text().to_owned());
    let verifier = CodeVerifier::random();
    let redirect = format!("http://localhost:{}", port.number());
    let asked = [
        ("redirect_uri", redirect.as_str()),
        ("state", state.text()),
        ("nonce", &nonce),
        ("code_challenge", &verifier.challenge()),
    ];
    let url = page_address(app, wanted, &asked);
    if opener::open_in_browser(app, &url) {
        app.reporter.note("Your browser opens a page to sign in on. If it does not:");
    }
    app.reporter.note(&format!("Open this address in a browser: {url}"));
    let answer = tokio::time::timeout(wanted.patience, port.answer(state)).await;
    let answer = answer.map_err(|_| late_error(wanted))??;
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

/// A text that no one can guess.
fn unguessable() -> Result<RunSecret> {
    RunSecret::random().map_err(|err| {
        Error::new(Kind::Failure, format!("the system gives no random bytes: {err}"))
    })
}

/// The address of Entra's page.
fn page_address(app: &App, wanted: &WantedSignIn, asked: &[(&str, &str)]) -> Url {
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

fn late_error(wanted: &WantedSignIn) -> Error {
    let seconds = wanted.patience.as_secs();
    Error::new(Kind::SignIn, format!("the browser did not come back within {seconds} s"))
        .hint("Run the command again. If the page ended with an error, its AADSTS number says why: `az-imageshare doctor --error \"AADSTS…\"`. A tenant that demands a managed device is signed in to with az.")
}
