//! What stands in Azure before a set-up. Reads only, several requests at a time.

use super::actions::PROVIDERS;
use super::grants::{Grant, Role};
use super::scenario::Need;
use super::subject::Subject;
use crate::arm::authorization::{Permission, RoleDefinition};
use crate::arm::managed_identity::Identity;
use crate::arm::resources::ResourceGroup;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{ResourceId, Scope, SubscriptionId};
use crate::ops::fan_out::{AT_ONCE, fan_out};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The identity, if it exists.
    pub identity: Option<Identity>,
    /// The resource groups that are named; `None` for one that does not exist.
    pub groups: Vec<(Scope, Option<ResourceGroup>)>,
    /// Full ids of the resources that are named and do not exist.
    pub absent: Vec<ResourceId>,
    /// How far the providers are registered.
    pub providers: Vec<(&'static str, String)>,
    /// The custom roles that may be assigned in each group.
    pub roles: Vec<(String, Vec<RoleDefinition>)>,
    /// The tenant of each subscription; `None` for one that cannot be seen.
    pub tenants: Vec<(SubscriptionId, Option<String>)>,
    /// What we may do at each scope.
    pub permissions: Vec<(String, Vec<Permission>)>,
}

/// Reads what a set-up depends on.
///
/// # Errors
/// If Azure refuses or does not answer; nothing that is only absent is an error.
pub async fn gather(
    client: &Client,
    subject: &Subject,
    needs: &[Need],
    grants: &[Grant],
) -> Result<Facts> {
    let home = subject.identity.subscription();
    let named = distinct(
        needs
            .iter()
            .map(|need| need.group.clone())
            .chain([subject.identity.scope.clone()]),
    );
    let subscriptions = distinct(named.iter().map(|scope| scope.subscription));
    let reads = subscriptions.iter().map(|id| client.subscription(*id));
    let tenants: Vec<Option<String>> = results(fan_out(AT_ONCE, reads).await)?
        .into_iter()
        .map(|found| found.and_then(|found| found.tenant_id))
        .collect();
    let tenants: Vec<(SubscriptionId, Option<String>)> =
        subscriptions.into_iter().zip(tenants).collect();
    let is_seen = |scope: &Scope| {
        tenants
            .iter()
            .any(|(id, tenant)| *id == scope.subscription && tenant.is_some())
    };
    let seen: Vec<Scope> = named.into_iter().filter(is_seen).collect();
    let reads = seen.iter().map(|scope| async {
        let group = scope.resource_group.as_deref().unwrap_or_default();
        client.resource_group(scope.subscription, group).await
    });
    let groups: Vec<(Scope, Option<ResourceGroup>)> = seen
        .clone()
        .into_iter()
        .zip(results(fan_out(AT_ONCE, reads).await)?)
        .collect();
    let exists = |scope: &Scope| {
        groups
            .iter()
            .any(|(known, found)| known == scope && found.is_some())
    };
    let mut facts = Facts {
        absent: absent(client, subject, needs, &exists).await?,
        ..Facts::default()
    };
    if exists(&subject.identity.scope) {
        facts.identity = client.identity(&subject.identity).await?;
    }
    let reads = PROVIDERS
        .iter()
        .map(|namespace| client.provider_state(home, namespace));
    facts.providers = PROVIDERS
        .into_iter()
        .zip(results(fan_out(AT_ONCE, reads).await)?)
        .collect();
    let at = distinct(grants.iter().filter_map(role_group));
    let at: Vec<String> = at
        .into_iter()
        .filter(|scope| scope.parse().is_ok_and(|scope| exists(&scope)))
        .collect();
    let reads = at.iter().map(|scope| client.custom_roles(scope));
    facts.roles = at
        .iter()
        .cloned()
        .zip(results(fan_out(AT_ONCE, reads).await)?)
        .collect();
    let own = subject.identity.scope.to_string();
    let scopes = distinct(
        grants
            .iter()
            .map(|grant| grant.scope.clone())
            .chain(at)
            .chain([own]),
    );
    let is_there = |scope: &String| scope.parse().is_ok_and(|scope| exists(&scope));
    let scopes: Vec<String> = scopes.into_iter().filter(is_there).collect();
    let reads = scopes.iter().map(|scope| client.permissions(scope));
    facts.permissions = scopes
        .iter()
        .cloned()
        .zip(results(fan_out(AT_ONCE, reads).await)?)
        .collect();
    facts.tenants = tenants;
    facts.groups = groups;
    Ok(facts)
}

fn role_group(grant: &Grant) -> Option<String> {
    match &grant.role {
        Role::Custom(role) => Some(role.scope.clone()),
        Role::BuiltIn(_) => None,
    }
}

/// The resources among the needs that do not exist.
async fn absent(
    client: &Client,
    subject: &Subject,
    needs: &[Need],
    exists: &impl Fn(&Scope) -> bool,
) -> Result<Vec<ResourceId>> {
    let all = needs
        .iter()
        .filter_map(|need| need.scope.parse::<ResourceId>().ok());
    let named = subject
        .scenario
        .sources
        .iter()
        .chain(&subject.scenario.distribute_to);
    let named = named.filter_map(|place| place.id().parse::<ResourceId>().ok());
    // A managed image to be written need not be there yet, and is no need of its own.
    let named = named.filter(|id| !id.is("Microsoft.Compute/images"));
    let mut wanted: Vec<ResourceId> = Vec::new();
    for id in all.chain(named) {
        if id != subject.identity && exists(&id.scope) && !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    let reads = wanted.iter().map(|id| client.resource(id));
    let found = results(fan_out(AT_ONCE, reads).await)?;
    let gone = wanted
        .into_iter()
        .zip(found)
        .filter(|(_, found)| found.is_none());
    Ok(gone.map(|(id, _)| id).collect())
}

fn results<T>(all: Vec<Result<T, ArmError>>) -> Result<Vec<T>, ArmError> {
    all.into_iter().collect()
}

fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}
