//! PKCE: proves that a code is redeemed by the program that asked for it. Source:
//! <https://www.rfc-editor.org/rfc/rfc7636>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::secrets::Secret;
use crate::secrets::sealed;

/// The secret behind the challenge of a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct CodeVerifier(Secret);

impl CodeVerifier {
    /// Makes one that no one has seen.
    pub(crate) fn random() -> CodeVerifier {
        CodeVerifier(Secret::new(URL_SAFE_NO_PAD.encode(sealed::random_bytes::<32>())))
    }

    /// The challenge, which may be seen: the method is S256.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.text()))
    }

    /// The verifier itself, for the redemption.
    pub(super) fn text(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let challenge = CodeVerifier(Secret::new(verifier)).challenge();
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(CodeVerifier::random().challenge().len(), 43);
    }
}
