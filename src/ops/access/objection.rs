//! Object ids that cannot be given a role: of applications, of their registrations, of groups of the wrong sort.

use super::principal::{PrincipalObjection, accept, by_id, name, registration};
use crate::error::{Kind, Result};
use crate::graph::{Directory, ObjectSort};
use crate::id::PrincipalId;
use crate::ops::change::observe::Observed;

/// Why no one with this object id can be given a role; nothing if someone can, or the directory may not be read.
///
/// # Errors
/// If the directory does not answer.
pub(crate) async fn objection_to(
    directory: &Directory,
    id: PrincipalId,
) -> Result<Option<PrincipalObjection>> {
    let found = match by_id(directory, id).await {
        Ok(Observed::Told(found)) => found.into_iter().next(),
        Ok(Observed::Untold(_)) => return Ok(None),
        Err(err) if err.kind() == Kind::Usage => return Ok(Some(PrincipalObjection::of(&err))),
        Err(err) => return Err(err),
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
