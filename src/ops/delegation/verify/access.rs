//! Whether the permissions of a delegation are in force, and whether they suffice to read images.

use std::collections::BTreeMap;

use super::check::{VerifyCheck, no_gallery, refusal, shown};
use super::probe::Probe;
use crate::arm::authorization::{Permission, RoleDefinition, is_allowed, lacking_actions};
use crate::error::Result;
use crate::id::{ArmId, PrincipalId, RoleId};
use crate::ops::access::role::DELETE_ROLE;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};

impl Probe<'_> {
    /// Whether what the offer gives us is in force, and whether it gives anything that means nothing.
    pub(super) async fn role(&self, ours: &[PrincipalId]) -> Result<Vec<VerifyCheck>> {
        let offered = self.offered_roles().await?;
        let mut checks = vec![self.in_force(&wanted_actions(&offered, ours)).await?];
        if checks[0].ok {
            checks.extend(meaningless(&offered));
        }
        Ok(checks)
    }

    async fn in_force(&self, wanted: &[String]) -> Result<VerifyCheck> {
        const NAME: &str = "role";
        let scopes = self.scopes();
        let work = scopes.iter().map(|scope| self.client.permissions(scope));
        for (scope, answer) in scopes.iter().zip(fan_out(AT_ONCE, work).await) {
            let permissions: Vec<Permission> = match answer {
                Ok(permissions) => permissions,
                Err(err) => {
                    let refused = refusal(err)?;
                    let detail = format!("no permissions at {scope}: {refused}");
                    return Ok(VerifyCheck::not_yet(NAME, detail, self.causes()));
                }
            };
            let missing = lacking_actions(&permissions, wanted.iter().map(String::as_str));
            if !missing.is_empty() {
                let detail = format!("missing at {scope}: {}", missing.join(", "));
                let hint = format!(
                    "{} A role that is only eligible must be activated first (PIM), and without Reader galleries cannot be found.",
                    self.causes()
                );
                return Ok(VerifyCheck::not_yet(NAME, detail, hint));
            }
        }
        Ok(VerifyCheck::right(NAME, format!("in force at {}", shown(&scopes))))
    }

    /// The roles of the offer, each once, as Azure knows them now.
    async fn offered_roles(&self) -> Result<Vec<OfferedRole>> {
        let view = self.known.view(&self.app.settings.cloud.portal);
        let mut offered: BTreeMap<RoleId, Vec<PrincipalId>> = BTreeMap::new();
        for right in &view.authorizations {
            if let (true, Ok(role)) =
                (right.delegated_role_definition_ids.is_empty(), right.role_definition_id.parse())
            {
                offered.entry(role).or_default().extend(right.principal_id.parse::<PrincipalId>());
            }
        }
        // A delegation of resource groups gives no right to read roles above them.
        let scopes = self.scopes();
        let Some(scope) = scopes.first().map(ToString::to_string) else { return Ok(Vec::new()) };
        let work = offered.keys().map(|role| self.client.role_at(&scope, *role));
        let answers = fan_out(AT_ONCE, work).await;
        let mut roles = Vec::new();
        for ((id, principals), answer) in offered.into_iter().zip(answers) {
            match answer {
                Ok(definition) => roles.push(OfferedRole { id, principals, definition }),
                // Who may not read roles is still told about galleries.
                Err(err) => drop(refusal(err)?),
            }
        }
        Ok(roles)
    }

    pub(super) async fn images(&self) -> Result<Vec<VerifyCheck>> {
        let scopes = self.scopes();
        let work = scopes.iter().map(|scope| self.client.galleries(scope));
        let mut galleries = Vec::new();
        for (scope, answer) in scopes.iter().zip(fan_out(AT_ONCE, work).await) {
            match answer {
                Ok(found) => galleries.extend(found.into_iter().map(|gallery| gallery.id)),
                Err(err) => {
                    let detail =
                        format!("galleries at {scope} cannot be listed: {}", refusal(err)?);
                    return Ok(vec![VerifyCheck::not_yet("galleries", detail, self.causes())]);
                }
            }
        }
        if galleries.is_empty() {
            return Ok(vec![no_gallery(&scopes, self.require_images)]);
        }
        let listed = VerifyCheck::right(
            "galleries",
            galleries.iter().map(ArmId::as_str).collect::<Vec<_>>().join(", "),
        );
        Ok(vec![listed, self.versions(&galleries).await?])
    }

    async fn versions(&self, galleries: &[ArmId]) -> Result<VerifyCheck> {
        const NAME: &str = "images";
        let mut images = Vec::new();
        let work = galleries.iter().map(|gallery| self.client.images(gallery));
        for answer in fan_out(AT_ONCE, work).await {
            match answer {
                Ok(found) => images.extend(found),
                Err(err) => return Ok(VerifyCheck::not_yet(NAME, refusal(err)?, self.causes())),
            }
        }
        let mut versions = 0;
        let work = images.iter().map(|image| self.client.image_versions(&image.id));
        for answer in fan_out(AT_ONCE, work).await {
            match answer {
                Ok(found) => versions += found.len(),
                Err(err) => return Ok(VerifyCheck::not_yet(NAME, refusal(err)?, self.causes())),
            }
        }
        let detail =
            format!("{} image definitions with {versions} versions can be read", images.len());
        if versions == 0 && self.require_images {
            return Ok(VerifyCheck::wrong(
                NAME,
                detail,
                "Publish an image version in a gallery there.",
            ));
        }
        Ok(VerifyCheck::right(NAME, detail))
    }
}

/// A role that an offer gives.
struct OfferedRole {
    id: RoleId,
    principals: Vec<PrincipalId>,
    /// None if Azure does not know it.
    definition: Option<RoleDefinition>,
}

/// What finding images needs, and what the roles of this program's own principals give.
fn wanted_actions(offered: &[OfferedRole], ours: &[PrincipalId]) -> Vec<String> {
    let is_ours = |role: &&OfferedRole| role.principals.iter().any(|id| ours.contains(id));
    let given = offered.iter().filter(is_ours).filter_map(|role| role.definition.as_ref());
    let permissions = given.flat_map(|role| &role.properties.permissions);
    let actions = permissions.flat_map(|permission| permission.actions.iter().cloned());
    NEEDED.iter().map(|action| (*action).to_owned()).chain(actions).collect()
}

/// Roles of the offer that Azure does not know, or that allow nothing with images.
fn meaningless(offered: &[OfferedRole]) -> Option<VerifyCheck> {
    let about = |role: &OfferedRole| match &role.definition {
        None => Some(format!("role {} does not exist", role.id)),
        Some(_) if role.id.to_string() == DELETE_ROLE => None,
        Some(definition) => {
            let permissions = &definition.properties.permissions;
            let is_useful = NEEDED.iter().any(|action| is_allowed(permissions, action));
            let name = &definition.properties.role_name;
            (!is_useful).then(|| format!("role '{name}' allows nothing with images"))
        }
    };
    let found: Vec<String> = offered.iter().filter_map(about).collect();
    let hint = "Leave it out of the offer with the next `az-imageshare delegation create`, unless it is meant for something else.";
    (!found.is_empty()).then(|| VerifyCheck::warned("roles", found.join("; "), hint))
}

const NEEDED: [&str; 3] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
];
