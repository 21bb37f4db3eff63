//! Whether the rights of a delegation are in force, and whether they suffice to read images.

use super::check::{VerifyCheck, no_gallery, refusal, shown};
use super::probe::Probe;
use crate::arm::authorization::{Permission, lacking_actions};
use crate::error::Result;
use crate::id::{ArmId, PrincipalId, RoleId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};

impl Probe<'_> {
    pub(super) async fn role(&self, ours: &[PrincipalId]) -> Result<VerifyCheck> {
        const NAME: &str = "role";
        let wanted = self.wanted_actions(ours).await?;
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

    /// What finding images needs, and what the roles of our own principals give.
    async fn wanted_actions(&self, ours: &[PrincipalId]) -> Result<Vec<String>> {
        let mut wanted: Vec<String> = NEEDED.iter().map(|action| (*action).to_owned()).collect();
        let view = self.known.view(&self.app.settings.cloud.portal);
        let mut roles: Vec<RoleId> = view
            .authorizations
            .iter()
            .filter(|right| right.delegated_role_definition_ids.is_empty())
            .filter(|right| right.principal_id.parse().is_ok_and(|id| ours.contains(&id)))
            .filter_map(|right| right.role_definition_id.parse().ok())
            .collect();
        roles.sort();
        roles.dedup();
        let subscription = self.known.first().subscription;
        let work = roles.iter().map(|role| self.client.role(subscription, *role));
        for answer in fan_out(AT_ONCE, work).await {
            match answer {
                Ok(Some(role)) => {
                    let actions = role.properties.permissions.into_iter();
                    wanted.extend(actions.flat_map(|permission| permission.actions));
                }
                Ok(None) => {}
                // Who may not read roles is still told about galleries.
                Err(err) => drop(refusal(err)?),
            }
        }
        Ok(wanted)
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

const NEEDED: [&str; 3] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
];
