//! What people bring to the token endpoint: codes and refresh tokens.

/// A device code or a refresh token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The secret value.
    pub value: String,
    /// What it is for.
    pub kind: GrantKind,
    /// Client id it was issued to.
    pub client_id: String,
    /// The user's login name.
    pub user: String,
    /// The scope asked for when it was issued.
    pub scope: String,
    /// The tenant of the address at which the user signed in; empty if that was no tenant's.
    pub tenant: String,
    /// Whether the user showed a second factor.
    pub strong: bool,
}

/// A code that a browser brings back to an application.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    /// The secret value.
    pub value: String,
    /// Client id it was issued to.
    pub client_id: String,
    /// Where the browser was sent.
    pub redirect: String,
    /// SHA-256 of the verifier, as it was asked with.
    pub challenge: String,
    /// What the ID token has to repeat.
    pub nonce: Option<String>,
    /// The user's login name.
    pub user: String,
    /// The tenant that was signed in to.
    pub tenant: String,
    /// Seconds since 1970 at which it ends.
    pub expires_on: i64,
    /// Whether the user showed a second factor.
    pub strong: bool,
    /// Whether it was redeemed.
    pub redeemed: bool,
}

/// What a grant is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// A device code with the polls that are still pending.
    DeviceCode(u32),
    /// A refresh token.
    Refresh,
}
