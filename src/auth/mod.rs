//! Who signs in, and with what: access tokens for a tenant and a scope.
//!
//! Sign-in itself is `azure_identity`'s; this module decides which source is asked, keeps tokens
//! between runs, and turns Entra's answers into errors that name the cause.

use std::sync::Arc;

use async_trait::async_trait;

use crate::id::TenantId;
use crate::process::Clock;
use crate::secrets::folder::FolderError;
use crate::secrets::input::InputError;
use crate::secrets::{Secret, SecretStore, StoreError};
use crate::settings::Settings;
use crate::settings::az::OneTenant;
use crate::transport::{Connect, TransportError};

pub(crate) mod application;
pub(crate) mod az_login;
pub(crate) mod bridge;
pub(crate) mod cache;
pub(crate) mod certificate;
mod choose;
mod claims;
pub(crate) mod discovery;
pub(crate) mod entra;
pub(crate) mod evidence;
pub(crate) mod key;
pub(crate) mod msal;
pub(crate) mod records;
pub(crate) mod service_principals;
pub(crate) mod tokens;
mod validity;
mod wire;

pub(crate) use choose::{
    choose, named, of as application_of, of_environment as application_of_environment,
};

/// Tells people that something is wrong, but not so wrong that the work ends.
pub(crate) type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// What signing in needs from the program.
#[derive(Clone)]
pub struct Surroundings {
    pub settings: Settings,
    pub secrets: Arc<dyn SecretStore>,
    /// What time it is.
    pub clock: Clock,
    /// The way to the network, opened when it is needed.
    pub connect: Connect,
    pub warn: Warn,
    /// The login of the `az` that runs us, if one does.
    pub in_hand: Option<Arc<dyn bridge::LoginInHand>>,
}

/// What a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// The tenant whose token is wanted; the source's own if `None`.
    pub tenant: Option<TenantId>,
    /// The scope: an audience followed by `/.default`.
    pub scope: String,
    /// Asks Entra even if a token is at hand (after a 401).
    pub renew: bool,
}

/// A token, and how long it may be used.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer token itself.
    pub secret: Secret,
    /// When it ends, in seconds since 1970.
    pub expires_on: i64,
    /// The tenant that issued it.
    pub tenant: TenantId,
}

impl AccessToken {
    /// Lends the token itself: to a header, to the cache, to whoever asked to see it.
    pub fn bearer(&self) -> &str {
        self.secret.expose()
    }
}

/// Something that can sign in.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// The tenant tokens come from when a request names none.
    fn home_tenant(&self) -> Option<TenantId>;

    /// The tenants it was set up for, its home first.
    fn tenants(&self) -> Vec<TenantId> {
        self.home_tenant().into_iter().collect()
    }

    /// The tenant whose tokens open a subscription, by name or id, if that is known without asking anybody.
    fn tenant_of(&self, _subscription: &str) -> Option<TenantId> {
        None
    }

    /// Gives a token that needs no network: one that was fetched before and lives long enough.
    fn cached(&self, _request: &TokenRequest) -> Result<Option<AccessToken>, AuthError> {
        Ok(None)
    }

    /// Gives a token that is valid for at least a few minutes.
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, AuthError>;
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No credential, no environment, no `az` login.
    #[error("nobody is signed in")]
    NobodySignedIn,
    /// Two sources of one level name different identities.
    #[error("{first} and {second} name different identities")]
    Contradiction {
        /// One source, as the user would name it.
        first: String,
        second: String,
    },
    /// Half of what a source needs is there.
    #[error("{source_name} is incomplete: {missing} is not set")]
    Incomplete { source_name: String, missing: String },
    /// A credential by that name does not exist.
    #[error("there is no credential named '{0}'")]
    UnknownCredential(String),
    /// The credential belongs to another cloud than the one in use.
    #[error("credential '{name}' belongs to cloud '{belongs_to}', not to '{wanted}'")]
    OtherCloud {
        name: String,
        /// The cloud it was made for.
        belongs_to: String,
        /// The cloud that was asked for.
        wanted: String,
    },
    /// Something leads away from the authority that a secret is meant for.
    #[error("{what} points to {found}, not to {expected}: nothing was sent there")]
    UntrustedOrigin {
        what: String,
        found: String,
        /// Where it should point.
        expected: String,
    },
    /// The credential was not made for that tenant.
    #[error("credential '{name}' is not for tenant {tenant}")]
    OtherTenant {
        name: String,
        /// The tenant that was asked for.
        tenant: TenantId,
    },
    /// The keyring has no secret for a credential that needs one.
    #[error("the keyring holds no secret for credential '{0}'")]
    SecretMissing(String),
    /// Entra said no.
    #[error("{}", entra_message(.error, .codes, .description, .correlation_id))]
    Refused {
        status: u16,
        /// The OAuth error, such as `invalid_client`.
        error: String,
        codes: Vec<i64>,
        /// Entra's own words, first line only, free of control characters.
        description: String,
        /// What support asks for.
        correlation_id: String,
    },
    /// Entra answered something that is no token and no error.
    #[error("the sign-in service answered with {0}")]
    Malformed(String),
    /// The certificate or its key cannot be used.
    #[error("{0}")]
    Certificate(String),
    /// A variable holds something that is no secret.
    #[error("{variable}: {reason}")]
    Unfit {
        variable: String,
        /// What is wrong with its value, which is not repeated.
        reason: InputError,
    },
    /// A file that the source names cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    /// A file with a private key can be read by others.
    #[error("the private key in {path} can be read by other users")]
    Exposed { path: String },
    /// A variable holds no GUID.
    #[error("{variable} is not a valid id")]
    Variable { variable: String },
    /// Our own files cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The `az` login is one that gets tokens of its own tenant only.
    #[error("the az login is {login}: it gets tokens of tenant {own}, and none of {wanted}")]
    OneTenant {
        login: OneTenant,
        /// The tenant it is good for.
        own: TenantId,
        /// The tenant that was asked for.
        wanted: TenantId,
    },
    /// The `az` login cannot be used.
    #[error("the az login cannot be used: {reason}")]
    AzLogin {
        /// Why not, in the words of `az` where it said something.
        reason: String,
        /// The command that logs in again.
        again: String,
    },
    /// The keyring cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sign-in service could not be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

fn entra_message(error: &str, codes: &[i64], description: &str, correlation_id: &str) -> String {
    let reason = match (description.is_empty(), codes.first()) {
        (false, _) => description.to_owned(),
        (true, Some(code)) => format!("{error} (AADSTS{code})"),
        (true, None) => error.to_owned(),
    };
    if correlation_id.is_empty() {
        return reason;
    }
    format!("{reason} [correlation id {correlation_id}]")
}
