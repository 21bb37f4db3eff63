//! What `credential` takes of a person who signs in.

use clap::ValueEnum;

use crate::auth::records::SignInWay;

/// The words of `--sign-in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SignInWord {
    /// In the system's browser
    Browser,
    /// By a code that is typed in any browser; many tenants block it
    DeviceCode,
}

impl From<SignInWord> for SignInWay {
    fn from(word: SignInWord) -> SignInWay {
        match word {
            SignInWord::Browser => SignInWay::Browser,
            SignInWord::DeviceCode => SignInWay::DeviceCode,
        }
    }
}
