//! What this sign-in can read of a thing. A service that refuses what is only good to know does not end the run. The
//! caller decides whether that is reported; the wording is here.

use crate::app::Reporter;
use crate::rest::{RestError, Service};

/// What a question brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Observed<T> {
    /// This.
    Told(T),
    /// Nothing, for this reason.
    Untold(String),
}

impl<T> Observed<T> {
    /// Takes "forbidden" as an answer.
    ///
    /// # Errors
    /// Everything else that went wrong.
    pub(crate) fn permitted<S: Service>(
        answer: Result<T, RestError<S>>,
    ) -> Result<Observed<T>, RestError<S>> {
        match answer {
            Err(err) if err.is_forbidden() => Ok(Observed::Untold(err.to_string())),
            answer => answer.map(Observed::Told),
        }
    }

    /// Takes "forbidden" and "not found" as an answer: who may not see a thing gets either.
    ///
    /// # Errors
    /// Everything else that went wrong.
    pub(crate) fn visible<S: Service>(
        answer: Result<T, RestError<S>>,
    ) -> Result<Observed<T>, RestError<S>> {
        match answer {
            Err(err) if err.is_not_found() => Ok(Observed::Untold(err.to_string())),
            answer => Observed::permitted(answer),
        }
    }

    /// Takes every refusal as an answer, and an unreadable reply, too: the thing is good to know, but not needed.
    ///
    /// # Errors
    /// If no identity is signed in, there is no connection, or the answer leads elsewhere.
    pub(crate) fn advisory<S: Service>(
        answer: Result<T, RestError<S>>,
    ) -> Result<Observed<T>, RestError<S>> {
        let is_passable = |err: &RestError<S>| match err {
            RestError::Refused(refusal) => {
                refusal.status != 401 && !(300..400).contains(&refusal.status)
            }
            RestError::Malformed { .. } => true,
            _ => false,
        };
        match answer {
            Err(err) if is_passable(&err) => Ok(Observed::Untold(err.to_string())),
            answer => answer.map(Observed::Told),
        }
    }

    /// What was read, if anything was.
    pub(crate) fn told(self) -> Option<T> {
        match self {
            Observed::Told(found) => Some(found),
            Observed::Untold(_) => None,
        }
    }

    /// The same; where nothing could be read, this is reported, with what follows from it.
    pub(crate) fn or_warn(self, reporter: &dyn Reporter, what: &str, so: &str) -> Option<T> {
        if let Observed::Untold(_) = &self {
            reporter.warn(&unread_line(what, so));
        }
        self.told()
    }
}

impl<T> Observed<Vec<T>> {
    /// A list: it is empty where the provider is not registered.
    ///
    /// # Errors
    /// Everything else that went wrong, apart from "forbidden".
    pub(crate) fn list<S: Service>(
        answer: Result<Vec<T>, RestError<S>>,
    ) -> Result<Observed<Vec<T>>, RestError<S>> {
        Observed::permitted(registered(answer))
    }

    /// What is in it, as far as it could be read.
    pub(crate) fn items(self) -> Vec<T> {
        self.told().unwrap_or_default()
    }
}

/// A list of a provider that is not registered is empty, whatever Azure says.
pub(crate) fn registered<T, S: Service>(
    answer: Result<Vec<T>, RestError<S>>,
) -> Result<Vec<T>, RestError<S>> {
    match answer {
        Err(err) if err.code() == "MissingSubscriptionRegistration" => Ok(Vec::new()),
        answer => answer,
    }
}

/// The sentence about something that this sign-in may not read, and what follows from it.
pub(crate) fn unread_line(what: &str, so: &str) -> String {
    format!("this sign-in may not read {what}: {so}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ArmError;
    use crate::rest::Refusal;

    fn refused(status: u16, code: &str) -> Result<Vec<u8>, ArmError> {
        let refusal = Refusal {
            status,
            outer_code: code.to_owned(),
            code: code.to_owned(),
            message: "no".to_owned(),
            target: None,
            correlation_id: None,
            attempts: 0,
        };
        Err(ArmError::Refused(Box::new(refusal)))
    }

    #[test]
    fn only_a_403_is_no_failure_where_permission_is_the_question() {
        assert!(matches!(Observed::permitted(refused(403, "x")), Ok(Observed::Untold(_))));
        for status in [400, 401, 404, 429, 500] {
            assert!(Observed::permitted(refused(status, "x")).is_err(), "{status}");
        }
        assert_eq!(
            Observed::permitted::<crate::arm::ResourceManager>(Ok(1)).unwrap(),
            Observed::Told(1)
        );
    }

    #[test]
    fn advice_is_never_worth_the_run_but_a_token_is() {
        for status in [400, 403, 404, 500] {
            let found = Observed::advisory(refused(status, "x"));
            assert_eq!(found.unwrap().items(), Vec::<u8>::new(), "{status}");
        }
        for status in [301, 401] {
            assert!(Observed::advisory(refused(status, "x")).is_err(), "{status}");
        }
    }

    #[test]
    fn a_provider_that_is_not_registered_has_nothing() {
        let found = Observed::list(refused(409, "MissingSubscriptionRegistration"));
        assert_eq!(found.unwrap(), Observed::Told(Vec::new()));
        assert!(Observed::list(refused(409, "Conflict")).is_err());
    }
}
