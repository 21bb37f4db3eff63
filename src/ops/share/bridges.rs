//! Applications between two tenants: they are at home with the publisher, so only what this program kept when
//! it registered them says for which consumer they read a gallery.

use std::collections::BTreeMap;

use super::access::Access;
use super::app::{TAG, consumers_of, credentials};
use crate::app::App;
use crate::error::Result;
use crate::graph::Directory;
use crate::id::{ArmId, ClientId, PrincipalId, TenantId};
use crate::ops::change::observe::Observed;

/// Shows the applications that this program registered under the consumer they were made for.
///
/// # Errors
/// If Graph does not answer. Where applications may not be read, all rows stay as they are.
pub(super) async fn mark(
    app: &App,
    directory: &Directory,
    own: Option<TenantId>,
    found: &mut [Access],
) -> Result<()> {
    let own = own.map(|tenant| ArmId::from(tenant.to_string()));
    let is_at_home = |access: &Access| {
        access.principal_type.as_deref() == Some("ServicePrincipal") && access.tenant_id == own
    };
    let ids: Vec<PrincipalId> = found
        .iter()
        .filter(|access| is_at_home(access))
        .filter_map(|access| access.principal_id.parse().ok())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let made = Observed::permitted(directory.applications_tagged(TAG).await)?.items();
    if made.is_empty() {
        return Ok(());
    }
    let mut consumers: BTreeMap<ClientId, Vec<TenantId>> = BTreeMap::new();
    for application in &made {
        let mut known = consumers_of(&application.tags);
        for record in credentials(app, application.app_id)? {
            let others =
                record.also_tenant_ids.iter().filter(|id| Some(id.to_string().into()) != own);
            known.extend(others);
        }
        known.sort();
        known.dedup();
        consumers.insert(application.app_id, known);
    }
    let principals = directory.objects(&ids).await?;
    for access in found.iter_mut().filter(|access| is_at_home(access)) {
        let principal = principals.iter().find(|known| known.id == access.principal_id);
        let client = principal.and_then(|known| known.app_id.as_deref()?.parse().ok());
        let Some(tenants) = client.and_then(|id: ClientId| consumers.get(&id)) else {
            continue;
        };
        if let Some(first) = tenants.first() {
            access.tenant_id = Some(first.to_string().into());
        }
        access.made_for = Some(tenants.clone());
    }
    Ok(())
}
