//! Which subscription is meant, and whose it is.

use std::sync::Arc;

use crate::app::App;
use crate::arm::Client;
use crate::arm::resources::Subscription;
use crate::auth::TokenSource;
use crate::error::{Error, Kind, Result};
use crate::id::{SubscriptionId, TenantId};

/// A subscription that was found, and the tenant that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub id: SubscriptionId,
    /// Its name for people.
    pub name: String,
    /// The tenant it belongs to, if Azure told.
    pub home_tenant: Option<TenantId>,
}

/// A client for the subscription that `--subscription` names, or for the sign-in's own tenant.
pub(crate) async fn client(app: &App) -> Result<Client> {
    match &app.settings.subscription {
        Some(named) => signed_in(app, named).await,
        None => app.arm(None),
    }
}

/// A client for a subscription: a credential or an `az` login of several tenants signs in to the one
/// that owns it, whichever comes first. Azure is asked for that tenant only where nothing else tells.
pub(crate) async fn client_for(app: &App, id: SubscriptionId) -> Result<Client> {
    signed_in(app, &id.to_string()).await
}

/// The tenant that [`client`] signs in to, if that is known without a call.
pub(crate) fn tenant_at_hand(app: &App) -> Option<TenantId> {
    let tokens = app.tokens().ok()?;
    match &app.settings.subscription {
        Some(named) if tokens.tenants().len() > 1 => tokens.tenant_of(named),
        _ => tokens.home_tenant(),
    }
}

async fn signed_in(app: &App, named: &str) -> Result<Client> {
    let tokens = app.tokens()?;
    let tenant = match tokens.tenant_of(named) {
        None if tokens.tenants().len() > 1 => owner(app, &tokens, named).await?,
        known => known,
    };
    app.arm_as(tokens, tenant)
}

/// Which of our tenants owns a subscription; none if it is delegated to us. Whose an id is, anybody may
/// know; a name is known only in the subscription's own tenant.
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
                && known.tenant_id == Some(tenant.to_string())
        };
        if seen.is_ok_and(|all| all.iter().any(is_it)) {
            return Ok(Some(tenant));
        }
    }
    Ok(None)
}

/// Finds the subscription a command works on: the one asked for by name or id, else the `az`
/// login's default if our identity sees it, else the only one there is.
pub(crate) async fn resolve(app: &App, client: &Client) -> Result<Found> {
    if let Some(id) = app.settings.subscription_id() {
        let found = client.subscription(id).await?;
        return found.map(|found| describe(id, &found)).ok_or_else(|| unseen(&id.to_string()));
    }
    let all = client.subscriptions().await?;
    if let Some(name) = &app.settings.subscription {
        return by_name(&all, name);
    }
    if let Some(found) = az_default(app, &all) {
        return Ok(found);
    }
    let own = |candidate: &&Subscription| {
        client.tenant().is_none_or(|tenant| candidate.tenant_id == Some(tenant.to_string()))
    };
    let mut candidates = all.iter().filter(own).filter_map(known);
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Error::new(Kind::NotFound, "no subscription can be seen with this sign-in")
            .hint("Check who you are with `az-imageshare credential list`, and the rights of that application.")),
        (Some(_), Some(_)) => Err(ambiguous(&all)),
    }
}

fn by_name(all: &[Subscription], name: &str) -> Result<Found> {
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

fn az_default(app: &App, all: &[Subscription]) -> Option<Found> {
    let default = app.settings.az_subscriptions().into_iter().find(|entry| entry.is_default)?;
    let id = default.subscription()?.to_string();
    all.iter().find(|candidate| candidate.subscription_id.eq_ignore_ascii_case(&id)).and_then(known)
}

fn known(subscription: &Subscription) -> Option<Found> {
    Some(describe(subscription.subscription_id.parse().ok()?, subscription))
}

fn describe(id: SubscriptionId, subscription: &Subscription) -> Found {
    Found {
        id,
        name: subscription.display_name.clone(),
        home_tenant: subscription.tenant_id.as_deref().and_then(|tenant| tenant.parse().ok()),
    }
}

fn unseen(which: &str) -> Error {
    Error::new(Kind::NotFound, format!("subscription '{which}' does not exist, or this identity cannot see it"))
        .hint("See the subscriptions with `az account list -o table`, or choose another identity with --credential.")
}

fn ambiguous(all: &[Subscription]) -> Error {
    let names: Vec<&str> = all.iter().take(5).map(|found| found.display_name.as_str()).collect();
    Error::usage(format!("several subscriptions could be meant: {}", names.join(", ")))
        .hint("Say which one: `--subscription NAME|ID`.")
}
