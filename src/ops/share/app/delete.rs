//! Takes an application away from one tenant: roles first, so that none is orphaned, then the service
//! principal, then the registration where this is its home, then the secret here.

use serde_json::{Value, json};

use super::Home;
use super::show::Standing;
use crate::app::App;
use crate::error::{Error, Result};
use crate::graph::DirectoryObject;
use crate::graph::applications::AppRegistration;
use crate::ops::access::assignment;
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::ops::credential;
use crate::ops::share::rbac::role_label;

/// What goes, in this order: roles, the service principal, the registration, the credentials here.
///
/// # Errors
/// If the credentials cannot be read.
pub(crate) fn removal_plan(app: &App, standing: &Standing) -> Result<Plan> {
    let label = label(standing);
    let mut plan = Plan {
        whom: Some(format!("application '{label}'")),
        nothing: Some(format!(
            "Nothing to delete: tenant {} does not know the application",
            standing.tenant
        )),
        ..Plan::titled(format!("Application '{label}' in tenant {}:", standing.tenant))
    };
    if standing.principal.is_some() {
        plan.stays.extend(standing.unread.iter().map(|name| unread_line(name)));
    }
    let roles = standing.roles.iter();
    plan.steps.extend(roles.map(|role| assignment::removal_step(role, &role_label(role), &label)));
    plan.steps.extend(standing.principal.as_ref().map(|known| principal_step(standing, known)));
    plan.steps
        .extend(standing.registration.as_ref().map(|known| application_step(standing, known)));
    for name in own_credentials(standing) {
        plan.steps.extend(credential::plan::removal_plan(app, name)?.steps);
    }
    Ok(plan)
}

/// Its roles there become "Identity not found" with the service principal, and no later run finds them
/// (adversary A15).
fn unread_line(subscription: &str) -> String {
    format!(
        "roles in subscription '{subscription}', if it has any there: this sign-in may not read them"
    )
}

fn label(standing: &Standing) -> String {
    let registered = standing.registration.as_ref().map(AppRegistration::label);
    let known = || standing.principal.as_ref()?.display_name.clone();
    let client = || standing.client.map(|client| client.to_string());
    registered.or_else(known).or_else(client).unwrap_or_default()
}

fn principal_step(standing: &Standing, known: &DirectoryObject) -> Step {
    let tenant = standing.tenant;
    let what = format!("service principal {} in tenant {tenant}", known.id);
    let before = json!({"appId": standing.client, "tenantId": tenant});
    Step::new(ChangeKind::Remove, WriteKind::ServicePrincipal, &known.id, what)
        .at(&format!("/tenants/{tenant}"))
        .between(before, Value::Null)
}

fn application_step(standing: &Standing, known: &AppRegistration) -> Step {
    let (secrets, federated) = (known.password_credentials.len(), standing.federated.len());
    let what = format!(
        "application {} with its {secrets} secret(s) and {federated} federated credential(s)",
        known.app_id
    );
    let mut before = known.body();
    before["appId"] = json!(known.app_id);
    Step::new(ChangeKind::Remove, WriteKind::Application, &known.id, what)
        .at(&format!("/tenants/{}", standing.tenant))
        .between(before, Value::Null)
        .because("Entra keeps it restorable for 30 days; its secrets are lost for good")
        .because(format!("a tenant that accepted it keeps its service principal, which cannot sign in any more, until it runs `az-imageshare share app delete --client-id {}`", known.app_id))
}

/// Stored credentials go with the registration, or when there is nothing else left of it here.
fn own_credentials(standing: &Standing) -> &[String] {
    match (&standing.registration, &standing.principal) {
        (None, Some(_)) => &[],
        _ => &standing.credentials,
    }
}

/// True if credentials of this computer go with the application.
pub(crate) fn takes_credentials(standing: &Standing) -> bool {
    !own_credentials(standing).is_empty()
}

/// Deletes what exists, in the order that leaves no orphans: what fails keeps what comes after it.
///
/// # Errors
/// If Graph or Azure refuses.
pub(crate) async fn carry_out(app: &App, standing: &Standing, run: &Run<'_>) -> Result<()> {
    let mut place = standing.roles.len();
    let arm = app.arm(Some(standing.tenant))?;
    if !assignment::take_back(&arm, run, 0..place).await {
        return Ok(());
    }
    let home = Home::open(app, Some(standing.tenant)).await?;
    if let Some(principal) = &standing.principal {
        app.reporter.step(&format!("Deleting service principal {}…", principal.id));
        let work = home.directory.delete_service_principal(&principal.id);
        run.perform(place, async { Ok(work.await?) }).await?;
        place += 1;
    }
    if let Some(known) = &standing.registration {
        app.reporter.step(&format!("Deleting application {}…", known.app_id));
        let work = home.directory.delete_application(&known.id);
        run.perform(place, async {
            let refused = |err| Error::from(err).while_doing("the application is still there");
            work.await.map_err(refused)
        })
        .await?;
        place += 1;
    }
    for (place, step) in run.plan().steps.iter().enumerate().skip(place) {
        let work = async {
            match step.kind {
                WriteKind::Credential => {
                    credential::remove_record(app, &step.id)?;
                    if let Err(err) = credential::forget_tokens(app, &step.id) {
                        app.reporter.warn(&err.to_string());
                    }
                    Ok(())
                }
                _ => credential::forget_removed(app),
            }
        };
        run.perform(place, work).await?;
    }
    Ok(())
}
