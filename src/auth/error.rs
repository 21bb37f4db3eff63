//! Why there is no token.

use crate::id::TenantId;
use crate::secrets::StoreError;
use crate::secrets::folder::FolderError;
use crate::secrets::input::InputError;
use crate::settings::TokenIssuer;
use crate::settings::az::OneTenant;
use crate::transport::TransportError;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No credential, no environment, no `az` login.
    #[error("no identity is signed in")]
    NobodySignedIn {
        /// Whether `az` is there to log in to.
        has_az: bool,
        /// A credential that is kept for this cloud, and has to be named.
        kept: Option<String>,
    },
    /// The `az` login is chosen, and its program cannot be found.
    #[error("the az login cannot be used: there is no `az` on PATH")]
    NoAz,
    /// Two sources of one level name different identities.
    #[error("{first} and {second} name different identities")]
    Contradiction {
        /// One source, as the user would name it.
        first: String,
        second: String,
    },
    /// Half of what a source needs is there.
    #[error("{source_name} is incomplete: {missing} {} not set", if .missing.contains(" and ") { "are" } else { "is" })]
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
        /// What a person's sign-in has to bring, as JSON.
        claims: Option<Box<str>>,
    },
    /// Entra answered something that is not a token and no error.
    #[error("the sign-in service answered with {0}")]
    Malformed(String),
    /// The certificate or its key cannot be used.
    #[error("{0}")]
    Certificate(String),
    /// The sealed file of a certificate does not open, or holds something else.
    #[error("the stored certificate of item '{0}' is damaged")]
    StoredCertificate(String),
    /// The sealed file of a person's sign-in does not open, or holds something else.
    #[error("the stored sign-in of credential '{0}' is missing or damaged")]
    StoredSignIn(String),
    /// A tenant gives a token only if the person signs in again.
    #[error("tenant {tenant} wants the person of credential '{name}' to sign in again: {said}")]
    PersonNeeded {
        name: String,
        tenant: TenantId,
        /// What the sign-in has to bring, as JSON.
        claims: Option<String>,
        /// Entra's own words.
        said: String,
    },
    /// A variable holds something that is not a secret.
    #[error("{variable}: {reason}")]
    Unfit {
        variable: String,
        /// What is wrong with its value, which is not repeated.
        reason: InputError,
    },
    /// A document that should describe a service principal does not.
    #[error("{place} {problem}")]
    Document {
        /// The variable or file that it is in.
        place: String,
        problem: String,
    },
    /// This is not a job of the pipeline whose tokens sign in.
    #[error("there is no token of {}: {missing} {} not set", .issuer.title(), if .missing.contains(" and ") { "are" } else { "is" })]
    NoPipeline { issuer: TokenIssuer, missing: String },
    /// The pipeline gave no federated token.
    #[error("{variable} {reason}")]
    TokenRequest {
        /// The variable with the address that was asked.
        variable: &'static str,
        reason: String,
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
    /// This program's own files cannot be used.
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
