//! How a person signs in.

use serde::{Deserialize, Serialize};

/// How a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignInWay {
    /// In the system's browser, which comes back to this computer.
    Browser,
    /// In any browser, by a code that is typed there.
    DeviceCode,
}
