//! Who does a write: the first of us who may give and take roles there, else the first of all.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::App;
use crate::arm::Client;
use crate::arm::authorization::is_allowed;
use crate::auth::TokenSource;
use crate::id::{Scope, SubscriptionId, TenantId};
use crate::ops::access::rights;
use crate::ops::site::Site;

use crate::ops::estate::shares::Publisher;

/// Those who write, each once, and what was found out about them.
#[derive(Default)]
pub(super) struct Writers {
    all: Vec<Writer>,
    known: BTreeMap<(TenantId, Option<SubscriptionId>), usize>,
}

struct Writer {
    client: Client,
    tokens: Arc<dyn TokenSource>,
    tenant: TenantId,
    name: String,
}

impl Writers {
    /// Who writes in a subscription of the publisher's, or above them all.
    pub(super) async fn at(
        &mut self,
        publisher: &Publisher<'_>,
        subscription: Option<SubscriptionId>,
    ) -> usize {
        let key = (publisher.tenant, subscription);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let mut chosen = &publisher.sights[0].identity;
        // Who may give roles in a subscription is the likeliest to be let into the directory, too.
        let first = || {
            publisher
                .sights
                .iter()
                .find_map(|sight| sight.ids(|known| sight.is_at_home(known)).first().copied())
        };
        if let (Some(subscription), true) =
            (subscription.or_else(first), publisher.sights.len() > 1)
        {
            let scope = Scope::subscription(subscription);
            for sight in &publisher.sights {
                let may = sight.identity.client.permissions(&scope).await;
                if may.is_ok_and(|may| is_allowed(&may, rights::DELETE)) {
                    chosen = &sight.identity;
                    break;
                }
            }
        }
        let same = |one: &Writer| one.tenant == publisher.tenant && one.name == chosen.name;
        let place = self.all.iter().position(same).unwrap_or_else(|| {
            self.all.push(Writer {
                client: chosen.client.clone(),
                tokens: chosen.tokens.clone(),
                tenant: publisher.tenant,
                name: chosen.name.clone(),
            });
            self.all.len() - 1
        });
        self.known.insert(key, place);
        place
    }

    /// The name of a writer.
    pub(super) fn name(&self, writer: usize) -> &str {
        &self.all[writer].name
    }

    /// The site of a writer.
    pub(super) fn site<'a>(&self, app: &'a App, writer: usize) -> Site<'a> {
        let writer = &self.all[writer];
        Site::of_identity(app, writer.client.clone(), writer.tokens.clone())
    }
}
