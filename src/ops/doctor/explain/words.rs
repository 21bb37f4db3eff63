//! The words of a message, with gaps for what differs each time.

use super::pasted::{Pasted, squeeze};

/// The words of a message.
pub(super) struct Pattern {
    parts: Vec<Part>,
}

enum Part {
    Literal(String),
    Gap(String),
}

/// Where the words were found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many letters of the words are fixed: the more, the surer.
    pub(super) literal: usize,
    from: usize,
    to: usize,
    gaps: Vec<(String, usize, usize)>,
}

/// What is in a gap is no longer than a resource id.
const LONGEST_GAP: usize = 500;
const LONGEST_SHOWN: usize = 300;

impl Pattern {
    /// Reads words in which `{name}` stands for any text.
    pub(super) fn of(text: &str) -> Pattern {
        let mut parts = Vec::new();
        let literal = |text: &str| text.chars().filter_map(squeeze).collect::<String>();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            parts.push(Part::Literal(literal(before)));
            parts.push(Part::Gap(name.to_owned()));
            rest = behind;
        }
        parts.push(Part::Literal(literal(rest)));
        parts.retain(|part| !matches!(part, Part::Literal(text) if text.is_empty()));
        Pattern { parts }
    }

    /// Finds the words in a pasted text.
    pub(super) fn find(&self, pasted: &Pasted) -> Option<Found> {
        let text = &pasted.squeezed;
        let first = self.parts.iter().find_map(|part| match part {
            Part::Literal(literal) => Some(literal),
            Part::Gap(_) => None,
        })?;
        text.match_indices(first.as_str()).find_map(|(at, _)| self.find_at(text, at))
    }

    /// Finds the words where their first fixed part begins at `start`.
    fn find_at(&self, text: &str, start: usize) -> Option<Found> {
        let mut found = Found { from: start, ..Found::default() };
        let mut at = start;
        let mut open: Option<&str> = None;
        for part in &self.parts {
            match part {
                // Before the first fixed part nothing says where a gap begins.
                Part::Gap(name) => open = (found.literal > 0).then_some(name.as_str()),
                Part::Literal(literal) => {
                    let reach = if open.is_some() { LONGEST_GAP } else { 0 };
                    let next = find_within(text, literal, at, reach)?;
                    if let Some(name) = open.take() {
                        found.gaps.push((name.to_owned(), at, next));
                    }
                    at = next + literal.len();
                    found.literal += literal.len();
                }
            }
        }
        found.to = at;
        Some(found)
    }
}

fn find_within(text: &str, literal: &str, from: usize, reach: usize) -> Option<usize> {
    let mut end = (from + reach + literal.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    text.get(from..end)?.find(literal).map(|at| from + at)
}

impl Found {
    /// The words as they were in the text.
    pub(super) fn shown(&self, pasted: &Pasted) -> String {
        let shown = pasted.original(self.from, self.to);
        let mut cut: String = shown.chars().take(LONGEST_SHOWN).collect();
        if cut.len() < shown.len() {
            cut.push('…');
        }
        cut
    }

    /// Puts what was found in the gaps into a sentence; a name in capitals marks what is not known.
    pub(super) fn fill(&self, sentence: &str, pasted: &Pasted) -> String {
        let mut filled = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            match after.split_once('}') {
                Some((name, behind)) if is_name(name) => {
                    filled.push_str(&self.value(name, pasted));
                    rest = behind;
                }
                _ => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str, pasted: &Pasted) -> String {
        let gap = self.gaps.iter().find(|(gap, ..)| gap == name);
        let value = gap.map(|(_, from, to)| pasted.original(*from, *to));
        // It goes into a command that somebody will paste: nothing that a shell reads may be in it.
        match value.map(|value| value.trim_matches(['\'', '"', '`', '.'])) {
            Some(value) if is_harmless(value) => value.to_owned(),
            _ => name.to_uppercase(),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase())
}

fn is_harmless(value: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./:@#+=".contains(c);
    !value.is_empty()
        && value.len() <= LONGEST_SHOWN
        && value.chars().all(allowed)
        && !value.starts_with('-')
}
