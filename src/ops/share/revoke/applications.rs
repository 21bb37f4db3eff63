//! Applications between both tenants: they are at home with the publisher, so nothing in Azure says whom
//! they were made for.

use crate::app::App;
use crate::arm::Client;
use crate::error::Result;
use crate::id::PrincipalId;
use crate::ops::access::people::directory;
use crate::ops::share::access::Access;
use crate::ops::share::app::TAG;

/// Warns of those that `share app create` made and that have a role here: whoever holds the secret of one
/// uses the gallery by it.
pub(super) async fn kept(app: &App, client: &Client, found: &[Access]) -> Result<Vec<String>> {
    let own = client.tenant().map(|tenant| tenant.to_string());
    let ours = found.iter().filter(|access| {
        access.principal_type.as_deref() == Some("ServicePrincipal") && access.tenant_id == own
    });
    let ours: Vec<&Access> = ours.collect();
    if ours.is_empty() {
        return Ok(Vec::new());
    }
    let directory = directory(app, client)?;
    let applications = match directory.applications_tagged(TAG).await {
        Err(err) if err.is_forbidden() => return Ok(Vec::new()),
        other => other?,
    };
    if applications.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ours.iter().filter_map(|access| access.principal_id.parse().ok());
    let ids: Vec<PrincipalId> = ids.collect();
    let principals = directory.objects(&ids).await?;
    let client_of = |access: &Access| {
        let known =
            principals.iter().find(|known| known.id.eq_ignore_ascii_case(&access.principal_id));
        let id = known?.app_id.as_deref()?;
        let mut made = applications.iter().map(|made| made.app_id.to_string());
        made.find(|made| made.eq_ignore_ascii_case(id))
    };
    let warning = |access: &&Access| {
        let id = client_of(access)?;
        Some(format!(
            "application '{}' keeps the role {} at {}: if it was made for this tenant, run `az-imageshare share app delete --client-id {id}`, or take only the role: `az role assignment delete --ids {}`",
            access.principal_name.as_deref().unwrap_or(&id),
            access.role.as_deref().unwrap_or_default(),
            access.scope,
            access.id
        ))
    };
    Ok(ours.iter().filter_map(warning).collect())
}
