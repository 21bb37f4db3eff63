//! What is in Azure before a set-up. Reads only, several requests at a time.

use super::actions::PROVIDERS;
use super::grants::{Grant, Role};
use super::scenario::Need;
use crate::arm::authorization::{Permission, RoleDefinition};
use crate::arm::managed_identity::ManagedIdentity;
use crate::arm::resources::ResourceGroup;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{ArmId, ResourceId, Scope, SubscriptionId};
use crate::ops::builder::target::Subject;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The identity, if it exists.
    pub identity: Option<ManagedIdentity>,
    /// The resource groups that are named; `None` for one that does not exist.
    pub groups: Vec<(Scope, Option<ResourceGroup>)>,
    /// Full ids of the resources that are named and do not exist.
    pub absent: Vec<ResourceId>,
    /// How far the providers are registered.
    pub providers: Vec<(&'static str, String)>,
    /// The custom roles that may be assigned in each group.
    pub roles: Vec<(String, Vec<RoleDefinition>)>,
    /// The tenant of each subscription; `None` for one that cannot be seen.
    pub tenants: Vec<(SubscriptionId, Option<ArmId>)>,
    /// The caller's permissions at each scope.
    pub permissions: Vec<(String, Vec<Permission>)>,
}

impl Facts {
    /// True if the resource group of an id is there, in a subscription of the identity's tenant.
    fn has(&self, scope: &str) -> bool {
        let Ok(scope) = scope.parse::<Scope>() else {
            return false;
        };
        let mut groups = self.groups.iter();
        groups.any(|(known, found)| *known == scope && found.is_some())
    }

    /// True if an id is that of a resource that does not exist.
    fn lacks(&self, scope: &str) -> bool {
        let id = scope.parse::<ResourceId>();
        id.is_ok_and(|id| self.absent.contains(&id))
    }
}

/// Reads what a set-up depends on.
///
/// # Errors
/// If Azure refuses or does not answer; nothing that is only absent is an error.
pub(crate) async fn gather(
    client: &Client,
    subject: &Subject,
    needs: &[Need],
    grants: &[Grant],
) -> Result<Facts> {
    let home = subject.identity.scope.clone();
    let named = needs.iter().map(|need| need.group.clone());
    let named = distinct(named.chain([home.clone()]));
    let mut facts = Facts { tenants: tenants(client, &named).await?, ..Facts::default() };
    facts.groups = groups(client, &facts.tenants, &home, named).await?;
    facts.absent = absent(client, subject, needs, &facts).await?;
    if facts.has(&home.to_string()) {
        facts.identity = client.identity(&subject.identity).await?;
    }
    let reads =
        PROVIDERS.iter().map(|namespace| client.provider_state(home.subscription, namespace));
    let states: Vec<String> = results(fan_out(AT_ONCE, reads).await)?;
    facts.providers = PROVIDERS.into_iter().zip(states).collect();
    let at = distinct(grants.iter().filter_map(role_group));
    let at: Vec<String> = at.into_iter().filter(|scope| facts.has(scope)).collect();
    let reads = at.iter().map(|scope| client.custom_roles(scope));
    facts.roles = zipped(&at, results(fan_out(AT_ONCE, reads).await)?);
    let scopes = grants.iter().map(|grant| grant.scope.clone());
    let scopes = distinct(scopes.chain(at).chain([home.to_string()]));
    let scopes: Vec<String> =
        scopes.into_iter().filter(|scope| facts.has(scope) && !facts.lacks(scope)).collect();
    let reads = scopes.iter().map(|scope| client.permissions(scope));
    facts.permissions = zipped(&scopes, results(fan_out(AT_ONCE, reads).await)?);
    Ok(facts)
}

fn zipped<T>(scopes: &[String], found: Vec<T>) -> Vec<(String, T)> {
    scopes.iter().cloned().zip(found).collect()
}

/// Whose the subscriptions are; Azure refuses tokens for those of unknown tenants.
async fn tenants(
    client: &Client,
    named: &[Scope],
) -> Result<Vec<(SubscriptionId, Option<ArmId>)>, ArmError> {
    let subscriptions = distinct(named.iter().map(|scope| scope.subscription));
    let reads = subscriptions.iter().map(|id| client.subscription(*id));
    let mut found = Vec::new();
    for (id, read) in subscriptions.iter().zip(fan_out(AT_ONCE, reads).await) {
        let tenant = match read {
            Ok(known) => known.map(|known| known.tenant_id.unwrap_or_default()),
            Err(err) if err.code() == "InvalidAuthenticationTokenTenant" => Some("another".into()),
            Err(err) => return Err(err),
        };
        found.push((*id, tenant));
    }
    Ok(found)
}

/// The groups that are named, as far as they lie in the identity's tenant.
async fn groups(
    client: &Client,
    tenants: &[(SubscriptionId, Option<ArmId>)],
    home: &Scope,
    named: Vec<Scope>,
) -> Result<Vec<(Scope, Option<ResourceGroup>)>, ArmError> {
    let tenant = |scope: &Scope| {
        let known = tenants.iter().find(|(id, _)| *id == scope.subscription);
        known.and_then(|(_, tenant)| tenant.clone())
    };
    let own = tenant(home);
    let is_own = |scope: &Scope| own.is_some() && tenant(scope) == own;
    let named: Vec<Scope> = named.into_iter().filter(is_own).collect();
    let reads = named.iter().map(|scope| {
        let name = scope.resource_group.as_deref().unwrap_or_default();
        client.resource_group(scope.subscription, name)
    });
    let found = results(fan_out(AT_ONCE, reads).await)?;
    Ok(named.into_iter().zip(found).collect())
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
    facts: &Facts,
) -> Result<Vec<ResourceId>> {
    let all = needs.iter().filter_map(|need| need.scope.parse::<ResourceId>().ok());
    let named = subject.scenario.sources.iter().chain(&subject.scenario.distribute_to);
    let named = named.filter_map(|place| place.id().parse::<ResourceId>().ok());
    // A managed image to be written need not be there yet, and is no need of its own.
    let named = named.filter(|id| !id.is("Microsoft.Compute/images"));
    let mut wanted: Vec<ResourceId> = Vec::new();
    for id in all.chain(named) {
        if id != subject.identity && facts.has(&id.scope.to_string()) && !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    let reads = wanted.iter().map(|id| client.resource(id));
    let found = results(fan_out(AT_ONCE, reads).await)?;
    let gone = wanted.into_iter().zip(found).filter(|(_, found)| found.is_none());
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
