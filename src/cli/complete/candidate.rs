//! What could be at the cursor.

use std::cmp::Reverse;

/// A whole word, unquoted, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CompletionCandidate<'a> {
    pub(super) value: &'a str,
    pub(super) note: &'a str,
}

impl CompletionCandidate<'_> {
    /// True if more can follow in the same word.
    pub(super) fn is_open(&self) -> bool {
        self.value.ends_with(['/', '=', ','])
    }
}

/// Candidates in the order in which they are offered.
///
/// All texts lie behind each other in one: 10,000 values with a note each would be 20,000 pieces of memory.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    texts: String,
    places: Vec<CandidateSpan>,
}

/// Where a value is in the texts; its note follows.
#[derive(Clone, Copy, Debug)]
struct CandidateSpan {
    start: u32,
    value: u32,
    note: u32,
}

impl Candidates {
    pub(super) fn push(&mut self, value: &str, note: &str) {
        let numbers = [self.texts.len(), value.len(), note.len()].map(u32::try_from);
        let [Ok(start), Ok(value_length), Ok(note_length)] = numbers else {
            return; // 4 GiB of texts are more than anybody reads.
        };
        self.texts.push_str(value);
        self.texts.push_str(note);
        self.places.push(CandidateSpan { start, value: value_length, note: note_length });
    }

    pub(super) fn append(&mut self, others: &Candidates) {
        for found in others.iter() {
            self.push(found.value, found.note);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = CompletionCandidate<'_>> {
        self.places.iter().map(|place| place.of(&self.texts))
    }

    /// Puts the part of the word that is before each value, such as `--output=`.
    pub(super) fn lead_with(&mut self, lead: &str) {
        let behind = std::mem::take(self);
        let mut value = String::new();
        for found in behind.iter() {
            value.clear();
            value.push_str(lead);
            value.push_str(found.value);
            self.push(&value, found.note);
        }
    }

    /// Takes out the values that do not fit.
    pub(super) fn retain(&mut self, fits: impl Fn(&str) -> bool) {
        let texts = &self.texts;
        self.places.retain(|place| fits(place.of(texts).value));
    }

    /// In order, each value once, with its longest note.
    pub(super) fn tidy(&mut self) {
        let (texts, places) = (&self.texts, &mut self.places);
        let key = |place: &CandidateSpan| {
            let found = place.of(texts);
            (found.value, Reverse(found.note.len()))
        };
        places.sort_by(|one, other| key(one).cmp(&key(other)));
        places.dedup_by(|later, first| later.of(texts).value == first.of(texts).value);
    }
}

impl CandidateSpan {
    fn of(self, texts: &str) -> CompletionCandidate<'_> {
        let (value, note) = texts[self.start as usize..].split_at(self.value as usize);
        CompletionCandidate { value, note: &note[..self.note as usize] }
    }
}

#[cfg(test)]
impl<'a> FromIterator<(&'a str, &'a str)> for Candidates {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Candidates {
        let mut all = Candidates::default();
        pairs.into_iter().for_each(|(value, note)| all.push(value, note));
        all
    }
}

/// True if `name` begins with what was typed; Azure's names have no case.
pub(super) fn begins_with(name: &str, typed: &str) -> bool {
    if typed.is_ascii() {
        let start = name.get(..typed.len());
        return start.is_some_and(|start| start.eq_ignore_ascii_case(typed));
    }
    let mut rest = name.chars().flat_map(char::to_lowercase);
    typed.chars().flat_map(char::to_lowercase).all(|c| rest.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::{Candidates, CompletionCandidate, begins_with};

    #[test]
    fn candidates_are_sorted_and_each_is_there_once() {
        let pairs = [("b", ""), ("a", "x"), ("b", "note"), ("", "y"), ("a", "")];
        let mut all: Candidates = pairs.into_iter().collect();
        all.tidy();
        all.lead_with("--f=");
        all.push("z", "");
        let found: Vec<_> = all.iter().map(|c| (c.value, c.note)).collect();
        let expected = [("--f=", "y"), ("--f=a", "x"), ("--f=b", "note"), ("z", "")];
        assert_eq!(found, expected);
        assert!(all.iter().next().as_ref().is_some_and(CompletionCandidate::is_open));
    }

    #[test]
    fn case_does_not_count() {
        for (name, typed) in [("a", ""), ("Abc", "aB"), ("Über", "üB"), ("Über", "Ü")] {
            assert!(begins_with(name, typed), "{name} {typed}");
        }
        for (name, typed) in [("", "a"), ("a", "ab"), ("é", "e"), ("x", "ü")] {
            assert!(!begins_with(name, typed), "{name} {typed}");
        }
    }
}
