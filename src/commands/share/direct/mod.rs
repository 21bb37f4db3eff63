//! `share direct`: with whole subscriptions and tenants.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::id::{SubscriptionId, TenantRef};
use crate::ops::share::direct::{Entry, Whom};
use crate::ops::share::gallery::Sharing;
use crate::output::{Output, View};

mod add;
mod list;
mod remove;
mod reset;

/// Share a gallery with whole subscriptions and tenants (a preview of Azure's)
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(add::DirectAddArgs),
    Remove(remove::DirectRemoveArgs),
    Reset(reset::DirectResetArgs),
    List(list::DirectListArgs),
}

impl Command {
    pub(super) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::add_direct_share(args, app),
            Command::Remove(args) => remove::remove_direct_share(args, app),
            Command::Reset(args) => reset::reset_direct_shares(args, app),
            Command::List(args) => list::list_direct_shares(args, app),
        }
    }
}

impl View for Sharing {
    const TABLE: &'static str = "{Gallery:galleryId, Subscriptions:join(', ', subscriptionIds), Tenants:join(', ', tenantIds), State:state, Change:change}";
}

impl View for Entry {
    const TABLE: &'static str =
        "{Kind:kind, Id:id, Tenant:tenantId, State:state, ExpiresOn:expiresOn}";
}

/// Subscriptions and tenants of the consumer.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = true)]
struct ConsumerArgs {
    /// Subscriptions of the consumer, by id
    #[arg(long, value_name = "GUID", num_args = 1.., visible_alias = "subscription-ids")]
    consumer_subscription: Vec<SubscriptionId>,
    /// Tenants of the consumer, with all their subscriptions, by id or domain
    #[arg(long, value_name = "GUID|DOMAIN", num_args = 1.., visible_alias = "tenant-ids")]
    consumer_tenant: Vec<TenantRef>,
}

impl ConsumerArgs {
    async fn whom(&self, app: &App) -> Result<Whom> {
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
