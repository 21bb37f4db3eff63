//! Reads JSON text as Python's `json.loads` does: `NaN` and `Infinity` are numbers, integers have
//! any size, and the spelling of a number decides between `int` and `float`.

use std::rc::Rc;

use super::number::MOST_DIGITS;
use super::value::{JsonObject, Value, number_from};

/// Reads one document; the error says what is wrong and where (in characters).
pub(super) fn read_json(text: &str) -> Result<Value, String> {
    let mut reader = JsonReader { text, at: 0, depth: 0 };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.error("text after the document"));
    }
    Ok(value)
}

struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl JsonReader<'_> {
    fn value(&mut self) -> Result<Value, String> {
        match self.peek() {
            Some(b'{') => self.nested(JsonReader::object),
            Some(b'[') => self.nested(JsonReader::list),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') if !self.rest().starts_with("-I") => self.number(),
            Some(_) => self.word(),
            None => Err(self.error("a value is missing")),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("values nest too deeply"));
        }
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::list(items));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut object = JsonObject::default();
        if self.take(b'}') {
            return Ok(Value::object(object));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error("a member name in double quotes is missing"));
            }
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            let value = self.value()?;
            object.insert(name, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::object(object));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<Rc<str>, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let run = self.rest().find(|c: char| c == '"' || c == '\\' || c < ' ');
            let Some(length) = run else {
                return Err(self.error("a text has no end"));
            };
            out.push_str(&self.rest()[..length]);
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out.into());
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.error("a control character must be escaped")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(b'u') => return self.unicode_escape(),
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.error("an escape is not known")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, String> {
        let first = self.code_unit()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            units.push(self.code_unit()?);
        }
        // Python keeps half a pair, which no terminal can print; it is refused here.
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(self.error("half of a surrogate pair cannot be printed")),
        }
    }

    fn code_unit(&mut self) -> Result<u16, String> {
        let digits = self.text.get(self.at + 2..self.at + 6);
        let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|d| u16::from_str_radix(d, 16).ok());
        let unit = unit.ok_or_else(|| self.error("an escape needs four hexadecimal digits"))?;
        self.at += 6;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') && self.digits() == 0 {
            return Err(self.error("a number needs digits"));
        }
        let whole = self.at;
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                self.at -= 1;
                return Ok(number_from(&self.text[start..self.at]));
            }
        }
        let fraction = self.at;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if !self.take(b'+') {
                self.take(b'-');
            }
            if self.digits() == 0 {
                self.at = fraction;
            }
        }
        if self.at == whole && whole - start > MOST_DIGITS {
            return Err(self.error("an integer has too many digits"));
        }
        Ok(number_from(&self.text[start..self.at]))
    }

    fn word(&mut self) -> Result<Value, String> {
        let words = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        for (word, value) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("a value is missing"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if !self.take(byte) {
            return Err(self.error(&format!("`{}` is missing", char::from(byte))));
        }
        self.skip_space();
        Ok(())
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn error(&self, reason: &str) -> String {
        format!("{reason} at character {}", self.text[..self.at].chars().count() + 1)
    }
}

/// Deeper values would exhaust the stack; Python stops at about a thousand.
const DEEPEST: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::json::compact_text;

    #[test]
    fn python_accepts_what_json_does_not() {
        let text = compact_text(
            &read_json(" [NaN, -Infinity, 1e400, -0, 1E5, 123456789012345678901] ").unwrap(),
        );
        assert_eq!(text, "[NaN,-Infinity,Infinity,0,100000.0,123456789012345678901]");
    }

    #[test]
    fn malformed_documents_are_refused() {
        let bad = [
            "",
            "[1,]",
            "{a:1}",
            "{\"a\" 1}",
            "01",
            "1.",
            "1e",
            "-",
            "+1",
            "\"a",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\u12é\"",
            "nul",
            "[1 2]",
            "1 2",
            "'a'",
        ];
        for text in bad {
            assert!(read_json(text).is_err(), "{text:?}");
        }
        assert!(read_json(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn escapes_become_characters() {
        let Value::Text(text) = read_json(r#""\ud83d\ude00\u00e9\/\b\t""#).unwrap() else {
            panic!("a text");
        };
        assert_eq!(&*text, "😀é/\x08\t");
    }
}
