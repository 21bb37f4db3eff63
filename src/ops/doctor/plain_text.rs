//! Secrets in plaintext in az's own files. The file is named and never what is in it.

use std::path::Path;

use super::check::Check;
use crate::app::App;
use crate::auth::msal::{self, MsalState};
use crate::auth::service_principals::{self, AzEntries};
use crate::secrets::folder::TEMPORARY;
use crate::settings::ini::Ini;

const NAME: &str = "plain-text";

/// Looks into the files of az.
pub(super) fn checks(app: &App) -> Vec<Check> {
    let folder = &app.settings.config_dir;
    let mut checks = Vec::new();
    checks.extend(service_principals(folder));
    checks.extend(leftovers(folder));
    checks.extend(tokens(folder));
    checks.extend(old_tokens(folder));
    checks.extend(["config", "clouds.config"].iter().filter_map(|file| options(folder, file)));
    checks.extend(environment(app));
    checks.extend(open_to_others(folder));
    if checks.is_empty() {
        checks.push(Check::ok(NAME, format!("no plaintext secret in {}", folder.display())));
    }
    checks
}

fn service_principals(folder: &Path) -> Option<Check> {
    let file = folder.join(service_principals::FILE);
    let shown = file.display();
    match service_principals::read_entries(folder) {
        AzEntries::Absent | AzEntries::Encrypted => None,
        AzEntries::Damaged => Some(Check::warning(
            NAME,
            format!("{shown} may hold secrets, and is damaged"),
            format!("`az account clear`, then `rm {shown}`"),
        )),
        AzEntries::Found(entries) => {
            let secrets = entries.iter().filter(|entry| entry.holds_secret()).count();
            (secrets > 0).then(|| {
                Check::warning(
                    NAME,
                    format!("{shown} holds the secrets of {secrets} service principals"),
                    "Bring them into the keyring: `az-imageshare credential import --remove-source`.",
                )
            })
        }
    }
}

/// What an import left that was killed while it rewrote az's file (adversary A13).
fn leftovers(folder: &Path) -> Option<Check> {
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let mut left = files.filter(|file| file.file_name().to_string_lossy().starts_with(TEMPORARY));
    let shown = left.next()?.path().display().to_string();
    Some(Check::warning(
        NAME,
        format!("{shown} was left by an interrupted import, and may hold secrets"),
        format!("`rm {shown}`"),
    ))
}

fn tokens(folder: &Path) -> Option<Check> {
    let MsalState::Readable { refresh_tokens, access_tokens, .. } = msal::cache_state(folder)
    else {
        return None;
    };
    if refresh_tokens + access_tokens == 0 {
        return None;
    }
    Some(Check::warning(
        NAME,
        format!(
            "{} holds {refresh_tokens} refresh and {access_tokens} access tokens",
            folder.join(msal::FILE).display()
        ),
        "Have az encrypt it: `az config set core.encrypt_token_cache=true`, `az account clear`, `az login`; or keep a credential here and `az logout`.",
    ))
}

/// What az before 2.30 left behind; no program reads it any more.
fn old_tokens(folder: &Path) -> Option<Check> {
    let file = folder.join("accessTokens.json");
    let content = std::fs::metadata(&file).ok()?.len();
    // An empty list.
    (content > 4).then(|| {
        Check::warning(
            NAME,
            format!(
                "{} holds tokens and secrets of an old az, which nothing reads any more",
                file.display()
            ),
            format!("`rm {}`", file.display()),
        )
    })
}

fn options(folder: &Path, file: &str) -> Option<Check> {
    let path = folder.join(file);
    let ini = Ini::parse(&std::fs::read_to_string(&path).ok()?);
    let sections: Vec<&str> = ini.sections().collect();
    let telling: Vec<String> = sections
        .iter()
        .flat_map(|section| {
            let names = ini.options(section).filter(|name| is_telling(name));
            names.map(|name| format!("{section}.{name}")).collect::<Vec<_>>()
        })
        .collect();
    let first = telling.first()?;
    Some(Check::warning(
        NAME,
        format!("{} holds what looks like a secret: {}", path.display(), telling.join(", ")),
        format!("`az config unset {first}`"),
    ))
}

/// Names of options whose values are secrets. Source: `az config` of storage, sql, devops.
fn is_telling(option: &str) -> bool {
    const WORDS: [&str; 8] = [
        "secret",
        "password",
        "connection_string",
        "sas_token",
        "account_key",
        "access_key",
        "pat",
        "token",
    ];
    let is_one = |word: &&str| {
        option == *word
            || option.ends_with(&format!("_{word}"))
            || option.starts_with(&format!("{word}_"))
    };
    // `encrypt_token_cache` and its like are switches.
    !option.starts_with("encrypt") && WORDS.iter().any(is_one)
}

fn environment(app: &App) -> Option<Check> {
    let environment = &app.settings.environment;
    if environment.client_secret.is_none() && environment.document.is_none() {
        return None;
    }
    let name = environment.secret_variable();
    Some(Check::warning(
        NAME,
        format!("{name} is in the environment: every program you start can read it"),
        format!(
            "Keep it in the keyring: `az-imageshare credential import --from-environment --default`, then `unset {name}`."
        ),
    ))
}

/// Files with secrets that others may read.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> Vec<Check> {
    use std::os::unix::fs::MetadataExt;
    let files = [service_principals::FILE, msal::FILE, "accessTokens.json"];
    let open = |file: &&str| {
        let path = folder.join(file);
        let found = std::fs::metadata(&path).ok()?;
        (found.mode() & 0o077 != 0).then_some(path)
    };
    files
        .iter()
        .filter_map(open)
        .map(|path| {
            let shown = path.display();
            Check::failed(
                NAME,
                format!("{shown} can be read by other users"),
                format!("`chmod 600 {shown}`"),
            )
        })
        .collect()
}

#[cfg(not(unix))]
fn open_to_others(_folder: &Path) -> Vec<Check> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::is_telling;

    #[test]
    fn options_with_secrets_are_told_from_switches() {
        for telling in ["client_secret", "connection_string", "password", "sas_token", "token"] {
            assert!(is_telling(telling), "{telling}");
        }
        for plain in
            ["encrypt_token_cache", "name", "path", "output", "collect_telemetry", "patience"]
        {
            assert!(!is_telling(plain), "{plain}");
        }
    }
}
