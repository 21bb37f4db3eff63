//! Object ids that cannot be given a role: of applications, of their registrations, of groups of the wrong sort.

use super::principal::{ById, accept, by_id, name};
use crate::error::{Error, Kind, Result};
use crate::graph::{Directory, DirectoryObject, ObjectSort};
use crate::id::PrincipalId;

/// Why somebody cannot be given a role, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrincipalObjection {
    pub rule: String,
    pub fix: String,
}

impl PrincipalObjection {
    fn of(err: &Error) -> PrincipalObjection {
        let fix = err.hints().first().cloned().unwrap_or_default();
        PrincipalObjection { rule: err.to_string(), fix }
    }
}

/// Why nobody with this object id can be given a role; nothing if somebody can, or the directory may not be read.
///
/// # Errors
/// If the directory does not answer.
pub(crate) async fn objection_to(
    directory: &Directory,
    id: PrincipalId,
) -> Result<Option<PrincipalObjection>> {
    let found = match by_id(directory, id).await {
        Ok(found) => found.into_iter().next(),
        Err(ById::Unread) => return Ok(None),
        Err(ById::Failed(err)) if err.kind() == Kind::Usage => {
            return Ok(Some(PrincipalObjection::of(&err)));
        }
        Err(ById::Failed(err)) => return Err(*err),
    };
    let Some((sort, object)) = found else {
        return Ok(Some(PrincipalObjection {
            rule:
            format!("the consumer's tenant knows no user, group or service principal with the object ID {id}"),
            fix: "Ask the consumer for the file of `az-imageshare delegation request`, which has the right IDs, and give it with --request.".to_owned(),
        }));
    };
    let is_other = !object.id.eq_ignore_ascii_case(&id.to_string());
    Ok(match sort {
        ObjectSort::Application => Some(registration(directory, &id.to_string(), &object).await),
        ObjectSort::ServicePrincipal if is_other => Some(PrincipalObjection {
            rule: format!(
                "{id} is the application (client) ID of '{}', and roles go to its service principal",
                name(&object)
            ),
            fix: format!("Give the object ID of the service principal: {}.", object.id),
        }),
        _ => accept(directory, sort, &object).await.err().as_ref().map(PrincipalObjection::of),
    })
}

/// The same for what names a registration instead of its service principal.
pub(super) async fn registration(
    directory: &Directory,
    id: &str,
    registration: &DirectoryObject,
) -> PrincipalObjection {
    let app_id = registration.app_id.as_deref().unwrap_or_default();
    let found = directory.having(ObjectSort::ServicePrincipal, "appId", app_id).await;
    let rule = format!(
        "{id} names the app registration '{}', and roles go to its service principal",
        name(registration)
    );
    let fix = match found.ok().and_then(|all| all.into_iter().next()) {
        Some(found) => format!("Give the object ID of the service principal: {}.", found.id),
        None => format!(
            "The application has no service principal in the consumer's tenant: `az ad sp create --id {app_id}` there makes one."
        ),
    };
    PrincipalObjection { rule, fix }
}
