//! What a check of `doctor` comes to: a verdict, and what to do now.

use serde::Serialize;

use crate::error::Error;

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
    pub(super) fn ok(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, State::Ok, detail)
    }

    pub(super) fn skipped(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, State::Skipped, detail)
    }

    pub(super) fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Check {
        Check::new(name, State::Warning, detail).hint(hint)
    }

    pub(super) fn failed(
        name: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Check {
        Check::new(name, State::Failed, detail).hint(hint)
    }

    /// A failure in the words and with the hint that a command would have ended with.
    pub(super) fn refused(name: impl Into<String>, err: impl Into<Error>) -> Check {
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

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Check {
        self.hint = Some(hint.into());
        self
    }
}

/// The day of a moment, for people.
pub(super) fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "an impossible day".to_owned(),
        |moment| moment.strftime("%Y-%m-%d").to_string(),
    )
}
