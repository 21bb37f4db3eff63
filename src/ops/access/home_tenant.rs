//! Which tenant a principal comes from: its own, or for guests and foreign applications another one.

use std::collections::BTreeMap;

use crate::app::App;
use crate::graph::{DirectoryObject, ObjectSort};
use crate::id::{SubscriptionId, TenantId, TenantRef};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};

/// Finds the home tenant of each object, by its lower-case id; unknown ones are left out.
pub(crate) async fn tenants(
    app: &App,
    own: Option<TenantId>,
    objects: &[DirectoryObject],
) -> BTreeMap<String, TenantId> {
    let mut domains: Vec<String> = objects.iter().filter_map(guest_domain).collect();
    domains.sort();
    domains.dedup();
    let work = domains.iter().map(|domain| async move {
        let wanted = TenantRef::Domain(domain.clone());
        // A guest's mail may be of no tenant at all (personal accounts).
        app.tenant_id(&wanted).await.ok()
    });
    let found = fan_out(AT_ONCE, work).await;
    let known: BTreeMap<&String, Option<TenantId>> = domains.iter().zip(found).collect();
    let home = |object: &DirectoryObject| match guest_domain(object) {
        Some(domain) => known.get(&domain).copied().flatten(),
        None => owner(object).or(own),
    };
    objects.iter().filter_map(|object| Some((object.id.to_lowercase(), home(object)?))).collect()
}

/// Finds the tenant of each subscription, which anybody may know; by its id, unknown ones are left out.
pub(crate) async fn of_subscriptions(
    app: &App,
    subscriptions: &[SubscriptionId],
) -> BTreeMap<String, TenantId> {
    let mut wanted = subscriptions.to_vec();
    wanted.sort();
    wanted.dedup();
    let work = wanted.iter().map(|id| app.tenant_of_subscription(*id));
    let found = fan_out(AT_ONCE, work).await;
    let known = wanted.iter().zip(found);
    known.filter_map(|(id, tenant)| Some((id.to_string(), tenant.ok()??))).collect()
}

/// The tenant that registered the application behind a service principal.
fn owner(object: &DirectoryObject) -> Option<TenantId> {
    object.app_owner_organization_id.as_deref()?.parse().ok()
}

/// The domain a guest comes from: part of the name that Entra gives guests, else of the mail address.
///
/// Source: <https://learn.microsoft.com/entra/external-id/user-properties>.
fn guest_domain(object: &DirectoryObject) -> Option<String> {
    let is_user =
        object.odata_type.as_deref().and_then(ObjectSort::of_type) == Some(ObjectSort::User);
    let name = object.user_principal_name.as_deref().filter(|_| is_user)?;
    let at = name.to_ascii_uppercase().find("#EXT#")?;
    let by_name = name[..at].rsplit_once('_').map(|(_, domain)| domain);
    let by_mail =
        object.mail.as_deref().and_then(|mail| mail.rsplit_once('@')).map(|(_, domain)| domain);
    by_name.or(by_mail).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, mail: Option<&str>) -> DirectoryObject {
        DirectoryObject {
            id: "x".into(),
            odata_type: Some("#microsoft.graph.user".into()),
            user_principal_name: Some(name.into()),
            mail: mail.map(str::to_owned),
            ..DirectoryObject::default()
        }
    }

    #[test]
    fn guests_tell_where_they_come_from() {
        let name = "first_last_fabrikam.com#EXT#@contoso.onmicrosoft.com";
        assert_eq!(guest_domain(&user(name, None)).as_deref(), Some("fabrikam.com"));
        assert_eq!(
            guest_domain(&user("guest#EXT#@contoso.com", Some("f@Sub.Fabrikam.com"))).as_deref(),
            Some("sub.fabrikam.com")
        );
        assert_eq!(guest_domain(&user("ada@contoso.com", Some("ada@contoso.com"))), None);
        let odata_type = Some("#microsoft.graph.group".into());
        assert_eq!(guest_domain(&DirectoryObject { odata_type, ..user(name, None) }), None);
    }

    #[test]
    fn an_application_comes_from_the_tenant_that_registered_it() {
        let id = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
        let app_owner_organization_id = Some(id.to_owned());
        let application =
            DirectoryObject { app_owner_organization_id, ..DirectoryObject::default() };
        assert_eq!(owner(&application), id.parse().ok());
        assert_eq!(owner(&DirectoryObject::default()), None);
    }
}
