//! Ends what has run out: role assignments whose description records a last day that has passed, and
//! client secrets of our applications that have ended. Any scheduler can run it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::app::App;
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::ops::fan_out::{AT_ONCE, fan_out};

use super::app::TAG;
use super::expiry;
use super::rbac::role_label;

/// One thing that has run out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expired {
    /// `rbac` for a role, `secret` for a client secret.
    pub via: &'static str,
    /// Who has it: an object id, or a client id.
    pub principal_id: String,
    /// The role, or the name of the application.
    pub role: Option<String>,
    /// Where: the scope of a role.
    pub scope: Option<String>,
    /// Its last day.
    pub expires_on: String,
    /// The role assignment, or the key id of a secret.
    pub id: String,
    #[serde(skip)]
    application: Option<String>,
}

/// Finds what has run out in the subscriptions in sight, and in the applications of the tenant.
///
/// # Errors
/// If Azure refuses or does not answer. A directory that may not be read is left out, with a warning.
pub async fn expired(app: &App, client: &Client) -> Result<Vec<Expired>> {
    let mut found = roles(app, client).await?;
    found.extend(secrets(app).await?);
    Ok(found)
}

async fn roles(app: &App, client: &Client) -> Result<Vec<Expired>> {
    let today = expiry::today(app);
    let subscriptions = subscriptions(app, client).await?;
    let work = subscriptions.iter().map(|id| async move {
        let scope = format!("/subscriptions/{id}");
        client.role_assignments(&scope, None).await
    });
    let mut all = Vec::new();
    for (id, found) in subscriptions.iter().zip(fan_out(AT_ONCE, work).await) {
        match found {
            Ok(found) => all.extend(found),
            Err(err) if err.is_forbidden() => app.reporter.warn(&format!(
                "role assignments of subscription {id} may not be read; it was left out"
            )),
            Err(err) => return Err(err.into()),
        }
    }
    let mut over: Vec<Expired> = all.iter().filter_map(|known| over(known, today)).collect();
    // One above the subscriptions shows in each of them.
    over.sort_by(|one, other| one.id.cmp(&other.id));
    over.dedup_by(|one, other| one.id == other.id);
    Ok(over)
}

async fn subscriptions(app: &App, client: &Client) -> Result<Vec<String>> {
    if app.settings.subscription.is_some() {
        let found = crate::ops::subscription::resolve(app, client).await?;
        return Ok(vec![found.id.to_string()]);
    }
    let own = client.tenant().map(|tenant| tenant.to_string());
    let all = client.subscriptions().await?;
    // What others have delegated to us is not ours to prune.
    Ok(all
        .into_iter()
        .filter(|known| own.is_none() || known.tenant_id == own)
        .map(|known| known.subscription_id)
        .collect())
}

fn over(known: &RoleAssignment, today: Date) -> Option<Expired> {
    let properties = &known.properties;
    let last_day = expiry::recorded(properties.description.as_deref()?)?;
    (last_day < today).then(|| Expired {
        via: "rbac",
        principal_id: properties.principal_id.clone(),
        role: Some(role_label(known)),
        scope: Some(properties.scope.clone()),
        expires_on: last_day.to_string(),
        id: known.id.clone(),
        application: None,
    })
}

async fn secrets(app: &App) -> Result<Vec<Expired>> {
    let directory = Directory::new(app.graph(None)?);
    let applications = match directory.applications_tagged(TAG).await {
        Ok(found) => found,
        Err(err) if err.is_forbidden() => {
            app.reporter.warn(
                "applications may not be read with this sign-in; their secrets were left out",
            );
            return Ok(Vec::new());
        }
        Err(err) => return Err(err.into()),
    };
    let now = app.now();
    let mut found = Vec::new();
    for known in applications {
        for secret in known.password_credentials {
            let end = secret.end_date_time.as_deref().unwrap_or_default();
            let ended = end
                .parse::<Timestamp>()
                .is_ok_and(|end| end.as_second() < now);
            if ended && secret.display_name.as_deref() == Some(TAG) {
                found.push(Expired {
                    via: "secret",
                    principal_id: known.app_id.to_string(),
                    role: known.display_name.clone(),
                    scope: None,
                    expires_on: end.chars().take(10).collect(),
                    id: secret.key_id,
                    application: Some(known.id.clone()),
                });
            }
        }
    }
    Ok(found)
}

impl Expired {
    /// One line that says what goes.
    #[must_use]
    pub fn line(&self) -> String {
        let role = self.role.as_deref().unwrap_or_default();
        match &self.scope {
            Some(scope) => format!(
                "Role '{role}' of {} at {scope}, until {}",
                self.principal_id, self.expires_on
            ),
            None => format!(
                "Client secret {} of application '{role}' ({}), until {}",
                self.id, self.principal_id, self.expires_on
            ),
        }
    }
}

/// Removes all of it; what is gone already is no failure.
///
/// # Errors
/// Azure's refusal; [`Kind::Partial`], with what still stands, if some of it is gone.
pub async fn remove(app: &App, client: &Client, expired: &[Expired]) -> Result<()> {
    let directory = Directory::new(app.graph(None)?);
    let mut standing = Vec::new();
    let mut failure = None;
    for found in expired {
        app.reporter.step(&format!("Removing: {}", found.line()));
        if let Err(err) = remove_one(client, &directory, found).await {
            standing.push(found.line());
            failure.get_or_insert(err);
        }
    }
    let Some(err) = failure else {
        return Ok(());
    };
    let some = standing.len() < expired.len();
    let err = Error::from(err).while_doing(format!("still there: {}", standing.join("; ")));
    Err(match some {
        true => err
            .of_kind(Kind::Partial)
            .hint("Run `az-imageshare share prune` again to go on."),
        false => err,
    })
}

async fn remove_one(
    client: &Client,
    directory: &Directory,
    found: &Expired,
) -> Result<(), ArmError> {
    let Some(application) = &found.application else {
        return client.delete_role_assignment(&found.id).await.map(|_| ());
    };
    match directory.remove_password(application, &found.id).await {
        // Graph has no code for a key that is gone already.
        Err(ArmError::Refused(refusal)) if refusal.message.contains("No password credential") => {
            Ok(())
        }
        other => other,
    }
}
