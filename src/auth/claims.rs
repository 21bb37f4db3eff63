//! What an access token says about its owner. Read, never relied on: the service decides.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::token::AccessToken;
use crate::id::PrincipalId;

#[derive(Deserialize)]
struct Claims {
    oid: Option<String>,
}

impl AccessToken {
    /// The object id of the one who signed in, if the token says so.
    pub fn object_id(&self) -> Option<PrincipalId> {
        let payload = self.bearer().split('.').nth(1)?;
        let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Claims = serde_json::from_slice(&json).ok()?;
        claims.oid?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secret;

    fn token(text: &str) -> AccessToken {
        AccessToken {
            secret: Secret::new(text.to_owned()),
            expires_on: 0,
            tenant: "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap(),
        }
    }

    #[test]
    fn the_object_id_is_read_and_nothing_else_is_trusted() {
        let id = "186b73ee-74ac-4572-92c3-85d496402501";
        let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"oid":"{id}"}}"#));
        let read = |text: &str| token(text).object_id().map(|id| id.to_string());
        assert_eq!(read(&format!("h.{claims}.s")).as_deref(), Some(id));
        for opaque in ["", "opaque", "a.b.c", "a.e30.c"] {
            assert_eq!(read(opaque), None, "{opaque}");
        }
    }
}
