//! Whom a gallery is shared with.

use crate::app::App;
use crate::error::Result;
use crate::id::{SubscriptionId, TenantRef};
use crate::ops::share::direct::Whom;

/// Subscriptions and tenants of the consumer.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = true)]
pub(super) struct ConsumerArgs {
    /// Subscriptions of the consumer, by id
    #[arg(long, value_name = "GUID", num_args = 1.., visible_alias = "subscription-ids")]
    consumer_subscription: Vec<SubscriptionId>,
    /// Tenants of the consumer, with all their subscriptions, by id or domain
    #[arg(long, value_name = "GUID|DOMAIN", num_args = 1.., visible_alias = "tenant-ids")]
    consumer_tenant: Vec<TenantRef>,
}

impl ConsumerArgs {
    pub(super) async fn whom(&self, app: &App) -> Result<Whom> {
        let mut tenants = Vec::new();
        for tenant in &self.consumer_tenant {
            let id = app.tenant_id(tenant).await?;
            if !tenants.contains(&id) {
                tenants.push(id);
            }
        }
        let mut subscriptions = self.consumer_subscription.clone();
        subscriptions.sort();
        subscriptions.dedup();
        Ok(Whom { subscriptions, tenants })
    }
}
