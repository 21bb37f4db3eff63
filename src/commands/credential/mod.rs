//! `credential`: named identities this tool can sign in with.

use clap::Subcommand;
use serde::Serialize;

use crate::app::App;
use crate::error::Result;
use crate::id::{ClientId, TenantId, TenantRef};
use crate::ops::credential::{CredentialKind, Record};
use crate::output::{Output, View};

mod add;
mod import;
mod list;
mod remove;
mod rotate;
mod show;
mod test;
mod use_default;

/// Keep credentials safe: client secrets in the keyring, certificates sealed
///
/// A credential is an application (client id) of one cloud, with the tenants it may sign in to. Its secret never appears in an argument, a file in the clear, or a log.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(Box<add::AddArgs>),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Test(test::TestArgs),
    #[command(name = "use")]
    Use(use_default::UseArgs),
    Rotate(Box<rotate::RotateArgs>),
    Import(import::ImportArgs),
    #[command(visible_alias = "delete")]
    Remove(remove::RemoveArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::run(*args, app),
            Command::List(args) => list::run(&args, app),
            Command::Show(args) => show::run(&args, app),
            Command::Test(args) => test::run(&args, app),
            Command::Use(args) => use_default::run(&args, app),
            Command::Rotate(args) => rotate::run(*args, app),
            Command::Import(args) => import::run(&args, app),
            Command::Remove(args) => remove::run(&args, app),
        }
    }
}

/// A credential as it is printed: never its secret, not even masked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    name: String,
    cloud: String,
    tenant_id: TenantId,
    also_tenant_ids: Vec<TenantId>,
    client_id: ClientId,
    kind: CredentialKind,
    store: String,
    is_default: bool,
    secret_expires_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_thumbprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    federated_token_file: Option<String>,
}

impl View for Credential {
    const TABLE: &'static str = "{Name:name, CredentialKind:kind, Tenant:tenantId, ClientId:clientId, Cloud:cloud, Default:isDefault, SecretExpiresOn:secretExpiresOn}";
}

impl From<Record> for Credential {
    fn from(record: Record) -> Credential {
        Credential {
            name: record.name,
            cloud: record.cloud,
            tenant_id: record.tenant_id,
            also_tenant_ids: record.also_tenant_ids,
            client_id: record.client_id,
            kind: record.kind,
            store: record.store,
            is_default: record.is_default,
            secret_expires_on: record.secret_expires_on,
            certificate_thumbprint: record.thumbprint,
            federated_token_file: record.token_file,
        }
    }
}

/// A name may stand in a file name, a table and a shell word without surprises.
pub(crate) fn credential_name(text: &str) -> Result<String, &'static str> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && text.len() <= 64 && text.chars().all(harmless) {
        Ok(text.to_owned())
    } else {
        Err(
            "a name is up to 64 letters, digits, '-', '_' and '.', and starts with a letter or digit",
        )
    }
}

/// Like the type's own parser, but what was typed is not repeated: it may be the secret.
pub(super) fn tenant_value(text: &str) -> Result<TenantRef, &'static str> {
    text.parse().map_err(|_| "neither a tenant id (GUID) nor a domain name of a tenant")
}

/// Like the type's own parser, but what was typed is not repeated: it may be the secret.
pub(super) fn client_value(text: &str) -> Result<ClientId, &'static str> {
    text.parse()
        .map_err(|_| "not the application (client) id of an app registration, which is a GUID")
}

/// Reads the day on which a secret ends.
pub(super) fn day_value(text: &str) -> Result<String, &'static str> {
    let day = text.get(..10).unwrap_or(text);
    day.parse::<jiff::civil::Date>()
        .map(|day| day.to_string())
        .map_err(|_| "not a date like 2027-01-31")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        for good in ["a", "Contoso-prod_2.x", &"n".repeat(64)] {
            assert_eq!(super::credential_name(good), Ok(good.to_owned()));
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "é", "a\n", &"n".repeat(65)] {
            assert!(super::credential_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn days_are_read_as_entra_shows_them() {
        assert_eq!(day_value("2027-01-31").as_deref(), Ok("2027-01-31"));
        assert_eq!(day_value("2027-01-31T10:00:00Z").as_deref(), Ok("2027-01-31"));
        for bad in ["", "31.1.2027", "2027-02-30", "soon", "2027-13-01"] {
            assert!(day_value(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_typed_is_not_repeated() {
        let typed = "CANARY-7f3a9d";
        assert!(!tenant_value(typed).unwrap_err().contains(typed));
        assert!(!client_value(typed).unwrap_err().contains(typed));
    }
}
