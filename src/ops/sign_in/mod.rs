//! A person signs in: in a browser that comes back to this computer, or by a code that is typed elsewhere.
//!
//! Nothing is kept here. The caller gets the grant and the name of the account.

use std::collections::BTreeMap;

use crate::app::App;
use crate::auth::entra::{Entra, GrantRequest};
use crate::auth::person::{PersonGrant, SignInWay};
use crate::auth::person_endpoint::{PersonAnswer, PersonEndpoint};
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;
use crate::rest::plain_line;

mod browser;
mod device_code;
mod opener;
mod return_page;
mod wanted;

pub(crate) use wanted::WantedSignIn;

/// Has a person sign in.
///
/// # Errors
/// If the person declines, does not come back in time, or someone else signed in; nothing is kept then.
pub(crate) async fn sign_in_person(app: &App, wanted: &WantedSignIn) -> Result<PersonGrant> {
    let context = app.sign_in_context();
    let entra = Entra::at(&app.settings.cloud.active_directory, &context)?;
    let scope = app.settings.cloud.arm_scope();
    let request = GrantRequest { tenant: wanted.tenant, client: wanted.client, scope: &scope };
    let endpoint = PersonEndpoint { entra: &entra, request };
    let (answer, nonce) = match wanted.way {
        SignInWay::Browser => browser::sign_in(app, wanted, &endpoint).await?,
        SignInWay::DeviceCode => (device_code::sign_in(app, wanted, &endpoint).await?, None),
    };
    let grant = grant_of(wanted, answer, nonce.as_deref())?;
    app.reporter.note(&format!("Signed in as {} in tenant {}.", grant.account, wanted.tenant));
    Ok(grant)
}

/// Makes sure that the answer is about this sign-in, and takes from it what is kept.
fn grant_of(
    wanted: &WantedSignIn,
    answer: PersonAnswer,
    nonce: Option<&str>,
) -> Result<PersonGrant> {
    let strange = |what: &str| {
        Error::new(Kind::SignIn, format!("the sign-in was not the one that began here: {what}"))
            .hint("Run the command again, and use only the page that it opens.")
    };
    let person = answer.person.ok_or_else(|| strange("it does not say who signed in"))?;
    if person.aud != wanted.client {
        return Err(strange("it is for another application"));
    }
    if nonce.is_some() && person.nonce.as_deref() != nonce {
        return Err(strange("it answers another question"));
    }
    if person.tid != wanted.tenant {
        return Err(Error::new(
            Kind::SignIn,
            format!("the sign-in is of tenant {}, not of {}", person.tid, wanted.tenant),
        )
        .hint("Check --tenant: sign in to the tenant that you want tokens of, as its member or guest."));
    }
    let account = plain_line(&person.preferred_username);
    if let Some(expected) = &wanted.account
        && !expected.eq_ignore_ascii_case(&account)
    {
        return Err(Error::new(Kind::SignIn, format!("{account} signed in, not {expected}"))
            .hint("Choose the right account on the page. For another person, add another credential: `az-imageshare credential add --help`."));
    }
    let refresh_token = answer.refresh_token.ok_or_else(|| {
        Error::new(Kind::SignIn, "the sign-in service gave no refresh token")
            .hint("Let the application have the permission offline_access in this tenant.")
    })?;
    let claims = wanted.claims.iter().map(|claims| (wanted.tenant, claims.clone()));
    let claims: BTreeMap<TenantId, String> = claims.collect();
    Ok(PersonGrant { refresh_token, account, way: wanted.way, claims })
}
