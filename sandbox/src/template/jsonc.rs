//! Reads the JSON dialect Azure Resource Manager accepts: comments, bare keys, trailing commas
//! and line breaks inside strings.
//!
//! The Azure CLI splices the raw text of a template file after an unquoted `template:` key, so the
//! body of a real request is not strict JSON.

use serde_json::Value;
use std::iter::Peekable;
use std::str::Chars;

/// Reads a JSON text that may hold comments and unquoted keys.
pub fn parse_jsonc(text: &str) -> Result<Value, String> {
    let strict = Rewriter::new(text.strip_prefix('\u{feff}').unwrap_or(text)).rewrite()?;
    serde_json::from_str(&strict).map_err(|error| error.to_string())
}

/// Rewrites the dialect as strict JSON, keeping line breaks so that error positions stay right.
struct Rewriter<'a> {
    input: Peekable<Chars<'a>>,
    output: String,
    /// Where the last comma was written, while nothing but space has followed it.
    comma: Option<usize>,
}

impl<'a> Rewriter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            input: text.chars().peekable(),
            output: String::with_capacity(text.len()),
            comma: None,
        }
    }

    fn rewrite(mut self) -> Result<String, String> {
        while let Some(character) = self.input.next() {
            match character {
                '/' => self.comment()?,
                '"' | '\'' => self.string(character)?,
                ',' => {
                    self.comma = Some(self.output.len());
                    self.output.push(',');
                }
                '}' | ']' => {
                    if let Some(at) = self.comma.take() {
                        self.output.replace_range(at..=at, " ");
                    }
                    self.output.push(character);
                }
                space if space.is_whitespace() => self.output.push(space),
                digit if digit.is_ascii_digit() || digit == '-' => self.number(digit),
                letter if letter.is_alphabetic() || letter == '_' || letter == '$' => {
                    self.word(letter)
                }
                other => self.plain(other),
            }
        }
        Ok(self.output)
    }

    fn plain(&mut self, character: char) {
        self.comma = None;
        self.output.push(character);
    }

    fn comment(&mut self) -> Result<(), String> {
        match self.input.next() {
            Some('/') => {
                while self.input.next_if(|next| *next != '\n').is_some() {}
                Ok(())
            }
            Some('*') => self.block_comment(),
            _ => Err("unexpected character '/'".to_owned()),
        }
    }

    fn block_comment(&mut self) -> Result<(), String> {
        while let Some(character) = self.input.next() {
            match character {
                '*' if self.input.next_if_eq(&'/').is_some() => return Ok(()),
                '\n' => self.output.push('\n'),
                _ => {}
            }
        }
        Err("unexpected end of content while reading a comment".to_owned())
    }

    fn string(&mut self, quote: char) -> Result<(), String> {
        self.plain('"');
        while let Some(character) = self.input.next() {
            match character {
                end if end == quote => {
                    self.output.push('"');
                    return Ok(());
                }
                '\\' => match self.input.next() {
                    Some('\'') => self.output.push('\''),
                    Some(escaped) => self.output.extend(['\\', escaped]),
                    None => break,
                },
                '"' => self.output.push_str("\\\""),
                // Resource Manager allows an expression to run over several lines.
                '\n' => self.output.push_str("\\n"),
                '\r' => self.output.push_str("\\r"),
                '\t' => self.output.push_str("\\t"),
                other => self.output.push(other),
            }
        }
        Err("unexpected end of content while reading a string".to_owned())
    }

    fn number(&mut self, first: char) {
        self.plain(first);
        while let Some(next) = self
            .input
            .next_if(|next| next.is_ascii_digit() || matches!(next, '.' | 'e' | 'E' | '+' | '-'))
        {
            self.output.push(next);
        }
    }

    fn word(&mut self, first: char) {
        let mut word = String::from(first);
        while let Some(next) =
            self.input.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$' | '-'))
        {
            word.push(next);
        }
        self.comma = None;
        if self.key_follows() {
            self.output.push_str(&Value::from(word).to_string());
        } else {
            self.output.push_str(&word);
        }
    }

    fn key_follows(&self) -> bool {
        let mut ahead = self.input.clone();
        loop {
            match ahead.next() {
                Some(':') => return true,
                Some(space) if space.is_whitespace() => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_jsonc;
    use serde_json::json;

    #[test]
    fn strict_json_is_read_as_it_is() {
        let text =
            r#"{"a":[1,-2.5e3,true,false,null,"x\"y\\ \u00e9 // no comment /* here */"],"b":{}}"#;
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse_jsonc(text).unwrap(), expected);
    }

    #[test]
    fn comments_are_dropped() {
        let text = "// head\n{ /* one\n two */ \"a\": 1, // tail\n \"b\": \"/*kept*/\" }\n// end";
        assert_eq!(parse_jsonc(text).unwrap(), json!({"a": 1, "b": "/*kept*/"}));
    }

    #[test]
    fn the_splice_of_the_azure_cli_is_read() {
        let text = "{\"location\": \"westus\", \"properties\": {\"parameters\": {}, \"mode\": \"Incremental\", template:{\n // note\n \"resources\": [] }}}";
        let body = parse_jsonc(text).unwrap();
        assert_eq!(body["properties"]["template"], json!({"resources": []}));
    }

    #[test]
    fn trailing_commas_single_quotes_and_line_breaks_in_strings_are_read() {
        let text =
            "{'a': 'say \"x\" it\\'s', \"b\": [1, 2, /* c */ ], \"e\": \"[concat('a',\n 'b')]\",}";
        assert_eq!(
            parse_jsonc(text).unwrap(),
            json!({"a": "say \"x\" it's", "b": [1, 2], "e": "[concat('a',\n 'b')]"})
        );
    }

    #[test]
    fn broken_texts_are_refused() {
        for text in
            ["{", "{\"a\": }", "{\"a\" 1}", "/* x", "{\"a\": \"b}", "{a b: 1}", "{\"a\": tru}", ""]
        {
            assert!(parse_jsonc(text).is_err(), "{text}");
        }
    }
}
