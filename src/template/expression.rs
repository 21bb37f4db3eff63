//! The language of ARM templates, parsed: what is between `[` and `]`.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>

/// One expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Text(String),
    Number(i64),
    Call(String, Vec<Expression>),
    /// A member by name or a place in an array; a safe one is null where nothing is there.
    Member {
        of: Box<Expression>,
        key: Box<Expression>,
        is_safe: bool,
    },
}

/// The expression that a string of a template holds; `None` if the string is a literal.
pub(super) fn inside(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.starts_with('[')).then_some(inner)
}

/// A literal as Azure reads it: `[[` is an escaped `[`.
pub(super) fn literal(text: &str) -> &str {
    if text.starts_with("[[") { &text[1..] } else { text }
}

/// Parses what [`inside`] found; `None` if it is malformed, or nests deeper than anybody writes.
pub(super) fn parse_whole(text: &str) -> Option<Expression> {
    let mut parser = Parser { rest: text, depth: 0 };
    let expression = parser.expression()?;
    parser.skip_space();
    parser.rest.is_empty().then_some(expression)
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut expression = self.primary()?;
        while let Some(next) = self.member(&mut expression) {
            expression = next?;
        }
        self.depth -= 1;
        Some(expression)
    }

    fn primary(&mut self) -> Option<Expression> {
        self.skip_space();
        match self.rest.chars().next()? {
            '\'' => self.quoted().map(Expression::Text),
            '-' | '0'..='9' => {
                let digits = |c: char| !c.is_ascii_digit() && c != '-';
                let (number, rest) = self.rest.split_at(self.end_of(digits));
                self.rest = rest;
                number.parse().ok().map(Expression::Number)
            }
            _ => {
                let name = self.word()?.to_owned();
                self.take("(")?;
                Some(Expression::Call(name, self.arguments()?))
            }
        }
    }

    fn arguments(&mut self) -> Option<Vec<Expression>> {
        let mut arguments = Vec::new();
        if self.take(")").is_some() {
            return Some(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if self.take(")").is_some() {
                return Some(arguments);
            }
            self.take(",")?;
        }
    }

    /// `None` if no member follows, `Some(None)` if a malformed one does.
    fn member(&mut self, of: &mut Expression) -> Option<Option<Expression>> {
        let (opening, is_safe) = [(".?", true), (".", false), ("[?", true), ("[", false)]
            .into_iter()
            .find(|(opening, _)| self.take(opening).is_some())?;
        let key = if opening.starts_with('.') {
            self.word().map(|word| Expression::Text(word.to_owned()))
        } else {
            self.expression().filter(|_| self.take("]").is_some())
        };
        let of = Box::new(std::mem::replace(of, Expression::Number(0)));
        Some(key.map(|key| Expression::Member { of, key: Box::new(key), is_safe }))
    }

    /// A string in single quotes; a doubled quote is one of its characters.
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut rest = self.rest.strip_prefix('\'')?;
        loop {
            let end = rest.find('\'')?;
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    rest = after;
                }
                None => {
                    self.rest = rest;
                    return Some(text);
                }
            }
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        self.skip_space();
        let (word, rest) =
            self.rest.split_at(self.end_of(|c| !c.is_alphanumeric() && !"_-$".contains(c)));
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn end_of(&self, ends: impl Fn(char) -> bool) -> usize {
        self.rest.find(ends).unwrap_or(self.rest.len())
    }

    fn take(&mut self, expected: &str) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// How deep expressions may nest: a file must not be able to exhaust the stack.
const DEEPEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_members_and_quotes_are_parsed() {
        let text = |text: &str| Expression::Text(text.to_owned());
        assert_eq!(parse_whole("'it''s'"), Some(text("it's")));
        let call = Expression::Call("parameters".to_owned(), vec![text("a")]);
        let expected = Expression::Member {
            of: Box::new(Expression::Member {
                of: Box::new(call),
                key: Box::new(Expression::Number(0)),
                is_safe: false,
            }),
            key: Box::new(text("rgName")),
            is_safe: true,
        };
        assert_eq!(parse_whole(" parameters( 'a' )[0].?rgName "), Some(expected));
        for malformed in ["", "a", "f(", "f('x", "f(1,)", "f()]", "f().", &"f(".repeat(2000)] {
            assert_eq!(parse_whole(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn what_is_an_expression_is_decided_as_azure_does() {
        assert_eq!(inside("[f()]"), Some("f()"));
        assert_eq!(inside("[[PROD]"), None);
        assert_eq!(literal("[[PROD] x"), "[PROD] x");
        assert_eq!(inside("[PROD] x"), None);
    }
}
