//! What speaks against an offer: all of it is reported together, each with its place, its rule and its fix.

use crate::app::Reporter;
use crate::error::{Error, Kind, Result};

/// Whose fault it is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The arguments, or a file they name.
    Input,
    /// What is in Azure.
    Azure,
    /// What does not exist in Azure.
    Absent,
}

/// One thing that speaks against an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whose fault it is.
    pub fault: Fault,
    /// The argument, or the file and the JSON path in it.
    pub place: String,
    /// Which rule is broken, lower case, no full stop.
    pub rule: String,
    /// What to do, one sentence.
    pub fix: String,
}

/// A value, and where it was given: the argument, or the file and the JSON path in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located<T> {
    pub value: T,
    /// Where it was given.
    pub place: String,
}

impl<T> Located<T> {
    /// A value at its place.
    pub(crate) fn new(value: impl Into<T>, place: impl Into<String>) -> Located<T> {
        Located { value: value.into(), place: place.into() }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What has to be fixed first.
    pub errors: Vec<Finding>,
    /// What is allowed, but probably not meant.
    pub warnings: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// A file that was named could not be read: no one knows what else was given.
    pub has_unread_file: bool,
}

impl Findings {
    /// Adds something wrong with the arguments.
    pub fn input(
        &mut self,
        place: impl Into<String>,
        rule: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(Fault::Input, place.into(), rule.into(), fix.into());
    }

    /// Adds something in Azure that is in the way.
    pub fn azure(
        &mut self,
        place: impl Into<String>,
        rule: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(Fault::Azure, place.into(), rule.into(), fix.into());
    }

    /// Adds something that was named and does not exist in Azure.
    pub fn absent(
        &mut self,
        place: impl Into<String>,
        rule: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(Fault::Absent, place.into(), rule.into(), fix.into());
    }

    /// Adds that nothing was given, unless it may be in a file that could not be read.
    pub fn missing(&mut self, place: &str, rule: &str, fix: &str) {
        if !self.has_unread_file {
            self.input(place, rule, fix);
        }
    }

    fn add(&mut self, fault: Fault, place: String, rule: String, fix: String) {
        let finding = Finding { fault, place, rule, fix };
        if !self.errors.contains(&finding) {
            self.errors.push(finding);
        }
    }

    /// Adds a warning.
    pub fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// Adds something worth knowing.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Prints warnings and notes, and forgets them; fails if there is something to fix.
    ///
    /// # Errors
    /// One error with all findings: a usage error unless all of them are about Azure's state.
    pub fn settle(&mut self, reporter: &dyn Reporter, outcome: &str) -> Result<()> {
        for warning in self.warnings.drain(..) {
            reporter.warn(&warning);
        }
        if !self.errors.is_empty() {
            return Err(refusal(&self.errors, outcome));
        }
        for note in self.notes.drain(..) {
            reporter.note(&note);
        }
        Ok(())
    }
}

/// One error with every finding; `outcome` says what has (not) happened so far.
fn refusal(findings: &[Finding], outcome: &str) -> Error {
    let kind = if findings.iter().any(|found| found.fault == Fault::Input) {
        Kind::Usage
    } else if findings.iter().all(|found| found.fault == Fault::Absent) {
        Kind::NotFound
    } else {
        Kind::Failure
    };
    if let [only] = findings {
        return Error::new(kind, format!("{}: {} ({outcome})", only.place, only.rule))
            .hint(&only.fix);
    }
    let head = format!("{} things are wrong ({outcome})", findings.len());
    let item = |(number, found): (usize, &Finding)| {
        format!("{}. {}: {}", number + 1, found.place, found.rule)
    };
    let error = Error::of_list(kind, &head, findings.iter().enumerate().map(item));
    fixes(findings).into_iter().fold(error, Error::hint)
}

/// The fixes, each once, with the numbers of the findings it is for.
fn fixes(findings: &[Finding]) -> Vec<String> {
    let mut fixes: Vec<(&str, Vec<String>)> = Vec::new();
    for (number, found) in findings.iter().enumerate() {
        let number = (number + 1).to_string();
        match fixes.iter_mut().find(|(fix, _)| *fix == found.fix) {
            Some((_, numbers)) => numbers.push(number),
            None => fixes.push((&found.fix, vec![number])),
        }
    }
    fixes.into_iter().map(|(fix, numbers)| format!("({}) {fix}", numbers.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_findings_are_told_with_their_fixes() {
        let mut findings = Findings::default();
        findings.input("--name", "is missing", "Give a name.");
        findings.azure("-g x", "does not exist", "Create it.");
        findings.azure("-g y", "does not exist", "Create it.");
        findings.azure("-g y", "does not exist", "Create it.");
        let err = refusal(&findings.errors, "nothing was called");
        assert_eq!(err.kind(), Kind::Usage);
        assert_eq!(
            err.to_string(),
            "3 things are wrong (nothing was called)\n  1. --name: is missing\n  2. -g x: does not exist\n  3. -g y: does not exist"
        );
        assert_eq!(err.hints(), ["(1) Give a name.", "(2, 3) Create it."]);
    }

    #[test]
    fn azure_alone_is_no_usage_error() {
        let mut findings = Findings::default();
        findings.azure("-g x", "does not exist", "Create it.");
        let err = refusal(&findings.errors, "nothing was changed");
        assert_eq!(err.kind(), Kind::Failure);
        assert_eq!(err.to_string(), "-g x: does not exist (nothing was changed)");
    }
}
