//! Ends what has run out: shares of every method whose recorded last day has passed, and client secrets of the
//! tenant's applications that have ended. Any scheduler can run it.

use serde::Serialize;
use serde_json::{Value, json};

use crate::arm::Client;
use crate::arm::galleries::Gallery;
use crate::error::{Error, Result};
use crate::graph::Directory;
use crate::id::{ArmId, ResourceId};
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::ops::delegation::removal::OfferRemoval;
use crate::ops::site::Site;

use super::direct::{self, Whom};
use super::{community, expiry_tags, gallery};

mod search;

/// One thing that has run out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expired {
    /// `rbac`, `direct`, `community` or `delegation`; `secret` for a client secret.
    pub via: &'static str,
    /// Who has it: an object id, a client id, or the id of a subscription or tenant.
    pub principal_id: ArmId,
    /// The role, or the name of the application or offer.
    pub role: Option<String>,
    /// Where: the scope of a role, the gallery, or the subscription of a delegation.
    pub scope: Option<ArmId>,
    pub expires_on: String,
    /// The role assignment, the gallery, the definition, or the key id of a secret.
    pub id: ArmId,
    #[serde(skip)]
    way: Way,
}

/// How it is ended.
#[derive(Clone, Debug)]
enum Way {
    /// The assignment as Azure takes it.
    Role(Value),
    Secret {
        application: String,
    },
    Direct {
        gallery: ResourceId,
        whom: Whom,
        tags: Value,
    },
    Community {
        gallery: ResourceId,
        info: Value,
    },
    /// The share has ended already, and its last day is still recorded.
    LastDay(Box<Gallery>),
    Delegation(Box<OfferRemoval>),
}

/// What has run out, and where that could not be seen.
#[derive(Debug)]
pub(crate) struct Search {
    pub found: Vec<Expired>,
    /// What may not be read, one line each: expired access may stay there (adversary A15).
    unread: Vec<String>,
}

/// Finds what has run out in the subscriptions in sight, and in the applications of the tenant.
///
/// # Errors
/// If Azure refuses or does not answer. What may not be read is left out, with a warning.
pub(crate) async fn expired(site: &Site<'_>) -> Result<Search> {
    let subscriptions = search::subscriptions(site).await?;
    let mut unread = Vec::new();
    let mut found = search::roles(site, &subscriptions, &mut unread).await?;
    found.extend(search::galleries(site, &subscriptions, &mut unread).await?);
    found.extend(search::delegations(site, &mut unread).await?);
    found.extend(search::secrets(site).await?);
    Ok(Search { found, unread })
}

/// What has run out and the plan that ends it: one step for each thing, several for a delegation.
pub(crate) fn plan(Search { found: expired, unread }: &Search) -> Plan {
    let mut plan = Plan {
        stays: unread.clone(),
        nothing: Some("Nothing has run out: nothing to end.".to_owned()),
        ..Plan::titled("What has run out goes:")
    };
    for found in requests(expired).into_iter().flatten() {
        plan.steps.extend(found.steps());
        plan.warnings.extend(found.warnings());
    }
    plan.warnings.dedup();
    plan
}

impl Expired {
    fn steps(&self) -> Vec<Step> {
        let step = |kind, before: Value| {
            Step::new(ChangeKind::Remove, kind, &self.id, self.line())
                .at(self.scope.as_deref().unwrap_or_default())
                .between(before, Value::Null)
        };
        match &self.way {
            Way::Role(body) => vec![step(WriteKind::RoleAssignment, body.clone())],
            Way::Secret { .. } => vec![step(WriteKind::ClientSecret, Value::Null)],
            Way::Direct { whom, tags, .. } => {
                let before = json!({"groups": whom.groups(), "tags": tags});
                vec![step(WriteKind::DirectShare, before)]
            }
            Way::Community { info, .. } => vec![step(WriteKind::CommunityShare, info.clone())],
            Way::LastDay(gallery) => {
                let who = &[self.principal_id.to_string()];
                expiry_tags::leftover_step(gallery, who).into_iter().collect()
            }
            Way::Delegation(removal) => removal.steps(),
        }
    }

    /// How many steps there are.
    fn count(&self) -> usize {
        match &self.way {
            Way::Delegation(removal) => removal.count(),
            _ => 1,
        }
    }

    /// One line that says what goes.
    fn line(&self) -> String {
        let role = self.role.as_deref().unwrap_or_default();
        let scope = self.scope.as_deref().unwrap_or_default();
        let what = match &self.way {
            Way::Role(_) => format!("role '{role}' of {} at {scope}", self.principal_id),
            Way::Secret { .. } => {
                format!("client secret {} of application '{role}' ({})", self.id, self.principal_id)
            }
            Way::Direct { whom, .. } => {
                format!("direct sharing of {scope} with {}", whom.spoken())
            }
            Way::Community { .. } => format!("sharing of {scope} with everyone"),
            Way::LastDay(_) => format!("last day of a share of {scope} that has ended"),
            Way::Delegation(_) => {
                format!("delegation '{role}' to tenant {} in {scope}", self.principal_id)
            }
        };
        format!("{what}, until {}", self.expires_on)
    }

    /// What else breaks, one sentence each.
    fn warnings(&self) -> Vec<String> {
        match &self.way {
            Way::Delegation(removal) => removal.warnings(),
            Way::Direct { .. } | Way::Community { .. } => vec![format!(
                "scale sets made from images of {} can no longer grow where it is not shared any more",
                self.id
            )],
            _ => Vec::new(),
        }
    }
}

/// Removes all of it; what is gone already is not a failure. The direct shares of one gallery go together.
///
/// # Errors
/// If no client of the directory can be made.
pub(crate) async fn remove(site: &Site<'_>, run: &Run<'_>, expired: &[Expired]) -> Result<()> {
    let directory = Directory::new(site.app.graph(site.client.tenant())?);
    let mut first = 0;
    for together in requests(expired) {
        let count = together.iter().map(|found| found.count()).sum::<usize>();
        let steps: Vec<usize> = (first..first + count).collect();
        first += count;
        if let Way::Delegation(removal) = &together[0].way {
            removal.carry_out(&site.client, site.reporter, run, steps[0]).await;
            continue;
        }
        let work = remove_together(site, &directory, &together);
        if run.attempt_all(&steps, work).await.is_none() {
            for ended in ended(&site.client, &together).await {
                run.was_done(steps[ended]);
            }
        }
    }
    Ok(())
}

/// What is removed with one request: of one gallery all direct shares, else one thing at a time.
fn requests(expired: &[Expired]) -> Vec<Vec<&Expired>> {
    let mut requests: Vec<Vec<&Expired>> = Vec::new();
    for found in expired {
        let gallery = found.way.gallery();
        let known =
            |request: &&mut Vec<&Expired>| gallery.is_some() && request[0].way.gallery() == gallery;
        match requests.iter_mut().find(known) {
            Some(request) => request.push(found),
            None => requests.push(vec![found]),
        }
    }
    requests
}

impl Way {
    /// The gallery of a direct share.
    fn gallery(&self) -> Option<&ResourceId> {
        match self {
            Way::Direct { gallery, .. } => Some(gallery),
            _ => None,
        }
    }
}

async fn remove_together(
    site: &Site<'_>,
    directory: &Directory,
    together: &[&Expired],
) -> Result<(), Error> {
    let found = together[0];
    match &found.way {
        Way::Role(_) => Ok(site.client.delete_role_assignment(&found.id).await.map(|_| ())?),
        Way::Secret { application } => {
            Ok(directory.remove_password(application, &found.id).await.map(|_| ())?)
        }
        Way::Direct { gallery, .. } => direct::take_from(site, gallery, &whom(together)).await,
        Way::Community { gallery, .. } => community::close(site, gallery).await,
        Way::LastDay(gallery) => {
            let who = &[found.principal_id.to_string()];
            expiry_tags::forget(site, gallery, who).await
        }
        Way::Delegation(_) => unreachable!("a delegation has steps of its own"),
    }
}

fn whom(together: &[&Expired]) -> Whom {
    let mut all = Whom::default();
    for found in together {
        if let Way::Direct { whom, .. } = &found.way {
            all.subscriptions.extend(&whom.subscriptions);
            all.tenants.extend(&whom.tenants);
        }
    }
    all
}

/// Which shares of a gallery ended although the work on them failed, as the gallery shows.
async fn ended(client: &Client, together: &[&Expired]) -> Vec<usize> {
    let Some(id) = together[0].way.gallery() else {
        return Vec::new();
    };
    let Ok(gallery) = gallery::read(client, id).await else {
        return Vec::new();
    };
    let shared = direct::shared_with(&gallery).ids();
    let is_over = |found: &Expired| !shared.iter().any(|id| found.principal_id == *id);
    (0..together.len()).filter(|place| is_over(together[*place])).collect()
}
