//! Takes an application away from one tenant: roles first, so that none is orphaned, then the service
//! principal, then the registration where this is its home, then the secret here.

use super::Home;
use super::show::Standing;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::ops::credential;
use crate::ops::share::rbac::role_label;

/// What goes, line by line.
pub(crate) fn summary(standing: &Standing) -> Vec<String> {
    let mut lines: Vec<String> = standing
        .roles
        .iter()
        .map(|role| format!("Role '{}' at {} goes", role_label(role), role.properties.scope))
        .collect();
    if let Some(principal) = &standing.principal {
        lines
            .push(format!("Service principal {} in tenant {} goes", principal.id, standing.tenant));
    }
    if let Some(known) = &standing.registration {
        lines.push(format!(
            "Application {} with its {} secret(s) and {} federated credential(s) goes; Entra keeps it restorable for 30 days",
            known.app_id,
            known.password_credentials.len(),
            standing.federated.len()
        ));
    }
    for name in own_credentials(standing) {
        lines.push(format!("Credential '{name}' and its secret in the keyring go"));
    }
    lines
}

/// Stored credentials go with the registration, or when there is nothing else left of it here.
fn own_credentials(standing: &Standing) -> &[String] {
    match (&standing.registration, &standing.principal) {
        (None, Some(_)) => &[],
        _ => &standing.credentials,
    }
}

/// Deletes in Azure what stands, in the order that leaves no orphans.
///
/// # Errors
/// Azure's refusal; [`Kind::Partial`], with what still stands, if something is gone already.
pub(crate) async fn delete(app: &App, standing: &Standing) -> Result<()> {
    let home = Home::open(app, Some(standing.tenant)).await?;
    let arm = app.arm(Some(standing.tenant))?;
    let mut done = Vec::new();
    for role in &standing.roles {
        app.reporter.step(&format!("Removing role assignment {}…", role.id));
        let outcome = arm.delete_role_assignment(&role.id).await;
        judge(outcome, &role.id, &mut done)?;
    }
    if let Some(principal) = &standing.principal {
        app.reporter.step(&format!("Deleting service principal {}…", principal.id));
        let outcome = home.directory.delete_service_principal(&principal.id).await;
        judge(outcome, "the service principal", &mut done)?;
    }
    if let Some(known) = &standing.registration {
        app.reporter.step(&format!("Deleting application {}…", known.app_id));
        let outcome = home.directory.delete_application(&known.id).await;
        judge(outcome, "the application", &mut done)?;
    }
    Ok(())
}

/// Removes the credentials that the application leaves behind on this computer.
pub(crate) fn forget(app: &App, standing: &Standing) -> Result<()> {
    for name in own_credentials(standing) {
        app.reporter.step(&format!("Removing credential '{name}'…"));
        credential::remove_credential(app, name)?;
    }
    Ok(())
}

fn judge<'a>(
    outcome: Result<bool, impl Into<Error>>,
    what: &'a str,
    done: &mut Vec<&'a str>,
) -> Result<()> {
    match outcome {
        Ok(_) => {
            done.push(what);
            Ok(())
        }
        Err(err) => {
            let err = err.into().while_doing(format!("{what} could not be removed"));
            Err(if done.is_empty() {
                err
            } else {
                err.while_doing(format!("only partly deleted: {} is still there", what))
                    .of_kind(Kind::Partial)
                    .hint("Run the command again to go on.")
            })
        }
    }
}
