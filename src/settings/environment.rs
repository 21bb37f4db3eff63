//! What the environment says about signing in, before anybody judges it.

use std::path::PathBuf;

use super::env;
use super::pipeline::TokenRequestVariables;
use super::sign_in_names::SignInNames;
use crate::process::Process;
use crate::secrets::Secret;
use crate::secrets::input::{self, InputError};

/// A sign-in described by variables.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The variables that it is read from.
    pub names: SignInNames,
    pub tenant_id: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<Result<Secret, InputError>>,
    pub certificate: Option<PathBuf>,
    pub certificate_password: Option<Secret>,
    pub federated_token_file: Option<PathBuf>,
    /// A federated token itself.
    pub federated_token: Option<Secret>,
    /// Where a pipeline gets federated tokens from, the strongest first.
    pub token_requests: Vec<TokenRequestVariables>,
    /// The JSON document of `az ad sp create-for-rbac`, as it was pasted.
    pub document: Option<Secret>,
    /// The absolute folders of `PATH`.
    pub search_path: Vec<PathBuf>,
}

impl Environment {
    /// The variable that holds a secret in plaintext.
    pub(crate) fn secret_variable(&self) -> &'static str {
        match (&self.client_secret, &self.document) {
            (None, Some(_)) => env::CREDENTIALS_DOCUMENT,
            _ => self.names.client_secret,
        }
    }

    pub(super) fn read(process: &Process) -> Environment {
        let names = SignInNames::in_use(process);
        let token = names.token.and_then(|name| process.var(name));
        Environment {
            tenant_id: process.var(names.tenant_id),
            client_id: process.var(names.client_id),
            client_secret: process
                .var(names.client_secret)
                .map(|value| input::client_secret(value.into_bytes())),
            certificate: process.path(names.certificate),
            certificate_password: process.var(names.certificate_password).map(Secret::new),
            federated_token_file: process.path(names.token_file),
            federated_token: token.map(|token| Secret::new(token.trim().to_owned())),
            token_requests: TokenRequestVariables::read(process, &names),
            document: process.var(env::CREDENTIALS_DOCUMENT).map(Secret::new),
            search_path: search_path(process),
            names,
        }
    }
}

/// A program is never taken from the current folder (CVE-2020-26233 and its like).
fn search_path(process: &Process) -> Vec<PathBuf> {
    let path = process.path(env::PATH).unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}
