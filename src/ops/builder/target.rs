//! Which identity is meant, and what it is to do: names become ids, a template becomes a scenario.

use super::arguments::{self, Arguments, Draft, Template, Who, Written};
use super::image_template::{self, Derived};
use super::scenario::{Place, Scenario};
use crate::app::App;
use crate::arm::{Client, managed_identity};
use crate::error::{Error, Kind, Result};
use crate::id::{ResourceId, Scope, SubscriptionId};
use crate::ops::change::findings::Findings;
use crate::ops::site::Site;

/// An identity and what it is to do.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub identity: ResourceId,
    /// What it is to do.
    pub scenario: Scenario,
}

/// Finds out what a draft means. Reads only.
///
/// # Errors
/// If the subscription or the template cannot be found, or does not say who is meant.
pub(crate) async fn resolve(
    site: &Site<'_>,
    draft: &Draft,
    findings: &mut Findings,
) -> Result<Subject> {
    let subscription = if needed(draft) { Some(site.subscription().await?.id) } else { None };
    let derived = derived(&site.client, draft, findings).await?;
    let identity = identity(draft, &derived, subscription, findings)?;
    let mut scenario = derived.scenario;
    scenario.least_privilege = draft.least_privilege;
    // Names are only written where `needed` has found the subscription.
    let home = subscription.unwrap_or(identity.subscription());
    scenario.distribute_to.extend(places(home, &draft.distribute_to));
    scenario.sources.extend(places(home, &draft.sources));
    scenario.networks.extend(draft.networks.iter().cloned());
    scenario.containers.extend(draft.containers.iter().cloned());
    scenario.staging.extend(draft.staging.iter().map(|staging| match staging {
        Written::Named(name) => Scope::resource_group(home, name),
        Written::Full(scope) => scope.clone(),
    }));
    let scripts = containers(&site.client, home, &derived.scripts, findings).await?;
    scenario.containers.extend(scripts);
    for scope in &scenario.staging {
        if scope.subscription != identity.subscription() {
            findings.input(
                format!("--staging-resource-group {scope}"),
                "is in another subscription than the identity",
                "Image Builder stages in the subscription of the image template: choose a resource group there.",
            );
        }
    }
    Ok(Subject { identity, scenario })
}

/// Understands arguments that name nothing but an identity.
pub(crate) fn judged(app: &App, arguments: &Arguments) -> Result<Draft> {
    let mut findings = Findings::default();
    let draft = arguments::judge(arguments, app.settings.group.as_deref(), &mut findings);
    findings.settle(app.reporter.as_ref(), "nothing was called")?;
    Ok(draft)
}

/// The id of the identity that a draft means.
pub(crate) async fn only_identity(site: &Site<'_>, draft: &Draft) -> Result<ResourceId> {
    Ok(resolve(site, draft, &mut Findings::default()).await?.identity)
}

impl Draft {
    /// Signs in to the tenant of the identity's subscription, or of the one that `--subscription` names.
    pub(crate) async fn open_site<'a>(
        &self,
        app: &'a App,
        subscription: Option<&str>,
    ) -> Result<Site<'a>> {
        match &self.who {
            Some(Who::Id(id)) => Site::open_at(app, id.subscription(), subscription).await,
            _ => Site::open(app, subscription).await,
        }
    }
}

/// True if a name is given without its subscription.
fn needed(draft: &Draft) -> bool {
    let named = |all: &[Written<Place>]| all.iter().any(|one| matches!(one, Written::Named(_)));
    matches!(draft.who, Some(Who::Named(..)))
        || named(&draft.distribute_to)
        || named(&draft.sources)
        || matches!(draft.staging, Some(Written::Named(_)))
}

fn places(home: SubscriptionId, all: &[Written<Place>]) -> Vec<Place> {
    let resolved = all.iter().map(|one| match one {
        Written::Named(name) => Place::Group(Scope::resource_group(home, name)),
        Written::Full(place) => place.clone(),
    });
    resolved.collect()
}

async fn derived(client: &Client, draft: &Draft, findings: &mut Findings) -> Result<Derived> {
    Ok(match &draft.template {
        None => Derived::default(),
        Some(Template::File(path, value)) => image_template::derive(path, value, findings),
        Some(Template::Id(id)) => {
            let found = client.image_template(id).await?.ok_or_else(|| {
                Error::new(Kind::NotFound, format!("there is no image template {id}"))
                    .hint("See what there is with `az resource list --resource-type Microsoft.VirtualMachineImages/imageTemplates --query [].id`.")
            })?;
            image_template::derive(id.name(), &found, findings)
        }
    })
}

fn identity(
    draft: &Draft,
    derived: &Derived,
    subscription: Option<SubscriptionId>,
    findings: &mut Findings,
) -> Result<ResourceId> {
    let named = match &draft.who {
        Some(Who::Id(id)) => Some(id.clone()),
        Some(Who::Named(group, name)) => {
            let subscription = subscription.expect("a name needs a subscription");
            let (namespace, kind) = managed_identity::TYPE.split_once('/').expect("a full type");
            Some(ResourceId::new(Scope::resource_group(subscription, group), namespace, kind, name))
        }
        None => None,
    };
    match (named, derived.identities.as_slice()) {
        (Some(named), [own]) if named != *own => {
            findings.input(
                format!("--identity {}", named.name()),
                format!("is not the identity of the template ({own})"),
                "Leave --identity out, or correct the template.",
            );
            Ok(named)
        }
        (Some(named), _) => Ok(named),
        (None, [own]) => Ok(own.clone()),
        (None, _) => Err(Error::usage("the template does not name exactly one identity by its id")
            .hint("Say who is meant: `--identity NAME -g RG`, or the identity's full id.")),
    }
}

/// The containers that scripts lie in, if their accounts are in the subscription.
async fn containers(
    client: &Client,
    home: SubscriptionId,
    scripts: &[(String, String)],
    findings: &mut Findings,
) -> Result<Vec<ResourceId>> {
    if scripts.is_empty() {
        return Ok(Vec::new());
    }
    let accounts = client.storage_accounts(home).await?;
    let mut found: Vec<ResourceId> = Vec::new();
    for (account, container) in scripts {
        let known = accounts.iter().find(|known| known.name.eq_ignore_ascii_case(account));
        let id = known.and_then(|known| known.id.parse::<ResourceId>().ok());
        match id {
            Some(id) => {
                let container = id.child("blobServices", "default").child("containers", container);
                if !found.contains(&container) {
                    found.push(container);
                }
            }
            None => findings.warn(format!("storage account '{account}' is not in subscription {home}: whether the identity may read its scripts is not looked at; name the container with --storage-container")),
        }
    }
    Ok(found)
}
