//! Who signs in, and with what: access tokens for a tenant and a scope.
//!
//! Sign-in itself is `azure_identity`'s; this module decides which source is asked, keeps tokens
//! between runs, and turns Entra's answers into errors that name the cause.

pub(crate) mod application;
pub(crate) mod az_login;
mod azure_identity_adapter;
pub(crate) mod bridge;
pub(crate) mod cache;
pub(crate) mod certificate;
mod choose;
mod claims;
pub(crate) mod code_verifier;
mod context;
pub(crate) mod credential_source;
pub(crate) mod credentials_document;
pub(crate) mod discovery;
pub(crate) mod entra;
mod error;
pub(crate) mod key;
mod key_file;
pub(crate) mod msal;
mod new_certificate;
pub(crate) mod person;
pub(crate) mod person_endpoint;
mod person_tokens;
mod pinned_endpoints;
pub(crate) mod records;
mod refusal;
mod reminder;
pub(crate) mod service_principals;
mod sign_in_way;
mod token;
pub(crate) mod token_request;
pub(crate) mod tokens;
pub(crate) mod validity;

pub(crate) use choose::{
    ChosenIdentity, SignInReason, application_of, application_of_environment, choose_identity,
    choose_source, source_named,
};
pub(crate) use context::SignInContext;
pub(crate) use error::AuthError;
pub(crate) use token::{AccessToken, Lender, TokenRequest, TokenSource};
