//! A manifest as a tree of values with their positions, whatever it was written in.

use super::types::ManifestPosition;

/// A value with its position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ManifestNode {
    pub at: ManifestPosition,
    pub content: NodeContent,
}

/// What a value is, by the core schema of YAML 1.2.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NodeContent {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    List(Vec<ManifestNode>),
    Map(Vec<NodeMember>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NodeMember {
    pub key: String,
    pub at: ManifestPosition,
    pub value: ManifestNode,
}

/// Something wrong with a manifest: where, which rule, and the fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ManifestProblem {
    pub at: ManifestPosition,
    pub rule: String,
    pub fix: String,
}

/// Everything that is wrong with a manifest's form.
#[derive(Debug, Default)]
pub(super) struct ManifestProblems(Vec<ManifestProblem>);

impl ManifestProblems {
    /// Adds a problem.
    pub(super) fn add(
        &mut self,
        at: ManifestPosition,
        rule: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.0.push(ManifestProblem { at, rule: rule.into(), fix: fix.into() });
    }

    /// True if nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, each once, from the top to the bottom.
    pub(super) fn sorted(mut self) -> Vec<ManifestProblem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

impl NodeContent {
    /// The word for it, with its article.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            NodeContent::Null => "nothing",
            NodeContent::Bool(_) => "true or false",
            NodeContent::Number(_) => "a number",
            NodeContent::Text(_) => "a text",
            NodeContent::List(_) => "a list",
            NodeContent::Map(_) => "a mapping",
        }
    }

    /// A plain word by the core schema of YAML 1.2: `yes` and `2027-06-30` are texts there.
    ///
    /// Source: <https://yaml.org/spec/1.2.2/#103-core-schema>.
    pub(super) fn of_plain_word(word: &str) -> NodeContent {
        match word {
            "" | "~" | "null" | "Null" | "NULL" => NodeContent::Null,
            "true" | "True" | "TRUE" => NodeContent::Bool(true),
            "false" | "False" | "FALSE" => NodeContent::Bool(false),
            _ if is_number(word) => NodeContent::Number(word.to_owned()),
            _ => NodeContent::Text(word.to_owned()),
        }
    }
}

fn is_number(word: &str) -> bool {
    let digits = |text: &str, base: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(base));
    if let Some(octal) = word.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hex) = word.strip_prefix("0x") {
        return digits(hex, 16);
    }
    let bare = word.strip_prefix(['-', '+']).unwrap_or(word);
    if matches!(bare, ".inf" | ".Inf" | ".INF") || matches!(word, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (bare, None),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    let whole = match mantissa.split_once('.') {
        Some((before, after)) => {
            (before.is_empty() || digits(before, 10))
                && (after.is_empty() || digits(after, 10))
                && !(before.is_empty() && after.is_empty())
        }
        None => digits(mantissa, 10),
    };
    whole && exponent.is_none_or(|text| digits(text, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_what_the_core_schema_says() {
        for word in ["0", "-12", "+3", "1.5", ".5", "5.", "1e3", "1.5E-3", "0o17", "0xFf", "-.inf"]
        {
            assert_eq!(NodeContent::of_plain_word(word).noun(), "a number", "{word}");
        }
        for word in ["yes", "no", "on", "2027-06-30", "PT4H", "1_000", "12:30", "e3", ".", "2%"] {
            assert_eq!(NodeContent::of_plain_word(word).noun(), "a text", "{word}");
        }
        assert_eq!(NodeContent::of_plain_word("~"), NodeContent::Null);
        assert_eq!(NodeContent::of_plain_word("True"), NodeContent::Bool(true));
    }
}
