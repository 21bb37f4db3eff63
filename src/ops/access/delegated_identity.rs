//! Roles of managed identities, which are named by their resource; and what that means through a Lighthouse delegation.
//!
//! Anyone who manages a customer's subscription from another tenant may give roles there to managed identities of that
//! tenant alone, and has to name the resource that the identity is: its principal is known in the customer's
//! directory, not in theirs. Source: <https://learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation>

use super::assignee::{Assignee, PrincipalType, Wanted};
use crate::arm::managed_identity;
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ResourceId, Scope, TenantId};
use crate::ops::change::observe::Observed;
use crate::ops::site::Site;

/// True if the caller is of another tenant than `home`, which owns the subscription.
pub(crate) fn is_delegated(site: &Site<'_>, home: Option<TenantId>) -> bool {
    match (site.client.tenant(), home) {
        (Some(own), Some(home)) => own != home,
        _ => false,
    }
}

/// The managed identity that is named by its full id; `None` if someone else is meant.
///
/// # Errors
/// [`Kind::NotFound`] if there is no such identity; if someone is named whom only the directory of another tenant
/// knows, which cannot be asked through a delegation.
pub(crate) async fn named_identity(
    site: &Site<'_>,
    home: Option<TenantId>,
    wanted: &Wanted,
) -> Result<Option<Assignee>> {
    let Wanted::Named(text) = wanted else {
        return Ok(None);
    };
    let id = text.parse::<ResourceId>().ok().filter(|id| id.is(managed_identity::TYPE));
    match id {
        Some(id) => {
            let found = site.client.identity(&id).await?;
            let known = found.ok_or_else(|| {
                Error::new(Kind::NotFound, format!("there is no managed identity {id}"))
                    .hint("See the identities with `az identity list -o table`.")
            })?;
            Ok(Some(Assignee {
                id: known.properties.principal_id,
                kind: Some(PrincipalType::ServicePrincipal),
                name: Some(known.name),
                managed_identity: Some(known.id.to_string()),
            }))
        }
        None if is_delegated(site, home) => Err(Error::usage(format!(
            "'{text}' is looked up in the directory of the tenant that owns the subscription, which a delegation does not open"
        ))
        .hint("Name a managed identity there by its full resource id, or sign in to that tenant: `--credential NAME`.")),
        None => Ok(None),
    }
}

/// The full id of the managed identity that a role at `scope` is given to.
///
/// # Errors
/// [`Kind::Failure`] if the principal is not a user-assigned identity in sight; if Azure refuses.
pub(crate) async fn identity_of(site: &Site<'_>, scope: &Scope, who: &Assignee) -> Result<ArmId> {
    if let Some(known) = &who.managed_identity {
        return Ok(known.as_str().into());
    }
    let whole = Scope::subscription(scope.subscription);
    let all = match Observed::permitted(site.client.identities(&whole).await)? {
        Observed::Told(all) => all,
        // Only a resource group may be delegated to us.
        Observed::Untold(_) => site.client.identities(scope).await?,
    };
    let found = all.into_iter().find(|known| known.properties.principal_id == who.id);
    found.map(|known| known.id).ok_or_else(|| {
        Error::new(
            Kind::Failure,
            format!("through a delegation, roles can only be given to managed identities; {} is none in {scope}", who.id),
        )
        .hint("Name the identity by its full resource id (`--assignee ID`), or sign in to the tenant that owns the subscription: `--credential NAME`.")
    })
}
