//! The key Entra signs with, the tokens it makes, and how a listener reads them back.
//!
//! Tokens are signed with ES256 because ring cannot make RSA keys; clients treat them as opaque.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use serde_json::{Value, json};

/// A signing key with its public half.
pub(crate) struct SigningKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    kid: String,
}

impl SigningKey {
    pub(crate) fn generate() -> SigningKey {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document =
            EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("the system has randomness");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
            .expect("the key was just made");
        SigningKey { pair, random, kid: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// Signs claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "ES256", "kid": self.kid});
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature =
            self.pair.sign(&self.random, message.as_bytes()).expect("the system has randomness");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a token this key signed.
    pub(crate) fn verify(&self, token: &str) -> Option<Value> {
        let (message, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        key.verify(message.as_bytes(), &signature).ok()?;
        let (_, claims) = message.split_once('.')?;
        decode(claims)
    }

    /// The key set as published.
    pub(crate) fn jwks(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({"keys": [{"kty": "EC", "use": "sig", "crv": "P-256", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..65])}]})
    }
}

/// A JSON value as a part of a token.
pub(crate) fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A part of a token as JSON.
pub(crate) fn decode(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_token_is_not_accepted() {
        let key = SigningKey::generate();
        let token = key.sign(&json!({"oid": "a"}));
        assert_eq!(key.verify(&token), Some(json!({"oid": "a"})));
        assert_eq!(SigningKey::generate().verify(&token), None);
        let forged =
            token.replacen(&encode(&json!({"oid": "a"})), &encode(&json!({"oid": "b"})), 1);
        assert_eq!(key.verify(&forged), None);
    }
}
