//! What the names in a manifest are in Azure: tenants, roles and applications, each asked for once.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::NameBook;
use super::manifest::{FleetGrant, Manifest, tenant_id};
use super::observe::PublisherSite;
use super::observe::roles::application_principal;
use crate::app::App;
use crate::arm::ArmError;
use crate::arm::authorization::RoleDefinition;
use crate::error::Result;
use crate::id::{RoleId, SubscriptionId, TenantId};
use crate::ops::access::image_role::IMAGE_READER;
use crate::ops::access::role::{self, READER, RoleRef, find_role};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};

/// What speaks against a role that a grant names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleObjection {
    /// Where the manifest names it: `fleet.yaml:41:7`.
    pub place: String,
    pub grant: String,
    pub rule: String,
    pub fix: String,
}

/// Finds the tenants of all consumers.
pub(crate) async fn find_tenants(
    app: &App,
    manifest: &Manifest,
) -> Result<BTreeMap<String, TenantId>> {
    let named = manifest.consumers.iter();
    let asked = named.map(|(name, consumer)| async move {
        let tenant = &consumer.tenant.value;
        let id = match tenant_id(tenant) {
            Some(id) => id,
            None => app.tenant_id(tenant).await?,
        };
        Ok((name.clone(), id))
    });
    fan_out(AT_ONCE, asked).await.into_iter().collect()
}

/// Finds the roles and applications of a publisher's grants; what speaks against a role is reported besides.
pub(crate) async fn find_names(
    app: &App,
    manifest: &Manifest,
    site: &PublisherSite,
    tenants: &BTreeMap<String, TenantId>,
) -> Result<(NameBook, Vec<RoleObjection>)> {
    let mut names = NameBook { tenants: tenants.clone(), ..NameBook::default() };
    let grants: Vec<(usize, &FleetGrant)> = manifest
        .grants
        .iter()
        .enumerate()
        .filter(|(_, grant)| grant.from.value == site.name)
        .collect();
    for (_, grant) in &grants {
        if let Some(application) = &grant.application
            && !names.applications.contains_key(&application.value)
        {
            let found = application_principal(app, site, application.value).await?;
            names.applications.insert(application.value, found);
        }
    }
    let Some(subscription) = site.selected.ids.first().copied() else {
        return Ok((names, Vec::new()));
    };
    let roles = read_roles(manifest, &grants, site, subscription).await?;
    names.image_reader = image_reader(&roles);
    let objections = judge(manifest, &grants, &roles, &mut names);
    Ok((names, objections))
}

/// What Azure reports of the roles: none where it has no such role.
type KnownRoles = Vec<(RoleRef, Option<RoleDefinition>)>;

async fn read_roles(
    manifest: &Manifest,
    grants: &[(usize, &FleetGrant)],
    site: &PublisherSite,
    subscription: SubscriptionId,
) -> Result<KnownRoles> {
    let mut wanted: Vec<RoleRef> = Vec::new();
    let of_offers =
        manifest.offers.iter().filter(|made| grants.iter().any(|(at, _)| *at == made.grant));
    let named = of_offers.flat_map(|made| made.offer.roles()).map(|(role, _)| role.value.clone());
    let given =
        grants.iter().filter_map(|(_, grant)| role::parse(&grant.role.as_ref()?.value).ok());
    let smallest = grants.iter().any(|(_, grant)| {
        grant.role.is_none()
            && matches!(grant.via, super::item::ShareMethod::Rbac | super::item::ShareMethod::App)
    });
    let default = [IMAGE_READER, READER].into_iter().filter(|_| smallest);
    let default = default.filter_map(|guid| guid.parse::<RoleId>().ok()).map(RoleRef::Id);
    for role in named.chain(given).chain(default) {
        if !wanted.contains(&role) {
            wanted.push(role);
        }
    }
    let reads = wanted.iter().map(|role| find_role(&site.client, subscription, role));
    let found = fan_out(AT_ONCE, reads).await;
    let mut known = KnownRoles::new();
    for (role, found) in wanted.into_iter().zip(found) {
        match found {
            Ok(found) => known.push((role, found)),
            // Azure judges it itself when it is written.
            Err(err) if ArmError::is_forbidden(&err) => {}
            Err(err) => return Err(err.into()),
        }
    }
    Ok(known)
}

fn image_reader(known: &KnownRoles) -> Option<RoleId> {
    [IMAGE_READER, READER].into_iter().find_map(|guid| {
        let id = guid.parse::<RoleId>().ok()?;
        known.iter().any(|(role, found)| *role == RoleRef::Id(id) && found.is_some()).then_some(id)
    })
}

fn judge(
    manifest: &Manifest,
    grants: &[(usize, &FleetGrant)],
    known: &KnownRoles,
    names: &mut NameBook,
) -> Vec<RoleObjection> {
    let mut objections: Vec<RoleObjection> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut object = |place: String, grant: &str, rule: String, fix: String| {
        if seen.insert((place.clone(), rule.clone())) {
            objections.push(RoleObjection { place, grant: grant.to_owned(), rule, fix });
        }
    };
    let told =
        |wanted: &RoleRef| known.iter().find(|(role, _)| role == wanted).map(|(_, found)| found);
    for (at, grant) in grants {
        let name = grant.name.value.as_str();
        let offers = manifest.offers.iter().filter(|made| made.grant == *at);
        for (role, used) in offers.flat_map(|made| made.offer.roles()) {
            match told(&role.value) {
                Some(Some(found)) => {
                    learn(&role.value, found, names);
                    let label = &found.properties.role_name;
                    if let Some((rule, fix)) = role::objection(label, role::standing(found), used) {
                        object(role.place.clone(), name, rule, fix);
                    }
                }
                Some(None) => {
                    object(role.place.clone(), name, unknown(&role.value), ROLES.to_owned())
                }
                None => {}
            }
        }
        let given =
            grant.role.as_ref().and_then(|role| Some((role.at, role::parse(&role.value).ok()?)));
        if let Some((position, role)) = given {
            match told(&role) {
                Some(Some(found)) => learn(&role, found, names),
                Some(None) => {
                    let place = format!("{}:{position}", manifest.path);
                    object(place, name, unknown(&role), ROLES.to_owned());
                }
                None => {}
            }
        }
    }
    objections
}

fn learn(role: &RoleRef, found: &RoleDefinition, names: &mut NameBook) {
    if let (RoleRef::Named(name), Ok(id)) = (role, found.name.parse()) {
        names.roles.insert(name.clone(), id);
    }
}

fn unknown(role: &RoleRef) -> String {
    match role {
        RoleRef::Id(id) => format!("there is no role {id} in the publisher's tenant"),
        RoleRef::Named(name) => format!("there is no role '{name}' in the publisher's tenant"),
    }
}

const ROLES: &str = "See the built-in roles with `az-imageshare delegation roles -o table`; of others give the GUID.";
