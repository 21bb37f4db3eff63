//! From the name of a principal to the object id that Lighthouse wants, and whether it will take it.
//!
//! Lighthouse gives roles to users, security groups and service principals. Source:
//! <https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles>

use serde::{Deserialize, Serialize};

use crate::app::Reporter;
use crate::error::{Error, Kind, Result};
use crate::graph::{Directory, DirectoryObject, ObjectSort};
use crate::id::PrincipalId;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;

/// A principal that is to have access.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Principal {
    /// The object id in the consumer's tenant.
    pub principal_id: PrincipalId,
    /// The name for people; unknown if Graph may not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_name: Option<String>,
    /// `Group`, `User` or `ServicePrincipal`; unknown if Graph may not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
}

/// Finds each of `wanted`; the same object under two names is taken once.
///
/// # Errors
/// The first of them that does not exist, could be several, or cannot be given a role.
pub(crate) async fn resolve_all(
    directory: &Directory,
    reporter: &dyn Reporter,
    wanted: &[String],
) -> Result<Vec<Principal>> {
    let work = wanted.iter().map(|text| resolve(directory, reporter, text));
    let mut found: Vec<Principal> = Vec::new();
    for principal in fan_out(AT_ONCE, work).await {
        let principal = principal?;
        if !found.iter().any(|known| known.principal_id == principal.principal_id) {
            found.push(principal);
        }
    }
    Ok(found)
}

async fn resolve(directory: &Directory, reporter: &dyn Reporter, text: &str) -> Result<Principal> {
    match meant(directory, reporter, text).await? {
        Meant::One(sort, object) => accept(directory, sort, &object).await,
        Meant::Nobody => Err(unknown(text.trim())),
        Meant::Unread(id) => Ok(unverified(reporter, id)),
    }
}

/// Whom a text means.
#[derive(Clone, Debug)]
pub(crate) enum Meant {
    /// One object of the directory.
    One(ObjectSort, Box<DirectoryObject>),
    /// Not known to the directory.
    Nobody,
    /// Only the object id is known: the directory may not be read.
    Unread(PrincipalId),
}

/// Finds the one that an object id, application id, sign-in name, mail address or display name means.
///
/// # Errors
/// If it could be several, with each of them; if a name cannot be looked up.
pub(crate) async fn meant(
    directory: &Directory,
    reporter: &dyn Reporter,
    text: &str,
) -> Result<Meant> {
    let text = text.trim();
    let candidates = match text.parse::<PrincipalId>() {
        Ok(id) => match by_id(directory, id).await? {
            Observed::Told(found) => found,
            Observed::Untold(_) => return Ok(Meant::Unread(id)),
        },
        Err(crate::id::IdError::Placeholder(_)) => {
            return Err(Error::usage(format!(
                "'{text}' is the samples' placeholder, not a principal"
            ))
            .hint("Give the name or object id of a security group, user or service principal."));
        }
        Err(_) => by_name(directory, reporter, text).await?,
    };
    match candidates.as_slice() {
        [(sort, object)] => Ok(Meant::One(*sort, Box::new(object.clone()))),
        [] => Ok(Meant::Nobody),
        several => Err(ambiguous(text, several)),
    }
}

pub(super) type Candidate = (ObjectSort, DirectoryObject);

/// An object id, or the application (client) id that the portal shows more prominently.
///
/// # Errors
/// A usage error if it is of something that cannot be given a role.
pub(super) async fn by_id(
    directory: &Directory,
    id: PrincipalId,
) -> Result<Observed<Vec<Candidate>>> {
    match Observed::permitted(directory.object(id).await)? {
        Observed::Untold(why) => return Ok(Observed::Untold(why)),
        Observed::Told(None) => {}
        Observed::Told(Some(object)) => {
            let told = object.odata_type.as_deref().unwrap_or_default();
            let sort = ObjectSort::of_type(told).ok_or_else(|| no_principal(id, told))?;
            return Ok(Observed::Told(vec![(sort, object)]));
        }
    }
    for sort in [ObjectSort::ServicePrincipal, ObjectSort::Application] {
        match Observed::permitted(directory.having(sort, "appId", &id.to_string()).await)? {
            Observed::Untold(why) => return Ok(Observed::Untold(why)),
            Observed::Told(found) if found.is_empty() => {}
            Observed::Told(found) => return Ok(Observed::Told(of_sort(sort, found))),
        }
    }
    Ok(Observed::Told(Vec::new()))
}

async fn by_name(
    directory: &Directory,
    reporter: &dyn Reporter,
    text: &str,
) -> Result<Vec<Candidate>> {
    if text.contains('@') {
        let user = Observed::permitted(directory.user(text).await)?.told().flatten();
        if let Some(user) = user {
            return Ok(vec![(ObjectSort::User, user)]);
        }
    }
    let mut searches = vec![
        (ObjectSort::Group, "displayName"),
        (ObjectSort::ServicePrincipal, "displayName"),
        (ObjectSort::User, "displayName"),
    ];
    if text.contains('@') {
        // A guest's sign-in name is not the address that people know (`a_b.com#EXT#@…`).
        searches.extend([
            (ObjectSort::Group, "mail"),
            (ObjectSort::User, "mail"),
            (ObjectSort::User, "otherMails"),
        ]);
    }
    search(directory, reporter, text, &searches).await
}

async fn search(
    directory: &Directory,
    reporter: &dyn Reporter,
    text: &str,
    searches: &[(ObjectSort, &str)],
) -> Result<Vec<Candidate>> {
    let work = searches.iter().map(|(sort, property)| directory.having(*sort, property, text));
    let mut found: Vec<Candidate> = Vec::new();
    let mut unread = Vec::new();
    let mut refusal = None;
    for ((sort, _), answer) in searches.iter().zip(fan_out(AT_ONCE, work).await) {
        match answer {
            Ok(objects) => {
                let new =
                    |object: &DirectoryObject| found.iter().all(|(_, known)| known.id != object.id);
                let objects = objects.into_iter().filter(new).collect();
                found.extend(of_sort(*sort, objects));
            }
            // By hand: where nothing is found, the refusal itself is the failure, with its code and hints.
            Err(err) if err.is_forbidden() => {
                unread.push(sort.collection());
                refusal = Some(err);
            }
            Err(err) => return Err(err.into()),
        }
    }
    if let (Some(err), true) = (refusal, found.is_empty()) {
        return Err(Error::from(err)
            .while_doing(format!("cannot look up '{text}' in Microsoft Graph"))
            .hint("Give the object id instead of the name, or grant the application Group.Read.All, Application.Read.All and User.ReadBasic.All."));
    }
    if !unread.is_empty() {
        unread.dedup();
        reporter.warn(&format!(
            "Graph may not be searched for {}: another '{text}' there would not have been found",
            unread.join(" and ")
        ));
    }
    Ok(found)
}

fn of_sort(sort: ObjectSort, objects: Vec<DirectoryObject>) -> Vec<Candidate> {
    objects.into_iter().map(|object| (sort, object)).collect()
}

/// Refuses what Lighthouse would refuse later and less clearly.
pub(super) async fn accept(
    directory: &Directory,
    sort: ObjectSort,
    object: &DirectoryObject,
) -> Result<Principal> {
    let kind = match sort {
        ObjectSort::User => "User",
        ObjectSort::ServicePrincipal => "ServicePrincipal",
        ObjectSort::Group => {
            require_security_group(object)?;
            "Group"
        }
        ObjectSort::Application => return Err(application(directory, object).await),
    };
    Ok(Principal {
        principal_id: object.id.parse().map_err(|_| {
            Error::new(Kind::Failure, format!("Graph answered with the id '{}'", object.id))
        })?,
        principal_name: object.display_name.clone(),
        principal_type: Some(kind.to_owned()),
    })
}

fn require_security_group(group: &DirectoryObject) -> Result<()> {
    let unified = group.group_types.iter().any(|kind| kind.eq_ignore_ascii_case("Unified"));
    if !unified && group.security_enabled != Some(false) {
        return Ok(());
    }
    let kind = if unified { "a Microsoft 365 group" } else { "a distribution group" };
    let message =
        format!("'{}' is {kind}; Lighthouse gives roles to security groups only", name(group));
    Err(Error::usage(message).hint("Create a security group (`az ad group create --display-name image-users --mail-nickname image-users`), add the members to it, and request that one."))
}

/// The registration and its service principal have different object ids; only the second can have roles.
async fn application(directory: &Directory, found: &DirectoryObject) -> Error {
    let objection = registration(directory, &found.id, found).await;
    Error::usage(objection.rule).hint(objection.fix)
}

/// Why a principal cannot be given a role, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrincipalObjection {
    pub rule: String,
    pub fix: String,
}

impl PrincipalObjection {
    pub(super) fn of(err: &Error) -> PrincipalObjection {
        let fix = err.hints().first().cloned().unwrap_or_default();
        PrincipalObjection { rule: err.to_string(), fix }
    }
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

fn unverified(reporter: &dyn Reporter, id: PrincipalId) -> Principal {
    reporter.warn(&format!(
        "Graph may not be read with this sign-in: {id} is taken as it is, unverified and without name and type"
    ));
    Principal { principal_id: id, principal_name: None, principal_type: None }
}

fn no_principal(id: PrincipalId, odata_type: &str) -> Error {
    let sort = odata_type.trim_start_matches("#microsoft.graph.");
    Error::usage(format!("'{id}' is a {sort}, which cannot be given a role"))
        .hint("Give a security group, a user or a service principal.")
}

fn unknown(text: &str) -> Error {
    Error::new(
        Kind::NotFound,
        format!("this tenant knows no group, user or service principal '{text}'"),
    )
    .hint("Check the spelling and the tenant you are signed in to; search with `az ad group list --filter \"startswith(displayName, 'NAME')\" -o table`.")
}

fn ambiguous(text: &str, candidates: &[Candidate]) -> Error {
    let shown: Vec<String> = candidates
        .iter()
        .take(MOST_SHOWN)
        .map(|(sort, object)| {
            let detail = object
                .user_principal_name
                .as_deref()
                .or(object.app_id.as_deref())
                .map(|detail| format!(", {detail}"))
                .unwrap_or_default();
            format!("{} ({}{detail})", object.id, sort.collection())
        })
        .collect();
    let more = if candidates.len() > MOST_SHOWN { ", …" } else { "" };
    Error::usage(format!(
        "'{text}' could be any of {}: {}{more}",
        candidates.len(),
        shown.join(", ")
    ))
    .hint("Give the object id instead of the name.")
}

pub(super) fn name(object: &DirectoryObject) -> &str {
    object.display_name.as_deref().unwrap_or(&object.id)
}

const MOST_SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn group(security: Option<bool>, kinds: &[&str]) -> DirectoryObject {
        DirectoryObject {
            id: "x".into(),
            security_enabled: security,
            group_types: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..DirectoryObject::default()
        }
    }

    #[test]
    fn only_security_groups_are_taken() {
        assert!(require_security_group(&group(Some(true), &[])).is_ok());
        assert!(require_security_group(&group(Some(true), &["DynamicMembership"])).is_ok());
        for refused in [
            group(Some(false), &["Unified"]),
            group(Some(true), &["Unified"]),
            group(Some(false), &[]),
        ] {
            let err = require_security_group(&refused).unwrap_err();
            assert_eq!(err.kind(), Kind::Usage);
            assert!(err.hints()[0].contains("az ad group create"), "{err:?}");
            assert!(err.to_string().starts_with("'x' is a"), "{err}");
        }
        let called =
            DirectoryObject { display_name: Some("All".into()), ..group(Some(false), &[]) };
        let refused = require_security_group(&called).unwrap_err().to_string();
        assert!(refused.starts_with("'All' is a distribution group"), "{refused}");
    }

    #[test]
    fn every_candidate_is_named() {
        let candidates = vec![
            (ObjectSort::Group, group(Some(true), &[])),
            (
                ObjectSort::User,
                DirectoryObject {
                    id: "y".into(),
                    user_principal_name: Some("y@z.com".into()),
                    ..DirectoryObject::default()
                },
            ),
        ];
        let text = ambiguous("n", &candidates).to_string();
        assert_eq!(text, "'n' could be any of 2: x (groups), y (users, y@z.com)");
        let ten = vec![(ObjectSort::Group, group(Some(true), &[])); 10];
        let shown = |all: &[Candidate]| ambiguous("n", all).to_string();
        assert!(shown(&ten).ends_with("x (groups)"), "{}", shown(&ten));
        assert_eq!(shown(&ten).matches("(groups)").count(), 10);
        let many = [ten.clone(), ten].concat();
        assert!(shown(&many).ends_with("x (groups), …"), "{}", shown(&many));
        assert_eq!(shown(&many).matches("(groups)").count(), 10);
    }
}
