//! What to do where no identity signs in.

use super::super::{Error, Kind};

/// The error, with what helps here: a credential that is kept and not the default only has to be named.
pub(super) fn nobody_signed_in(told: String, has_az: bool, kept: Option<&str>) -> Error {
    let told = Error::new(Kind::SignIn, told).hint(match kept {
        Some(name) => format!(
            "Let the credential that is kept sign in: `az-imageshare credential use -n {name}`, or `--credential {name}` this time."
        ),
        None => "Keep a credential: see `az-imageshare credential add --help`.".to_owned(),
    });
    if has_az { told.hint("Or log in to az: `az login`.") } else { told }
}
