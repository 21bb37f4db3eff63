//! The computer itself: the certificates it trusts, its proxy, its clock.

use std::path::Path;

use super::check::Check;
use crate::app::App;

/// Judges all three.
pub(super) fn checks(app: &App) -> Vec<Check> {
    let mut checks = vec![authorities(app)];
    checks.extend(proxies(app));
    checks.push(clock(app));
    checks
}

fn authorities(app: &App) -> Check {
    const NAME: &str = "ca-bundle";
    if app.settings.observed.proxy().is_err() {
        return Check::skipped(NAME, "no connection can be made: see proxy");
    }
    let paths = app.settings.ca_bundle.iter().map(|path| path.display().to_string());
    let bundle = paths.collect::<Vec<_>>().join(", ");
    match (app.transport(), &app.settings.ca_bundle[..]) {
        (Err(err), _) => Check::refused(NAME, err),
        (Ok(transport), [_, ..]) => match transport.warnings() {
            [] => {
                Check::ok(NAME, format!("{bundle} is trusted instead of the system's certificates"))
            }
            [first, ..] => Check::warning(NAME, first, PASSED_OVER),
        },
        (Ok(_), []) => Check::ok(NAME, "the system's certificates are trusted"),
    }
}

fn proxies(app: &App) -> Vec<Check> {
    const NAME: &str = "proxy";
    let observed = &app.settings.observed;
    if observed.proxies.is_empty() {
        return vec![Check::ok(NAME, "no variable names a proxy")];
    }
    let mut checks = Vec::new();
    for proxy in &observed.proxies {
        let variable = proxy.variable;
        checks.push(match &proxy.route {
            Err(problem) => Check::failed(
                NAME,
                format!("{variable} is not the address of a proxy: {problem}"),
                format!("`export {variable}=http://HOST:PORT`, or `unset {variable}`"),
            ),
            Ok(route) if route.holds_password() => Check::warning(
                NAME,
                format!(
                    "{variable} is {}, and holds a password that every program of yours can read",
                    route.address()
                ),
                "Use a proxy that knows you by other means, or a local one that adds the password.",
            ),
            Ok(route) => {
                let except = observed.no_proxy.as_ref();
                let except = except.map_or_else(String::new, |list| format!(", except for {list}"));
                Check::ok(NAME, format!("{variable} is {}{except}", route.address()))
            }
        });
    }
    checks
}

fn clock(app: &App) -> Check {
    const NAME: &str = "clock";
    const HINT: &str = "Set the clock: `sudo timedatectl set-ntp true`.";
    let now = app.now();
    if !(EARLIEST..LATEST).contains(&now) {
        return Check::failed(NAME, format!("it is not {} today", super::check::day(now)), HINT);
    }
    let written = newest(&app.settings.home).max(newest(&app.settings.config_dir));
    if written > now + TOLERANCE {
        return Check::failed(
            NAME,
            format!(
                "it is {} by this computer, but files of az were written on {}: the clock went back",
                super::check::day(now),
                super::check::day(written)
            ),
            HINT,
        );
    }
    Check::ok(
        NAME,
        format!("{} is plausible; --online compares it with Azure's", super::check::day(now)),
    )
}

/// When a file in this folder was last written, at the latest.
fn newest(folder: &Path) -> i64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let written = |entry: std::fs::DirEntry| entry.metadata().ok()?.modified().ok();
    let moments = entries.flatten().filter_map(written);
    let seconds = moments.filter_map(|moment| jiff::Timestamp::try_from(moment).ok());
    seconds.max().map_or(0, jiff::Timestamp::as_second)
}

const PASSED_OVER: &str = "Take it out of the bundle, or ask its publisher for one without such critical extensions; the others are trusted.";

/// 1 January 2026: this program is younger.
const EARLIEST: i64 = 1_767_225_600;
/// 1 January 2100: no certificate of today is good for so long.
const LATEST: i64 = 4_102_444_800;
/// A file system may round, or belong to another computer.
const TOLERANCE: i64 = 3600;
