//! Takes secrets out of texts that people see. What was sent may come back: gateways and debugging proxies
//! repeat requests in their answers, in whatever encoding they were sent.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;
use zeroize::Zeroizing;

/// The spellings of every secret that was taken out of its wrapper: no other can come back.
static SPELLINGS: Mutex<Vec<Spelling>> = Mutex::new(Vec::new());

/// One way in which a secret can come back.
struct Spelling {
    text: Zeroizing<String>,
    /// Looks for the first bytes: most texts do not have even those, and to get ready for a whole token takes longer
    /// than to look through them.
    beginning: Finder<'static>,
}

impl Spelling {
    fn of(text: Zeroizing<String>) -> Spelling {
        let beginning = Finder::new(&text.as_bytes()[..SHORTEST]).into_owned();
        Spelling { text, beginning }
    }
}

/// What is shorter would cut words out of honest texts.
const SHORTEST: usize = 8;

/// Takes note of a secret that is about to leave its wrapper.
pub(super) fn remember_secret(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let mut spellings = SPELLINGS.lock().unwrap_or_else(PoisonError::into_inner);
    if spellings.iter().any(|known| known.text.as_str() == secret) {
        return;
    }
    for text in all_spellings(secret) {
        if text.len() >= SHORTEST && spellings.iter().all(|known| known.text != text) {
            spellings.push(Spelling::of(text));
        }
    }
    // The longest first: a part of one may be the whole of another.
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.text.len()));
}

/// The text without the secrets of this process, in any of their spellings, and without what looks like a token.
pub(crate) fn redact_secrets(text: &str) -> String {
    let mut clean = text.to_owned();
    let spellings = SPELLINGS.lock().unwrap_or_else(PoisonError::into_inner);
    for spelling in spellings.iter() {
        if spelling.beginning.find(clean.as_bytes()).is_some() {
            clean = clean.replace(spelling.text.as_str(), "***");
        }
    }
    drop(spellings);
    without_tokens(&clean)
}

fn all_spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = vec![secret.to_owned(), percent_encoded(secret), form.to_lowercase(), form];
    all.push(serde_json::to_string(secret).unwrap_or_default().trim_matches('"').to_owned());
    all.push(super::sealed::hex_digits(secret.as_bytes()));
    // Inside a longer text, base64 has one of three forms; the ends depend on the neighbors and are cut.
    for shift in 0..3 {
        let mut bytes = Zeroizing::new(vec![0; shift]);
        bytes.extend_from_slice(secret.as_bytes());
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = Zeroizing::new(engine.encode(&*bytes));
            let end = text.len() - usize::from(bytes.len() % 3 != 0);
            all.push(text[[0, 2, 3][shift]..end].to_owned());
        }
    }
    all.into_iter().map(Zeroizing::new).collect()
}

/// As `encodeURIComponent` and most gateways write it: a space is %20, and what is safe stays.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Every JSON Web Token begins with `{"`, which is `eyJ` in base64, and has a dot behind its first part.
fn without_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let (before, candidate) = rest.split_at(start);
        clean.push_str(before);
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = candidate.find(|c| !is_part(c)).unwrap_or(candidate.len());
        let token = &candidate[..end];
        let is_token = token.split('.').next().is_some_and(|first| first.len() >= 10)
            && token.split('.').nth(1).is_some_and(|second| second.len() >= 4);
        clean.push_str(if is_token { "***" } else { token });
        rest = &candidate[end..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_comes_back_is_cut_in_every_spelling() {
        // adversary A4: only the exact value was cut; a form writes `~` as %7E, and proxies quote in base64.
        let secret = "aB3~x/Y+z=Q&\"9 ü.CANARY";
        remember_secret(secret);
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let mut texts = vec![secret.to_owned(), percent_encoded(secret), form];
        texts.push(serde_json::to_string(secret).unwrap());
        for before in ["", "x", "xy", "client_secret=", "{\"client_secret\":\""] {
            for after in ["", "&", "\"}"] {
                let whole = format!("{before}{secret}{after}");
                texts.push(STANDARD_NO_PAD.encode(&whole));
                texts.push(URL_SAFE_NO_PAD.encode(&whole));
            }
        }
        for text in texts {
            let shown = redact_secrets(&format!("echo: {text} end"));
            assert!(shown.contains("***") && !shown.contains("CANARY"), "{text} {shown}");
            assert!(shown.starts_with("echo: ") && shown.ends_with(" end"), "{shown}");
        }
    }

    #[test]
    fn what_looks_like_a_token_is_cut_and_nothing_else() {
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln";
        assert_eq!(redact_secrets(&format!("Bearer {token}, {token}")), "Bearer ***, ***");
        for harmless in ["eyJ is how a token begins", "a.eyJx", "grey.eyJbrows.example", ""] {
            assert_eq!(redact_secrets(harmless), harmless);
        }
    }
}
