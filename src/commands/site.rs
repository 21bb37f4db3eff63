//! Where a command works.

use crate::app::App;
use crate::error::Result;
use crate::ops::site::Site;

/// The subscription of `--subscription` as this run's identity sees it.
pub(super) async fn open_site(app: &App) -> Result<Site<'_>> {
    Site::open(app, app.settings.subscription.as_deref()).await
}
