//! Which roles Lighthouse takes, and why not the others: by the same rules that offers are judged by.

use serde::Serialize;

use super::{BUILT_IN, NotRole, RoleRef, Standing, Use, caution, objection, parse, standing};
use crate::app::App;
use crate::arm::authorization::RoleDefinition;
use crate::error::{Error, Kind, Result};
use crate::ops::site::Site;

/// One role, and what Lighthouse takes it for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleSuitability {
    pub name: String,
    /// Its GUID.
    pub role_id: String,
    /// In one word, whether Lighthouse accepts it.
    pub standing: &'static str,
    /// It may be a permanent right.
    pub direct: bool,
    /// It may be a permission to be activated.
    pub eligible: bool,
    /// User Access Administrator may hand it on to managed identities.
    pub delegated: bool,
    /// What speaks against it, or has to be observed.
    pub why: Option<String>,
}

impl RoleSuitability {
    fn of(name: &str, role_id: &str, standing: Standing) -> RoleSuitability {
        let uses = [Use::Permanent, Use::Eligible, Use::Delegated];
        let takes = |used: Use| objection(name, standing, used).is_none();
        let mut why: Vec<String> = Vec::new();
        let rules = uses.iter().flat_map(|used| {
            let rule = objection(name, standing, *used).map(|(rule, _)| rule);
            [rule, caution(name, standing, *used)]
        });
        for rule in rules.flatten() {
            if !why.contains(&rule) {
                why.push(rule);
            }
        }
        if standing == Standing::UserAccessAdministrator {
            why.insert(0, "as a direct right only with the roles that it may hand on".to_owned());
        }
        RoleSuitability {
            name: name.to_owned(),
            role_id: role_id.to_owned(),
            standing: word_for(standing),
            direct: takes(Use::Permanent),
            eligible: takes(Use::Eligible),
            delegated: takes(Use::Delegated),
            why: (!why.is_empty()).then(|| why.join("; ")),
        }
    }

    fn of_azure(role: &RoleDefinition) -> RoleSuitability {
        RoleSuitability::of(&role.properties.role_name, &role.name, standing(role))
    }
}

const fn word_for(standing: Standing) -> &'static str {
    match standing {
        Standing::Allowed => "allowed",
        Standing::Owner => "owner",
        Standing::UserAccessAdministrator => "conditional",
        Standing::DataActions => "data actions",
        Standing::Restricted => "restricted actions",
        Standing::Deprecated => "deprecated",
        Standing::Custom => "custom",
    }
}

/// Judges every built-in role, as Azure knows it now; without a sign-in, those that are known here.
pub(crate) async fn judge_all(app: &App) -> Result<Vec<RoleSuitability>> {
    let mut roles = match built_in(app).await {
        Ok(roles) => roles,
        Err(err) if matches!(err.kind(), Kind::SignIn | Kind::Network | Kind::NotFound) => {
            app.reporter.warn(&format!("Azure cannot be asked ({err}): this is the list of {} roles that the program brings along.", BUILT_IN.len()));
            let known = BUILT_IN.iter();
            known.map(|role| RoleSuitability::of(role.name, role.guid, role.standing)).collect()
        }
        Err(err) => return Err(err),
    };
    roles.sort_by_key(|role| role.name.to_lowercase());
    Ok(roles)
}

async fn built_in(app: &App) -> Result<Vec<RoleSuitability>> {
    let site = Site::open(app, app.settings.subscription.as_deref()).await?;
    let subscription = site.any_subscription().await?;
    let all = site.client.built_in_roles(subscription).await?;
    Ok(all.iter().map(RoleSuitability::of_azure).collect())
}

/// Judges one role, by name or GUID.
///
/// # Errors
/// If there is no such role.
pub(crate) async fn judge_one(app: &App, text: &str) -> Result<RoleSuitability> {
    let reference = parse(text).map_err(|not| match not {
        NotRole::Meant(meant) => Error::usage(format!("there is no role '{text}'"))
            .hint(format!("Did you mean '{meant}'? `az-imageshare delegation roles -o table` lists them.")),
        NotRole::Id(err) => Error::usage(err.to_string())
            .hint("Give the role's name or GUID, as `az-imageshare delegation roles -o table` shows them."),
    })?;
    let found = match asked(app, &reference).await {
        Ok(found) => found,
        Err(err) if matches!(err.kind(), Kind::SignIn | Kind::Network | Kind::NotFound) => None,
        Err(err) => return Err(err),
    };
    let known = || match &reference {
        RoleRef::Id(id) => super::known(*id),
        RoleRef::Named(_) => None,
    };
    found
        .or_else(|| known().map(|role| RoleSuitability::of(role.name, role.guid, role.standing)))
        .ok_or_else(|| {
            let missing = Error::new(Kind::NotFound, format!("there is no role '{text}'"))
                .hint("See the roles with `az-imageshare delegation roles -o table`.");
            match app.settings.subscription {
                Some(_) => missing,
                None => missing.hint("A custom role is looked for in one subscription: name it with `--subscription NAME|ID`."),
            }
        })
}

async fn asked(app: &App, reference: &RoleRef) -> Result<Option<RoleSuitability>> {
    let site = Site::open(app, app.settings.subscription.as_deref()).await?;
    let subscription = site.any_subscription().await?;
    let found = match reference {
        RoleRef::Id(id) => site.client.role(subscription, *id).await?,
        RoleRef::Named(name) => {
            site.client.roles_named(subscription, name).await?.into_iter().next()
        }
    };
    Ok(found.as_ref().map(RoleSuitability::of_azure))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: <https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles>
    #[test]
    fn each_standing_is_told_with_its_uses() {
        for (standing, word, [direct, eligible, delegated], why) in [
            (Standing::Allowed, "allowed", [true; 3], None),
            (Standing::Owner, "owner", [false; 3], Some("Owner can never be delegated")),
            (
                Standing::UserAccessAdministrator,
                "conditional",
                [true, false, false],
                Some("as a direct right only with the roles that it may hand on; User Access"),
            ),
            (
                Standing::DataActions,
                "data actions",
                [false, false, true],
                Some("role 'x' has data actions, which Lighthouse never delegates; role 'x' has"),
            ),
            (Standing::Restricted, "restricted actions", [false; 3], Some("role 'x' may change")),
            (Standing::Deprecated, "deprecated", [false; 3], Some("role 'x' is deprecated")),
            (Standing::Custom, "custom", [false; 3], Some("role 'x' is a custom role")),
        ] {
            let told = RoleSuitability::of("x", "id", standing);
            assert_eq!(told.standing, word);
            assert_eq!([told.direct, told.eligible, told.delegated], [direct, eligible, delegated]);
            assert_eq!(told.why.is_some(), why.is_some(), "{told:?}");
            assert!(told.why.unwrap_or_default().starts_with(why.unwrap_or_default()), "{word}");
        }
    }
}
