//! The login of the Azure CLI: its tokens are asked of `az` itself (the one that runs us, else a new one), kept
//! in memory only, and its files are never written.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::bridge::LoginRequest;
use super::context::SignInContext;
use super::error::AuthError;
use super::msal;
use super::token::{AccessToken, Lender, TokenRequest, TokenSource};
use crate::id::TenantId;
use crate::process::unix_seconds;
use crate::secrets::Secret;
use crate::settings::Environment;
use crate::settings::az::{ProfileSubscription, ProfileUser};
use crate::settings::env;

/// Gives the tokens of the one who is logged in to `az`.
pub(crate) struct AzLogin {
    login: ProfileSubscription,
    tenant: TenantId,
    /// Every subscription that `az` lists, of whichever account.
    listed: Vec<ProfileSubscription>,
    context: SignInContext,
    memory: Mutex<HashMap<(TenantId, String), AccessToken>>,
}

/// What `az account get-access-token` prints. Source: azure-cli, `profile/custom.py`.
#[derive(Deserialize)]
struct CliToken {
    #[serde(rename = "accessToken")]
    access_token: String,
    expires_on: i64,
    tenant: Option<TenantId>,
}

const EARLY: i64 = 300;
/// The longest life a token of az can have is 28 hours (continuous access evaluation).
const LONGEST_LIFE: i64 = 28 * 3600;

impl AzLogin {
    /// Finds the login in the cloud in use: of the subscription that was asked for, else `az`'s default.
    ///
    /// # Errors
    /// If the subscription that was asked for is not among those of the login.
    pub(crate) fn find(context: &SignInContext) -> Result<Option<AzLogin>, AuthError> {
        let subscriptions = context.settings.az_subscriptions();
        if subscriptions.is_empty() {
            return Ok(None);
        }
        let wanted = context.settings.subscription.as_deref();
        let chosen = subscriptions.iter().find(|found| match wanted {
            Some(wanted) => found.is(wanted),
            None => found.is_default,
        });
        // The subscription may be in a tenant that az does not list; the default login may reach it.
        let chosen = chosen.or_else(|| subscriptions.iter().find(|found| found.is_default));
        let login = chosen.unwrap_or(&subscriptions[0]).clone();
        let tenant =
            login.tenant().ok_or_else(|| unusable_login("its tenant is not a GUID", "az login"))?;
        Ok(Some(AzLogin {
            login,
            tenant,
            listed: subscriptions,
            context: context.clone(),
            memory: Mutex::default(),
        }))
    }

    /// The user's sign-in name, or the client id of a service principal.
    pub(crate) fn user_name(&self) -> &str {
        &self.login.user.name
    }

    fn now(&self) -> i64 {
        unix_seconds((self.context.clock)())
    }

    /// Tenant and scope of a request that this login can answer.
    fn wanted(&self, request: &TokenRequest) -> Result<(TenantId, String), AuthError> {
        let tenant = request.tenant.unwrap_or(self.tenant);
        match self.login.user.one_tenant() {
            Some(login) if self.account(tenant).is_none() => {
                Err(AuthError::OneTenant { login, own: self.tenant, wanted: tenant })
            }
            _ => Ok((tenant, request.scope.clone())),
        }
    }

    /// The account that opens a tenant: the login's own if it can, else another that `az` has.
    fn account(&self, tenant: TenantId) -> Option<&ProfileSubscription> {
        let mut all: Vec<&ProfileSubscription> = std::iter::once(&self.login)
            .chain(&self.listed)
            .filter(|listed| listed.tenant() == Some(tenant))
            .collect();
        all.sort_by_key(|listed| listed.user.name != self.login.user.name);
        all.first().copied()
    }

    fn user(&self, tenant: TenantId) -> &ProfileUser {
        &self.account(tenant).unwrap_or(&self.login).user
    }

    async fn ask(&self, tenant: TenantId, scope: &str) -> Result<AccessToken, AuthError> {
        let Some(az) = &self.context.in_hand else {
            return self.start_az(tenant, scope).await;
        };
        let asked = LoginRequest {
            cloud: self.context.settings.cloud.name.clone(),
            tenant,
            scope: scope.to_owned(),
        };
        az.token(&asked).await.map_err(|err| match err {
            AuthError::AzLogin { reason, .. } => unusable_login(reason, self.again(tenant)),
            other => other,
        })
    }

    /// The command that logs in again, so that there is a token of this tenant.
    fn again(&self, tenant: TenantId) -> String {
        let user = self.user(tenant);
        match user.name.as_str() {
            "systemAssignedIdentity" | "userAssignedIdentity" => "az login --identity".to_owned(),
            app if user.kind == "servicePrincipal" => {
                format!("az login --service-principal -u {app} --tenant {tenant}")
            }
            _ => format!("az login --tenant {tenant}"),
        }
    }

    async fn start_az(&self, tenant: TenantId, scope: &str) -> Result<AccessToken, AuthError> {
        let failed = |what: String| unusable_login(what, self.again(tenant));
        let program = az_program(&self.context.settings.environment).ok_or(AuthError::NoAz)?;
        // By its subscription it is this account that answers; by a tenant, the default one. az 2.60 refuses
        // a managed identity's own tenant.
        let place = match self.account(tenant) {
            Some(account) => ["--subscription".to_owned(), account.id.clone()],
            None => ["--tenant".to_owned(), tenant.to_string()],
        };
        let mut command = tokio::process::Command::new(program);
        command
            .args(["account", "get-access-token", "--output", "json"])
            .args(["--scope", scope])
            .args(place)
            .env("AZURE_CONFIG_DIR", &self.context.settings.config_dir)
            .env_remove(env::ARM_CLIENT_SECRET)
            .env_remove(env::ARM_CLIENT_CERTIFICATE_PASSWORD)
            .env_remove(env::CLIENT_SECRET)
            .env_remove(env::CLIENT_CERTIFICATE_PASSWORD)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output =
            command.output().await.map_err(|err| failed(format!("az cannot be started: {err}")))?;
        let printed = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(failed(az_complaint(&output.stderr)));
        }
        let printed: CliToken = serde_json::from_slice(&printed)
            .map_err(|_| failed("az printed no token".to_owned()))?;
        Ok(AccessToken {
            secret: Secret::new(printed.access_token),
            expires_on: printed.expires_on.clamp(0, self.now() + LONGEST_LIFE),
            tenant: printed.tenant.unwrap_or(tenant),
        })
    }
}

#[async_trait]
impl TokenSource for AzLogin {
    fn home_tenant(&self) -> Option<TenantId> {
        Some(self.tenant)
    }

    fn lender(&self) -> Lender {
        let user = &self.login.user.name;
        Lender {
            title: format!("the az login of {user}"),
            credential: None,
            client: user.parse().ok(),
        }
    }

    fn tenants(&self) -> Vec<TenantId> {
        let mut tenants = vec![self.tenant];
        for tenant in self.listed.iter().filter_map(ProfileSubscription::tenant) {
            if !tenants.contains(&tenant) {
                tenants.push(tenant);
            }
        }
        tenants
    }

    fn tenant_of(&self, subscription: &str) -> Option<TenantId> {
        let found = self.listed.iter().find(|listed| listed.is(subscription));
        found?.tenant()
    }

    fn stronger_login(
        &self,
        tenant: Option<TenantId>,
        scope: &str,
        claims: &str,
    ) -> Option<String> {
        // The form that `az` itself prints: `_generate_login_command` in `core/auth/util.py` of azure-cli.
        let tenant = tenant.unwrap_or(self.tenant);
        Some(format!("az login --tenant {tenant} --scope {scope} --claims-challenge {claims}"))
    }

    fn lacks_az(&self) -> bool {
        az_program(&self.context.settings.environment).is_none()
    }

    fn cached(&self, request: &TokenRequest) -> Result<Option<AccessToken>, AuthError> {
        if request.renew {
            return Ok(None);
        }
        let (tenant, scope) = self.wanted(request)?;
        let fresh = |token: &AccessToken| token.expires_on - self.now() > EARLY;
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = memory.get(&(tenant, scope.clone())).filter(|token| fresh(token)) {
            return Ok(Some(token.clone()));
        }
        let wanted = msal::MsalQuery {
            user: self.user(tenant),
            authority: &self.context.settings.cloud.active_directory,
            tenant,
            scope: &scope,
        };
        let found = msal::find_token(&self.context.settings.config_dir, &wanted);
        Ok(found.filter(|token| fresh(token)))
    }

    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, AuthError> {
        if let Some(token) = self.cached(request)? {
            return Ok(token);
        }
        let (tenant, scope) = self.wanted(request)?;
        let token = self.ask(tenant, &scope).await?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.insert((tenant, scope), token.clone());
        Ok(token)
    }
}

fn unusable_login(reason: impl Into<String>, again: impl Into<String>) -> AuthError {
    AuthError::AzLogin { reason: reason.into(), again: again.into() }
}

/// Where `az` is, if it is in one of the absolute folders of PATH.
pub(crate) fn az_program(environment: &Environment) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) { &["az.cmd", "az.exe"] } else { &["az"] };
    let folders = environment.search_path.iter();
    folders
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file())
}

/// The first line of what `az` says, without its colors.
fn az_complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let worded = || text.lines().filter(|line| !line.trim().is_empty());
    let line = text
        .lines()
        .find(|line| line.starts_with("ERROR:"))
        // Of a traceback, the last line is the one that says what happened.
        .or_else(|| worded().rfind(|_| text.contains("Traceback (most recent call last)")))
        .or_else(|| worded().next())
        .unwrap_or("az ended without a word");
    line.trim_start_matches("ERROR:").trim().chars().filter(|c| !c.is_control()).take(600).collect()
}

#[cfg(test)]
mod tests {
    use super::az_complaint;

    #[test]
    fn the_last_line_of_a_traceback_is_what_az_says() {
        // bugs F10, azure-cli issues 29996 and 33720: the first line became the message.
        let stderr = b"Traceback (most recent call last):\n  File \"__main__.py\", line 1\nModuleNotFoundError: No module named 'azure'\n\n";
        assert_eq!(az_complaint(stderr), "ModuleNotFoundError: No module named 'azure'");
        assert_eq!(
            az_complaint(b"noise\nERROR: Please run 'az login'.\n"),
            "Please run 'az login'."
        );
        assert_eq!(az_complaint(b"\nfirst\nsecond\n"), "first");
        assert_eq!(az_complaint(b""), "az ended without a word");
    }
}
