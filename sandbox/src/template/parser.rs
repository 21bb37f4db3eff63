//! Turns the tokens of a template expression into a tree.

use super::lexer::{self, Token};

/// The longest expression Resource Manager reads (documented template limit).
const LONGEST_EXPRESSION: usize = 24_576;
/// How deep calls may be nested, which keeps hostile texts from using up the stack.
const DEEPEST_NESTING: usize = 64;

/// A template expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// A string literal.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A call; the name of a template's own function holds its namespace and a dot.
    Call(String, Vec<Self>),
    /// A property or an element of a value; `safe` gives null where there is none.
    Access {
        /// The value that is looked into.
        of: Box<Self>,
        /// The property name or index.
        key: Box<Self>,
        /// Whether a missing property is null instead of an error (`.?`, `[?`).
        safe: bool,
    },
}

/// Reads the text between the outer brackets of an expression.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST_EXPRESSION {
        return Err(format!(
            "The language expression length limit exceeded. Limit: '{LONGEST_EXPRESSION}' and actual: '{}'",
            text.len()
        ));
    }
    let tokens = lexer::tokens(text).map_err(|detail| unparsable(text, &detail))?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    parser
        .expression()
        .and_then(|tree| parser.expect_end().map(|()| tree))
        .map_err(|detail| unparsable(text, &detail))
}

fn unparsable(text: &str, detail: &str) -> String {
    format!("Unable to parse language expression '{text}': {detail}")
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        // The last token is always `End` and `advance` stops there.
        &self.tokens[self.at]
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if token != Token::End {
            self.at += 1;
        }
        token
    }

    fn take(&mut self, mark: char) -> bool {
        let there = *self.peek() == Token::Mark(mark);
        if there {
            self.at += 1;
        }
        there
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(lexer::mark_kind(mark))) }
    }

    fn expect_end(&self) -> Result<(), String> {
        match self.peek() {
            Token::End => Ok(()),
            _ => Err(self.unexpected("EndOfData")),
        }
    }

    fn unexpected(&self, wanted: &str) -> String {
        format!("expected token '{wanted}' and actual '{}'", self.peek().kind())
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST_NESTING {
            return Err(format!("the expression is nested deeper than '{DEEPEST_NESTING}' levels"));
        }
        let mut tree = match self.peek() {
            Token::Text(_) | Token::Integer(_) | Token::Identifier(_) => self.primary()?,
            _ => return Err(self.unexpected("Identifier")),
        };
        while let Some(next) = self.access(&tree)? {
            tree = next;
        }
        self.depth -= 1;
        Ok(tree)
    }

    fn primary(&mut self) -> Result<Expression, String> {
        match self.advance() {
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Integer(number) => Ok(Expression::Integer(number)),
            Token::Identifier(mut name) => {
                while self.take('.') {
                    match self.advance() {
                        Token::Identifier(member) => name = format!("{name}.{member}"),
                        _ => return Err(self.unexpected("Identifier")),
                    }
                }
                self.expect('(')?;
                Ok(Expression::Call(name, self.arguments()?))
            }
            _ => Err(self.unexpected("Identifier")),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        let mut arguments = Vec::new();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if !self.take(',') {
                self.expect(')')?;
                return Ok(arguments);
            }
        }
    }

    fn access(&mut self, of: &Expression) -> Result<Option<Expression>, String> {
        let (key, safe) = if self.take('.') {
            let safe = self.take('?');
            match self.advance() {
                Token::Identifier(name) => (Expression::Text(name), safe),
                _ => return Err(self.unexpected("Identifier")),
            }
        } else if self.take('[') {
            let safe = self.take('?');
            let key = self.expression()?;
            self.expect(']')?;
            (key, safe)
        } else {
            return Ok(None);
        };
        Ok(Some(Expression::Access { of: Box::new(of.clone()), key: Box::new(key), safe }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, parse};

    #[test]
    fn calls_and_accesses_nest() {
        let tree = parse(" parameters('groups')[copyIndex()].rgName ").unwrap();
        let Expression::Access { of, key, safe: false } = tree else {
            panic!("{tree:?}");
        };
        assert_eq!(*key, Expression::Text("rgName".to_owned()));
        let Expression::Access { of, key, .. } = *of else {
            panic!("{of:?}");
        };
        assert_eq!(*key, Expression::Call("copyIndex".to_owned(), Vec::new()));
        assert!(
            matches!(*of, Expression::Call(name, arguments) if name == "parameters" && arguments.len() == 1)
        );
    }

    #[test]
    fn a_function_of_the_template_keeps_its_namespace() {
        assert_eq!(
            parse("contoso.unique(1)").unwrap(),
            Expression::Call("contoso.unique".to_owned(), vec![Expression::Integer(1)])
        );
    }

    #[test]
    fn a_broken_expression_names_what_was_expected() {
        assert_eq!(
            parse("concat('a'").unwrap_err(),
            "Unable to parse language expression 'concat('a'': expected token 'RightParenthesis' and actual 'EndOfData'"
        );
        assert!(
            parse("true")
                .unwrap_err()
                .contains("expected token 'LeftParenthesis' and actual 'EndOfData'")
        );
        assert!(
            parse("").unwrap_err().contains("expected token 'Identifier' and actual 'EndOfData'")
        );
        assert!(
            parse("a() b()")
                .unwrap_err()
                .contains("expected token 'EndOfData' and actual 'Identifier'")
        );
        assert!(parse("a()[0").unwrap_err().contains("'RightSquareBracket'"));
        assert!(parse("a(,)").is_err());
    }

    #[test]
    fn hostile_texts_are_refused_not_crashed_on() {
        let deep = format!("{}1{}", "not(".repeat(4000), ")".repeat(4000));
        assert!(parse(&deep).unwrap_err().contains("nested deeper"));
        assert!(parse(&"a".repeat(30_000)).unwrap_err().contains("limit exceeded"));
    }
}
