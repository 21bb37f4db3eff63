//! Who writes for each publisher, and what makes a plan impossible to carry out before anything is written.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::app::App;
use crate::arm::Client;
use crate::auth::TokenRequest;
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;
use crate::ops::fleet::item::ItemChange;
use crate::ops::fleet::plan_file::{FleetPlan, PlanSigner};

/// Items wait for their own allowance only, so each may wait long.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

/// Refuses a plan that was not approved, is too old, or does more than its limits allow; calls no one.
///
/// # Errors
/// [`Kind::NotApproved`]: nothing was written.
pub(super) fn check_plan(app: &App, plan: &FleetPlan, approve: Option<&str>) -> Result<()> {
    let again =
        "Make it again with `az-imageshare fleet plan -f FILE --out PLAN`, and approve that.";
    let refuse = |text: String| {
        Err(Error::new(Kind::NotApproved, format!("{text}; nothing was written")).hint(again))
    };
    if let Some(approved) = approve {
        let (approved, hash) = (approved.trim().to_ascii_lowercase(), &plan.end.sha256);
        if approved.len() < plan.approval().len() || !hash.starts_with(&approved) {
            return refuse(format!("the plan is {}, not {approved}", plan.approval()));
        }
    }
    let until = plan.head.until.parse::<Timestamp>().map(Timestamp::as_second);
    match until {
        Ok(until) if app.now() < until => {}
        _ => return refuse(format!("the plan was good until {}", plan.head.until)),
    }
    let cloud = &app.settings.cloud.name;
    if !plan.head.cloud.eq_ignore_ascii_case(cloud) {
        return refuse(format!("the plan is for cloud {}, and {cloud} is in use", plan.head.cloud));
    }
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    let current = env!("CARGO_PKG_VERSION");
    if major(&plan.head.tool) != major(current) {
        return refuse(format!(
            "the plan was made by version {}, and this is {current}",
            plan.head.tool
        ));
    }
    check_counts(plan).or_else(refuse)
}

/// The counts of the last line are those of the items, and within the limits.
fn check_counts(plan: &FleetPlan) -> Result<(), String> {
    let counted = |change| plan.items.iter().filter(|item| item.change == change).count();
    for change in [ItemChange::Create, ItemChange::Update, ItemChange::Remove] {
        let (stated, found) = (plan.count(change), counted(change));
        if stated != found {
            return Err(format!("the plan counts {stated} to {}, and has {found}", change.word()));
        }
    }
    let (removals, most) = (counted(ItemChange::Remove), plan.head.limits.removals);
    if removals > most {
        return Err(format!("the plan removes {removals}, and limits.removals is {most}"));
    }
    let incomplete = plan.head.selected.iter().find(|selected| !selected.complete);
    match incomplete.filter(|_| removals > 0) {
        Some(selected) => Err(format!(
            "the plan removes {removals}, and not all of publisher '{}' could be read",
            selected.publisher
        )),
        None => Ok(()),
    }
}

/// The clients of all publishers, each signed in as who made the plan.
///
/// # Errors
/// [`Kind::NotApproved`] if someone else signs in; or no one does.
pub(super) async fn sign_in(app: &App, plan: &FleetPlan) -> Result<BTreeMap<String, Client>> {
    let mut clients = BTreeMap::new();
    for signer in &plan.head.who {
        clients.insert(signer.publisher.clone(), client_of(app, signer).await?);
    }
    if let Some(item) = plan.items.iter().find(|item| !clients.contains_key(&item.publisher)) {
        let text = format!("the plan does not say who writes for publisher '{}'", item.publisher);
        return Err(Error::new(Kind::NotApproved, format!("{text}; nothing was written")));
    }
    Ok(clients)
}

/// The credentials that write, each once.
pub(super) fn names(plan: &FleetPlan) -> Vec<String> {
    let named = plan.head.who.iter().filter_map(|signer| signer.credential.clone());
    named.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

async fn client_of(app: &App, signer: &PlanSigner) -> Result<Client> {
    let name = &signer.publisher;
    let tokens = match &signer.credential {
        Some(credential) => app.tokens_of(credential)?,
        None => app.tokens()?,
    };
    let tenant: TenantId = signer.tenant.parse().map_err(|_| {
        let text = format!("the plan names tenant '{}' for publisher '{name}'", signer.tenant);
        Error::new(Kind::NotApproved, format!("{text}; nothing was written"))
    })?;
    let scope = app.settings.cloud.arm_scope();
    let request = TokenRequest { tenant: Some(tenant), scope, renew: false };
    let token = tokens.token(&request).await.map_err(|err| {
        Error::from(err).while_doing(format!("cannot sign in for publisher '{name}'"))
    })?;
    let who = token.object_id().map(|id| id.to_string());
    if token.tenant != tenant || who != signer.oid {
        let planned = signer.oid.as_deref().unwrap_or("an unknown identity");
        let now = who.as_deref().unwrap_or("an unknown identity");
        let text = format!(
            "the plan for publisher '{name}' was made by {planned} of tenant {tenant}, and {now} of tenant {} signs in",
            token.tenant
        );
        return Err(Error::new(Kind::NotApproved, format!("{text}; nothing was written"))
            .hint("Sign in as who made the plan, or make it again as who applies it."));
    }
    Ok(app.arm_as(tokens, Some(tenant))?.patient(PATIENCE).for_many())
}
