//! Signing in with a credential before anything depends on it.

use super::CredentialDraft;
use crate::app::App;
use crate::auth::credential_source::ClientCredential;
use crate::auth::entra::{Entra, GrantRequest};
use crate::auth::person::login_command;
use crate::auth::person_endpoint::PersonEndpoint;
use crate::auth::{AccessToken, AuthError};
use crate::error::{Error, Kind, Result, catalogue};
use crate::id::{ClientId, TenantId};
use crate::ops::change::resume;

/// Signs in to each of the draft's tenants with what is about to be kept.
///
/// # Errors
/// If one of them refuses; the hints say what to do before the same command is run again.
pub(crate) async fn prove_draft(app: &App, draft: &CredentialDraft) -> Result<()> {
    for tenant in std::iter::once(&draft.tenant).chain(&draft.also) {
        app.reporter.step(&format!("signing in to tenant {tenant}"));
        sign_in(app, draft.client, *tenant, &draft.credential).await.map_err(|err| {
            unproven(app, (&draft.name, draft.client, *tenant), err).while_doing(format!(
                "credential '{}' cannot sign in to tenant {tenant}; nothing was saved",
                draft.name
            ))
        })?;
    }
    Ok(())
}

/// Signs in once with what is at hand; no keyring is asked, and no token is kept.
pub(crate) async fn sign_in(
    app: &App,
    client: ClientId,
    tenant: TenantId,
    credential: &ClientCredential,
) -> Result<AccessToken, AuthError> {
    let context = app.sign_in_context();
    let cloud = &context.settings.cloud;
    let entra = Entra::at(&cloud.active_directory, &context)?;
    let scope = cloud.arm_scope();
    let request = GrantRequest { tenant, client, scope: &scope };
    let issued = match credential.person() {
        Some(grant) => PersonEndpoint { entra: &entra, request }.refresh(grant).await?.issued,
        None => entra.sign_in(request, credential).await?,
    };
    Ok(AccessToken { secret: issued.secret, expires_on: issued.expires_on, tenant })
}

/// A refusal of what is not kept yet: advice about a stored credential could not be followed.
pub(super) fn unproven(
    app: &App,
    (name, client, tenant): (&str, ClientId, TenantId),
    err: AuthError,
) -> Error {
    let AuthError::Refused { codes, claims, .. } = &err else {
        return err.into();
    };
    let again = resume::same_command(app, false);
    let refused = || Error::new(Kind::SignIn, "sign-in was refused");
    if codes.iter().any(|code| NOT_IN_TENANT.contains(code)) {
        return refused()
            .caused_by(err)
            .hint(format!("Check --client-id and --tenant. If both are right, an administrator of that tenant lets the application in: `az-imageshare share app accept --client-id {client} --tenant {tenant}`, or in the browser, `az-imageshare share app consent-url --client-id {client} --tenant {tenant}`."))
            .hint(format!("Then run the same command again: `{again}`."));
    }
    if codes.iter().any(|code| SECOND_FACTOR.contains(code)) {
        let login = login_command(name, tenant, claims.as_deref());
        let mut words = app.command_line.clone();
        words.push("--no-test".to_owned());
        let untested = resume::typed_command(app, &words);
        return refused().caused_by(err).hint(format!(
            "Save it first: `{untested}`. Then sign in there with a second factor: `{login}`."
        ));
    }
    let known = codes.iter().find_map(|code| catalogue::by_number(*code));
    match known.filter(|known| known.hint().contains("az-imageshare credential ")) {
        Some(known) => {
            let cause = known.cause;
            refused()
                .caused_by(err)
                .hint(cause)
                .hint(format!("Run the same command again with the right one: `{again}`."))
        }
        None => Error::from(err).hint(format!("Then run the same command again: `{again}`.")),
    }
}

/// A person has to show a second factor, to register one, or to show it again.
const SECOND_FACTOR: [i64; 3] = [50_076, 50_078, 50_079];
/// "Application was not found in the directory", "missing service principal in the tenant", and no one consented.
const NOT_IN_TENANT: [i64; 3] = [700_016, 7_000_229, 65_001];
