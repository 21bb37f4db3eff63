//! Everything this user can use, by every method, as everybody it can be.

use super::describe::Image;
use super::identities::{Identity, all};
use super::{own, public};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ops::change::fan_out::fan_out;
use crate::ops::region::folded_region;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImageFilter {
    /// Only images of which machines can be made there.
    pub location: Option<String>,
    /// Community images too: `Some(None)` all of the region, `Some(Some(name))` those of one gallery.
    pub community: Option<Option<String>>,
}

/// Lists the images. A tenant that cannot be asked is warned of and left out.
pub(crate) async fn list(app: &App, wanted: &ImageFilter) -> Result<Vec<Image>> {
    let identities = all(app).await?;
    let work = identities.iter().map(|identity| of(app, identity, wanted));
    let mut images: Vec<Image> = Vec::new();
    let mut failures: Vec<(&Identity, Error)> = Vec::new();
    for (identity, found) in identities.iter().zip(fan_out(TENANTS_AT_ONCE, work).await) {
        match found {
            Ok(found) => images.extend(found),
            Err(err) => failures.push((identity, err)),
        }
    }
    if failures.len() == identities.len() {
        return Err(failures.swap_remove(0).1);
    }
    for (identity, err) in &failures {
        let causes = err.causes().join(": ");
        app.reporter.warn(&format!(
            "'{}' in tenant {} cannot be asked: {err}: {causes}",
            identity.name, identity.tenant
        ));
    }
    if let Some(location) = &wanted.location {
        let here = folded_region(location);
        images.retain(|image| image.regions.contains(&here));
    }
    images.sort_by_key(|image| (image.name.to_lowercase(), image.id.to_lowercase(), image.via));
    images.dedup_by(|one, other| one.id.eq_ignore_ascii_case(&other.id) && one.via == other.via);
    Ok(images)
}

async fn of(app: &App, identity: &Identity, wanted: &ImageFilter) -> Result<Vec<Image>> {
    let location = wanted.location.as_deref();
    let (own, shared) =
        tokio::join!(own::images(app, identity), public::shared(app, identity, location));
    let mut images = own?;
    images.extend(shared?);
    if let (Some(only), Some(location)) = (&wanted.community, location) {
        images.extend(public::community(app, identity, location, only.as_deref()).await?);
    }
    Ok(images)
}

/// Each tenant sends several requests at once by itself.
const TENANTS_AT_ONCE: usize = 2;
