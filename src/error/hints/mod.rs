//! Every conversion from a lower error, with its kind and its hint.

mod from_message;
mod from_words;
mod sign_in;

use super::catalogue::{self, KnownError};
use super::{Error, Kind};
use crate::auth::AuthError;
use crate::auth::person::login_command;
use crate::id::TenantId;
use crate::output::OutputError;
use crate::rest::{RestError, Service};
use crate::secrets::StoreError;
use crate::secrets::folder::FolderError;
use crate::settings::az::OneTenant;
use crate::settings::{CloudError, SettingsError, TokenIssuer};
use crate::transport::TransportError;

impl From<StoreError> for Error {
    fn from(err: StoreError) -> Error {
        const WITHOUT_DESKTOP: &str = "Without a desktop, secrets can be kept in files: `az-imageshare credential store use passphrase`, or `boot` until the computer restarts.";
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
            StoreError::Sealed => "Unlock them with `az-imageshare unlock`.",
            StoreError::WrongPassphrase => {
                "Try again with `az-imageshare unlock`. A forgotten passphrase is not recoverable: `az-imageshare credential remove -n NAME` takes a credential away, and `credential add` makes it anew."
            }
            StoreError::KeyGone => {
                "Give each credential its secret again: `az-imageshare credential rotate -n NAME`. A person signs in again: `az-imageshare credential login -n NAME`. `az-imageshare credential list -o table` shows the names."
            }
            StoreError::NoKernelKeyring => {
                "Use `az-imageshare credential store use passphrase`: where the kernel keeps no key, as in a container whose profile refuses add_key, each command asks for the passphrase."
            }
            StoreError::Damaged(_) => {
                "Restore it from a backup. Without one, take each credential away (`az-imageshare credential remove -n NAME`) and add it again."
            }
            StoreError::Folder(err) => return err.clone().into(),
        };
        let is_desktop = matches!(
            err,
            StoreError::Absent(_)
                | StoreError::NoCollection
                | StoreError::Locked
                | StoreError::Timeout(_)
        );
        let refused = Error::new(Kind::Keyring, err.to_string()).hint(hint);
        if is_desktop { refused.hint(WITHOUT_DESKTOP) } else { refused }
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
            TransportError::ProxyUnreachable { variable, .. } => {
                let hint = format!(
                    "Check that the proxy runs and lets this host through, or go without it: `unset {variable}` (NO_PROXY lists hosts to reach directly)."
                );
                return Error::new(Kind::Network, err.to_string()).hint(hint);
            }
            TransportError::Tls { reason, .. }
                if reason.contains("UnsupportedCriticalExtension") =>
            {
                "A CA certificate in the chain has a critical extension that is not understood. Extensions on policies are, once REQUESTS_CA_BUNDLE names a file with the root of that CA; for any other, put the CA certificate itself into that file."
            }
            TransportError::Tls { .. } => {
                "If a company proxy opens TLS, set REQUESTS_CA_BUNDLE to a file with its CA certificate."
            }
            TransportError::Proxy { .. } => "Write it as http://HOST:PORT, or unset the variable.",
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
            SettingsError::Unreadable { ref path, ref reason } if reason.contains("can write") => {
                let hint = format!("Take the right from them: `chmod go-w {path}`.");
                Error::usage(err.to_string()).hint(hint)
            }
            SettingsError::Unreadable { ref path, .. } => {
                let hint = format!(
                    "Make it yours and UTF-8: `ls -l {path}` says whose it is; after `sudo az` it may be root's."
                );
                Error::usage(err.to_string()).hint(hint)
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

/// What to sign in with where the `az` login gets no token of a tenant.
fn another_login(login: OneTenant, tenant: TenantId) -> String {
    match login {
        OneTenant::CloudShell => format!(
            "Run `az login --tenant {tenant}`: a login of your own is good for every tenant you are in."
        ),
        OneTenant::ManagedIdentity => format!(
            "Keep an application of that tenant with `az-imageshare credential add -n NAME --tenant {tenant} --client-id ID`, and name it with `--credential NAME`."
        ),
    }
}

impl From<AuthError> for Error {
    fn from(err: AuthError) -> Error {
        match err {
            AuthError::Store(err) => err.into(),
            AuthError::Transport(err) => Error::from(err).while_doing("cannot reach the sign-in service"),
            AuthError::Refused { ref codes, ref description, .. } => {
                let hint = filled_hint(entra_hint(codes), description);
                Error::new(Kind::SignIn, "sign-in was refused").hint(hint).caused_by(err)
            }
            AuthError::Malformed(_) => Error::new(Kind::Network, err.to_string())
                .hint("A proxy may have answered instead of the sign-in service: check HTTPS_PROXY, then run the command again."),
            AuthError::Contradiction { .. } => Error::usage(err.to_string())
                .hint("Unset one of the two, or choose with `--credential NAME`."),
            AuthError::Incomplete { ref missing, .. } => {
                let hint = incomplete_hint(missing);
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::UnknownCredential(_) => Error::new(Kind::NotFound, err.to_string())
                .hint("See the names with `az-imageshare credential list -o table`."),
            AuthError::OtherCloud { ref belongs_to, .. } => {
                let hint = format!("Use `--cloud {belongs_to}`, or another credential: a credential is only ever sent to the cloud it was made for.");
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::UntrustedOrigin { .. } => Error::new(Kind::Origin, err.to_string())
                .hint("A credential is only ever sent to the authority it was made for: check clouds.config with `az-imageshare doctor`; if the change is meant, add the credential again."),
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
                let hint = format!("Let it sign in there: `az-imageshare credential update -n {name} --also-tenant {tenant}`.");
                Error::usage(err.to_string()).hint(hint)
            }
            AuthError::SecretMissing(ref name) => {
                let hint = format!("Put it back with `az-imageshare credential rotate -n {name}`.");
                Error::new(Kind::SignIn, err.to_string()).hint(hint)
            }
            AuthError::AzLogin { ref reason, ref again } => {
                let known = catalogue::entry_by_number(reason).map_or("", |entry| entry.cause);
                let hint = format!("{known} Run `{again}`.");
                Error::new(Kind::SignIn, err.to_string()).hint(hint.trim_start())
            }
            AuthError::OneTenant { login, wanted, .. } => {
                Error::new(Kind::SignIn, err.to_string()).hint(another_login(login, wanted))
            }
            AuthError::StoredCertificate(_) => Error::new(Kind::SignIn, err.to_string())
                .hint("Put it back: `az-imageshare credential list -o table` shows the names, `az-imageshare credential rotate -n NAME --certificate FILE` takes the file."),
            AuthError::StoredSignIn(_) | AuthError::PersonNeeded { .. } => person_error(&err),
            AuthError::Certificate(ref problem) if problem.contains("password") => Error::usage(err.to_string())
                .hint("Give it at the terminal, with --secret-stdin or --secret-file, or in AZURE_CLIENT_CERTIFICATE_PASSWORD."),
            AuthError::Certificate(_) => Error::usage(err.to_string())
                .hint("Check the file: PEM with certificate and private key, or PFX with its password."),
            other => source_error(other),
        }
    }
}

/// What is wrong with the source of a sign-in itself.
fn source_error(err: AuthError) -> Error {
    let told = err.to_string();
    match err {
        AuthError::NobodySignedIn { has_az, kept } => sign_in::nobody_signed_in(told, has_az, kept.as_deref()),
        AuthError::NoAz => Error::new(Kind::SignIn, told)
                .hint("Put the folder of `az` on PATH, or keep a credential in its place: see `az-imageshare credential add --help`.")
                .caused_by(AuthError::NoAz),
        AuthError::Document { .. } => Error::usage(told)
                .hint("It has the keys clientId, clientSecret, tenantId and subscriptionId, or appId, password and tenant."),
        AuthError::NoPipeline { issuer, .. } => Error::new(Kind::SignIn, told).hint(pipeline_hint(issuer)),
        AuthError::TokenRequest { variable, .. } if variable.starts_with("SYSTEM_") => {
            Error::new(Kind::SignIn, told).hint("Let this pipeline use the service connection (its Security, or \"Grant access permission to all pipelines\"), and reference it in this stage: a task with `azureSubscription`.")
        }
        AuthError::TokenRequest { .. } => Error::new(Kind::SignIn, told)
                .hint("In a GitHub workflow, give the job `permissions: id-token: write`; otherwise check both variables."),
        AuthError::Unreadable { .. } => Error::usage(told)
                .hint("Pass the path of a readable file, not its contents."),
        AuthError::Unfit { ref variable, .. } => {
                let hint = format!("Set {variable} to the secret's Value alone, or unset it.");
                Error::usage(told).hint(hint)
            }
        other => Error::new(Kind::SignIn, other.to_string()),
    }
}

/// What a person has to do.
fn person_error(err: &AuthError) -> Error {
    let told = Error::new(Kind::SignIn, err.to_string());
    match err {
        AuthError::PersonNeeded { tenant, said, .. }
            if DEVICE_WANTED.iter().any(|code| said.contains(code)) =>
        {
            told.hint(format!("That tenant lets in managed devices only, or not from here. Where `az` is installed on one: `az login --tenant {tenant}`."))
        }
        AuthError::PersonNeeded { name, tenant, claims, .. } => {
            let again = login_command(name, *tenant, claims.as_deref());
            told.hint(format!("Run `{again}`."))
        }
        AuthError::StoredSignIn(name) => told.hint(format!("Sign in anew: `az-imageshare credential login -n {name}`.")),
        _ => told,
    }
}

/// What conditional access refuses, no matter who signs in: the device, or the place.
const DEVICE_WANTED: [&str; 3] = ["AADSTS53000", "AADSTS53003", "AADSTS530084"];

/// What a job needs so that its pipeline gives it tokens.
fn pipeline_hint(issuer: TokenIssuer) -> &'static str {
    match issuer {
        TokenIssuer::GitHub => {
            "Inside a workflow, give the job `permissions: id-token: write`, and run this outside of `exec`; elsewhere, sign in with another credential: `az-imageshare credential list -o table`."
        }
        TokenIssuer::AzurePipelines => {
            "Inside a pipeline, give the step `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)` and the service connection's ID, and run this outside of `exec`; elsewhere, sign in with another credential: `az-imageshare credential list -o table`."
        }
    }
}

/// What a half-set sign-in has to be completed to.
fn incomplete_hint(missing: &str) -> &'static str {
    if missing.starts_with("ARM_") {
        "Set ARM_TENANT_ID and ARM_CLIENT_ID with one of ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH, ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH, or none of them."
    } else if missing.starts_with("AZURE_") {
        "Set AZURE_TENANT_ID and AZURE_CLIENT_ID with one of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, or none of them; a job of GitHub Actions needs `permissions: id-token: write` in their place."
    } else {
        "Copy the document whole, as `az ad sp create-for-rbac` printed it; what it printed once, it does not print again."
    }
}

/// A hint with the application and the tenant that Entra's own words name.
fn filled_hint(hint: &str, description: &str) -> String {
    let quoted = |before: &str| {
        let (_, rest) = description.split_once(before)?;
        let (word, _) = rest.split_once('\'')?;
        uuid::Uuid::try_parse(word).ok().map(|_| word.to_owned())
    };
    let client = quoted("identifier '").unwrap_or_else(|| "APPID".to_owned());
    let tenant = quoted("directory '").unwrap_or_else(|| "TENANT".to_owned());
    hint.replace("--client-id APPID", &format!("--client-id {client}"))
        .replace("--tenant TENANT", &format!("--tenant {tenant}"))
}

/// What to do about an `AADSTS` number.
fn entra_hint(codes: &[i64]) -> &'static str {
    let known = codes.iter().find_map(|code| catalogue::by_number(*code));
    known.map_or(
        "Look the AADSTS number up at https://login.microsoftonline.com/error, or check with `az-imageshare credential test`.",
        KnownError::hint,
    )
}

impl<S: Service> From<RestError<S>> for Error {
    fn from(err: RestError<S>) -> Error {
        match err {
            RestError::Auth(err) => err.into(),
            RestError::Transport(err, _) => {
                Error::from(err).while_doing(format!("cannot reach {}", S::NAME))
            }
            RestError::Malformed { .. } => Error::new(Kind::Network, err.to_string())
                .hint(format!("A proxy may have answered instead of {}: check HTTPS_PROXY, then run the command again.", S::SHORT_NAME)),
            RestError::UntrustedOrigin { .. } => Error::new(Kind::Origin, err.to_string())
                .hint("Check the cloud's endpoints with `az-imageshare doctor`; if they are right, something between here and Azure alters its answers."),
            RestError::ClaimsNeeded { again: Some(ref again), without_az: true, .. } => {
                let first = format!("The Azure CLI is not on PATH: install it, or add its folder to PATH. Then run `{again}`, and the command again.");
                Error::new(Kind::SignIn, err.to_string()).hint(first)
            }
            RestError::ClaimsNeeded { again: Some(ref again), .. } => {
                let first = format!("Run `{again}`, then run the command again.");
                Error::new(Kind::SignIn, err.to_string()).hint(first).hint(
                    "With an az older than 2.76, run `az logout`, then `az login`, and use a second factor.",
                )
            }
            RestError::ClaimsNeeded { again: None, .. } => Error::new(Kind::SignIn, err.to_string())
                .hint("Ask the tenant's administrator which Conditional Access policy revoked the application's tokens: Entra shows it under Sign-in logs, Service principal sign-ins."),
            RestError::StillRunning { .. } => Error::new(Kind::Failure, err.to_string())
                .hint("It goes on in Azure: run the same command again later, which takes up the wait.")
                .caused_by(err),
            RestError::Refused(ref refusal) => {
                let known = from_message::hint_from_message(refusal).or_else(|| from_words::hint_from_words(refusal));
                if let Some((kind, message, hint)) = known {
                    return Error::new(kind, message).hint(hint).caused_by(err);
                }
                let (kind, message, hint) = kind_of_refusal::<S>(refusal.status, &refusal.code);
                Error::new(kind, message).hint(hint).caused_by(err)
            }
        }
    }
}

fn kind_of_refusal<S: Service>(status: u16, code: &str) -> (Kind, String, &'static str) {
    let known = catalogue::by_code(code).filter(|entry| !entry.is_wrapper());
    let Some(entry) = known.or_else(|| of_status::<S>(status)) else {
        return match status {
            301..=308 => (
                Kind::Origin,
                format!("{}'s answer is a redirect, which is never followed", S::SHORT_NAME),
                "Check the cloud's endpoints with `az-imageshare doctor`.",
            ),
            _ => (
                Kind::Failure,
                format!("{} refused the request", S::SHORT_NAME),
                "Correct what the cause names, and run the command again.",
            ),
        };
    };
    let kind = match status {
        // A good token of the wrong tenant: signing in again changes nothing.
        401 if entry.code != "InvalidAuthenticationTokenTenant" => Kind::SignIn,
        404 => Kind::NotFound,
        _ => Kind::Failure,
    };
    (kind, entry.title.to_owned(), entry.hint())
}

/// What a status means when its code is not known.
fn of_status<S: Service>(status: u16) -> Option<&'static KnownError> {
    let code = match status {
        401 => "InvalidAuthenticationToken",
        403 => S::FORBIDDEN,
        404 => "ResourceNotFound",
        429 => "TooManyRequests",
        500..=599 => "InternalServerError",
        _ => return None,
    };
    catalogue::by_code(code)
}
