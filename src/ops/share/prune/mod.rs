//! Ends what has run out: shares of every method whose recorded last day has passed, and client secrets
//! of our applications that have ended. Any scheduler can run it.

use serde::Serialize;

use crate::app::App;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::ResourceId;
use crate::ops::delegation::removal::Removal;
use crate::ops::delegation::teardown;

use super::community;
use super::direct::{self, Whom};
use super::gallery;

mod search;

/// One thing that has run out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expired {
    /// `rbac`, `direct`, `community` or `delegation`; `secret` for a client secret.
    pub via: &'static str,
    /// Who has it: an object id, a client id, or the id of a subscription or tenant.
    pub principal_id: String,
    /// The role, or the name of the application or offer.
    pub role: Option<String>,
    /// Where: the scope of a role, the gallery, or the subscription of a delegation.
    pub scope: Option<String>,
    pub expires_on: String,
    /// The role assignment, the gallery, the definition, or the key id of a secret.
    pub id: String,
    #[serde(skip)]
    way: Way,
}

/// How it is ended.
#[derive(Clone, Debug)]
enum Way {
    Role,
    Secret { application: String },
    Direct { gallery: ResourceId, whom: Whom },
    Community { gallery: ResourceId },
    Delegation(Box<Removal>),
}

/// Finds what has run out in the subscriptions in sight, and in the applications of the tenant.
///
/// # Errors
/// If Azure refuses or does not answer. What may not be read is left out, with a warning.
pub(crate) async fn expired(app: &App, client: &Client) -> Result<Vec<Expired>> {
    let subscriptions = search::subscriptions(app, client).await?;
    let mut found = search::roles(app, client, &subscriptions).await?;
    found.extend(search::galleries(app, client, &subscriptions).await?);
    found.extend(search::delegations(app, client).await?);
    found.extend(search::secrets(app, client).await?);
    Ok(found)
}

impl Expired {
    /// One line that says what goes.
    pub(crate) fn line(&self) -> String {
        let role = self.role.as_deref().unwrap_or_default();
        let scope = self.scope.as_deref().unwrap_or_default();
        let what = match &self.way {
            Way::Role => format!("Role '{role}' of {} at {scope}", self.principal_id),
            Way::Secret { .. } => {
                format!("Client secret {} of application '{role}' ({})", self.id, self.principal_id)
            }
            Way::Direct { whom, .. } => {
                format!("Direct sharing of {scope} with {}", whom.spoken())
            }
            Way::Community { .. } => format!("Sharing of {scope} with everybody"),
            Way::Delegation(_) => {
                format!("Delegation '{role}' to tenant {} in {scope}", self.principal_id)
            }
        };
        format!("{what}, until {}", self.expires_on)
    }

    /// What else breaks, one sentence each.
    pub(crate) fn warnings(&self) -> Vec<String> {
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

/// Removes all of it; what is gone already is no failure. The direct shares of one gallery go together.
///
/// # Errors
/// Azure's refusal; [`Kind::Partial`], with what still stands, if some of it is gone.
pub(crate) async fn remove(app: &App, client: &Client, expired: &[Expired]) -> Result<()> {
    let directory = Directory::new(app.graph(client.tenant())?);
    let mut standing = Vec::new();
    let mut failure = None;
    for together in steps(expired) {
        for found in &together {
            app.reporter.step(&format!("Removing: {}", found.line()));
        }
        if let Err(err) = remove_together(app, client, &directory, &together).await {
            standing.extend(left(client, &together).await);
            failure.get_or_insert(err);
        }
    }
    let Some(err) = failure else {
        return Ok(());
    };
    let some = standing.len() < expired.len() || err.kind() == Kind::Partial;
    let err = err.while_doing(format!("still there: {}", standing.join("; ")));
    Err(if some {
        err.of_kind(Kind::Partial).hint("Run `az-imageshare share prune` again to go on.")
    } else {
        err
    })
}

/// What is removed with one request: of one gallery all direct shares, else one thing at a time.
fn steps(expired: &[Expired]) -> Vec<Vec<&Expired>> {
    let mut steps: Vec<Vec<&Expired>> = Vec::new();
    for found in expired {
        let gallery = found.way.gallery();
        let known =
            |step: &&mut Vec<&Expired>| gallery.is_some() && step[0].way.gallery() == gallery;
        match steps.iter_mut().find(known) {
            Some(step) => step.push(found),
            None => steps.push(vec![found]),
        }
    }
    steps
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
    app: &App,
    client: &Client,
    directory: &Directory,
    together: &[&Expired],
) -> Result<(), Error> {
    let found = together[0];
    match &found.way {
        Way::Role => Ok(client.delete_role_assignment(&found.id).await.map(|_| ())?),
        Way::Secret { application } => {
            match directory.remove_password(application, &found.id).await {
                // Graph has no code for a key that is gone already.
                Err(ArmError::Refused(refusal))
                    if refusal.message.contains("No password credential") =>
                {
                    Ok(())
                }
                other => Ok(other?),
            }
        }
        Way::Direct { gallery, .. } => {
            direct::take_from(app, client, gallery, &whom(together)).await
        }
        Way::Community { gallery } => community::close(app, client, gallery).await,
        Way::Delegation(removal) => {
            teardown::carry_out(client, app.reporter.as_ref(), removal).await
        }
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

/// What of a step that failed is still there: the gallery tells of its direct shares, of which some or
/// all may have ended before it failed.
async fn left(client: &Client, together: &[&Expired]) -> Vec<String> {
    let all = || together.iter().map(|found| found.line()).collect();
    let Some(id) = together[0].way.gallery() else {
        return all();
    };
    let Ok(gallery) = gallery::read(client, id).await else {
        return all();
    };
    let shared = direct::shared_with(&gallery).ids();
    let standing = together.iter().filter(|found| shared.contains(&found.principal_id));
    let lines: Vec<String> = standing.map(|found| found.line()).collect();
    if lines.is_empty() {
        vec![format!("the change has not settled, or its last day is still recorded, in {id}")]
    } else {
        lines
    }
}
