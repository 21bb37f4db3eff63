//! Everything this user can use, by every method, as everyone it can be.

use super::describe::Image;
use super::identities::{Identity, all, learn_tenants};
use super::{own, public};
use crate::app::App;
use crate::error::Result;
use crate::ops::change::fan_out::fan_out;
use crate::ops::gaps::Gaps;
use crate::ops::region::{folded_region, known_region};

/// What to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImageFilter {
    /// Only images of which machines can be made there.
    pub location: Option<String>,
    /// Community images too: `Some(None)` all of the region, `Some(Some(name))` those of one gallery.
    pub community: Option<Option<String>>,
}

/// Lists the images. A tenant that cannot be asked is left out, and noted.
///
/// # Errors
/// If no one can be asked.
pub(crate) async fn list(app: &App, wanted: &ImageFilter) -> Result<(Vec<Image>, Gaps)> {
    let identities = all(app).await?;
    learn_tenants(app, &identities).await;
    let work = identities.iter().map(|identity| of(app, identity, wanted));
    let mut images: Vec<Image> = Vec::new();
    let (mut gaps, mut failures) = (Gaps::default(), Vec::new());
    for (identity, found) in identities.iter().zip(fan_out(TENANTS_AT_ONCE, work).await) {
        match found {
            Ok((found, missing)) => {
                images.extend(found);
                gaps.join(missing);
            }
            Err(err) => {
                let what = format!("'{}' in tenant {}", identity.name, identity.tenant);
                identity.note_refusal(&mut gaps, what, &err);
                failures.push(err);
            }
        }
    }
    if failures.len() == identities.len() {
        return Err(failures.swap_remove(0));
    }
    if let Some(location) = &wanted.location {
        let here = folded_region(location);
        images.retain(|image| image.regions.contains(&here));
        if images.is_empty() {
            require_region(&identities, location).await?;
        }
    }
    images.sort_by_key(|image| (image.name.to_lowercase(), image.id.to_lowercase(), image.via));
    Ok((each_once(images), gaps))
}

/// Nothing is found in a region that does not exist, which has nothing to do with the images.
async fn require_region(identities: &[Identity], location: &str) -> Result<()> {
    for identity in identities {
        let subscriptions = identity.client.subscriptions().await.unwrap_or_default();
        let first = subscriptions.iter().find_map(|known| known.subscription_id.parse().ok());
        let Some(first) = first else { continue };
        let Ok(known) = identity.client.locations(first).await else { continue };
        return known_region(location, &known);
    }
    // Nobody could tell.
    Ok(())
}

/// One row for each image, no matter which of us can use it; they are sorted.
fn each_once(images: Vec<Image>) -> Vec<Image> {
    let mut all: Vec<Image> = Vec::new();
    for image in images {
        let name = image.credential.clone();
        match all.last_mut() {
            Some(last) if last.id == image.id && last.via == image.via => {
                if !last.seen_by.contains(&name) {
                    last.seen_by.push(name);
                }
            }
            _ => all.push(Image { seen_by: vec![name], ..image }),
        }
    }
    all
}

async fn of(app: &App, identity: &Identity, wanted: &ImageFilter) -> Result<(Vec<Image>, Gaps)> {
    let location = wanted.location.as_deref();
    let (own, shared) =
        tokio::join!(own::images(app, identity), public::shared(app, identity, location));
    let mut images = own?;
    let (shared, gaps) = shared?;
    images.extend(shared);
    if let (Some(only), Some(location)) = (&wanted.community, location) {
        images.extend(public::community(app, identity, location, only.as_deref()).await?);
    }
    Ok((images, gaps))
}

/// Each tenant sends several requests at the same time on its own.
const TENANTS_AT_ONCE: usize = 2;
