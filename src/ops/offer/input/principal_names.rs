//! Principals that are named, where a credential of the consumer's is stored and can look them up.

use crate::app::App;
use crate::auth::records::Records;
use crate::error::Result;
use crate::graph::Directory;
use crate::id::{PrincipalId, TenantId, TenantRef};
use crate::ops::access::principal::resolve_all;

/// A value and its place on the command line.
type PlacedText = (usize, String);

/// The directory of a tenant that one of this program's stored credentials signs in to; nothing if none does.
///
/// # Errors
/// If the stored credentials cannot be read.
pub(crate) fn directory_of(app: &App, tenant: TenantId) -> Result<Option<Directory>> {
    let records = Records::load(&app.settings.home)?;
    let cloud = &app.settings.cloud.name;
    let mut known = records.credentials.iter();
    let Some(record) = known.find(|record| {
        record.cloud == *cloud
            && (record.tenant_id == tenant || record.also_tenant_ids.contains(&tenant))
    }) else {
        return Ok(None);
    };
    let tokens = app.tokens_of(&record.name)?;
    Ok(Some(Directory::new(app.graph_as(tokens, Some(tenant))?)))
}

/// Replaces each name by the object id, and keeps the name for display where no other was given. Without a credential
/// of the consumer's tenant all stays as it is.
///
/// # Errors
/// If the directory knows no such principal, or several, or cannot be read.
pub(crate) async fn look_up_names(
    app: &App,
    consumer: &str,
    principals: &mut [PlacedText],
    names: &mut Vec<PlacedText>,
) -> Result<()> {
    let is_id = |text: &str| text.trim().parse::<PrincipalId>().is_ok();
    if principals.iter().all(|(_, text)| is_id(text)) {
        return Ok(());
    }
    let Ok(consumer) = consumer.parse::<TenantRef>() else { return Ok(()) };
    let tenant = app.tenant_id(&consumer).await?;
    let Some(directory) = directory_of(app, tenant)? else { return Ok(()) };
    let ends: Vec<usize> =
        principals.iter().skip(1).map(|(at, _)| *at).chain([usize::MAX]).collect();
    for ((at, text), end) in principals.iter_mut().zip(ends) {
        if is_id(text) {
            continue;
        }
        let found =
            resolve_all(&directory, app.reporter.as_ref(), std::slice::from_ref(text)).await?;
        let Some(found) = found.into_iter().next() else { continue };
        *text = found.principal_id.to_string();
        let is_named = names.iter().any(|(place, _)| *place > *at && *place < end);
        if let (false, Some(name)) = (is_named, found.principal_name) {
            names.push((*at + 1, name));
        }
    }
    names.sort_by_key(|(place, _)| *place);
    Ok(())
}
