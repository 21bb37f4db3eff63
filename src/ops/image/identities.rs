//! Everyone this user can be: each credential in each of its tenants, the environment, the `az` login.

use std::sync::Arc;

use crate::app::App;
use crate::app::names::KnownNames;
use crate::arm::Client;
use crate::auth::az_login::AzLogin;
use crate::auth::records::Records;
use crate::auth::{self, AuthError, TokenSource};
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::gaps::Gaps;

/// One way to be someone in one tenant.
pub(crate) struct Identity {
    /// The credential's name, `environment` or `az login`.
    pub name: String,
    pub tenant: TenantId,
    /// Speaks to Resource Manager as that.
    pub client: Client,
    /// Signs in as that.
    pub tokens: Arc<dyn TokenSource>,
    /// The tenant is one of the credential's further ones, which may not have accepted its application yet.
    pub is_visitor: bool,
}

impl Identity {
    /// Notes why it could not be asked. An application that a further tenant has not accepted has nothing there, and
    /// the login that an uninstalled `az` left behind cannot look anywhere.
    pub(crate) fn note_refusal(&self, gaps: &mut Gaps, what: String, err: &Error) {
        if err.lacks_az() || self.is_visitor && err.has_entra_code(NOT_INSTALLED) {
            gaps.note_limit(what, err);
        } else {
            gaps.note(what, err);
        }
    }
}

/// Entra's code for an application that is not in a tenant.
const NOT_INSTALLED: i64 = 700_016;

/// Everyone this user can be; with `--credential` only that one.
pub(crate) async fn all(app: &App) -> Result<Vec<Identity>> {
    let mut found = Vec::new();
    let settings = &app.settings;
    let records = Records::load(&settings.home)?;
    let chosen = settings.credential.as_ref().map(|wanted| wanted.value.as_str());
    let kept = records.credentials.iter().filter(|record| match chosen {
        Some(name) => record.name == name,
        None => record.cloud == settings.cloud.name,
    });
    for record in kept {
        let tokens = app.tokens_of(&record.name)?;
        for tenant in std::iter::once(&record.tenant_id).chain(&record.also_tenant_ids) {
            add(app, &mut found, &record.name, tokens.clone(), *tenant)?;
            if let Some(added) = found.last_mut() {
                added.is_visitor = *tenant != record.tenant_id;
            }
        }
    }
    if chosen.is_none() {
        if !app.inside_az {
            add_environment(app, &mut found).await?;
        }
        add_az(app, &mut found)?;
    }
    if found.is_empty() {
        return match app.tokens() {
            Err(err) => Err(err),
            Ok(_) => Err(Error::from(AuthError::NobodySignedIn { has_az: true, kept: None })),
        };
    }
    Ok(found)
}

/// The stored credentials beside the one that `--credential` names: that one signs in for what is written, and
/// these may read what it cannot. None without `--credential`, since [`all`] has them then.
pub(crate) fn beside(app: &App) -> Result<Vec<Identity>> {
    let mut found = Vec::new();
    let Some(chosen) = &app.settings.credential else { return Ok(found) };
    let records = Records::load(&app.settings.home)?;
    let is_other =
        |name: &str, cloud: &str| *name != *chosen.value && cloud == app.settings.cloud.name;
    let others = records.credentials.iter().filter(|one| is_other(&one.name, &one.cloud));
    for record in others {
        let tokens = app.tokens_of(&record.name)?;
        for tenant in std::iter::once(&record.tenant_id).chain(&record.also_tenant_ids) {
            add(app, &mut found, &record.name, tokens.clone(), *tenant)?;
        }
    }
    Ok(found)
}

/// Asks for the names of the identities' own tenants that are not known yet, where people are going to read them.
/// They come from the answers in passing; an identity that gets no answer is not a failure.
pub(crate) async fn learn_tenants(app: &App, identities: &[Identity]) {
    if !app.prints_names() {
        return;
    }
    let names = KnownNames::open(app);
    let mut nameless: Vec<&Identity> = Vec::new();
    for identity in identities {
        let is_new = nameless.iter().all(|known| known.tenant != identity.tenant);
        if is_new && names.tenant_title(&identity.tenant.to_string()).is_none() {
            nameless.push(identity);
        }
    }
    let work = nameless.iter().map(|identity| identity.client.prefetch_tenants());
    fan_out(AT_ONCE, work).await;
}

/// The one that signs in where no one is named, in its own tenant.
pub(crate) async fn in_force(app: &App) -> Result<Identity> {
    let tokens = app.tokens()?;
    let lender = tokens.lender();
    let in_environment = app.settings.environment.client_id.is_some();
    let name = match lender.credential.filter(|name| !name.is_empty()) {
        Some(name) => name,
        None if in_environment && !app.inside_az => ENVIRONMENT.to_owned(),
        None => AZ_LOGIN.to_owned(),
    };
    let mut found = Vec::new();
    match tokens.home_tenant() {
        Some(tenant) => add(app, &mut found, &name, tokens, tenant)?,
        None => add_environment(app, &mut found).await?,
    }
    found.pop().ok_or_else(|| Error::from(AuthError::NobodySignedIn { has_az: false, kept: None }))
}

/// The login of `az` in a tenant that it lists no subscription of: it may be known there all the same.
pub(super) fn az_guest(
    app: &App,
    known: &[Identity],
    tenant: TenantId,
) -> Result<Option<Identity>> {
    let is_known = |identity: &Identity| identity.name == AZ_LOGIN && identity.tenant == tenant;
    if app.settings.credential.is_some() || known.iter().any(is_known) {
        return Ok(None);
    }
    let Some(login) = AzLogin::find(&app.sign_in_context())? else {
        return Ok(None);
    };
    let mut found = Vec::new();
    add(app, &mut found, AZ_LOGIN, Arc::new(login), tenant)?;
    Ok(found.pop())
}

/// Who signs in as the identity of this name.
pub(crate) fn tokens_of(app: &App, name: &str) -> Result<Arc<dyn TokenSource>> {
    let records = Records::load(&app.settings.home)?;
    if records.credentials.iter().any(|record| record.name == name) {
        return app.tokens_of(name);
    }
    match AzLogin::find(&app.sign_in_context())? {
        Some(login) if name == AZ_LOGIN => Ok(Arc::new(login)),
        _ => app.tokens(),
    }
}

const AZ_LOGIN: &str = "az login";
const ENVIRONMENT: &str = "environment";

fn add(
    app: &App,
    found: &mut Vec<Identity>,
    name: &str,
    tokens: Arc<dyn TokenSource>,
    tenant: TenantId,
) -> Result<()> {
    let client = app.arm_as(tokens.clone(), Some(tenant))?;
    found.push(Identity { name: name.to_owned(), tenant, client, tokens, is_visitor: false });
    Ok(())
}

async fn add_environment(app: &App, found: &mut Vec<Identity>) -> Result<()> {
    let settings = &app.settings;
    let described = auth::application_of_environment(&settings.environment, &settings.cloud)?;
    let Some(application) = described else { return Ok(()) };
    let tokens = app.tokens()?;
    let tenant = app.tenant_id(&application.home).await?;
    add(app, found, ENVIRONMENT, tokens, tenant)
}

/// The login of `az` may reach several tenants; each that it lists is one.
fn add_az(app: &App, found: &mut Vec<Identity>) -> Result<()> {
    let Some(login) = AzLogin::find(&app.sign_in_context())? else {
        return Ok(());
    };
    let login: Arc<dyn TokenSource> = Arc::new(login);
    for tenant in login.tenants() {
        add(app, found, AZ_LOGIN, login.clone(), tenant)?;
    }
    Ok(())
}
