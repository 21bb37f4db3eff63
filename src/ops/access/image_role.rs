//! The role of a share: found in the cloud itself, because not every cloud knows every built-in role.

use crate::arm::Client;
use crate::arm::authorization::{RoleDefinition, is_allowed};
use crate::error::{Error, Kind, Result};
use crate::id::{RoleId, SubscriptionId};
use crate::ops::access::rights;
use crate::ops::access::role::{self, NotRole, READER, RoleRef};
use crate::ops::site::Site;

/// A role as the cloud knows it.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub id: RoleId,
    /// Its name for people.
    pub name: String,
    definition: RoleDefinition,
}

impl Role {
    /// True if it lets someone use images: read definitions and versions.
    pub(crate) fn reads_images(&self) -> bool {
        let permissions = &self.definition.properties.permissions;
        USES.iter().all(|action| is_allowed(permissions, action))
    }

    /// True if it lets someone give roles, and so anything, to anybody.
    pub(crate) fn gives_roles(&self) -> bool {
        is_allowed(&self.definition.properties.permissions, rights::WRITE)
    }

    /// True if it lets someone change the gallery or what is in it.
    pub(crate) fn changes_images(&self) -> bool {
        let permissions = &self.definition.properties.permissions;
        CHANGES.iter().any(|action| is_allowed(permissions, action))
    }
}

/// Finds a role by name, GUID or full id; without one, the smallest that lets images be used.
pub(crate) async fn resolve(
    site: &Site<'_>,
    subscription: SubscriptionId,
    wanted: Option<&str>,
) -> Result<Role> {
    let Some(wanted) = wanted else {
        return smallest(site, subscription).await;
    };
    match role::parse(wanted) {
        Ok(RoleRef::Id(id)) => {
            by_id(&site.client, subscription, id).await?.ok_or_else(|| unknown(wanted))
        }
        Ok(RoleRef::Named(name)) => by_name(&site.client, subscription, &name).await,
        Err(NotRole::Id(err)) => Err(Error::usage(format!("--role: {err}"))
            .hint("See the built-in roles with `az-imageshare delegation roles -o table`.")),
        Err(NotRole::Meant(meant)) => Err(Error::usage(format!(
            "there is no role '{wanted}'; '{meant}' has nearly that name"
        ))
        .hint(format!("Give `--role \"{meant}\"`."))),
    }
}

/// Compute Gallery Image Reader, or Reader where the cloud does not have it.
async fn smallest(site: &Site<'_>, subscription: SubscriptionId) -> Result<Role> {
    let id = |guid: &str| guid.parse().expect("the constants are GUIDs");
    // Once "not found" is too little to give a wider role on (adversary A14).
    for _ in 0..2 {
        if let Some(role) = by_id(&site.client, subscription, id(IMAGE_READER)).await? {
            return Ok(role);
        }
    }
    site.reporter.warn(&format!(
        "{} does not know the role Compute Gallery Image Reader; Reader is given, which also shows settings, tags and role assignments",
        site.cloud.name
    ));
    by_id(&site.client, subscription, id(READER)).await?.ok_or_else(|| unknown("Reader"))
}

async fn by_id(client: &Client, subscription: SubscriptionId, id: RoleId) -> Result<Option<Role>> {
    let found = client.role(subscription, id).await?;
    Ok(found.map(|definition| Role {
        id,
        name: definition.properties.role_name.clone(),
        definition,
    }))
}

async fn by_name(client: &Client, subscription: SubscriptionId, name: &str) -> Result<Role> {
    let found = client.roles_named(subscription, name).await?;
    match found.as_slice() {
        [only] => Ok(Role {
            id: only.name.parse().map_err(|_| unknown(name))?,
            name: only.properties.role_name.clone(),
            definition: only.clone(),
        }),
        [] => Err(unknown(name)),
        several => Err(Error::usage(format!("{} roles are named '{name}'", several.len())).hint(
            "Give the role's GUID, as the portal shows it under Access control (IAM), Roles, View.",
        )),
    }
}

fn unknown(name: &str) -> Error {
    Error::new(Kind::NotFound, format!("there is no role '{name}' here"))
        .hint("See the built-in roles with `az-imageshare delegation roles -o table`.")
}

/// Compute Gallery Image Reader. Source:
/// <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/compute>
pub(crate) const IMAGE_READER: &str = "cf7c76d2-98a3-4358-a134-615aa78bf44d";

/// What using an image takes.
const USES: [&str; 2] =
    ["Microsoft.Compute/galleries/images/read", "Microsoft.Compute/galleries/images/versions/read"];

/// What no one needs who only uses images.
const CHANGES: [&str; 3] = [
    "Microsoft.Compute/galleries/write",
    "Microsoft.Compute/galleries/images/versions/write",
    "Microsoft.Authorization/roleAssignments/write",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::authorization::Permission;

    /// What well-known roles allow with images. Source:
    /// <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>
    #[test]
    fn a_share_takes_a_role_that_reads_images_and_no_more() {
        let only_definitions = "Microsoft.Compute/galleries/images/read";
        let writes_galleries = "Microsoft.Compute/galleries/write";
        for (name, actions, not_actions, [reads, gives, changes]) in [
            ("Compute Gallery Image Reader", &USES[..], &[][..], [true, false, false]),
            ("Reader", &["*/read"], &[], [true, false, false]),
            ("Contributor", &["*"], &["Microsoft.Authorization/*/Write"], [true, false, true]),
            ("Owner", &["*"], &[], [true, true, true]),
            ("User Access Administrator", &["*/read", rights::WRITE], &[], [true, true, true]),
            ("a role for definitions", &[only_definitions], &[], [false, false, false]),
            ("a role for galleries", &[writes_galleries], &[], [false, false, true]),
        ] {
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let mut definition = RoleDefinition::default();
            definition.properties.permissions = vec![Permission {
                actions: owned(actions),
                not_actions: owned(not_actions),
                ..Permission::default()
            }];
            let id = READER.parse().unwrap();
            let role = Role { id, name: name.to_owned(), definition };
            let does = [role.reads_images(), role.gives_roles(), role.changes_images()];
            assert_eq!(does, [reads, gives, changes], "{name}");
        }
    }
}
