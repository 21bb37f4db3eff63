//! Reads everything that has a name, so that completion knows it.
//!
//! Nothing is kept here: each answer passes the client's witness, as the answers of every command do.

use super::change::fan_out::{AT_ONCE, fan_out};
use crate::app::App;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{Scope, SubscriptionId};
use crate::ops::site::Site;

/// Reads the names in the subscription that was asked for, or in all that the signed-in identity sees.
///
/// What may not be read is skipped: completion must not make a command fail.
pub(crate) fn refresh_completions(app: &App, subscription: Option<&str>) -> Result<()> {
    app.block_on(async {
        let site = Site::open(app, subscription).await?;
        app.reporter.step("reading names for completion");
        let subscriptions = subscriptions(&site).await?;
        let reading = subscriptions.into_iter().map(|id| read(&site.client, id));
        let refused: Vec<ArmError> =
            fan_out(AT_ONCE, reading).await.into_iter().flatten().collect();
        if let Some(first) = refused.first() {
            let count = refused.len();
            app.reporter.warn(&format!(
                "completion will lack names: {count} lists could not be read, first {first}"
            ));
        }
        Ok(())
    })
}

async fn subscriptions(site: &Site<'_>) -> Result<Vec<SubscriptionId>> {
    if site.is_named() {
        return Ok(vec![site.subscription().await?.id]);
    }
    // An application may not list tenants everywhere; the names of its own are no loss.
    let _ = site.client.prefetch_tenants().await;
    let all = site.client.subscriptions().await?;
    let ids = all.iter().filter_map(|found| found.subscription_id.parse().ok());
    Ok(ids.collect())
}

/// Reads the lists of one subscription, and gives what Azure refused.
async fn read(client: &Client, id: SubscriptionId) -> Vec<ArmError> {
    let mut refused = Vec::new();
    refused.extend(client.resource_groups(id).await.err());
    refused.extend(client.prefetch_locations(id).await.err());
    refused.extend(client.prefetch_resources(id).await.err());
    refused.extend(client.prefetch_custom_roles(id).await.err());
    refused.extend(client.definitions(id).await.err());
    refused.extend(client.assignments(id).await.err());
    if let Err(err) = images(client, id).await {
        refused.push(err);
    }
    refused
}

async fn images(client: &Client, subscription: SubscriptionId) -> Result<(), ArmError> {
    let scope = Scope::subscription(subscription);
    for gallery in client.galleries(&scope).await? {
        for image in client.images(&gallery.id).await? {
            client.image_versions(&image.id).await?;
        }
    }
    Ok(())
}
