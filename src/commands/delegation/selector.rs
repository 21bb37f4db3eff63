//! The arguments that name one delegation, shared by `show`, `wait`, `verify` and `delete`.

use crate::app::App;
use crate::error::Result;
use crate::id::TenantRef;
use crate::ops::delegation::lookup::OfferQuery;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DelegationSelector {
    /// The offer's name, or the definition's GUID or full id
    #[arg(long, short, value_name = "NAME|ID")]
    name: String,
    /// The consumer's tenant, where several have an offer of that name
    #[arg(long, visible_aliases = ["managing-tenant", "managed-by-tenant-id"], value_name = "GUID|DOMAIN")]
    consumer_tenant: Option<TenantRef>,
}

impl DelegationSelector {
    /// Finds the id of a tenant that was named by its domain.
    pub(crate) async fn resolve(self, app: &App) -> Result<OfferQuery> {
        let consumer = match &self.consumer_tenant {
            Some(tenant) => Some(app.tenant_id(tenant).await?),
            None => None,
        };
        Ok(OfferQuery { name: self.name, consumer })
    }
}
