//! This program's errors. Their words and hints are not written down again: each is made, with names in braces where
//! it holds something, and read.

use super::super::Error;
use crate::arm::ArmError;
use crate::auth::AuthError;
use crate::output::OutputError;
use crate::secrets::StoreError;
use crate::secrets::input::InputError;
use crate::settings::az::OneTenant;
use crate::settings::{CloudError, SettingsError};
use crate::transport::TransportError;

/// An error of this program as the catalogue shows it.
#[derive(Clone, Debug)]
pub struct ProgramError {
    /// A name for it.
    pub code: &'static str,
    /// Its message; `{name}` stands for any text.
    pub text: String,
    /// Why it happens.
    pub cause: &'static str,
    /// What to do about it.
    pub fixes: Vec<String>,
}

/// All of this program's errors that mean one mistake each.
pub fn program_errors() -> Vec<ProgramError> {
    let mut all = keyring_errors();
    all.extend(sign_in());
    all.extend(credential_errors());
    all.extend(origin_errors());
    all.extend(network_errors());
    all.extend(settings_errors());
    all
}

fn program_error(code: &'static str, cause: &'static str, err: impl Into<Error>) -> ProgramError {
    let err = err.into();
    let clean = |text: &str| {
        text.replace(NUMBER_TEXT, "{number}")
            .replace(TENANT, "{tenant}")
            .replace(OWN_TENANT, "{own}")
    };
    ProgramError {
        code,
        text: clean(&err.to_string()),
        cause,
        fixes: err.hints().iter().map(|hint| clean(hint)).collect(),
    }
}

fn keyring_errors() -> Vec<ProgramError> {
    vec![
        program_error(
            "own.KeyringAbsent",
            // Upstream: work items 190, 196 and 199 of GNOME/gnome-keyring.
            "No program in this session offers a keyring, as in a container or over SSH. Or it ended: gnome-keyring \
             can abort while one program after the other asks it.",
            StoreError::Absent(variant_name("reason")),
        ),
        program_error(
            "own.KeyringEmpty",
            "The keyring runs, but it has no collection yet.",
            StoreError::NoCollection,
        ),
        program_error(
            "own.KeyringLocked",
            "The keyring waits for its password, and no terminal or window can ask for it.",
            StoreError::Locked,
        ),
        program_error(
            "own.KeyringDeclined",
            "The window that asked for the keyring's password was closed.",
            StoreError::Declined,
        ),
        program_error(
            "own.KeyringTimeout",
            "The keyring's process is there and does not answer.",
            StoreError::Timeout(NUMBER),
        ),
        program_error(
            "own.KeyringFailed",
            "The keyring answered with an error of its own.",
            StoreError::Failed(variant_name("reason")),
        ),
        program_error(
            "own.StoreSealed",
            "The store in use is `passphrase`, and no terminal is there to ask for it.",
            StoreError::Sealed,
        ),
        program_error(
            "own.WrongPassphrase",
            "The passphrase does not open the key of the store.",
            StoreError::WrongPassphrase,
        ),
        program_error(
            "own.StoreKeyGone",
            "The store in use is `boot`, whose key only the kernel has: until a restart, or until `lock`.",
            StoreError::KeyGone,
        ),
        program_error(
            "own.NoKernelKeyring",
            "The kernel refuses keys, as in a container's default profile, or AZ_IMAGESHARE_KEY_CACHE is `off`.",
            StoreError::NoKernelKeyring,
        ),
        program_error(
            "own.StoreDamaged",
            "Something else than this program wrote to a file of the store, or the disk failed.",
            StoreError::Damaged(variant_name("file")),
        ),
    ]
}

fn sign_in() -> Vec<ProgramError> {
    vec![
        program_error(
            "own.NobodySignedIn",
            "There is no credential, no sign-in in the environment, and no az login.",
            AuthError::NobodySignedIn { has_az: false, kept: None },
        ),
        program_error(
            "own.NoAz",
            "The az login is the only one there is, and the program that renews its tokens is missing.",
            AuthError::NoAz,
        ),
        program_error(
            "own.Contradiction",
            "Two sources of one level say different things, and none is chosen in silence.",
            AuthError::Contradiction {
                first: variant_name("first"),
                second: variant_name("second"),
            },
        ),
        program_error(
            "own.Incomplete",
            "A part of what signing in needs is missing.",
            AuthError::Incomplete {
                source_name: variant_name("source"),
                missing: variant_name("missing"),
            },
        ),
        program_error(
            "own.UnknownCredential",
            "The name is misspelt, or the credential was removed.",
            AuthError::UnknownCredential(variant_name("name")),
        ),
    ]
}

fn credential_errors() -> Vec<ProgramError> {
    vec![
        program_error(
            "own.OtherCloud",
            "A credential is for one cloud.",
            AuthError::OtherCloud {
                name: variant_name("name"),
                belongs_to: variant_name("cloud"),
                wanted: variant_name("wanted"),
            },
        ),
        program_error(
            "own.OtherTenant",
            "A credential names the tenants it may sign in to.",
            AuthError::OtherTenant {
                name: variant_name("name"),
                tenant: TENANT.parse().expect("it is a GUID"),
            },
        ),
        program_error(
            "own.SecretMissing",
            "The keyring was emptied, or is another one than before.",
            AuthError::SecretMissing(variant_name("name")),
        ),
        program_error(
            "own.Exposed",
            "Others of this computer may have read the private key.",
            AuthError::Exposed { path: variant_name("path") },
        ),
        program_error(
            "own.Variable",
            "A variable holds something else than a GUID.",
            AuthError::Variable { variable: variant_name("variable") },
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
        program_error(
            "own.AzLogin",
            "az could not give a token; its own words follow.",
            AuthError::AzLogin { reason: variant_name("reason"), again: "az login".to_owned() },
        ),
        program_error(
            "own.SecretId",
            "Entra shows two columns, and the GUID is not the secret.",
            Error::usage(InputError::SecretId.to_string())
                .hint(super::by_number(7_000_215).map_or("", super::KnownError::hint)),
        ),
    ]
}

fn origin_errors() -> Vec<ProgramError> {
    vec![
        program_error(
            "own.UntrustedAuthority",
            "The authority has changed since the credential was made, or something redirects.",
            AuthError::UntrustedOrigin {
                what: variant_name("what"),
                found: variant_name("found"),
                expected: variant_name("expected"),
            },
        ),
        program_error(
            "own.UntrustedLink",
            "An answer of Azure points to another host, where a token must not go.",
            ArmError::UntrustedOrigin {
                header: "{header}",
                found: variant_name("found"),
                expected: variant_name("expected"),
            },
        ),
        program_error(
            "own.ClaimsNeeded",
            "The tenant wants a second factor, or another proof, for this request; the login has none.",
            ArmError::ClaimsNeeded {
                tenant: "tenant {tenant}".to_owned(),
                again: Some(
                    "az login --tenant {tenant} --scope SCOPE --claims-challenge CLAIMS".to_owned(),
                ),
                without_az: false,
            },
        ),
        program_error(
            "own.StillRunning",
            "The operation goes on in Azure; only the waiting ended.",
            ArmError::StillRunning { seconds: NUMBER },
        ),
        program_error(
            "own.NotEntra",
            "Something else than Entra answered.",
            AuthError::Malformed(variant_name("what")),
        ),
    ]
}

fn network_errors() -> Vec<ProgramError> {
    let host = || variant_name("host");
    vec![
        program_error(
            "own.Unreachable",
            "There is no network, no name server, or a firewall or proxy is in the way.",
            TransportError::Unreachable { host: host(), reason: variant_name("reason") },
        ),
        program_error(
            "own.Tls",
            "The certificate of the other side is not trusted, expired, or for another name.",
            TransportError::Tls { host: host(), reason: variant_name("reason") },
        ),
        program_error(
            "own.Timeout",
            "The service is slow, or something swallows the answer.",
            TransportError::Timeout { host: host(), seconds: NUMBER },
        ),
        program_error(
            "own.BrokenOff",
            "Something between here and the service ended the connection.",
            TransportError::BrokenOff { host: host(), reason: variant_name("reason") },
        ),
        program_error(
            "own.Proxy",
            "A variable names a proxy that cannot be one; requests never go past it instead.",
            TransportError::Proxy { variable: "HTTPS_PROXY", problem: variant_name("problem") },
        ),
        program_error(
            "own.TlsSetup",
            "The file with certificates to trust cannot be read, or holds none.",
            TransportError::Setup(variant_name("reason")),
        ),
    ]
}

fn settings_errors() -> Vec<ProgramError> {
    vec![
        program_error(
            "own.UnknownCloud",
            "The name of the cloud is misspelt, or clouds.config has no section for it.",
            CloudError::Unknown { name: variant_name("name"), known: vec![variant_name("known")] },
        ),
        program_error(
            "own.CloudEndpoint",
            "The section of the cloud in clouds.config is incomplete.",
            CloudError::Endpoint {
                cloud: variant_name("cloud"),
                option: "{option}",
                problem: variant_name("problem"),
            },
        ),
        program_error(
            "own.NoHome",
            "The environment names no folder to work in.",
            SettingsError::NoHome,
        ),
        program_error(
            "own.BadQuery",
            "The text after --query is not JMESPath.",
            OutputError::BadQuery { query: variant_name("query"), reason: variant_name("reason") },
        ),
    ]
}

fn one_tenant(code: &'static str, cause: &'static str, login: OneTenant) -> ProgramError {
    let err = AuthError::OneTenant {
        login,
        own: OWN_TENANT.parse().expect("it is a GUID"),
        wanted: TENANT.parse().expect("it is a GUID"),
    };
    program_error(code, cause, err)
}

fn variant_name(name: &str) -> String {
    format!("{{{name}}}")
}

/// Stands for any number; no message of this program holds it on its own.
const NUMBER: u64 = 918_273;
const NUMBER_TEXT: &str = "918273";
const TENANT: &str = "00000000-1111-2222-3333-444444444444";
const OWN_TENANT: &str = "00000000-5555-6666-7777-888888888888";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_ours_has_words_and_a_hint() {
        let all = program_errors();
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
