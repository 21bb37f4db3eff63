//! What a credential is made of, and why something cannot be that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::auth::certificate::{Certificate, is_pem};
use crate::auth::evidence::{Proof, token_file};
use crate::auth::records::Kind;
use crate::error::{Error, Result};
use crate::secrets::Secret;
use crate::secrets::input::{self, InputError};

/// The largest secret, in bytes.
pub(crate) const LARGEST: usize = input::LARGEST;

/// What a credential is made of.
#[derive(Clone, Debug)]
pub(crate) enum Material {
    /// A client secret.
    Secret(Secret),
    /// A certificate.
    Certificate(Arc<Certificate>),
    /// A file in which somebody else puts tokens.
    TokenFile(PathBuf),
}

impl Material {
    /// Makes a client secret of what was read.
    pub(crate) fn secret(read: Vec<u8>) -> Result<Material> {
        let secret = input::client_secret(read).map_err(|err| refused(err, "secret"))?;
        Ok(Material::Secret(secret))
    }

    /// Reads a certificate with its key; `password` gives the PFX's password, and is told whether it needs one.
    ///
    /// The file is read once: it may be a pipe, as in `--certificate <(pass show app.pem)`.
    ///
    /// # Errors
    /// If the file is open to others, its key cannot be used, or `password` fails.
    pub(crate) fn certificate(
        path: &Path,
        password: impl FnOnce(bool) -> Result<Option<Vec<u8>>>,
    ) -> Result<Material> {
        let content = Certificate::load_guarded(path)?;
        let is_closed = !is_pem(&content) && Certificate::parse(&content, None).is_err();
        let password = password(is_closed)?
            .map(|read| input::password(read).map_err(|err| refused(err, "password")))
            .transpose()?;
        let read = Certificate::parse(&content, password.as_ref())?;
        Ok(Material::Certificate(Arc::new(read)))
    }

    /// Makes sure that a federated token is there, and notes where.
    pub(crate) fn token_file(path: &Path) -> Result<Material> {
        token_file(path)?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(Material::TokenFile(absolute))
    }

    /// The kind of credential that this makes.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Material::Secret(_) => Kind::Secret,
            Material::Certificate(_) => Kind::Certificate,
            Material::TokenFile(_) => Kind::Federated,
        }
    }

    pub(super) fn proof(&self) -> Proof {
        match self {
            Material::Secret(secret) => Proof::Secret(secret.clone()),
            Material::Certificate(certificate) => Proof::Certificate(certificate.clone()),
            Material::TokenFile(path) => Proof::TokenFile(path.clone()),
        }
    }
}

fn refused(err: InputError, what: &str) -> Error {
    let hint = match err {
        InputError::SecretId => {
            "Copy the Value column of Certificates & secrets in Entra; it is shown only right after the secret was made, so make a new one if it is gone."
        }
        InputError::Empty => {
            "Check the command before the pipe, or the file: nothing came out of it."
        }
        _ => "Give the value alone, without anything around it.",
    };
    Error::usage(err.to_string().replace("secret ", &format!("{what} "))).hint(hint)
}
