//! Functions that write text another way: base64 and addresses.

use super::Answer;
use super::arguments::Arguments;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// Answers the encoding functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "base64" => arguments.only_text().map(|text| Value::from(BASE64_STANDARD.encode(text))),
        "base64tostring" => decoded(arguments).map(Value::from),
        "base64tojson" => decoded(arguments).and_then(|text| {
            serde_json::from_str(&text).map_err(|_| arguments.unexpected("base64 of a JSON text"))
        }),
        "uricomponent" => arguments.only_text().map(|text| Value::from(escaped(text))),
        "uricomponenttostring" => arguments
            .only_text()
            .and_then(|text| {
                unescaped(text).ok_or_else(|| arguments.unexpected("an escaped string"))
            })
            .map(Value::from),
        "uri" => uri(arguments),
        _ => return None,
    })
}

fn decoded(arguments: &Arguments<'_>) -> Result<String, String> {
    BASE64_STANDARD
        .decode(arguments.only_text()?)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| arguments.unexpected("a base64 string"))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn uri(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let base =
        url::Url::parse(arguments.text(0)?).map_err(|_| arguments.unexpected("an absolute URI"))?;
    let joined =
        base.join(arguments.text(1)?).map_err(|_| arguments.unexpected("a relative URI"))?;
    Ok(Value::from(joined.as_str()))
}
