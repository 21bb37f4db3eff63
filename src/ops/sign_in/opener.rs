//! Opens an address in the system's browser, if there is one to open.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;
use url::Url;

use crate::app::App;
use crate::settings::env;

/// Starts the program that opens addresses; false if there is none.
pub(super) fn open_in_browser(app: &App, url: &Url) -> bool {
    let Some((program, args)) = opener_program(app) else { return false };
    let variables = app.variables.iter().filter(|(name, _)| !is_secret(&name.to_string_lossy()));
    let started = Command::new(program)
        .args(args)
        .arg(url.as_str())
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.is_ok()
}

/// The program and what comes before the address. It is looked for in the absolute folders of PATH alone.
fn opener_program(app: &App) -> Option<(PathBuf, &'static [&'static str])> {
    let names: &[(&str, &[&str])] = if cfg!(windows) {
        &[("rundll32.exe", &["url.dll,FileProtocolHandler"])]
    } else if cfg!(target_os = "macos") {
        &[("open", &[])]
    } else {
        &[("wslview", &[]), ("xdg-open", &[])]
    };
    // Without a screen `xdg-open` would start a browser for terminals, in front of ours.
    let is_set = |name: &str| {
        app.variables.get(std::ffi::OsStr::new(name)).is_some_and(|set| !set.is_empty())
    };
    let has_screen = cfg!(windows) || cfg!(target_os = "macos");
    if !has_screen && ![env::DISPLAY, env::WAYLAND_DISPLAY].into_iter().any(is_set) {
        return None;
    }
    let folders = &app.settings.environment.search_path;
    names.iter().find_map(|(name, args)| {
        let path = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file())?;
        Some((path, *args))
    })
}

/// A browser has no business with what signs in.
fn is_secret(name: &str) -> bool {
    [
        env::CLIENT_SECRET,
        env::CLIENT_CERTIFICATE_PASSWORD,
        env::ARM_CLIENT_SECRET,
        env::ARM_CLIENT_CERTIFICATE_PASSWORD,
        env::ARM_OIDC_TOKEN,
        env::ARM_OIDC_REQUEST_TOKEN,
        env::ACTIONS_ID_TOKEN_REQUEST_TOKEN,
        env::SYSTEM_ACCESS_TOKEN,
        env::CREDENTIALS_DOCUMENT,
        env::IDENTITY_HEADER,
    ]
    .iter()
    .any(|secret| secret.eq_ignore_ascii_case(name))
}
