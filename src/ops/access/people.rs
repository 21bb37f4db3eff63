//! Names and home tenants for the ids that are in role assignments, in one or two questions.

use std::collections::BTreeMap;

use crate::app::App;
use crate::arm::Client;
use crate::arm::authorization::{RoleDefinition, is_allowed};
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::{Directory, DirectoryObject};
use crate::id::{PrincipalId, RoleId, SubscriptionId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;

use super::rights::SHARE;
use super::{home_tenant, role};

/// Who the ids are.
#[derive(Debug, Default)]
pub(crate) struct People {
    objects: BTreeMap<String, DirectoryObject>,
    homes: BTreeMap<String, TenantId>,
    /// Graph reported all it knows: who is not among them does not exist.
    is_complete: bool,
}

impl People {
    /// Asks Graph who these are; with a sign-in that may not, no one has a name.
    pub(crate) async fn of(
        app: &App,
        directory: &Directory,
        own: Option<TenantId>,
        ids: &[String],
    ) -> Result<People> {
        let mut wanted: Vec<PrincipalId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        wanted.sort();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(People::default());
        }
        let so = "names are left out, and so are home tenants (grant it Directory.Read.All)";
        let told = Observed::permitted(directory.objects(&wanted).await)?;
        let told = told.or_warn(app.reporter.as_ref(), "Microsoft Graph", so);
        let is_complete = told.is_some();
        let objects = told.unwrap_or_default();
        Ok(People {
            is_complete,
            homes: home_tenant::tenants(app, own, &objects).await,
            objects: objects.into_iter().map(|object| (object.id.to_lowercase(), object)).collect(),
        })
    }

    /// Their name, if the directory knows them.
    pub(crate) fn name(&self, id: &str) -> Option<String> {
        self.objects.get(&id.to_lowercase())?.display_name.clone()
    }

    /// `orphaned` if they do not exist any more, `invited` if they are guests who never came.
    pub(crate) fn state(&self, id: &str) -> Option<&'static str> {
        match self.objects.get(&id.to_lowercase()) {
            None => self.is_complete.then_some("orphaned"),
            Some(object) => {
                let state = object.external_user_state.as_deref();
                (state == Some("PendingAcceptance")).then_some("invited")
            }
        }
    }

    /// The tenant they come from.
    pub(crate) fn home(&self, id: &str) -> Option<TenantId> {
        self.homes.get(&id.to_lowercase()).copied()
    }
}

/// Roles by their GUID: name, and whether they open images.
#[derive(Debug, Default)]
pub(crate) struct Roles(BTreeMap<RoleId, RoleDefinition>);

/// Anyone who may do one of these has something to do with a gallery's images.
const ACTIONS: [&str; 5] = [
    "Microsoft.Compute/galleries/images/versions/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/write",
    SHARE,
];

impl Roles {
    /// Reads each role of these once.
    pub(crate) async fn of(
        client: &Client,
        subscription: SubscriptionId,
        assignments: &[RoleAssignment],
    ) -> Result<Roles> {
        Roles::read(client, assignments.iter().map(|known| (subscription, known))).await
    }

    /// Reads each role once, in a subscription where it is used.
    pub(crate) async fn across(
        client: &Client,
        assignments: &[(SubscriptionId, RoleAssignment)],
    ) -> Result<Roles> {
        Roles::read(client, assignments.iter().map(|(id, known)| (*id, known))).await
    }

    async fn read(
        client: &Client,
        assignments: impl Iterator<Item = (SubscriptionId, &RoleAssignment)>,
    ) -> Result<Roles> {
        let mut wanted: BTreeMap<RoleId, SubscriptionId> = BTreeMap::new();
        for (subscription, known) in assignments {
            if let Some(role) = known.role() {
                wanted.entry(role).or_insert(subscription);
            }
        }
        let work = wanted.iter().map(|(role, subscription)| client.role(*subscription, *role));
        let mut known = BTreeMap::new();
        for (id, found) in wanted.keys().zip(fan_out(AT_ONCE, work).await) {
            if let Some(role) = found? {
                known.insert(*id, role);
            }
        }
        Ok(Roles(known))
    }

    /// The role's name, or its GUID.
    pub(crate) fn name(&self, id: RoleId) -> String {
        match self.0.get(&id) {
            Some(role) if !role.properties.role_name.is_empty() => {
                role.properties.role_name.clone()
            }
            _ => role::label(id),
        }
    }

    /// False for a role that has nothing to do with galleries.
    pub(crate) fn matters(&self, id: RoleId) -> bool {
        let Some(role) = self.0.get(&id) else {
            return true;
        };
        ACTIONS.iter().any(|action| is_allowed(&role.properties.permissions, action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::authorization::Permission;

    fn people(is_complete: bool) -> People {
        let guest = DirectoryObject {
            display_name: Some("Ada".into()),
            external_user_state: Some("PendingAcceptance".into()),
            ..DirectoryObject::default()
        };
        let accepted = DirectoryObject {
            external_user_state: Some("Accepted".into()),
            ..DirectoryObject::default()
        };
        let objects = [("a1".to_owned(), guest), ("b2".to_owned(), accepted)].into();
        let homes = [("a1".to_owned(), TenantId(uuid::Uuid::from_u128(1)))].into();
        People { objects, homes, is_complete }
    }

    /// Azure writes an id in any case. Who is not found was deleted only if the directory could be read at all.
    #[test]
    fn the_deleted_and_the_invited_are_told() {
        let known = people(true);
        assert_eq!(known.name("A1").as_deref(), Some("Ada"));
        for (id, state) in [("A1", Some("invited")), ("b2", None), ("c3", Some("orphaned"))] {
            assert_eq!(known.state(id), state, "{id}");
        }
        assert_eq!(people(false).state("c3"), None);
        assert_eq!(known.home("A1"), Some(TenantId(uuid::Uuid::from_u128(1))));
        assert_eq!(known.home("b2"), None);
    }

    /// One that may not be read could be about images.
    #[test]
    fn a_role_that_has_nothing_to_do_with_galleries_is_left_out() {
        let [reader, network, unknown] = [1, 2, 3].map(|n| RoleId(uuid::Uuid::from_u128(n)));
        let role = |name: &str, action: &str| {
            let mut role = RoleDefinition::default();
            role.properties.role_name = name.into();
            let actions = vec![action.to_owned()];
            role.properties.permissions = vec![Permission { actions, ..Permission::default() }];
            role
        };
        let roles = Roles(
            [(reader, role("Reader", "*/read")), (network, role("", "Microsoft.Network/*"))].into(),
        );
        assert_eq!([reader, network, unknown].map(|id| roles.matters(id)), [true, false, true]);
        assert_eq!(roles.name(reader), "Reader");
        assert_eq!(roles.name(network), network.to_string());
        assert_eq!(roles.name(role::READER.parse().unwrap()), "Reader");
    }
}
