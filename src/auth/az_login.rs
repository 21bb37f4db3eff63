//! The login of the Azure CLI: its tokens are asked of `az` itself (the one that runs us, else a new one), kept
//! in memory only, and its files are never written.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::bridge::Asked;
use super::{AccessToken, AuthError, Surroundings, TokenRequest, TokenSource, msal};
use crate::id::TenantId;
use crate::process::unix_seconds;
use crate::secrets::Secret;
use crate::settings::Environment;
use crate::settings::az::ProfileSubscription;
use crate::settings::env;

/// Gives the tokens of whoever is logged in to `az`.
pub struct AzLogin {
    login: ProfileSubscription,
    tenant: TenantId,
    surroundings: Surroundings,
    memory: Mutex<HashMap<(TenantId, String), AccessToken>>,
}

/// What `az account get-access-token` prints. Source: azure-cli, `profile/custom.py`.
#[derive(Deserialize)]
struct Printed {
    #[serde(rename = "accessToken")]
    access_token: String,
    expires_on: i64,
    tenant: Option<TenantId>,
}

const EARLY: i64 = 300;

impl AzLogin {
    /// Finds the login in the cloud in use: of the subscription that was asked for, else `az`'s default.
    ///
    /// # Errors
    /// If the subscription that was asked for is not among those of the login.
    pub fn find(surroundings: &Surroundings) -> Result<Option<AzLogin>, AuthError> {
        let subscriptions = surroundings.settings.az_subscriptions();
        if subscriptions.is_empty() {
            return Ok(None);
        }
        let wanted = surroundings.settings.subscription.as_deref();
        let chosen = subscriptions.iter().find(|found| match wanted {
            Some(wanted) => {
                found.id.eq_ignore_ascii_case(wanted) || found.name.eq_ignore_ascii_case(wanted)
            }
            None => found.is_default,
        });
        // The subscription may be in a tenant that az does not list; the default login may reach it.
        let chosen = chosen.or_else(|| subscriptions.iter().find(|found| found.is_default));
        let login = chosen.unwrap_or(&subscriptions[0]).clone();
        let tenant = login
            .tenant()
            .ok_or_else(|| AuthError::AzLogin("its tenant is no GUID".to_owned()))?;
        Ok(Some(AzLogin {
            login,
            tenant,
            surroundings: surroundings.clone(),
            memory: Mutex::default(),
        }))
    }

    fn now(&self) -> i64 {
        unix_seconds((self.surroundings.clock)())
    }

    /// Tenant and scope of a request that this login can answer.
    fn wanted(&self, request: &TokenRequest) -> Result<(TenantId, String), AuthError> {
        let tenant = request.tenant.unwrap_or(self.tenant);
        match self.login.user.one_tenant() {
            Some(login) if tenant != self.tenant => Err(AuthError::OneTenant {
                login,
                own: self.tenant,
                wanted: tenant,
            }),
            _ => Ok((tenant, request.scope.clone())),
        }
    }

    /// The tenants it can be asked for: those that it lists a subscription of.
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantId> {
        if self.login.user.one_tenant().is_some() {
            return vec![self.tenant];
        }
        let listed = self.surroundings.settings.az_subscriptions();
        let mut tenants: Vec<TenantId> = listed
            .iter()
            .filter_map(ProfileSubscription::tenant)
            .collect();
        tenants.sort();
        tenants.dedup();
        tenants
    }

    fn program(&self) -> Result<PathBuf, AuthError> {
        program(&self.surroundings.settings.environment)
            .ok_or_else(|| AuthError::AzLogin("there is no `az` on PATH".to_owned()))
    }

    async fn ask(&self, tenant: TenantId, scope: &str) -> Result<AccessToken, AuthError> {
        let Some(az) = &self.surroundings.in_hand else {
            return self.start_az(tenant, scope).await;
        };
        let asked = Asked {
            cloud: self.surroundings.settings.cloud.name.clone(),
            tenant,
            scope: scope.to_owned(),
        };
        az.token(&asked).await
    }

    async fn start_az(&self, tenant: TenantId, scope: &str) -> Result<AccessToken, AuthError> {
        let failed = |what: String| AuthError::AzLogin(what);
        let mut command = tokio::process::Command::new(self.program()?);
        // By its subscription it is this login that answers; by a tenant, the default one. az 2.60 refuses
        // a managed identity's own tenant.
        let whose = if tenant == self.tenant {
            ["--subscription".to_owned(), self.login.id.clone()]
        } else {
            ["--tenant".to_owned(), tenant.to_string()]
        };
        command
            .args(["account", "get-access-token", "--output", "json"])
            .args(["--scope", scope])
            .args(whose)
            .env("AZURE_CONFIG_DIR", &self.surroundings.settings.config_dir)
            .env_remove(env::CLIENT_SECRET)
            .env_remove(env::CLIENT_CERTIFICATE_PASSWORD)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = command
            .output()
            .await
            .map_err(|err| failed(format!("az cannot be started: {err}")))?;
        let printed = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(failed(complaint(&output.stderr)));
        }
        let printed: Printed = serde_json::from_slice(&printed)
            .map_err(|_| failed("az printed no token".to_owned()))?;
        Ok(AccessToken {
            secret: Secret::new(printed.access_token),
            expires_on: printed.expires_on,
            tenant: printed.tenant.unwrap_or(tenant),
        })
    }
}

#[async_trait]
impl TokenSource for AzLogin {
    fn home_tenant(&self) -> Option<TenantId> {
        Some(self.tenant)
    }

    fn cached(&self, request: &TokenRequest) -> Result<Option<AccessToken>, AuthError> {
        if request.renew {
            return Ok(None);
        }
        let (tenant, scope) = self.wanted(request)?;
        let fresh = |token: &AccessToken| token.expires_on - self.now() > EARLY;
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = memory
            .get(&(tenant, scope.clone()))
            .filter(|token| fresh(token))
        {
            return Ok(Some(token.clone()));
        }
        let wanted = msal::Wanted {
            user: &self.login.user,
            authority: &self.surroundings.settings.cloud.active_directory,
            tenant,
            scope: &scope,
        };
        let found = msal::find(&self.surroundings.settings.config_dir, &wanted);
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

/// Where `az` is, if it is in one of the absolute folders of PATH.
#[must_use]
pub fn program(environment: &Environment) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) {
        &["az.cmd", "az.exe"]
    } else {
        &["az"]
    };
    let folders = environment.search_path.iter();
    folders
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file())
}

/// The first line of what `az` says, without its colours.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text
        .lines()
        .find(|line| line.starts_with("ERROR:"))
        .or_else(|| text.lines().find(|line| !line.trim().is_empty()))
        .unwrap_or("az ended without a word");
    line.trim_start_matches("ERROR:")
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(600)
        .collect()
}
