//! Role assignments at galleries, and the roles that grants name.

use std::collections::BTreeMap;

use super::PublisherSite;
use crate::app::App;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::Directory;
use crate::id::{ClientId, PrincipalId, SubscriptionId};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::observe::Observed;
use crate::ops::fleet::select::SINGLY_AT_ONCE;

/// The role assignments of some subscriptions.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoleIndex {
    pub by_subscription: BTreeMap<SubscriptionId, Vec<RoleAssignment>>,
    pub gaps: Vec<String>,
}

/// Reads the role assignments of each subscription separately: Resource Graph does not have the description, and that
/// is where the mark is.
pub(crate) async fn read_role_assignments(
    site: &PublisherSite,
    subscriptions: &[SubscriptionId],
) -> Result<RoleIndex> {
    let mut index = RoleIndex::default();
    let scopes: Vec<String> =
        subscriptions.iter().map(|id| format!("/subscriptions/{id}")).collect();
    let reads = scopes.iter().map(|scope| site.client.role_assignments(scope, None));
    for (id, read) in subscriptions.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        match Observed::visible(read)? {
            Observed::Told(found) => {
                index.by_subscription.insert(*id, found);
            }
            Observed::Untold(why) => {
                index.gaps.push(format!("the roles in subscription {id} cannot be read: {why}"));
            }
        }
    }
    Ok(index)
}

/// The object id of an application in the publisher's tenant; `None` if the tenant does not know it.
pub(crate) async fn application_principal(
    app: &App,
    site: &PublisherSite,
    client: ClientId,
) -> Result<Option<PrincipalId>> {
    let directory = Directory::new(app.graph_as(site.tokens.clone(), Some(site.tenant))?);
    let found = directory.service_principal(client).await?;
    Ok(found.and_then(|known| known.id.parse().ok()))
}
