//! What lives in a tenant's directory: applications, and what they are in a tenant.

use serde_json::{Value, json};

use super::restoration::Restoration;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::{PrincipalId, TenantId};
use crate::ops::change::WriteKind;

/// True for what Microsoft Graph knows, and Resource Manager does not.
pub(super) fn is_in_directory(kind: WriteKind) -> bool {
    matches!(kind, WriteKind::Application | WriteKind::ServicePrincipal)
}

/// Reads whether the object is there; null if not.
///
/// # Errors
/// If Graph refuses or does not answer.
pub(super) async fn observe_object(app: &App, of: &Restoration) -> Result<Value> {
    let (directory, id) = (directory(app, of)?, object_id(of)?);
    if of.kind == WriteKind::Application {
        let found = directory.application_at(id).await?;
        return Ok(found.map_or(Value::Null, |found| found.body()));
    }
    let found = directory.object(id).await?;
    Ok(found.map_or(Value::Null, |found| json!({"appId": found.app_id})))
}

/// Deletes what the run made, or makes it say again what it said. Nothing that is gone is made again: it would be
/// another object.
///
/// # Errors
/// If Graph refuses or does not answer.
pub(super) async fn restore_object(app: &App, of: &Restoration) -> Result<()> {
    let directory = directory(app, of)?;
    match (of.kind, of.wanted.is_null()) {
        (WriteKind::Application, false) => {
            directory.change_application(object_id(of)?, &of.wanted).await?;
        }
        (WriteKind::Application, true) => {
            directory.delete_application(&of.id).await?;
        }
        _ => {
            directory.delete_service_principal(&of.id).await?;
        }
    }
    Ok(())
}

fn directory(app: &App, of: &Restoration) -> Result<Directory> {
    let tenant: Option<TenantId> =
        of.scope.strip_prefix("/tenants/").and_then(|tenant| tenant.parse().ok());
    Ok(Directory::new(app.graph(tenant)?))
}

fn object_id(of: &Restoration) -> Result<PrincipalId> {
    of.id.parse().map_err(|_| {
        Error::new(Kind::Failure, format!("the record has no object ID of the {}", of.kind.noun()))
    })
}
