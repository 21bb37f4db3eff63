//! Where the Azure portal shows a thing, in its cloud and signed in to its tenant.
//!
//! Source of the form: <https://github.com/Azure/azure-dev>, `cli/azd/cmd/monitor.go`.

use url::Url;

use crate::id::TenantId;

/// The portal's page of a resource; without a tenant it opens in the one the browser is signed in to.
pub(crate) fn url(portal: &Url, tenant: Option<TenantId>, id: &str) -> String {
    let base = portal.as_str().trim_end_matches('/');
    match tenant {
        Some(tenant) => format!("{base}/#@{tenant}/resource{id}"),
        None => format!("{base}/#resource{id}"),
    }
}

/// The portal's list of galleries in a tenant: images of direct and community shares have no resource id,
/// so no page of their own, and no other link to them is documented.
pub(crate) fn galleries(portal: &Url, tenant: TenantId) -> String {
    let base = portal.as_str().trim_end_matches('/');
    format!(
        "{base}/#@{tenant}/view/HubsExtension/BrowseResource/resourceType/Microsoft.Compute%2Fgalleries"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_named_where_it_is_known() {
        let portal = Url::parse("https://portal.azure.cn").unwrap();
        let tenant: TenantId = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap();
        assert_eq!(
            url(&portal, Some(tenant), "/subscriptions/s"),
            format!("https://portal.azure.cn/#@{tenant}/resource/subscriptions/s")
        );
        assert_eq!(url(&portal, None, "/x"), "https://portal.azure.cn/#resource/x");
    }
}
