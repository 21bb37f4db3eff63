//! The login of the Azure CLI: who, in which tenant, with tokens or without, and whether `az` itself is there.

use super::check::Check;
use crate::app::App;
use crate::auth::az_login;
use crate::auth::msal::{self, MsalState};

const NAME: &str = "az-login";

/// Judges the login; no one has to have one.
pub(super) fn checks(app: &App) -> Vec<Check> {
    let profile = app.settings.config_dir.join("azureProfile.json");
    if !profile.exists() {
        return vec![Check::skipped(NAME, "not logged in to az (not needed with a credential)")];
    }
    let subscriptions = app.settings.az_subscriptions();
    let Some(first) = subscriptions.first() else {
        return vec![elsewhere(app)];
    };
    let used = subscriptions.iter().find(|entry| entry.is_default).unwrap_or(first);
    let count = subscriptions.iter().filter(|entry| entry.subscription().is_some()).count();
    let mut who = format!(
        "{} in tenant {}, {} subscription{}",
        used.user.name,
        used.tenant_id,
        count,
        if count == 1 { "" } else { "s" }
    );
    if used.is_default {
        who = format!("{who}, '{}' by default", used.name);
    }
    if let Some(login) = used.user.one_tenant() {
        who = format!("{who}; it is {login}, which gets tokens of no other tenant");
        // The machine gives az each token; az keeps none of them.
        return vec![Check::ok(NAME, who), program(app)];
    }
    vec![Check::ok(NAME, who), tokens(app), program(app)]
}

/// A profile without the cloud in use.
fn elsewhere(app: &App) -> Check {
    let cloud = &app.settings.cloud.name;
    let read = std::fs::read_to_string(app.settings.config_dir.join("azureProfile.json"));
    let text = read.unwrap_or_default();
    let Some(clouds) = crate::settings::az::profile_clouds(&text) else {
        return Check::failed(
            NAME,
            "azureProfile.json is damaged",
            "`az account clear`, then `az login`",
        );
    };
    match clouds.first() {
        None => Check::skipped(NAME, "not logged in to az (not needed with a credential)"),
        Some(other) => Check::warning(
            NAME,
            format!("az is logged in to {}, not to {cloud}", clouds.join(", ")),
            format!(
                "`az login` after `az cloud set -n {cloud}`, or choose the other: `--cloud {other}`"
            ),
        ),
    }
}

/// The hint never names a program that is not there.
fn log_in_hint(app: &App) -> &'static str {
    match az_login::az_program(&app.settings.environment) {
        Some(_) => "`az login`",
        None => {
            "There is no `az` on PATH; keep a credential: `az-imageshare credential add --help`."
        }
    }
}

fn tokens(app: &App) -> Check {
    const NAME: &str = "az-tokens";
    let folder = &app.settings.config_dir;
    match msal::cache_state(folder) {
        MsalState::Absent if folder.join(msal::ENCRYPTED_FILE).exists() => Check::ok(
            NAME,
            "az keeps its tokens encrypted: it is asked for each, which takes half a second",
        ),
        MsalState::Absent => {
            let detail = "az has no token cache: the login is no longer good";
            Check::warning(NAME, detail, log_in_hint(app))
        }
        MsalState::Damaged => Check::failed(
            NAME,
            format!("{} is damaged", folder.join(msal::FILE).display()),
            "`az account clear`, then `az login`",
        ),
        // A service principal has none; its secret gives the next token.
        MsalState::Readable { ends, refresh_tokens, .. } => {
            let now = app.now();
            match ends {
                Some(ends) if ends > now => Check::ok(NAME, "a token is at hand"),
                _ if refresh_tokens > 0 || holds_service_principal(app) => {
                    Check::ok(NAME, "the tokens at hand have ended; az fetches the next one")
                }
                Some(ends) => Check::warning(
                    NAME,
                    format!("the login ended on {}", super::check::day(ends)),
                    log_in_hint(app),
                ),
                None => Check::warning(NAME, "az holds no token", log_in_hint(app)),
            }
        }
    }
}

fn holds_service_principal(app: &App) -> bool {
    let subscriptions = app.settings.az_subscriptions();
    subscriptions.iter().any(|entry| entry.user.kind == "servicePrincipal")
}

fn program(app: &App) -> Check {
    const NAME: &str = "az";
    match az_login::az_program(&app.settings.environment) {
        Some(path) => Check::ok(NAME, path.display().to_string()),
        None => Check::warning(
            NAME,
            "there is no `az` on PATH: its login is good only while a token is at hand",
            "Run `az-imageshare credential add --help`, or add the folder of `az` to PATH.",
        ),
    }
}
