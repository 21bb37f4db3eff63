//! One subscription as one identity sees it: whom to ask, in which cloud, and where progress goes.
//!
//! The subscription is what the caller says, or else what the sign-in leaves no doubt about; it is looked
//! up when it is first needed, and only once.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::app::{App, Reporter};
use crate::arm::Client;
use crate::arm::resources::Subscription;
use crate::auth::TokenSource;
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::{SubscriptionId, TenantId};
use crate::settings::cloud::Cloud;

/// One subscription as one identity sees it.
pub(crate) struct Site<'a> {
    /// What is asked of the run itself: consent, files, the clock.
    pub app: &'a App,
    /// Resource Manager, for the tenant that owns the subscription.
    pub client: Client,
    pub cloud: &'a Cloud,
    pub reporter: &'a dyn Reporter,
    /// Who signs in, where that is not the run's own identity.
    tokens: Option<Arc<dyn TokenSource>>,
    /// As the user named it: a name or an id.
    named: Option<String>,
    subscription: OnceCell<ChosenSubscription>,
}

/// The subscription that is worked on, and the tenant that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenSubscription {
    pub id: SubscriptionId,
    /// Its name for people.
    pub name: String,
    /// The tenant it belongs to, if Azure reported.
    pub home_tenant: Option<TenantId>,
}

impl<'a> Site<'a> {
    /// Signs in for the subscription that is `named` by a name or an id, for the credential's own, or to the
    /// sign-in's own tenant.
    pub(crate) async fn open(app: &'a App, named: Option<&str>) -> Result<Site<'a>> {
        let own = match named {
            Some(_) => None,
            None => app.tokens()?.default_subscription(),
        };
        let named = named.or(own.as_deref());
        let client = match named {
            Some(named) => signed_in(app, named).await?,
            None => app.arm(None)?,
        };
        Ok(Site::with(app, client, named))
    }

    /// Signs in to the tenant that owns the subscription `owner`, whichever other one is `named`.
    pub(crate) async fn open_at(
        app: &'a App,
        owner: SubscriptionId,
        named: Option<&str>,
    ) -> Result<Site<'a>> {
        Ok(Site::with(app, signed_in(app, &owner.to_string()).await?, named))
    }

    /// A site for someone who is signed in already.
    pub(crate) fn with(app: &'a App, client: Client, named: Option<&str>) -> Site<'a> {
        let (cloud, reporter) = (&app.settings.cloud, app.reporter.as_ref());
        let named = named.map(str::to_owned);
        Site { app, client, cloud, reporter, tokens: None, named, subscription: OnceCell::new() }
    }

    /// A site for another identity than the run's own.
    pub(crate) fn of_identity(
        app: &'a App,
        client: Client,
        tokens: Arc<dyn TokenSource>,
    ) -> Site<'a> {
        Site { tokens: Some(tokens), ..Site::with(app, client, None) }
    }

    /// The same, reporting to someone else.
    pub(crate) fn reporting_to<'b>(self, reporter: &'b dyn Reporter) -> Site<'b>
    where
        'a: 'b,
    {
        Site { reporter, ..self }
    }

    /// True if the user said which subscription is meant.
    pub(crate) fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// The subscription: the one that was named, else the `az` login's default if this program's identity sees it,
    /// else the only one there is. Asks once.
    pub(crate) async fn subscription(&self) -> Result<&ChosenSubscription> {
        self.subscription.get_or_try_init(|| self.choose()).await
    }

    /// The directory of the tenant that the client signs in to.
    pub(crate) fn directory(&self) -> Result<Directory> {
        let tokens = match &self.tokens {
            Some(tokens) => tokens.clone(),
            None => self.app.tokens()?,
        };
        Ok(Directory::new(self.app.graph_as(tokens, self.client.tenant())?))
    }

    /// A subscription for what is the same in all of them: the one that is meant, else any that is seen.
    pub(crate) async fn any_subscription(&self) -> Result<SubscriptionId> {
        match self.subscription().await {
            Err(err) if err.kind() == Kind::Usage && !self.is_named() => {
                let all = self.client.subscriptions().await?;
                all.iter().find_map(known).map(|found| found.id).ok_or(err)
            }
            chosen => chosen.map(|found| found.id),
        }
    }

    async fn choose(&self) -> Result<ChosenSubscription> {
        let client = &self.client;
        if let Some(id) = self.named.as_deref().and_then(|named| named.parse().ok()) {
            let found = client.subscription(id).await?;
            return found.map(|found| describe(id, &found)).ok_or_else(|| unseen(&id.to_string()));
        }
        let all = client.subscriptions().await?;
        if let Some(name) = &self.named {
            return by_name(&all, name);
        }
        if let Some(found) = az_default(self.app, &all) {
            return Ok(found);
        }
        let own = |candidate: &&Subscription| {
            client
                .tenant()
                .is_none_or(|tenant| candidate.tenant_id == Some(tenant.to_string().into()))
        };
        let mut candidates = all.iter().filter(own).filter_map(known);
        match (candidates.next(), candidates.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Error::new(Kind::NotFound, "no subscription can be seen with this sign-in")
            .hint("Check who you are with `az-imageshare credential list`, and the roles of that application.")),
        (Some(_), Some(_)) => Err(ambiguous(&all)),
    }
    }
}

/// The tenant that [`Site::open`] signs in to, if that is known without a call.
pub(crate) fn tenant_at_hand(app: &App, named: Option<&str>) -> Option<TenantId> {
    let tokens = app.tokens().ok()?;
    match named.map(str::to_owned).or_else(|| tokens.default_subscription()) {
        Some(named) if tokens.tenants().len() > 1 => tokens.tenant_of(&named),
        _ => tokens.home_tenant(),
    }
}

/// A credential or an `az` login of several tenants signs in to the one that owns the subscription, whichever comes
/// first. Azure is asked for that tenant only where nothing else names it.
async fn signed_in(app: &App, named: &str) -> Result<Client> {
    let tokens = app.tokens()?;
    let tenant = match tokens.tenant_of(named) {
        None if tokens.tenants().len() > 1 => owner(app, &tokens, named).await?,
        known => known,
    };
    app.arm_as(tokens, tenant)
}

/// Which of this identity's tenants owns a subscription; none if it is delegated to it. The tenant of an id is
/// public; a name is known only in the subscription's own tenant.
async fn owner(app: &App, tokens: &Arc<dyn TokenSource>, named: &str) -> Result<Option<TenantId>> {
    let tenants = tokens.tenants();
    if let Ok(id) = named.parse() {
        let home = app.tenant_of_subscription(id).await?;
        return Ok(home.filter(|home| tenants.contains(home)));
    }
    for tenant in tenants {
        // A tenant that does not let us in has nothing of that name for us; `resolve` tells so.
        let seen = app.arm_as(tokens.clone(), Some(tenant))?.subscriptions().await;
        let is_it = |known: &Subscription| {
            known.display_name.eq_ignore_ascii_case(named)
                && known.tenant_id == Some(tenant.to_string().into())
        };
        if seen.is_ok_and(|all| all.iter().any(is_it)) {
            return Ok(Some(tenant));
        }
    }
    Ok(None)
}

fn by_name(all: &[Subscription], name: &str) -> Result<ChosenSubscription> {
    let mut matching =
        all.iter().filter(|candidate| candidate.display_name.eq_ignore_ascii_case(name));
    match (matching.next().and_then(known), matching.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("several subscriptions are named '{name}'"))
                .hint("Give the subscription's id: `--subscription ID`."))
        }
        (None, _) => Err(unseen(name)),
    }
}

fn az_default(app: &App, all: &[Subscription]) -> Option<ChosenSubscription> {
    let default = app.settings.az_subscriptions().into_iter().find(|entry| entry.is_default)?;
    let id = default.subscription()?.to_string();
    all.iter().find(|candidate| candidate.subscription_id == id).and_then(known)
}

fn known(subscription: &Subscription) -> Option<ChosenSubscription> {
    Some(describe(subscription.subscription_id.parse().ok()?, subscription))
}

fn describe(id: SubscriptionId, subscription: &Subscription) -> ChosenSubscription {
    ChosenSubscription {
        id,
        name: subscription.display_name.clone(),
        home_tenant: subscription.tenant_id.as_deref().and_then(|tenant| tenant.parse().ok()),
    }
}

fn unseen(which: &str) -> Error {
    Error::new(Kind::NotFound, format!("subscription '{which}' does not exist, or this identity cannot see it"))
        .hint("See the subscriptions with `az-imageshare doctor --online`, or choose another identity with --credential.")
}

fn ambiguous(all: &[Subscription]) -> Error {
    let names: Vec<&str> = all.iter().take(5).map(|found| found.display_name.as_str()).collect();
    Error::usage(format!("several subscriptions could be meant: {}", names.join(", ")))
        .hint("Say which one: `--subscription NAME|ID`.")
}
