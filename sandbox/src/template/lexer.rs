//! Splits a template expression into tokens.

/// One token of a template expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A function or property name.
    Identifier(String),
    /// A quoted string, with `''` already read as one quote.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// One of `( ) [ ] , . ?`.
    Mark(char),
    /// The end of the expression.
    End,
}

impl Token {
    /// Names the kind of the token as Resource Manager does in its messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Identifier(_) => "Identifier",
            Self::Text(_) => "StringLiteral",
            Self::Integer(_) => "Integer",
            Self::Mark(mark) => mark_kind(*mark),
            Self::End => "EndOfData",
        }
    }
}

/// Names a punctuation mark as Resource Manager does.
pub(crate) fn mark_kind(mark: char) -> &'static str {
    match mark {
        '(' => "LeftParenthesis",
        ')' => "RightParenthesis",
        '[' => "LeftSquareBracket",
        ']' => "RightSquareBracket",
        ',' => "Comma",
        '.' => "Dot",
        _ => "QuestionMark",
    }
}

/// Splits the text between the outer brackets into tokens, ending with [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text.chars().peekable();
    let mut found = Vec::new();
    while let Some(character) = rest.next() {
        let token = match character {
            space if space.is_whitespace() => continue,
            '(' | ')' | '[' | ']' | ',' | '.' | '?' => Token::Mark(character),
            '\'' => string(&mut rest)?,
            first if first.is_ascii_digit() || first == '-' => {
                let mut digits = String::from(first);
                while let Some(next) = rest.next_if(char::is_ascii_digit) {
                    digits.push(next);
                }
                let number = digits
                    .parse()
                    .map_err(|_| format!("the literal '{digits}' is not a valid integer"))?;
                Token::Integer(number)
            }
            first if first.is_alphabetic() || matches!(first, '_' | '$' | '@') => {
                let mut name = String::from(first);
                while let Some(next) =
                    rest.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$' | '-'))
                {
                    name.push(next);
                }
                Token::Identifier(name)
            }
            other => return Err(format!("the character '{other}' is not expected")),
        };
        found.push(token);
    }
    found.push(Token::End);
    Ok(found)
}

fn string(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, String> {
    let mut text = String::new();
    while let Some(character) = rest.next() {
        if character != '\'' {
            text.push(character);
        } else if rest.next_if_eq(&'\'').is_some() {
            text.push('\'');
        } else {
            return Ok(Token::Text(text));
        }
    }
    Err("the string character is not terminated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    #[test]
    fn every_kind_of_token_is_found() {
        let found = tokens("a_1('it''s', -7)[0].b").unwrap();
        let expected = [
            Token::Identifier("a_1".to_owned()),
            Token::Mark('('),
            Token::Text("it's".to_owned()),
            Token::Mark(','),
            Token::Integer(-7),
            Token::Mark(')'),
            Token::Mark('['),
            Token::Integer(0),
            Token::Mark(']'),
            Token::Mark('.'),
            Token::Identifier("b".to_owned()),
            Token::End,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        assert!(tokens("'open").is_err());
        assert!(tokens("a + b").is_err());
        assert!(tokens("-").is_err());
        assert!(tokens("99999999999999999999").is_err());
        assert!(tokens("\"double\"").is_err());
    }
}
