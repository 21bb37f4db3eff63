//! What may be wrong on this computer and on the way to Azure: each check has a verdict and what to do now.
//!
//! The first part needs no network and lets no keyring ask anybody; `online` asks Azure.

use serde::Serialize;

use crate::app::App;
use crate::error::Error;

mod az_login;
mod cloud;
mod computer;
mod credentials;
mod environment;
pub(crate) mod explain;
mod files;
mod history;
mod keyring;
pub(crate) mod online;
mod plain_text;
mod reach;
mod rights;

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Nothing is wrong.
    Ok,
    /// Something works, but should not stay so.
    Warning,
    /// Something does not work.
    Failed,
    /// It was not looked at.
    Skipped,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What was looked at.
    pub name: String,
    pub state: State,
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Check {
    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, State::Ok, detail)
    }

    fn skipped(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, State::Skipped, detail)
    }

    fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Check {
        Check::new(name, State::Warning, detail).hint(hint)
    }

    fn failed(
        name: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Check {
        Check::new(name, State::Failed, detail).hint(hint)
    }

    /// A failure in the words and with the hint that a command would have ended with.
    fn refused(name: impl Into<String>, err: impl Into<Error>) -> Check {
        let err = err.into();
        let mut detail = err.to_string();
        if let Some(cause) = err.causes().last() {
            detail = format!("{detail}: {cause}");
        }
        Check { hint: err.hints().first().cloned(), ..Check::new(name, State::Failed, detail) }
    }

    fn new(name: impl Into<String>, state: State, detail: impl Into<String>) -> Check {
        Check { name: name.into(), state, detail: detail.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Check {
        self.hint = Some(hint.into());
        self
    }
}

/// Looks at everything that can be seen without a network.
pub(crate) fn examine(app: &App) -> Vec<Check> {
    let keyring = keyring::state(app);
    let mut checks = environment::checks(app);
    checks.push(cloud::check(app));
    checks.extend(az_login::checks(app));
    checks.push(environment::identity(app));
    checks.extend(keyring::checks(app, &keyring));
    checks.extend(credentials::checks(app, keyring.is_ok()));
    checks.extend(files::checks(app));
    checks.extend(computer::checks(app));
    checks.extend(plain_text::checks(app));
    checks.extend(history::check(app));
    checks
}

/// The day of a moment, for people.
fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "an impossible day".to_owned(),
        |moment| moment.strftime("%Y-%m-%d").to_string(),
    )
}
