//! The secret of one run: 32 random bytes that both ends know, shown as a header or verified by a tag.
//!
//! The endpoint outlives no run, but its port may: a stranger who listens there later must neither learn the secret
//! nor have his answer believed. This program's caller therefore sends a tag over a nonce, and expects one back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use zeroize::Zeroizing;

/// The secret of a run, as text.
pub(crate) struct RunSecret {
    text: Zeroizing<String>,
    key: hmac::Key,
}

impl RunSecret {
    /// Makes a secret that no one has seen.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub(crate) fn random() -> Result<RunSecret, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut bytes[..])?;
        Ok(RunSecret::of_text(URL_SAFE_NO_PAD.encode(&bytes[..])))
    }

    /// The secret that a command was given in a variable.
    pub(crate) fn of_text(text: String) -> RunSecret {
        let key = hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
        RunSecret { text: Zeroizing::new(text), key }
    }

    /// The text, for the environment of the command that it was made for.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// True if `shown` is the secret. Tags are compared, in constant time: neither length nor content leaks.
    pub(crate) fn is_shown(&self, shown: &[u8]) -> bool {
        let wanted = hmac::sign(&self.key, self.text.as_bytes());
        hmac::verify(&self.key, shown, wanted.as_ref()).is_ok()
    }

    /// Proves that its maker knows the secret: a tag over a purpose, a nonce and what is said.
    pub(crate) fn tag(&self, purpose: TagPurpose, nonce: &str, said: &[u8]) -> String {
        let tag = hmac::sign(&self.key, &message(purpose, nonce, said));
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    /// True if `tag` proves it.
    pub(crate) fn proves(&self, tag: &str, purpose: TagPurpose, nonce: &str, said: &[u8]) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(tag).unwrap_or_default();
        hmac::verify(&self.key, &message(purpose, nonce, said), &tag).is_ok()
    }
}

/// What a tag is for, so that a question is never taken for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagPurpose {
    Question,
    Answer,
}

fn message(purpose: TagPurpose, nonce: &str, said: &[u8]) -> Zeroizing<Vec<u8>> {
    let purpose: &[u8] = match purpose {
        TagPurpose::Question => b"question\n",
        TagPurpose::Answer => b"answer\n",
    };
    Zeroizing::new([purpose, nonce.as_bytes(), b"\n", said].concat())
}

/// The header of a question, besides the scheme: the nonce.
pub(crate) const NONCE: &str = "x-az-imageshare-nonce";
/// The header of an answer: the tag over its body.
pub(crate) const PROOF: &str = "x-az-imageshare-proof";
/// The scheme of `Authorization` in front of a question's tag.
pub(crate) const SCHEME: &str = "AzImageshare ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_is_the_secret() {
        let secret = RunSecret::random().unwrap();
        let text = secret.text().to_owned();
        assert_eq!(text.len(), 43);
        assert!(secret.is_shown(text.as_bytes()));
        for wrong in ["", "x", &text[1..], &format!("{text}="), &text.to_uppercase()] {
            assert!(!secret.is_shown(wrong.as_bytes()), "{wrong}");
        }
        assert_ne!(text, RunSecret::random().unwrap().text());
    }

    #[test]
    fn a_tag_proves_one_thing_only() {
        let secret = RunSecret::of_text("s".to_owned());
        let tag = secret.tag(TagPurpose::Answer, "n", b"body");
        assert!(secret.proves(&tag, TagPurpose::Answer, "n", b"body"));
        assert!(!secret.proves(&tag, TagPurpose::Question, "n", b"body"));
        assert!(!secret.proves(&tag, TagPurpose::Answer, "m", b"body"));
        assert!(!secret.proves(&tag, TagPurpose::Answer, "n", b"bodY"));
        assert!(!RunSecret::of_text("t".to_owned()).proves(&tag, TagPurpose::Answer, "n", b"body"));
    }
}
