//! What a tenant has in the directory of a publisher: applications that were made for it alone, and guests who reach
//! a gallery by a role of their own or through a group.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::graph::DirectoryObject;
use crate::graph::applications::AppRegistration;
use crate::id::{ArmId, PrincipalId, TenantId};
use crate::ops::access::home_tenant;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::credential;
use crate::ops::history;
use crate::ops::share::access::Access;
use crate::ops::share::app::{TAG, consumers_of, credentials};
use crate::ops::site::Site;

/// What of a directory goes.
#[derive(Default)]
pub(super) struct TheirObjects {
    pub applications: Vec<TheirApplication>,
    pub guests: Vec<Guest>,
    /// What cannot be known of groups.
    pub unreadable_groups: Vec<String>,
}

/// An application that was registered for the tenant, and for no other.
pub(super) struct TheirApplication {
    /// The registration's object id.
    pub id: ArmId,
    /// The service principal's object id.
    pub principal: Option<String>,
    name: String,
    app_id: String,
    credentials: Vec<String>,
}

/// A guest of the tenant.
pub(super) struct Guest {
    pub id: ArmId,
    name: String,
    groups: Vec<String>,
}

impl TheirApplication {
    /// The registration goes, then the credentials here that were made of it.
    pub(super) fn steps(&self, app: &App) -> Result<Vec<Step>> {
        let mut steps = vec![self.step()];
        for name in &self.credentials {
            steps.extend(credential::plan::removal_plan(app, name)?.steps);
        }
        Ok(steps)
    }

    fn step(&self) -> Step {
        let what = format!("application '{}' ({})", self.name, self.app_id);
        Step::new(ChangeKind::Remove, WriteKind::Application, &self.id, what)
            .between(json!({"appId": self.app_id, "displayName": self.name}), Value::Null)
            .because("it was made for this tenant alone; Entra keeps it restorable for 30 days")
    }
}

impl Guest {
    fn of(member: DirectoryObject) -> Guest {
        let name = member.display_name.unwrap_or_else(|| member.id.clone().into());
        Guest { id: member.id, name, groups: Vec::new() }
    }

    pub(super) fn step(&self) -> Step {
        let what = format!("guest account of '{}'", self.name);
        let step = Step::new(ChangeKind::Remove, WriteKind::Guest, &self.id, what)
            .between(json!({"displayName": self.name}), Value::Null)
            .because("everything else that the account opens goes with it; Entra keeps it restorable for 30 days");
        self.groups.iter().fold(step, |step, group| {
            step.because(format!("it is in group '{group}', which has a role on galleries"))
        })
    }

    /// What the guest keeps if the account stays.
    pub(super) fn through_groups(&self) -> Vec<String> {
        let line = |group: &String| format!("'{}' keeps the role of group '{group}'", self.name);
        self.groups.iter().map(line).collect()
    }
}

/// Reads it.
///
/// # Errors
/// If Graph does not answer, or may not be read.
pub(super) async fn read(
    app: &App,
    site: &Site<'_>,
    rows: &[Access],
    undeleted: &[PrincipalId],
    tenant: TenantId,
) -> Result<TheirObjects> {
    let directory = site.directory()?;
    let mut found = TheirObjects::default();
    for registered in directory.applications_tagged(TAG).await? {
        if let Some(application) = of_application(app, site, &registered, tenant)? {
            let principal = directory.service_principal(registered.app_id).await?;
            let principal = principal.map(|principal| principal.id);
            found
                .applications
                .push(TheirApplication { principal: principal.map(Into::into), ..application });
        }
    }
    let mut guests: BTreeMap<String, Guest> = BTreeMap::new();
    let own = rows.iter().filter(|row| row.via == "rbac" && row.is_of(tenant));
    for row in own.filter(|row| row.principal_type.as_deref() == Some("User")) {
        let name = row.principal_name.clone().unwrap_or_else(|| row.principal_id.clone().into());
        let guest = Guest { id: row.principal_id.clone(), name, groups: Vec::new() };
        guests.entry(row.principal_id.to_lowercase()).or_insert(guest);
    }
    let mut groups: Vec<&Access> = rows
        .iter()
        .filter(|row| row.via == "rbac" && row.principal_type.as_deref() == Some("Group"))
        .collect();
    groups.sort_by_key(|row| &row.principal_id);
    groups.dedup_by_key(|row| &row.principal_id);
    let work = groups.iter().map(|group| directory.members(&group.principal_id));
    for (group, members) in groups.iter().zip(fan_out(AT_ONCE, work).await) {
        let name =
            group.principal_name.clone().unwrap_or_else(|| group.principal_id.clone().into());
        let Ok(members) = members else {
            found.unreadable_groups.push(format!("the members of group '{name}' cannot be read; any guest in it keeps the group's role"));
            continue;
        };
        for member in theirs(app, site, members, tenant).await {
            let guest = guests.entry(member.id.to_lowercase());
            guest.or_insert_with(|| Guest::of(member)).groups.push(name.clone());
        }
    }
    if !undeleted.is_empty() {
        let known = directory.objects(undeleted).await?;
        for member in theirs(app, site, known, tenant).await {
            guests.entry(member.id.to_lowercase()).or_insert_with(|| Guest::of(member));
        }
    }
    found.guests = guests.into_values().collect();
    Ok(found)
}

/// The guests whose accounts an earlier run could not delete: the roles by which they were found are gone since.
///
/// # Errors
/// If the records of earlier runs cannot be read.
pub(super) fn undeleted_guests(app: &App) -> Result<Vec<PrincipalId>> {
    let mut ids: BTreeSet<PrincipalId> = BTreeSet::new();
    for run in history::recorded_runs(app)? {
        let failed = run.steps.iter().filter(|step| {
            step.intent.kind == WriteKind::Guest
                && step.intent.change == ChangeKind::Remove
                && step.outcome != "done"
        });
        ids.extend(failed.filter_map(|step| step.intent.id.parse::<PrincipalId>().ok()));
    }
    Ok(ids.into_iter().collect())
}

fn of_application(
    app: &App,
    site: &Site<'_>,
    registered: &AppRegistration,
    tenant: TenantId,
) -> Result<Option<TheirApplication>> {
    let own = site.client.tenant();
    let mut consumers = consumers_of(&registered.tags);
    let kept = credentials(app, registered.app_id)?;
    for record in &kept {
        consumers.extend(record.also_tenant_ids.iter().filter(|id| Some(**id) != own));
    }
    let is_theirs = !consumers.is_empty() && consumers.iter().all(|consumer| *consumer == tenant);
    Ok(is_theirs.then(|| TheirApplication {
        id: registered.id.clone().into(),
        principal: None,
        name: registered.display_name.clone().unwrap_or_default(),
        app_id: registered.app_id.to_string(),
        credentials: kept.into_iter().map(|record| record.name).collect(),
    }))
}

/// The users among them who come from the tenant.
async fn theirs(
    app: &App,
    site: &Site<'_>,
    members: Vec<DirectoryObject>,
    tenant: TenantId,
) -> Vec<DirectoryObject> {
    let homes = home_tenant::tenants(app, site.client.tenant(), &members).await;
    let is_guest = |member: &DirectoryObject| {
        let is_user = member.user_principal_name.is_some();
        is_user && homes.get(&member.id.to_lowercase()) == Some(&tenant)
    };
    members.into_iter().filter(is_guest).collect()
}
