//! The `az` login in hand: inside `az`, tokens are asked of the process that started us, over one pipe, when
//! they are needed. They are never in an argument, a variable or a file.

use async_trait::async_trait;

use super::error::AuthError;
use super::token::AccessToken;
use crate::id::TenantId;

/// What `az` is asked for.
#[derive(Clone, Debug)]
pub struct LoginRequest {
    /// The cloud whose login is meant.
    pub cloud: String,
    /// The tenant whose token is wanted.
    pub tenant: TenantId,
    /// An audience followed by `/.default`.
    pub scope: String,
}

/// The Azure CLI that runs us.
#[async_trait]
pub trait LoginInHand: Send + Sync {
    /// Gives a token of the login, which `az` renews on its own.
    async fn token(&self, asked: &LoginRequest) -> Result<AccessToken, AuthError>;
}
