//! The part of OData's `$filter` that Microsoft Graph's directory collections take: comparisons, `and`,
//! `or`, `not`, parentheses, `startswith` and `any` over plain lists.
//!
//! Source: <https://learn.microsoft.com/graph/filter-query-parameter>

use serde_json::Value;

/// A condition on a directory object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Equal(String, String),
    StartsWith(String, String),
    AnyEqual(String, String),
    Not(Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

impl Filter {
    /// Reads a filter; `None` if it is not understood, which Graph refuses.
    pub(super) fn parse(text: &str) -> Option<Filter> {
        let mut words = Words { words: words(text)?, at: 0 };
        let filter = words.or()?;
        (words.at == words.words.len()).then_some(filter)
    }

    /// Whether an object meets the condition; text is compared without case.
    pub(super) fn matches(&self, body: &Value) -> bool {
        match self {
            Filter::Equal(name, wanted) => plain(&body[name]).eq_ignore_ascii_case(wanted),
            Filter::StartsWith(name, wanted) => {
                plain(&body[name]).to_lowercase().starts_with(&wanted.to_lowercase())
            }
            Filter::AnyEqual(name, wanted) => {
                let list = body[name].as_array();
                list.into_iter().flatten().any(|item| plain(item).eq_ignore_ascii_case(wanted))
            }
            Filter::Not(inner) => !inner.matches(body),
            Filter::And(left, right) => left.matches(body) && right.matches(body),
            Filter::Or(left, right) => left.matches(body) || right.matches(body),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Name(String),
    Text(String),
    Sign(char),
}

fn words(text: &str) -> Option<Vec<Word>> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            ' ' => {
                rest.next();
            }
            '\'' => {
                rest.next();
                found.push(Word::Text(quoted(&mut rest)?));
            }
            '(' | ')' | ',' | ':' | '/' => {
                rest.next();
                found.push(Word::Sign(next));
            }
            _ => {
                let mut name = String::new();
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || "-_@.".contains(*c)) {
                    name.push(c);
                }
                if name.is_empty() {
                    return None;
                }
                found.push(Word::Name(name));
            }
        }
    }
    Some(found)
}

/// A quoted text, in which a quote is doubled.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match rest.next()? {
            '\'' if rest.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => return Some(text),
            c => text.push(c),
        }
    }
}

struct Words {
    words: Vec<Word>,
    at: usize,
}

impl Words {
    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn takes(&mut self, wanted: &Word) -> bool {
        let is_next = self.words.get(self.at) == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    fn keyword(&mut self, wanted: &str) -> bool {
        self.takes(&Word::Name(wanted.to_owned()))
    }

    fn sign(&mut self, wanted: char) -> Option<()> {
        self.takes(&Word::Sign(wanted)).then_some(())
    }

    fn name(&mut self) -> Option<String> {
        match self.next()? {
            Word::Name(name) => Some(name),
            _ => None,
        }
    }

    /// A quoted text, or a bare `true`, `false` or GUID.
    fn value(&mut self) -> Option<String> {
        match self.next()? {
            Word::Text(text) | Word::Name(text) => Some(text),
            Word::Sign(_) => None,
        }
    }

    fn or(&mut self) -> Option<Filter> {
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut left = self.one()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Filter> {
        if self.keyword("not") {
            return Some(Filter::Not(Box::new(self.one()?)));
        }
        if self.takes(&Word::Sign('(')) {
            let inner = self.or()?;
            self.sign(')')?;
            return Some(inner);
        }
        let name = self.name()?;
        if name == "startswith" {
            self.sign('(')?;
            let property = self.name()?;
            self.sign(',')?;
            let value = self.value()?;
            self.sign(')')?;
            return Some(Filter::StartsWith(property, value));
        }
        if self.takes(&Word::Sign('/')) {
            return self.any(name);
        }
        self.keyword("eq").then_some(())?;
        Some(Filter::Equal(name, self.value()?))
    }

    /// `any(x:x eq 'value')` after the name of a list.
    fn any(&mut self, list: String) -> Option<Filter> {
        self.keyword("any").then_some(())?;
        self.sign('(')?;
        let variable = self.name()?;
        self.sign(':')?;
        (self.name()? == variable).then_some(())?;
        self.keyword("eq").then_some(())?;
        let value = self.value()?;
        self.sign(')')?;
        Some(Filter::AnyEqual(list, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(filter: &str, body: &Value) -> bool {
        Filter::parse(filter).unwrap().matches(body)
    }

    #[test]
    fn conditions_are_understood_as_graph_does() {
        let body = json!({"displayName": "O'Brien", "mail": null, "otherMails": ["a@b.com"], "accountEnabled": true});
        assert!(matches("displayName eq 'o''brien'", &body));
        assert!(matches("startswith(displayName,'O''B')", &body));
        assert!(matches("mail eq 'x' or otherMails/any(m:m eq 'A@b.com')", &body));
        assert!(!matches("mail eq 'x' and otherMails/any(m:m eq 'a@b.com')", &body));
        assert!(matches("accountEnabled eq true and not (mail eq 'y')", &body));
    }

    #[test]
    fn what_is_not_understood_is_no_filter() {
        for bad in [
            "",
            "displayName",
            "displayName eq",
            "displayName eq 'x",
            "a eq 'b' c",
            "(a eq 'b'",
            "a/any(x:y eq 'z')",
            "length(a) eq 3",
        ] {
            assert_eq!(Filter::parse(bad), None, "{bad}");
        }
    }
}
