//! Splits a JMESPath expression into tokens, exactly as Python's `jmespath/lexer.py` (1.1.0).

use std::rc::Rc;

use super::super::read::read_json;
use super::super::value::Value;

/// A token; the variants carry what the parser needs of their text.
#[derive(Clone, Debug)]
pub(super) enum QueryToken {
    Unquoted(Rc<str>),
    Quoted(Rc<str>),
    Literal(Value),
    Number(i64),
    Dot,
    Star,
    Flatten,
    Filter,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    Current,
    LeftParenthesis,
    RightParenthesis,
    LeftBrace,
    RightBrace,
    Or,
    Pipe,
    And,
    Expression,
    Compare(Comparator),
    Not,
    End,
}

/// How a comparison relates its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The tokens with the position (in characters, from 0) where each begins; the last is `End`.
pub(super) fn split_tokens(expression: &str) -> Result<Vec<(usize, QueryToken)>, String> {
    if expression.is_empty() {
        return Err("the expression is empty".to_owned());
    }
    let mut lexer = QueryLexer { characters: expression.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(c) = lexer.peek() {
        let start = lexer.at;
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            lexer.at += 1;
            continue;
        }
        tokens.push((start, lexer.token(c)?));
    }
    tokens.push((lexer.at, QueryToken::End));
    Ok(tokens)
}

struct QueryLexer {
    characters: Vec<char>,
    at: usize,
}

impl QueryLexer {
    fn token(&mut self, c: char) -> Result<QueryToken, String> {
        match c {
            'a'..='z' | 'A'..='Z' | '_' => Ok(QueryToken::Unquoted(self.identifier())),
            '0'..='9' | '-' => self.number(),
            '`' => self.literal(),
            '"' => self.quoted_identifier(),
            '\'' => self.raw_string(),
            '=' => self.equal(),
            _ => self.symbol(c),
        }
    }

    fn symbol(&mut self, c: char) -> Result<QueryToken, String> {
        let start = self.at;
        self.at += 1;
        Ok(match c {
            '.' => QueryToken::Dot,
            '*' => QueryToken::Star,
            ']' => QueryToken::RightBracket,
            ',' => QueryToken::Comma,
            ':' => QueryToken::Colon,
            '@' => QueryToken::Current,
            '(' => QueryToken::LeftParenthesis,
            ')' => QueryToken::RightParenthesis,
            '{' => QueryToken::LeftBrace,
            '}' => QueryToken::RightBrace,
            '[' if self.take(']') => QueryToken::Flatten,
            '[' if self.take('?') => QueryToken::Filter,
            '[' => QueryToken::LeftBracket,
            '|' if self.take('|') => QueryToken::Or,
            '|' => QueryToken::Pipe,
            '&' if self.take('&') => QueryToken::And,
            '&' => QueryToken::Expression,
            '<' if self.take('=') => QueryToken::Compare(Comparator::LessOrEqual),
            '<' => QueryToken::Compare(Comparator::Less),
            '>' if self.take('=') => QueryToken::Compare(Comparator::GreaterOrEqual),
            '>' => QueryToken::Compare(Comparator::Greater),
            '!' if self.take('=') => QueryToken::Compare(Comparator::NotEqual),
            '!' => QueryToken::Not,
            c => return Err(format!("unknown token `{c}` at column {}", start + 1)),
        })
    }

    fn equal(&mut self) -> Result<QueryToken, String> {
        self.at += 1;
        if self.take('=') {
            return Ok(QueryToken::Compare(Comparator::Equal));
        }
        Err(format!("unknown token `=` at column {}, two are needed", self.at))
    }

    fn identifier(&mut self) -> Rc<str> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect::<String>().into()
    }

    /// An index beyond 64 bits is out of any list's range, so it may as well be the last one.
    fn number(&mut self) -> Result<QueryToken, String> {
        let start = self.at;
        let negative = self.take('-');
        let digits = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        if digits == self.at {
            return Err(format!("unknown token `-` at column {}", start + 1));
        }
        let text: String = self.characters[digits..self.at].iter().collect();
        let number = text.parse().unwrap_or(i64::MAX);
        Ok(QueryToken::Number(if negative { -number } else { number }))
    }

    fn raw_string(&mut self) -> Result<QueryToken, String> {
        let text = self.until('\'')?.replace("\\'", "'");
        Ok(QueryToken::Literal(Value::text(text)))
    }

    /// JSON between backticks; text that is not JSON is a string (as before JEP 12), which `az`
    /// users write all the time: `` [?state==`Succeeded`] ``.
    fn literal(&mut self) -> Result<QueryToken, String> {
        let start = self.at;
        let text = self.until('`')?.replace("\\`", "`");
        let bare = || {
            read_json(&format!("\"{}\"", text.trim_start_matches(super::super::python::is_space)))
        };
        match read_json(&text).or_else(|_| bare()) {
            Ok(value) => Ok(QueryToken::Literal(value)),
            Err(reason) => Err(format!("bad literal at column {}: {reason}", start + 1)),
        }
    }

    fn quoted_identifier(&mut self) -> Result<QueryToken, String> {
        let start = self.at;
        let text = format!("\"{}\"", self.until('"')?);
        match read_json(&text) {
            Ok(Value::Text(name)) => Ok(QueryToken::Quoted(name)),
            Ok(_) => Err(format!("bad name at column {}", start + 1)),
            Err(reason) => Err(format!("bad name at column {}: {reason}", start + 1)),
        }
    }

    /// What is before the next delimiter that no backslash precedes; backslashes are kept.
    fn until(&mut self, delimiter: char) -> Result<String, String> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let mut c = self.peek();
            if c == Some(delimiter) {
                self.at += 1;
                return Ok(text);
            }
            if c == Some('\\') {
                text.push('\\');
                self.at += 1;
                c = self.peek();
            }
            let Some(c) = c else {
                return Err(format!("`{delimiter}` at column {} is not closed", start + 1));
            };
            text.push(c);
            self.at += 1;
        }
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }
}
