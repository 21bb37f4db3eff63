//! Variables that contradict each other, miss their other half, or are misspelt; and who signs in after all.

use super::check::Check;
use crate::app::App;
use crate::auth::records::Records;
use crate::auth::{self, SignInContext};
use crate::ops::access::similar::nearest;
use crate::settings::env;
use crate::settings::{Origin, SettingsError};

/// Judges the variables and the settings.
pub(super) fn checks(app: &App) -> Vec<Check> {
    let mut checks = unknown_variables(app);
    checks.extend(ignored_variables(app));
    if checks.is_empty() {
        let count = app.settings.observed.variables.len();
        checks.push(Check::ok(
            "variables",
            format!("{count} variables of Azure are set, none of them misspelt"),
        ));
    }
    checks.extend(settings(app));
    checks.push(sign_in(app));
    checks
}

fn unknown_variables(app: &App) -> Vec<Check> {
    let known = || env::ALL.iter().map(|variable| variable.name);
    let misspelt = |name: &&String| {
        let meant = nearest(name, known());
        match meant {
            Some(meant) if meant == name.as_str() => false,
            Some(_) => !FOREIGN.contains(&name.as_str()),
            None => name.starts_with("AZ_IMAGESHARE_") && !name.starts_with(TEST),
        }
    };
    let report = |name: &String| {
        let hint = match nearest(name, known()) {
            Some(meant) => format!("Did you mean {meant}? `unset {name}` if not."),
            None => format!("`unset {name}`; docs/environment.md lists what is read."),
        };
        Check::warning("variables", format!("nothing reads {name}"), hint)
    };
    let variables = &app.settings.observed.variables;
    variables.iter().filter(misspelt).map(report).collect()
}

/// Variables that other tools honor, and this program on purpose does not.
fn ignored_variables(app: &App) -> Vec<Check> {
    let is_set = |name: &str| app.settings.observed.variables.iter().any(|set| set == name);
    let set = IGNORED.iter().filter(|(name, ..)| is_set(name));
    set.map(|(name, detail, hint)| Check::warning("variables", format!("{name} {detail}"), *hint))
        .collect()
}

fn settings(app: &App) -> Vec<Check> {
    let problems = app.settings.problems.iter();
    problems
        .filter(|problem| !matches!(problem, SettingsError::Cloud(_)))
        .map(|problem| Check::refused("settings", problem.clone()))
        .collect()
}

/// Judges the sign-in that the variables describe.
fn sign_in(app: &App) -> Check {
    const NAME: &str = "environment sign-in";
    let environment = &app.settings.environment;
    match auth::application_of_environment(environment, &app.settings.cloud) {
        Err(err) => Check::refused(NAME, err),
        Ok(None) if environment.tenant_id.is_some() => Check::ok(
            NAME,
            format!("only {} is set, which is not enough to sign in", env::TENANT_ID),
        ),
        Ok(None) if environment.certificate_password.is_some() => Check::warning(
            NAME,
            format!(
                "{} is set without {}",
                env::CLIENT_CERTIFICATE_PASSWORD,
                env::CLIENT_CERTIFICATE_PATH
            ),
            format!("`unset {}`", env::CLIENT_CERTIFICATE_PASSWORD),
        ),
        Ok(None) => Check::ok(NAME, "the environment describes no sign-in"),
        Ok(Some(application)) => {
            let readable = match (&environment.certificate, &environment.federated_token_file) {
                (Some(path), _) => {
                    let password = environment.certificate_password.as_ref();
                    auth::certificate::Certificate::read_guarded(path, password, &|_| {}).map(drop)
                }
                (None, Some(path)) => auth::credential_source::read_token_file(path).map(drop),
                (None, None) => Ok(()),
            };
            match readable {
                Err(err) => Check::refused(NAME, err),
                Ok(()) => Check::ok(
                    NAME,
                    format!("application {} in tenant {}", application.client, application.home),
                ),
            }
        }
    }
}

/// Says who signs in for a command that names no one.
pub(super) fn identity(app: &App) -> Check {
    const NAME: &str = "identity";
    let quiet = SignInContext { warn: std::sync::Arc::new(|_| {}), ..app.sign_in_context() };
    match auth::choose_source(&quiet) {
        Ok(_) => Check::ok(NAME, who(app)),
        Err(err) => Check::refused(NAME, err),
    }
}

fn who(app: &App) -> String {
    let settings = &app.settings;
    if let Some(wanted) = &settings.credential {
        let by = match wanted.origin {
            Origin::Flag => "--credential",
            _ => env::CREDENTIAL,
        };
        return format!("credential '{}', by {by}", wanted.value);
    }
    let records = Records::load(&settings.home).unwrap_or_default();
    let environment = auth::application_of_environment(&settings.environment, &settings.cloud);
    let by_environment = environment.is_ok_and(|found| found.is_some());
    let record = records.default_of(&settings.cloud.name);
    match (by_environment, record) {
        (true, Some(record)) => format!(
            "the application that the variables describe, before the default credential '{}'",
            record.name
        ),
        (true, None) => "the application that the variables describe".to_owned(),
        (false, Some(record)) => format!("credential '{}', the default", record.name),
        (false, None) => "the az login".to_owned(),
    }
}

/// What the tests of this program read.
const TEST: &str = "AZ_IMAGESHARE_TEST_";

/// Names close to this program's that others have a use for.
const FOREIGN: [&str; 1] = ["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"];

const IGNORED: [(&str, &str, &str); 4] = [
    (
        "AZURE_AUTHORITY_HOST",
        "is not honored: a credential is only ever sent to the authority of its cloud",
        "Choose the cloud with `--cloud NAME` or `az cloud set`, and `unset AZURE_AUTHORITY_HOST`.",
    ),
    (
        "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION",
        "is not honored: TLS is always verified",
        "Set REQUESTS_CA_BUNDLE to the proxy's CA certificate, and `unset AZURE_CLI_DISABLE_CONNECTION_VERIFICATION`.",
    ),
    (
        "AZURE_DEFAULTS_SUBSCRIPTION",
        "has no effect, neither here nor in az",
        "Use `--subscription NAME|ID`, or `az account set -s NAME|ID`, and `unset AZURE_DEFAULTS_SUBSCRIPTION`.",
    ),
    (
        "AZURE_USERNAME",
        "is not honored: sign-in with a password is not supported",
        "Use `az login`, or a credential of an application, and `unset AZURE_USERNAME AZURE_PASSWORD`.",
    ),
];
