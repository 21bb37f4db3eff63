//! Every conversion from a lower error, with its kind and its hint.

use super::{Error, Kind};
use crate::arm::ArmError;
use crate::auth::AuthError;
use crate::output::OutputError;
use crate::secrets::StoreError;
use crate::secrets::folder::FolderError;
use crate::settings::{CloudError, SettingsError};
use crate::transport::TransportError;

impl From<StoreError> for Error {
    fn from(err: StoreError) -> Error {
        let hint = match &err {
            StoreError::Absent(_) => {
                "Start a keyring (gnome-keyring-daemon, KWallet or KeePassXC) in this session, or sign in from the environment: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."
            }
            StoreError::NoCollection => {
                "Create one with the keyring's own program (Seahorse, KWalletManager, KeePassXC), or log in to the desktop once."
            }
            StoreError::Locked => {
                "Unlock it (log in to the desktop, or run `gnome-keyring-daemon --unlock` with the password on standard input) and run the command again."
            }
            StoreError::Declined => "Run the command again and unlock the keyring when it asks.",
            StoreError::Timeout(_) => {
                "The keyring's process hangs: restart it (`systemctl --user restart gnome-keyring-daemon`) and run the command again."
            }
            StoreError::Failed(_) => {
                "Look at the keyring with its own program, for example Seahorse or `secret-tool search --all service az-imageshare`."
            }
        };
        Error::new(Kind::Keyring, err.to_string()).hint(hint)
    }
}

impl From<FolderError> for Error {
    fn from(err: FolderError) -> Error {
        Error::new(Kind::Failure, err.to_string()).hint(err.fix)
    }
}

impl From<TransportError> for Error {
    fn from(err: TransportError) -> Error {
        let hint = match &err {
            TransportError::Tls { .. } => {
                "If a company proxy opens TLS, set REQUESTS_CA_BUNDLE to a file with its CA certificate."
            }
            TransportError::Setup(_) => {
                "Set REQUESTS_CA_BUNDLE (or SSL_CERT_FILE) to a readable file with CA certificates in PEM."
            }
            TransportError::Unreachable { .. } => {
                "Check the network, HTTPS_PROXY and NO_PROXY, then run the command again."
            }
            TransportError::Timeout { .. } => {
                "Run the command again; AZ_IMAGESHARE_HTTP_TIMEOUT sets how many seconds to wait."
            }
            TransportError::BrokenOff { .. } | TransportError::TooLarge { .. } => {
                "Run the command again; if it stays so, look at the proxy between here and the service."
            }
        };
        Error::new(Kind::Network, err.to_string()).hint(hint)
    }
}

impl From<CloudError> for Error {
    fn from(err: CloudError) -> Error {
        Error::usage(err.to_string())
            .hint("See the clouds with `az cloud list -o table`, and choose one with `--cloud` or `az cloud set`.")
    }
}

impl From<SettingsError> for Error {
    fn from(err: SettingsError) -> Error {
        match err {
            SettingsError::Cloud(err) => err.into(),
            SettingsError::NoHome => {
                Error::usage(err.to_string()).hint("Set AZURE_CONFIG_DIR to a folder of your own.")
            }
            SettingsError::Value { .. } => Error::usage(err.to_string())
                .hint("Correct it there, or override it on the command line."),
        }
    }
}

impl From<OutputError> for Error {
    fn from(err: OutputError) -> Error {
        match err {
            OutputError::BadQuery { .. } => Error::usage(err.to_string())
                .hint("See https://jmespath.org for the language, and quote the whole query for the shell."),
            OutputError::BadInput(_) | OutputError::UnknownFormat(_) => Error::usage(err.to_string()),
            OutputError::TableUnavailable => Error::new(Kind::Failure, err.to_string()),
        }
    }
}

impl From<AuthError> for Error {
    fn from(err: AuthError) -> Error {
        match err {
            AuthError::Store(err) => err.into(),
            AuthError::Transport(err) => Error::from(err).while_doing("cannot reach the sign-in service"),
            AuthError::Refused { ref codes, .. } => {
                let hint = entra_hint(codes);
                Error::new(Kind::SignIn, "sign-in was refused").hint(hint).caused_by(err)
            }
            AuthError::Malformed(_) => Error::new(Kind::Network, err.to_string())
                .hint("A proxy may have answered in place of the sign-in service: check HTTPS_PROXY, then run the command again."),
            AuthError::Contradiction { .. } => Error::usage(err.to_string())
                .hint("Unset one of the two, or choose with `--credential NAME`."),
            AuthError::Incomplete { .. } => Error::usage(err.to_string())
                .hint("Set AZURE_TENANT_ID and AZURE_CLIENT_ID with one of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, or none of them."),
            AuthError::UnknownCredential(_) => Error::new(Kind::NotFound, err.to_string())
                .hint("See the names with `az-imageshare credential list -o table`."),
            AuthError::OtherCloud { ref belongs_to, .. } => {
                let hint = format!("Use `--cloud {belongs_to}`, or another credential: a credential is only ever sent to the cloud it was made for.");
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::UntrustedOrigin { .. } => Error::new(Kind::Origin, err.to_string())
                .hint("A credential is only ever sent to the authority it was made for: check `az cloud show` and clouds.config; if the change is meant, add the credential again."),
            AuthError::Exposed { ref path } => {
                let hint = format!("Close it: `chmod 600 {path}`; and if others may have read it, use a new key.");
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::Variable { ref variable } => {
                let hint = format!("Set {variable} to the GUID that Entra's portal shows, or unset it.");
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::Folder(err) => err.into(),
            AuthError::OtherTenant { ref name, ref tenant } => {
                let hint = format!("Add it again with `az-imageshare credential add -n {name} … --also-tenant {tenant}`, or use another credential.");
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::NobodySignedIn => Error::new(Kind::SignIn, err.to_string())
                .hint("Run `az-imageshare credential add --help` to keep a client secret in the keyring, or `az login`."),
            AuthError::SecretMissing(ref name) => {
                let hint = format!("Put it back with `az-imageshare credential rotate -n {name}`.");
                Error::new(Kind::SignIn, err.to_string()).hint(hint)
            }
            AuthError::AzLogin(_) => Error::new(Kind::SignIn, err.to_string()).hint("Run `az login`."),
            AuthError::Certificate(_) | AuthError::Unreadable { .. } => Error::usage(err.to_string())
                .hint("Check the file: PEM with certificate and private key, or PFX with its password."),
        }
    }
}

/// What to do about an `AADSTS` number. Source:
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
fn entra_hint(codes: &[i64]) -> &'static str {
    let known = |code: &i64| {
        ENTRA
            .iter()
            .find(|(number, _)| number == code)
            .map(|(_, hint)| *hint)
    };
    codes.iter().find_map(known).unwrap_or(
        "Look the AADSTS number up at https://login.microsoftonline.com/error, or check with `az-imageshare credential test`.",
    )
}

const ENTRA: [(i64, &str); 12] = [
    (
        7_000_215,
        "The secret is wrong. Copy the secret's Value, not its Secret ID, and run `az-imageshare credential rotate`.",
    ),
    (
        7_000_222,
        "The secret has expired. Create a new one in Entra and run `az-imageshare credential rotate`.",
    ),
    (
        700_016,
        "The application is not in that tenant: check --client-id and --tenant, or have the tenant's administrator consent to it.",
    ),
    (
        90_002,
        "There is no such tenant in this cloud: check the id, and the cloud with `az cloud show`.",
    ),
    (
        900_023,
        "That is no tenant id and no domain of a tenant: check --tenant.",
    ),
    (
        700_024,
        "The assertion is outside its time: check this computer's clock.",
    ),
    (
        700_027,
        "The certificate is not registered on the application: upload it in Entra under Certificates & secrets.",
    ),
    (
        50_076,
        "The tenant asks for multi-factor authentication: run `az login` in that tenant.",
    ),
    (
        50_079,
        "The tenant asks for multi-factor authentication: run `az login` in that tenant.",
    ),
    (
        53_003,
        "Conditional access blocks this sign-in: ask the tenant's administrator.",
    ),
    (
        700_213,
        "No federated credential of the application matches the token's issuer, subject and audience.",
    ),
    (
        65_001,
        "Nobody has consented to the application in that tenant: ask its administrator.",
    ),
];

impl From<ArmError> for Error {
    fn from(err: ArmError) -> Error {
        match err {
            ArmError::Auth(err) => err.into(),
            ArmError::Transport(err) => {
                Error::from(err).while_doing("cannot reach Azure Resource Manager")
            }
            ArmError::Malformed { .. } => Error::new(Kind::Network, err.to_string())
                .hint("A proxy may have answered in place of Azure: check HTTPS_PROXY, then run the command again."),
            ArmError::UntrustedOrigin { .. } => Error::new(Kind::Origin, err.to_string())
                .hint("Check the cloud's endpoints with `az cloud show`; if they are right, something between here and Azure alters its answers."),
            ArmError::StillRunning { .. } => Error::new(Kind::Failure, err.to_string())
                .hint("Ask again later, for example with `az-imageshare delegation wait`."),
            ArmError::Refused(ref refusal) => {
                let (kind, message, hint) = refused(refusal.status, &refusal.code);
                Error::new(kind, message).hint(hint).caused_by(err)
            }
        }
    }
}

fn refused(status: u16, code: &str) -> (Kind, &'static str, &'static str) {
    let mut refusals = REFUSALS.iter().chain(&super::directory::REFUSALS);
    if let Some((_, message, hint)) = refusals.find(|(known, ..)| *known == code) {
        let kind = if status == 404 {
            Kind::NotFound
        } else {
            Kind::Failure
        };
        return (kind, message, hint);
    }
    match status {
        401 => (
            Kind::SignIn,
            "Azure does not accept the token",
            "Run `az-imageshare token clear --all`, then the command again; check this computer's clock.",
        ),
        403 => (
            Kind::Failure,
            "this identity may not do that",
            "Ask an Owner of the subscription for the permission that the cause names.",
        ),
        404 => (
            Kind::NotFound,
            "it does not exist",
            "Check the name, the subscription (`--subscription`) and who you are (`az-imageshare credential list`).",
        ),
        429 => (
            Kind::Failure,
            "Azure asks for a pause",
            "Wait a minute and run the command again.",
        ),
        301..=308 => (
            Kind::Origin,
            "Azure's answer is a redirect, which is never followed",
            "Check the cloud's endpoints with `az cloud show`.",
        ),
        500..=599 => (
            Kind::Failure,
            "Azure has a fault at the moment",
            "Run the command again in a few minutes; https://status.azure.com tells of outages.",
        ),
        _ => (
            Kind::Failure,
            "Azure refused the request",
            "Correct what the cause names, and run the command again.",
        ),
    }
}

/// Codes worth more than their status. Source: the error catalogue of Lighthouse onboarding.
const REFUSALS: [(&str, &str, &str); 16] = [
    (
        "AuthorizationFailed",
        "this identity may not do that",
        "The deployer needs Owner on the subscription (or a role with Microsoft.Authorization/roleAssignments/write and Microsoft.ManagedServices/*/write).",
    ),
    (
        "InsufficientPrivilegesForManagedServiceResource",
        "this identity may not delegate the subscription",
        "Sign in as an Owner of the subscription from its own tenant; guests and Contributors are refused.",
    ),
    (
        "ClassicAdministratorListFailed",
        "this identity may not delegate the subscription",
        "Sign in as an Owner of the subscription from its own tenant; Azure gives this code to Contributors.",
    ),
    (
        "InvalidAuthenticationTokenTenant",
        "the token is from another tenant than the subscription",
        "Use a credential of the subscription's own tenant: `--credential NAME`.",
    ),
    (
        "MissingSubscriptionRegistration",
        "the resource provider is not registered",
        "Run `az provider register -n Microsoft.ManagedServices --wait`.",
    ),
    (
        "RequestDisallowedByPolicy",
        "an Azure Policy of the subscription forbids it",
        "Ask the subscription's owner to add the consumer tenant to the policy's list of allowed tenants.",
    ),
    (
        "DeploymentActive",
        "a deployment of that name is still running",
        "Wait for it with `az-imageshare delegation wait`, or choose another with --deployment-name.",
    ),
    (
        "InvalidDeploymentLocation",
        "a deployment of that name exists in another location",
        "Use that location with --location, or choose another --deployment-name.",
    ),
    (
        "DeploymentQuotaExceeded",
        "the subscription's deployment history is full",
        "Delete old entries: `az deployment sub list` and `az deployment sub delete`.",
    ),
    (
        "SubscriptionNotFound",
        "the subscription does not exist, or this identity cannot see it",
        "Check --subscription, and sign in to its tenant.",
    ),
    (
        "ResourceGroupNotFound",
        "the resource group does not exist",
        "Create it first: `az group create`.",
    ),
    (
        "RegistrationDefinitionInvalidUpdate",
        "the offer belongs to another consumer tenant",
        "Choose another --name for the new consumer.",
    ),
    (
        "InvalidRegistrationDefinitionCreateRequest",
        "Lighthouse does not accept the offer",
        "Check it with `az-imageshare delegation plan`.",
    ),
    (
        "InvalidRegistrationDefinitionDeleteRequest",
        "the definition is still assigned",
        "Run `az-imageshare delegation delete` again in a minute.",
    ),
    (
        "ScopeLocked",
        "a lock keeps it from being deleted",
        "Remove the lock (`az lock list`, `az lock delete`) and run the command again.",
    ),
    (
        "PrincipalNotFound",
        "a principal does not exist in the consumer's tenant",
        "Have the consumer run `az-imageshare delegation request`, and use its file with --request.",
    ),
];
