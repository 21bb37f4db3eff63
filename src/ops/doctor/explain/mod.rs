//! What an error text means, from wherever it was pasted.
//!
//! An error is known by its code or by its words. Words are looked for without blanks, quotes and case, because a
//! terminal breaks lines anywhere and JSON within JSON escapes quotes; codes are looked for as whole words first.

use serde::Serialize;

use crate::error::catalogue::{self, KnownError, program};
use crate::error::{Error, Kind, Result};

mod numbers;
mod pasted;
mod words;

use pasted::Pasted;
use words::{Found, Pattern};

/// What an error means and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Explanation {
    /// Azure's code, or this program's where there is only a text.
    pub code: String,
    pub title: String,
    pub cause: String,
    /// What to do, best first.
    pub fixes: Vec<String>,
    /// Where more is written.
    pub links: Vec<String>,
    /// What of the text was recognized.
    pub matched: String,
}

/// How well an explanation fits: the order is the order of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// A wrapper: the reason is elsewhere.
    Wrapper,
    /// What az or this program says around the reason.
    Around,
    /// A code, without words that would say more.
    Code,
    /// The words of one mistake, or a number of Entra.
    Words,
}

struct Match {
    fit: Fit,
    weight: usize,
    by_code: bool,
    is_number: bool,
    explanation: Explanation,
}

/// More explanations than these help no one.
const MOST: usize = 5;

/// Explains an error text, most specific first.
pub(crate) fn explain(text: &str) -> Result<Vec<Explanation>> {
    let pasted = Pasted::of(text);
    let numbers = numbers::of(&pasted);
    let mut found = look(&pasted, &numbers, false);
    if found.is_empty() {
        // Perhaps a line break stands in the middle of the code.
        found = look(&pasted, &numbers, true);
    }
    if found.is_empty() {
        found.extend(pasted.hint().map(told));
    }
    if found.is_empty() {
        return Err(unknown(&pasted, &numbers));
    }
    supersede(&mut found);
    found.sort_by_key(|found| std::cmp::Reverse((found.fit, found.weight)));
    found.truncate(MOST);
    Ok(found.into_iter().map(|found| found.explanation).collect())
}

fn look(pasted: &Pasted, numbers: &[i64], broken: bool) -> Vec<Match> {
    let mut seen: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for entry in catalogue::all_entries() {
        // Only the first entry of a code stands for the code.
        let stands_for_code = !seen.contains(&entry.code);
        seen.push(entry.code);
        let code = stands_for_code.then(|| code(entry, pasted, numbers, broken)).flatten();
        let patterns = entry.texts.iter().map(|text| Pattern::of(text));
        let words =
            patterns.filter_map(|pattern| pattern.find(pasted)).max_by_key(|found| found.literal);
        if code.is_some() || words.is_some() {
            found.push(known(entry, code, words, pasted));
        }
    }
    for entry in program::program_errors() {
        if let Some(words) = Pattern::of(&entry.text).find(pasted) {
            found.push(ours(&entry, &words, pasted));
        }
    }
    found
}

/// Finds an entry by its code; gives what was found.
fn code(entry: &KnownError, pasted: &Pasted, numbers: &[i64], broken: bool) -> Option<String> {
    if let Some(number) = entry.code.strip_prefix("AADSTS") {
        let number = number.parse().ok()?;
        return numbers.contains(&number).then(|| entry.code.to_owned());
    }
    let is_there = if broken {
        !entry.is_wrapper() && pasted.holds_broken(entry.code)
    } else if entry.is_wrapper() {
        pasted.holds_exactly(entry.code)
    } else {
        pasted.holds(entry.code)
    };
    is_there.then(|| entry.code.to_owned())
}

fn known(entry: &KnownError, code: Option<String>, words: Option<Found>, pasted: &Pasted) -> Match {
    let is_number = entry.code.starts_with("AADSTS");
    let by_code = code.is_some();
    let fit = if entry.is_wrapper() {
        Fit::Wrapper
    } else if entry.code.starts_with("az.") {
        Fit::Around
    } else if words.is_some() || is_number {
        Fit::Words
    } else {
        Fit::Code
    };
    let fill = |text: &str| match &words {
        Some(words) => words.fill(text, pasted),
        None => Found::default().fill(text, pasted),
    };
    let matched = words.as_ref().map(|words| words.shown(pasted));
    Match {
        fit,
        weight: words.as_ref().map_or(0, |words| words.literal) + usize::from(by_code) * 1000,
        by_code,
        is_number,
        explanation: Explanation {
            code: entry.code.to_owned(),
            title: fill(entry.title),
            cause: fill(entry.cause),
            fixes: entry.fixes.iter().map(|fix| fill(fix)).collect(),
            links: entry.links.iter().map(|link| (*link).to_owned()).collect(),
            matched: matched.or(code).unwrap_or_default(),
        },
    }
}

fn ours(entry: &program::ProgramError, words: &Found, pasted: &Pasted) -> Match {
    Match {
        fit: Fit::Around,
        weight: words.literal,
        by_code: false,
        is_number: false,
        explanation: Explanation {
            code: entry.code.to_owned(),
            title: words.shown(pasted),
            cause: entry.cause.to_owned(),
            fixes: entry.fixes.iter().map(|fix| words.fill(fix, pasted)).collect(),
            links: Vec::new(),
            matched: words.shown(pasted),
        },
    }
}

/// An error of this program that came with its hint.
fn told((message, hint): (String, String)) -> Match {
    Match {
        fit: Fit::Around,
        weight: 0,
        by_code: false,
        is_number: false,
        explanation: Explanation {
            code: "own.Hint".to_owned(),
            title: message.clone(),
            cause: "az-imageshare ended with it, and its hint came along.".to_owned(),
            fixes: vec![hint],
            links: Vec::new(),
            matched: message,
        },
    }
}

/// Takes away what a better match makes superfluous: the general entry of a code beside its special one, and
/// words of Entra that belong to another number than the one that was given.
fn supersede(found: &mut Vec<Match>) {
    let has_number = found.iter().any(|found| found.is_number && found.by_code);
    found.retain(|found| !has_number || !found.is_number || found.by_code);
    let special: Vec<(String, usize)> = found
        .iter()
        .filter(|found| found.fit == Fit::Words)
        .map(|found| (found.explanation.code.clone(), found.weight % 1000))
        .collect();
    found.retain(|found| {
        let words = found.weight % 1000;
        let better =
            |(code, literal): &(String, usize)| *code == found.explanation.code && *literal > words;
        found.is_number || !special.iter().any(better)
    });
}

fn unknown(pasted: &Pasted, numbers: &[i64]) -> Error {
    let error = Error::new(Kind::NotFound, "nothing in this text is known here");
    if let Some(number) = numbers.first().copied().or_else(|| numbers::any(pasted)) {
        return error.hint(format!(
            "Entra explains the number at https://login.microsoftonline.com/error?code={number}."
        ));
    }
    error.hint("Paste the whole text, with its code and its details: `az-imageshare doctor --error -` reads it from standard input; docs/errors.md lists what is known.")
}

#[cfg(test)]
mod tests;
