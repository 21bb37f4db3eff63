//! Something that could stand at the cursor.

/// A whole word, unquoted, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) value: String,
    pub(super) note: String,
}

impl Candidate {
    pub(super) fn new(value: impl Into<String>, note: impl Into<String>) -> Candidate {
        Candidate {
            value: value.into(),
            note: note.into(),
        }
    }

    /// Puts the part of the word that stands before the value, such as `--output=`.
    pub(super) fn lead_with(&mut self, lead: &str) {
        self.value.insert_str(0, lead);
    }

    /// True if more can follow in the same word.
    pub(super) fn is_open(&self) -> bool {
        self.value.ends_with(['/', '=', ','])
    }
}

/// True if `name` begins with what was typed; Azure's names have no case.
pub(super) fn begins(name: &str, typed: &str) -> bool {
    if typed.is_ascii() {
        let start = name.get(..typed.len());
        return start.is_some_and(|start| start.eq_ignore_ascii_case(typed));
    }
    let mut rest = name.chars().flat_map(char::to_lowercase);
    typed
        .chars()
        .flat_map(char::to_lowercase)
        .all(|c| rest.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn case_does_not_count() {
        for (name, typed) in [("a", ""), ("Abc", "aB"), ("Über", "üB"), ("Über", "Ü")] {
            assert!(begins(name, typed), "{name} {typed}");
        }
        for (name, typed) in [("", "a"), ("a", "ab"), ("é", "e"), ("x", "ü")] {
            assert!(!begins(name, typed), "{name} {typed}");
        }
    }
}
