//! Our own errors. Their words and hints are not written down again: each is made, with names in braces where it
//! holds something, and read.

use super::super::Error;
use crate::arm::ArmError;
use crate::auth::AuthError;
use crate::output::OutputError;
use crate::secrets::StoreError;
use crate::secrets::input::InputError;
use crate::settings::az::OneTenant;
use crate::settings::{CloudError, SettingsError};
use crate::transport::TransportError;

/// An error of ours as the catalogue shows it.
#[derive(Clone, Debug)]
pub struct Own {
    /// A name for it.
    pub code: &'static str,
    /// Its message; `{name}` stands for any text.
    pub text: String,
    /// Why it happens.
    pub cause: &'static str,
    /// What to do about it.
    pub fixes: Vec<String>,
}

/// All of our errors that stand for one mistake each.
pub fn entries() -> Vec<Own> {
    let mut all = keyring();
    all.extend(sign_in());
    all.extend(credentials());
    all.extend(origins());
    all.extend(network());
    all.extend(settings());
    all
}

fn own(code: &'static str, cause: &'static str, err: impl Into<Error>) -> Own {
    let err = err.into();
    let clean = |text: &str| {
        text.replace(NUMBER_TEXT, "{number}")
            .replace(TENANT, "{tenant}")
            .replace(OWN_TENANT, "{own}")
    };
    Own {
        code,
        text: clean(&err.to_string()),
        cause,
        fixes: err.hints().iter().map(|hint| clean(hint)).collect(),
    }
}

fn keyring() -> Vec<Own> {
    vec![
        own(
            "own.KeyringAbsent",
            "No program in this session offers a keyring, as in a container or over SSH.",
            StoreError::Absent(name("reason")),
        ),
        own(
            "own.KeyringEmpty",
            "The keyring runs, but nobody ever made a collection in it.",
            StoreError::NoCollection,
        ),
        own(
            "own.KeyringLocked",
            "The keyring waits for its password, and nobody could be asked.",
            StoreError::Locked,
        ),
        own(
            "own.KeyringDeclined",
            "The window that asked for the keyring's password was closed.",
            StoreError::Declined,
        ),
        own(
            "own.KeyringTimeout",
            "The keyring's process is there and does not answer.",
            StoreError::Timeout(NUMBER),
        ),
        own(
            "own.KeyringFailed",
            "The keyring answered with an error of its own.",
            StoreError::Failed(name("reason")),
        ),
    ]
}

fn sign_in() -> Vec<Own> {
    vec![
        own(
            "own.NobodySignedIn",
            "There is no credential, no sign-in in the environment, and no az login.",
            AuthError::NobodySignedIn,
        ),
        own(
            "own.Contradiction",
            "Two sources of one level say different things, and none is chosen in silence.",
            AuthError::Contradiction { first: name("first"), second: name("second") },
        ),
        own(
            "own.Incomplete",
            "A part of what signing in needs is missing.",
            AuthError::Incomplete { source_name: name("source"), missing: name("missing") },
        ),
        own(
            "own.UnknownCredential",
            "The name is misspelt, or the credential was removed.",
            AuthError::UnknownCredential(name("name")),
        ),
    ]
}

fn credentials() -> Vec<Own> {
    vec![
        own(
            "own.OtherCloud",
            "A credential is for one cloud.",
            AuthError::OtherCloud {
                name: name("name"),
                belongs_to: name("cloud"),
                wanted: name("wanted"),
            },
        ),
        own(
            "own.OtherTenant",
            "A credential names the tenants it may sign in to.",
            AuthError::OtherTenant {
                name: name("name"),
                tenant: TENANT.parse().expect("it is a GUID"),
            },
        ),
        own(
            "own.SecretMissing",
            "The keyring was emptied, or is another one than before.",
            AuthError::SecretMissing(name("name")),
        ),
        own(
            "own.Exposed",
            "Others of this computer may have read the private key.",
            AuthError::Exposed { path: name("path") },
        ),
        own(
            "own.Variable",
            "A variable holds something else than a GUID.",
            AuthError::Variable { variable: name("variable") },
        ),
        one_tenant(
            "own.ManagedIdentity",
            "A managed identity exists in one tenant, and az refuses to ask for tokens of another.",
            OneTenant::ManagedIdentity,
        ),
        one_tenant(
            "own.CloudShell",
            "Cloud Shell signs in to one tenant, and az refuses to ask for tokens of another there.",
            OneTenant::CloudShell,
        ),
        own(
            "own.AzLogin",
            "az could not give a token; its own words follow.",
            AuthError::AzLogin { reason: name("reason"), again: "az login".to_owned() },
        ),
        own(
            "own.SecretId",
            "Entra shows two columns, and the GUID is not the secret.",
            Error::usage(InputError::SecretId.to_string())
                .hint(super::by_number(7_000_215).map_or("", super::Entry::hint)),
        ),
    ]
}

fn origins() -> Vec<Own> {
    vec![
        own(
            "own.UntrustedAuthority",
            "The authority has changed since the credential was made, or something redirects.",
            AuthError::UntrustedOrigin {
                what: name("what"),
                found: name("found"),
                expected: name("expected"),
            },
        ),
        own(
            "own.UntrustedLink",
            "An answer of Azure points to another host, where a token must not go.",
            ArmError::UntrustedOrigin {
                header: "{header}",
                found: name("found"),
                expected: name("expected"),
            },
        ),
        own(
            "own.StillRunning",
            "The operation goes on in Azure; only the waiting ended.",
            ArmError::StillRunning { seconds: NUMBER },
        ),
        own(
            "own.NotEntra",
            "Something else than Entra answered.",
            AuthError::Malformed(name("what")),
        ),
    ]
}

fn network() -> Vec<Own> {
    let host = || name("host");
    vec![
        own(
            "own.Unreachable",
            "There is no network, no name server, or a firewall or proxy is in the way.",
            TransportError::Unreachable { host: host(), reason: name("reason") },
        ),
        own(
            "own.Tls",
            "The certificate of the other side is not trusted, expired, or for another name.",
            TransportError::Tls { host: host(), reason: name("reason") },
        ),
        own(
            "own.Timeout",
            "The service is slow, or something swallows the answer.",
            TransportError::Timeout { host: host(), seconds: NUMBER },
        ),
        own(
            "own.BrokenOff",
            "Something between here and the service ended the connection.",
            TransportError::BrokenOff { host: host(), reason: name("reason") },
        ),
        own(
            "own.Proxy",
            "A variable names a proxy that cannot be one; requests never go past it instead.",
            TransportError::Proxy { variable: "HTTPS_PROXY", problem: name("problem") },
        ),
        own(
            "own.TlsSetup",
            "The file with certificates to trust cannot be read, or holds none.",
            TransportError::Setup(name("reason")),
        ),
    ]
}

fn settings() -> Vec<Own> {
    vec![
        own(
            "own.UnknownCloud",
            "The name of the cloud is misspelt, or clouds.config has no section for it.",
            CloudError::Unknown { name: name("name"), known: vec![name("known")] },
        ),
        own(
            "own.CloudEndpoint",
            "The section of the cloud in clouds.config is incomplete.",
            CloudError::Endpoint {
                cloud: name("cloud"),
                option: "{option}",
                problem: name("problem"),
            },
        ),
        own("own.NoHome", "The environment names no folder to work in.", SettingsError::NoHome),
        own(
            "own.BadQuery",
            "The text after --query is no JMESPath.",
            OutputError::BadQuery { query: name("query"), reason: name("reason") },
        ),
    ]
}

fn one_tenant(code: &'static str, cause: &'static str, login: OneTenant) -> Own {
    let err = AuthError::OneTenant {
        login,
        own: OWN_TENANT.parse().expect("it is a GUID"),
        wanted: TENANT.parse().expect("it is a GUID"),
    };
    own(code, cause, err)
}

fn name(name: &str) -> String {
    format!("{{{name}}}")
}

/// Stands for any number; no message of ours holds it by itself.
const NUMBER: u64 = 918_273;
const NUMBER_TEXT: &str = "918273";
const TENANT: &str = "00000000-1111-2222-3333-444444444444";
const OWN_TENANT: &str = "00000000-5555-6666-7777-888888888888";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_ours_has_words_and_a_hint() {
        let all = entries();
        for entry in &all {
            assert!(!entry.fixes.is_empty(), "{}", entry.code);
            let literal = entry.text.chars().filter(char::is_ascii_alphabetic).count();
            assert!(literal > 8, "{}: {}", entry.code, entry.text);
        }
        let text = |code| &all.iter().find(|entry| entry.code == code).unwrap().text;
        assert_eq!(text("own.KeyringTimeout"), "the keyring did not answer within {number} ms");
        assert_eq!(text("own.OtherTenant"), "credential '{name}' is not for tenant {tenant}");
    }
}
