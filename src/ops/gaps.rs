//! What could not be read, reported once for each cause instead of once for each identity.

use crate::app::Reporter;
use crate::error::{Error, Kind};

/// What could not be read, by cause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    causes: Vec<Gap>,
}

#[derive(Clone, Debug)]
struct Gap {
    /// What the texts of one cause have in common.
    key: String,
    /// The first text.
    cause: String,
    what: Vec<String>,
    /// It is not a failure, but as far as that identity can ever look.
    is_limit: bool,
}

impl Gaps {
    /// Notes that `what` could not be read.
    pub(crate) fn note(&mut self, what: impl Into<String>, err: &Error) {
        self.add(what.into(), err, false);
    }

    /// Notes that an identity does not see as far as `what`, which is not a failure.
    pub(crate) fn note_limit(&mut self, what: impl Into<String>, err: &Error) {
        self.add(what.into(), err, true);
    }

    fn add(&mut self, what: String, err: &Error, is_limit: bool) {
        let cause = err.causes().last().cloned().unwrap_or_else(|| err.to_string());
        let cause = without_ids_of_support(&cause).to_owned();
        self.take(Gap { key: common_part(&cause), cause, what: vec![what], is_limit });
    }

    fn take(&mut self, gap: Gap) {
        let same = |known: &&mut Gap| known.key == gap.key && known.is_limit == gap.is_limit;
        let Some(known) = self.causes.iter_mut().find(same) else {
            return self.causes.push(gap);
        };
        for what in gap.what {
            if !known.what.contains(&what) {
                known.what.push(what);
            }
        }
    }

    /// Takes over what another part could not read.
    pub(crate) fn join(&mut self, other: Gaps) {
        other.causes.into_iter().for_each(|gap| self.take(gap));
    }

    /// True if something failed, so that there may be more than was found.
    pub(crate) fn is_partial(&self) -> bool {
        self.causes.iter().any(|gap| !gap.is_limit)
    }

    /// Says it, in one line for each cause: a failure also where only errors are wanted.
    pub(crate) fn report(&self, reporter: &dyn Reporter) {
        for gap in &self.causes {
            if gap.is_limit {
                reporter.warn(&gap.line());
            } else {
                reporter.failure(&Error::new(Kind::Partial, gap.line()));
            }
        }
    }

    /// The lines of what an identity does not see, which is not a failure.
    pub(crate) fn limits(&self) -> Vec<String> {
        self.causes.iter().filter(|gap| gap.is_limit).map(Gap::line).collect()
    }

    /// The lines of what failed, one for each cause.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.causes.iter().filter(|gap| !gap.is_limit).map(Gap::line).collect()
    }
}

impl Gap {
    fn line(&self) -> String {
        let shown: Vec<&str> = self.what.iter().take(SHOWN).map(String::as_str).collect();
        let more = match self.what.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("not read: {}{more}: {}", shown.join(", "), self.cause)
    }
}

/// How many things are named in one line.
const SHOWN: usize = 3;

/// Entra's texts end with ids and a time that are never the same twice.
fn without_ids_of_support(text: &str) -> &str {
    let ends = [" Trace ID:", " Correlation ID:", " Timestamp:"];
    let end = ends.iter().filter_map(|mark| text.find(mark)).min();
    end.map_or(text, |end| &text[..end]).trim_end()
}

/// The text without what names a single thing: ids, and what is in quotation marks.
fn common_part(text: &str) -> String {
    let code = text.split(':').next().unwrap_or_default();
    if code.starts_with("AADSTS") {
        return code.to_owned();
    }
    let quoted = text.split('\'').step_by(2).collect::<Vec<_>>().join("'");
    let is_id = |word: &str| {
        uuid::Uuid::try_parse(word.trim_matches(|c: char| !c.is_alphanumeric())).is_ok()
    };
    quoted.split_whitespace().filter(|word| !is_id(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_is_one_line_whoever_it_hits() {
        let refused = |id: &str| {
            let text =
                format!("AADSTS90002: Tenant '{id}' not found. Trace ID: {id} Timestamp: now");
            Error::new(Kind::SignIn, text)
        };
        let mut gaps = Gaps::default();
        gaps.note("'a'", &refused("b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003"));
        gaps.note("'b'", &refused("8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002"));
        gaps.note("'c'", &Error::new(Kind::Failure, "'c' may not read subscription 'x'"));
        gaps.note("'d'", &Error::new(Kind::Failure, "'d' may not read subscription 'y'"));
        let lines: Vec<(usize, &str)> =
            gaps.causes.iter().map(|gap| (gap.what.len(), gap.cause.as_str())).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].0, 2);
        assert!(lines[0].1.ends_with("not found."), "{lines:?}");
    }
}
