//! A multi-tenant application as the bridge between a publisher and a consumer: registered by the
//! publisher, known in both tenants, reading the gallery in one and deploying in the other.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-using-app-registration>

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::graph::applications::AppRegistration;
use crate::graph::{Directory, DirectoryObject, GraphError};
use crate::id::{ClientId, PrincipalId, TenantId, arm_guid};
use crate::ops::change::wait::Deadline;
use crate::ops::credential::{self, Record};

pub(crate) mod accept;
pub(crate) mod consent;
pub(crate) mod create;
pub(crate) mod credential_upkeep;
pub(crate) mod delete;
pub(crate) mod installation;
pub(crate) mod listener;
pub(crate) mod secret;
mod secret_note;
pub(crate) mod secret_use;
pub(crate) mod show;

/// Which application is meant.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// The one that this program registered under a name.
    Named(String),
    /// The one with this client id.
    Client(ClientId),
}

/// The directory of a tenant, and which tenant that is.
pub(crate) struct Home {
    pub directory: Directory,
    pub tenant: TenantId,
}

impl Home {
    /// The directory of `tenant`, or of the signed-in identity's own.
    pub(crate) async fn open(app: &App, tenant: Option<TenantId>) -> Result<Home> {
        let directory = Directory::new(app.graph(tenant)?);
        let tenant = match tenant {
            Some(tenant) => tenant,
            None => {
                let found = directory.organization().await?;
                let nothing = || {
                    Error::new(
                        Kind::Failure,
                        "Microsoft Graph does not return which tenant this is",
                    )
                    .hint("Say which: `--tenant GUID`.")
                };
                found.ok_or_else(nothing)?.id
            }
        };
        Ok(Home { directory, tenant })
    }

    /// The registration of the application, if this is its home.
    pub(crate) async fn registration(&self, wanted: &Wanted) -> Result<Option<AppRegistration>> {
        let found = match wanted {
            Wanted::Named(name) => {
                let key = unique_name(self.tenant, name);
                self.directory.application_named(&key).await?
            }
            Wanted::Client(client) => self.directory.application(*client).await?,
        };
        Ok(found)
    }

    /// The registration of the application.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if this is not its home; if Graph refuses or does not answer.
    pub(crate) async fn require(&self, wanted: &Wanted) -> Result<AppRegistration> {
        let found = self.registration(wanted).await?;
        found.ok_or_else(|| unknown(wanted, self.tenant))
    }

    /// The object id of the application's service principal here.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if the tenant does not know the application; if Graph refuses.
    pub(crate) async fn service_principal_id(
        &self,
        app: &App,
        wanted: &Wanted,
    ) -> Result<PrincipalId> {
        let at_home = self.registration(wanted).await?;
        let client = match (wanted, &at_home) {
            (_, Some(known)) => known.app_id,
            (Wanted::Client(client), None) => *client,
            (Wanted::Named(_), None) => return Err(unknown(wanted, self.tenant)),
        };
        let mut deadline = Deadline::new(app, REPLICATION);
        for look in 1.. {
            let known = self.directory.service_principal(client).await?;
            if let Some(id) = known.and_then(|known| known.id.parse().ok()) {
                return Ok(id);
            }
            // Where it is registered it has one, or is about to: it may only not be seen yet.
            if at_home.is_none() || look == MOST_LOOKS || deadline.pause().await.is_err() {
                break;
            }
        }
        Err(Error::new(
            Kind::NotFound,
            format!("tenant {} does not know application {client}", self.tenant),
        )
        .hint(format!(
            "Make it known there: `az-imageshare share app accept --client-id {client}`."
        )))
    }

    /// Makes an application known in this tenant.
    ///
    /// # Errors
    /// If Graph refuses, or has not heard of the application within some minutes.
    async fn install(&self, app: &App, client: ClientId) -> Result<DirectoryObject> {
        let mut deadline = Deadline::new(app, REPLICATION);
        for look in 1.. {
            let err = match self.directory.add_service_principal(client).await {
                Ok(made) => return Ok(made),
                Err(err) => err,
            };
            // It is there, made by somebody faster or by a call whose answer was lost.
            let is_there = err.status() == Some(409);
            if is_there && let Some(known) = self.directory.service_principal(client).await? {
                return Ok(known);
            }
            let passing = is_there || is_replicating(&err);
            if !passing || look == MOST_LOOKS || deadline.pause().await.is_err() {
                return Err(err.into());
            }
            app.reporter.step(&format!("Waiting until tenant {} hears of {client}", self.tenant));
        }
        unreachable!("the loop ends by its counter")
    }
}

/// True if Graph has not heard of a new application yet. Its words; there is no code for it.
fn is_replicating(err: &GraphError) -> bool {
    match err {
        GraphError::Refused(refusal) => {
            refusal.status == 400 && refusal.message.contains("does not reference a valid")
        }
        _ => false,
    }
}

/// The alternate key of the application that has this name: the same whenever it is asked for.
pub(crate) fn unique_name(tenant: TenantId, name: &str) -> String {
    let guid = arm_guid(&[&tenant.to_string(), &name.trim().to_lowercase()]);
    format!("{TAG}-{guid}")
}

/// The stored credentials of an application in the cloud in use.
pub(crate) fn credentials(app: &App, client: ClientId) -> Result<Vec<Record>> {
    let cloud = &app.settings.cloud.name;
    let mut known = credential::all_records(app)?;
    known.retain(|record| record.client_id == client && &record.cloud == cloud);
    Ok(known)
}

fn unknown(wanted: &Wanted, tenant: TenantId) -> Error {
    match wanted {
        Wanted::Named(name) => Error::new(
            Kind::NotFound,
            format!("tenant {tenant} has no application '{name}' that this program registered"),
        )
        .hint("Name any other by its client id (`--client-id ID`), or create it with `az-imageshare share app create`."),
        Wanted::Client(client) => Error::new(
            Kind::NotFound,
            format!("application {client} is not registered in tenant {tenant}"),
        )
        .hint("Sign in to the tenant that registered it: `--credential NAME`."),
    }
}

/// The tenants that an application was made for, by its tags.
pub(crate) fn consumers_of(tags: &[String]) -> Vec<TenantId> {
    let id = |tag: &String| tag.strip_prefix(CONSUMER_TAG)?.parse().ok();
    tags.iter().filter_map(id).collect()
}

/// The tags of an application for these consumers: Entra keeps nothing else that says whom it is for.
fn tags_for(known: &[String], consumers: &[TenantId]) -> Vec<String> {
    let ours = consumers.iter().map(|tenant| format!("{CONSUMER_TAG}{tenant}"));
    let mut tags = known.to_vec();
    for tag in std::iter::once(TAG.to_owned()).chain(ours) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

const CONSUMER_TAG: &str = "az-imageshare-consumer=";
/// The tag of every application that this program registers.
pub(crate) const TAG: &str = "az-imageshare";
/// Where the browser comes back to; Entra ignores the port of a loopback address. Source:
/// <https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions>
pub(crate) const REDIRECT: &str = "http://localhost/az-imageshare";

/// How often a directory is asked for what it may not have heard of.
const MOST_LOOKS: u32 = 40;
/// How long directories may take to hear of a new application.
const REPLICATION: std::time::Duration = std::time::Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_depends_on_tenant_and_name_alone() {
        let tenant = |text: &str| text.parse::<TenantId>().unwrap();
        let one = tenant("3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001");
        let two = tenant("8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002");
        assert_eq!(unique_name(one, "Bridge"), unique_name(one, " bridge "));
        assert_ne!(unique_name(one, "Bridge"), unique_name(two, "Bridge"));
        assert_ne!(unique_name(one, "Bridge"), unique_name(one, "Bridge 2"));
    }
}
