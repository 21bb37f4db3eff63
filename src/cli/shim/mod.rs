//! The program under the names `az` and `azd`, inside of `exec`: hands out tokens of the run, and starts the real
//! program for everything else.
//!
//! Terraform, Packer, kubelogin and the SDKs ask the Azure CLI for tokens by starting it. One question to the
//! endpoint takes milliseconds where `az` needs a third of a second. What goes wrong is one line on standard
//! error and exit code 1: those tools show that line as it is.

use std::ffi::OsString;
use std::path::Path;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::console::shown_line;
use super::stream::write_out;
use crate::commands::token::moment::local_time;
use crate::loopback::caller::{CallError, ask_endpoint};
use crate::loopback::secret::RunSecret;
use crate::ops::exec::about::{About, LentSubscription};
use crate::output::{Format, Output, Rendering};
use crate::process::Process;
use crate::settings::env;
use crate::settings::local_zone;

mod words;

use words::{Plea, TokenPlea, az_plea, azd_plea};

/// The program that this call replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mask {
    Az,
    Azd,
}

/// The answer of the endpoint to a request for a token.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum TokenAnswer {
    Success {
        token: zeroize::Zeroizing<String>,
        #[serde(rename = "expiresOn")]
        rfc_3339: String,
        expires_on: i64,
        tenant: String,
    },
    Error {
        message: String,
    },
}

/// The exit code, if this process was started as `az` or `azd`.
pub(super) fn answer_as_az(args: &[OsString], process: &Process) -> Option<u8> {
    let (mask, rest) = mask(args)?;
    let rest: Vec<String> = rest.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let outcome = LentRun::of(process).and_then(|run| run.serve(mask, &rest, args, process));
    Some(outcome.unwrap_or_else(|message| {
        if let Ok(mut sink) = process.stderr.lock() {
            let _ = writeln!(sink, "ERROR: {}", shown_line(&message));
        }
        1
    }))
}

/// Unix calls us by the name; on Windows a script of that name gives a word.
fn mask(args: &[OsString]) -> Option<(Mask, &[OsString])> {
    let (name, rest) = args.split_first()?;
    match Path::new(name).file_name()?.to_str()? {
        "az" => return Some((Mask::Az, rest)),
        "azd" => return Some((Mask::Azd, rest)),
        _ => {}
    }
    let (word, rest) = rest.split_first()?;
    match word.to_str()? {
        "__az" => Some((Mask::Az, rest)),
        "__azd" => Some((Mask::Azd, rest)),
        _ => None,
    }
}

/// The run that this call belongs to.
struct LentRun {
    port: u16,
    secret: RunSecret,
}

impl LentRun {
    fn of(process: &Process) -> Result<LentRun, String> {
        let url = process.var(env::EXEC_URL).and_then(|url| url::Url::parse(&url).ok());
        let port = url.and_then(|url| url.port());
        let secret = process.var(env::IDENTITY_HEADER).map(RunSecret::of_text);
        match (port, secret) {
            (Some(port), Some(secret)) => Ok(LentRun { port, secret }),
            _ => Err(
                "this az belongs to a run of `az-imageshare exec`, and its variables are not set"
                    .to_owned(),
            ),
        }
    }

    fn serve(
        &self,
        mask: Mask,
        rest: &[String],
        args: &[OsString],
        process: &Process,
    ) -> Result<u8, String> {
        let plea = match mask {
            Mask::Az => az_plea(rest),
            Mask::Azd => azd_plea(rest),
        };
        let Some(plea) = plea else {
            return self.start_real(mask, args, process);
        };
        let how = Rendering { format: plea.format()?, query: plea.query(), ..Rendering::default() };
        let value = match &plea {
            Plea::Version(_) => version(&self.about()?),
            Plea::Account { list, .. } => account(&self.about()?, *list),
            Plea::Token(wanted) => self.az_token(wanted, process)?,
            Plea::AzdToken(wanted) => return self.azd_token(wanted, process),
        };
        let text = Output::value(value).render(&how).map_err(|err| err.to_string())?;
        write_out(&process.stdout, &text).map_err(|err| err.to_string())?;
        Ok(0)
    }

    /// Everything that is not a token is the real program's, which is run by its path: by name it would be us.
    fn start_real(&self, mask: Mask, args: &[OsString], process: &Process) -> Result<u8, String> {
        let about = self.about()?;
        let (name, real) = match mask {
            Mask::Az => ("az", about.az),
            Mask::Azd => ("azd", about.azd),
        };
        let missing =
            || format!("`{name}` is not installed, and `az-imageshare exec` only gives its tokens");
        let real = real.ok_or_else(missing)?;
        let marked = args.get(1).is_some_and(|word| word == "__az" || word == "__azd");
        become_program(&real, &args[if marked { 2 } else { 1 }..], process)
            .map_err(|err| format!("cannot start {}: {err}", real.display()))
    }

    fn about(&self) -> Result<About, String> {
        let body = self.ask(Method::GET, "/about", Vec::new())?;
        serde_json::from_slice(&body).map_err(|_| CallError::Gone.to_string())
    }

    fn token(&self, order: &Value) -> Result<TokenAnswer, String> {
        let body = self.ask(Method::POST, "/token", order.to_string().into_bytes())?;
        serde_json::from_slice(&body).map_err(|_| CallError::Gone.to_string())
    }

    fn ask(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|err| format!("cannot start the runtime: {err}"))?;
        let answer = runtime.block_on(ask_endpoint(self.port, &self.secret, (method, path), body));
        answer.map_err(|err| format!("{err}; the run of `az-imageshare exec` may have ended"))
    }

    fn az_token(&self, wanted: &TokenPlea, process: &Process) -> Result<Value, String> {
        let scope = match &wanted.scope {
            Some(scope) => scope.clone(),
            None => self.about()?.scope_of(wanted.resource_type.as_deref())?,
        };
        match self.token(&json!({"scopes": [scope], "tenantId": wanted.tenant}))? {
            TokenAnswer::Error { message } => Err(message),
            TokenAnswer::Success { token, expires_on, tenant, .. } => {
                let mut value = json!({
                    "accessToken": *token,
                    "expiresOn": local_time(&local_zone(process), expires_on),
                    "expires_on": expires_on,
                    "tenant": tenant,
                    "tokenType": "Bearer",
                });
                // As `az` does: with a tenant, no subscription is meant.
                if wanted.tenant.is_none() {
                    value["subscription"] = match &wanted.subscription {
                        Some(named) => json!(named),
                        None => json!(self.about()?.subscription().id),
                    };
                }
                Ok(value)
            }
        }
    }

    fn azd_token(&self, wanted: &TokenPlea, process: &Process) -> Result<u8, String> {
        let order =
            json!({"scopes": [wanted.scope], "tenantId": wanted.tenant, "claims": wanted.claims});
        match self.token(&order)? {
            TokenAnswer::Error { message } => Err(message),
            TokenAnswer::Success { token, rfc_3339, .. } => {
                let line = format!("{}\n", json!({"token": *token, "expiresOn": rfc_3339}));
                write_out(&process.stdout, &line).map_err(|err| err.to_string())?;
                Ok(0)
            }
        }
    }
}

impl About {
    /// The subscription in use, or as `az` writes a login without one.
    fn subscription(&self) -> LentSubscription {
        let tenant = self.tenants.first().map(ToString::to_string).unwrap_or_default();
        let none = || LentSubscription { id: tenant, name: "N/A(tenant level account)".to_owned() };
        self.subscription.clone().unwrap_or_else(none)
    }

    fn scope_of(&self, kind: Option<&str>) -> Result<String, String> {
        match kind {
            None | Some("arm") => Ok(self.arm_scope.clone()),
            Some("ms-graph") => Ok(self.graph_scope.clone()),
            Some(other) => {
                Err(format!("resource type '{other}' is not lent; name the resource with --scope"))
            }
        }
    }
}

fn version(about: &About) -> Value {
    json!({
        "azure-cli": about.az_version,
        "azure-cli-core": about.az_version,
        "azure-cli-telemetry": "1.1.0",
        "extensions": {},
    })
}

/// What `az account show`, or `list`, prints of a service principal.
fn account(about: &About, list: bool) -> Value {
    let (subscription, tenant) = (about.subscription(), about.tenants.first());
    let account = json!({
        "environmentName": about.cloud,
        "homeTenantId": tenant,
        "id": subscription.id,
        "isDefault": true,
        "managedByTenants": [],
        "name": subscription.name,
        "state": "Enabled",
        "tenantId": tenant,
        "user": {"name": about.user, "type": "servicePrincipal"},
    });
    if list { json!([account]) } else { account }
}

/// A format of `--output`, as `az` takes it.
fn format_named(name: Option<&str>) -> Result<Format, String> {
    name.unwrap_or("json").parse().map_err(|err: crate::output::OutputError| err.to_string())
}

#[cfg(unix)]
fn become_program(real: &Path, args: &[OsString], process: &Process) -> std::io::Result<u8> {
    use std::os::unix::process::CommandExt;
    let mut command = std::process::Command::new(real);
    Err(command.args(args).env_clear().envs(&*process.variables()).exec())
}

#[cfg(not(unix))]
fn become_program(real: &Path, args: &[OsString], process: &Process) -> std::io::Result<u8> {
    let mut command = std::process::Command::new(real);
    let ended = command.args(args).env_clear().envs(&*process.variables()).status()?;
    Ok(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
