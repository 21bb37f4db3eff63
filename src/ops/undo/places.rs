//! Where the things of a record live: one sign-in for each subscription that it names.

use tokio::sync::Mutex;

use crate::app::App;
use crate::error::Result;
use crate::id::{Scope, SubscriptionId};
use crate::ops::history::RecordedRun;
use crate::ops::site::Site;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The subscriptions of a record, each signed in to when it is first needed.
pub(super) struct Places<'a> {
    pub(super) app: &'a App,
    sites: Mutex<BTreeMap<Option<SubscriptionId>, Arc<Site<'a>>>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(app: &'a App, _run: &RecordedRun) -> Places<'a> {
        Places { app, sites: Mutex::default() }
    }

    /// The site of what has this id; what lies above all subscriptions is asked of the sign-in's own tenant.
    pub(super) async fn site(&self, id: &str) -> Result<Arc<Site<'a>>> {
        let subscription = id.parse::<Scope>().ok().map(|scope| scope.subscription);
        let mut sites = self.sites.lock().await;
        if let Some(known) = sites.get(&subscription) {
            return Ok(known.clone());
        }
        let site = match subscription {
            Some(owner) => Site::open_at(self.app, owner, None).await?,
            None => Site::open(self.app, None).await?,
        };
        let site = Arc::new(site);
        sites.insert(subscription, site.clone());
        Ok(site)
    }
}
