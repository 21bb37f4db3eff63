//! Who a token speaks for.

use serde_json::Value;

use crate::keys::{self, SigningKey};

/// Who a valid access token speaks for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    pub(crate) object_id: String,
    pub(crate) name: String,
    pub(crate) is_user: bool,
    pub(crate) audience: String,
    pub(crate) expires_on: i64,
    /// The sign-in showed a second factor: what Conditional Access calls `p1`.
    pub(crate) is_strong: bool,
    /// The callers of `x-ms-authorization-auxiliary`: the same client in other tenants.
    pub(crate) auxiliary: Vec<Caller>,
}

impl Caller {
    /// Reads a token; `None` if the sandbox did not sign it.
    pub(crate) fn of(keys: &SigningKey, token: &str) -> Option<Caller> {
        let claims = keys.verify(token)?;
        let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        Some(Caller {
            tenant: text("tid"),
            object_id: text("oid"),
            // Tokens of guests have no principal name.
            name: ["upn", "unique_name", "appid"]
                .into_iter()
                .find_map(|name| claims[name].as_str())
                .unwrap_or_default()
                .to_owned(),
            is_user: claims["idtyp"] != "app",
            audience: text("aud"),
            is_strong: claims["acrs"].as_array().is_some_and(|all| all.contains(&"p1".into())),
            expires_on: claims["exp"].as_i64()?,
            auxiliary: Vec::new(),
        })
    }

    /// Azure's name for who signed the change.
    pub(crate) fn kind(&self) -> &'static str {
        if self.is_user { "User" } else { "Application" }
    }
}

/// What a token says of itself, whoever signed it.
pub(crate) fn claims(token: &str) -> Option<Value> {
    keys::decode(token.split('.').nth(1)?)
}
