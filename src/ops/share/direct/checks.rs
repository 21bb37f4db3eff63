//! What has to be so before a gallery is shared with subscriptions and tenants.

use crate::app::App;
use crate::arm::Client;
use crate::arm::galleries::Gallery;
use crate::error::{Kind, Result};
use crate::id::{ResourceId, TenantId, TenantRef};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::findings::Findings;
use crate::ops::share::conditions;
use crate::ops::site::Site;

use super::{MOST_SUBSCRIPTIONS, MOST_TENANTS, SUBSCRIPTIONS, TENANTS, Whom};

/// Azure takes any GUID: a typing error would share with no one, or with a stranger.
pub(super) async fn check_whom(
    site: &Site<'_>,
    whom: &Whom,
    findings: &mut Findings,
) -> Result<()> {
    let homes =
        fan_out(AT_ONCE, whom.subscriptions.iter().map(|id| site.app.tenant_of_subscription(*id)))
            .await;
    for (id, home) in whom.subscriptions.iter().zip(homes) {
        match home? {
            None => findings.input(
                "--consumer-subscription",
                format!("there is no subscription {id} in {}", site.cloud.name),
                "Ask the consumer for the id; the portal shows it under Subscriptions.",
            ),
            Some(home) if whom.tenants.contains(&home) => {
                findings.note(format!(
                    "Subscription {id} belongs to tenant {home}, which is named as a whole"
                ));
            }
            Some(home) => findings.note(format!("Subscription {id} belongs to tenant {home}")),
        }
    }
    let known = whom.tenants.iter().map(|id| exists(site.app, *id));
    for (id, known) in whom.tenants.iter().zip(fan_out(AT_ONCE, known).await) {
        if !known? {
            findings.input(
                "--consumer-tenant",
                format!("there is no tenant {id} in {}", site.cloud.name),
                "Ask the consumer for the tenantId of `az-imageshare credential list`.",
            );
        }
        if site.client.tenant() == Some(*id) {
            findings
                .warn(format!("{id} is the gallery's own tenant: a role is the usual way there"));
        }
    }
    Ok(())
}

async fn exists(app: &App, tenant: TenantId) -> Result<bool> {
    // The authority answers for a GUID as it does for a domain.
    match app.tenant_id(&TenantRef::Domain(tenant.to_string())).await {
        Ok(_) => Ok(true),
        Err(err) if matches!(err.kind(), Kind::NotFound | Kind::SignIn) => Ok(false),
        Err(err) => Err(err),
    }
}

/// What is in the way of sharing a gallery that exists.
pub(super) async fn check_gallery(
    client: &Client,
    id: &ResourceId,
    gallery: &Gallery,
    whom: &Whom,
    findings: &mut Findings,
) -> Result<()> {
    if gallery.permissions() != "Groups" {
        findings.azure(
            format!("gallery '{}'", gallery.name),
            format!("was made {}, and a gallery cannot be switched to direct sharing afterwards", gallery.permissions().to_lowercase()),
            "Make another gallery: the same command with another gallery's name and `--location REGION`, and copy the images with `az-imageshare image copy --id ID --to GALLERY/IMAGE`.",
        );
    }
    let missing = whom.where_shared(gallery, false);
    for (kind, more, most) in [
        (SUBSCRIPTIONS, missing.subscriptions.len(), MOST_SUBSCRIPTIONS),
        (TENANTS, missing.tenants.len(), MOST_TENANTS),
    ] {
        let all = gallery.shared_with(kind).len() + more;
        if all > most {
            findings.input(
                format!("gallery '{}'", gallery.name),
                format!("would be shared with {all} {}; Azure allows {most}", spoken(kind)),
                "Name a tenant instead of its subscriptions, or take the gallery from others first: `az-imageshare share direct remove --help`.",
            );
        }
    }
    conditions::of_identity(client, id, findings).await?;
    conditions::of_images(client, gallery, findings).await
}

fn spoken(kind: &str) -> &'static str {
    match kind {
        SUBSCRIPTIONS => "subscriptions",
        _ => "tenants",
    }
}
