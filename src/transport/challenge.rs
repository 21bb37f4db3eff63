//! The `WWW-Authenticate` headers of a 401: what the service would have liked to see.
//!
//! A service that wants more than a token shows, such as a second factor, answers with
//! `error="insufficient_claims"` and the claims it wants. Sources:
//! <https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1>,
//! <https://learn.microsoft.com/entra/identity-platform/claims-challenge>.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// The claims that a service asks for beyond those of the token, in base64 as it wrote them: to be handed to
/// anyone who signs in again.
///
/// Nothing is given that is not JSON in base64: it goes into a command line that people paste.
pub(crate) fn insufficient_claims(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let challenges: Vec<Challenge> = texts.flat_map(challenges_in).collect();
    let asks = challenges.iter().find(|challenge| {
        challenge.scheme.eq_ignore_ascii_case("bearer")
            && challenge.parameter("error") == Some("insufficient_claims")
    })?;
    let claims = asks.parameter("claims")?.to_owned();
    let json = STANDARD_NO_PAD
        .decode(claims.trim_end_matches('='))
        .or_else(|_| STANDARD.decode(&claims))
        .ok()?;
    let object: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(&json);
    (claims.len() <= LONGEST && json.starts_with(b"{") && object.is_ok()).then_some(claims)
}

/// One challenge: a scheme and its parameters.
#[derive(Debug, Default, PartialEq, Eq)]
struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// The challenges of one header: a comma may be between two of them, and between parameters of one.
fn challenges_in(text: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if word.is_empty() {
            return found;
        }
        // A word with `=` behind it is a parameter, any other begins a challenge.
        match behind.strip_prefix('=') {
            Some(value) => {
                let (value, behind) = parameter_value(value);
                if let Some(challenge) = found.last_mut() {
                    challenge.parameters.push((word.to_owned(), value));
                }
                rest = behind;
            }
            None => {
                found.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
                rest = behind;
            }
        }
    }
}

/// A value, in quotes or without, and what follows it.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"access_token":{"acrs":{"essential":true,"value":"p1"}}}`
    const CLAIMS: &str =
        "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoicDEifX19";

    fn asked(headers: &[&str]) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(WWW_AUTHENTICATE, header.parse().unwrap());
        }
        insufficient_claims(&map)
    }

    #[test]
    fn the_claims_are_found_in_every_header_and_challenge() {
        let plain = "Bearer realm=\"\", authorization_uri=\"https://login/common\", error=\"invalid_token\"";
        let asks = format!(
            "Bearer authorization_uri=\"https://x/a,b\", error=\"insufficient_claims\", claims=\"{CLAIMS}\""
        );
        for headers in [
            vec![asks.as_str()],
            vec![plain, asks.as_str()],
            vec![&format!("Basic realm=x, {asks}")],
            vec![&format!("{plain}, {asks}")],
            vec![&format!("bearer error=insufficient_claims,claims={CLAIMS}")],
        ] {
            assert_eq!(asked(&headers).as_deref(), Some(CLAIMS), "{headers:?}");
        }
        assert_eq!(asked(&[plain]), None);
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn what_is_no_json_in_base64_is_not_handed_on() {
        for claims in ["$(rm -rf ~)", "bm8=", "", "e30; rm", "W10="] {
            let header = format!("Bearer error=\"insufficient_claims\", claims=\"{claims}\"");
            assert_eq!(asked(&[&header]), None, "{claims}");
        }
        let padded = "Bearer error=\"insufficient_claims\", claims=\"e30=\"";
        assert_eq!(asked(&[padded]).as_deref(), Some("e30="));
    }

    #[test]
    fn quotes_and_escapes_are_read_as_the_rfc_has_them() {
        let read = challenges_in(r#"Bearer a="x \"y\", z", b=c ,, Negotiate, d"#);
        let parameters =
            vec![("a".to_owned(), "x \"y\", z".to_owned()), ("b".to_owned(), "c".to_owned())];
        assert_eq!(read[0], Challenge { scheme: "Bearer".into(), parameters });
        assert_eq!(read.len(), 3);
        assert_eq!(
            challenges_in("\"open"),
            vec![Challenge { scheme: "\"open".into(), ..Challenge::default() }]
        );
    }
}
