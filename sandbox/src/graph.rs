//! The little of Microsoft Graph that resolves names: groups, users, service principals, tenants.

mod by_ids;

use serde_json::{Value, json};

use crate::core::Core;
use crate::entra::Caller;
use crate::error::ArmError;
use crate::journal::Call;
use crate::message::{Reply, Request};
use crate::state::{Principal, PrincipalKind};

/// Answers a request to Microsoft Graph.
pub(crate) fn answer(core: &mut Core, request: &Request, call: &mut Call) -> Reply {
    let caller = match authenticate(core, request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into(),
    };
    call.tenant = Some(caller.tenant.clone());
    call.principal = Some(caller.object_id.clone());
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let found = match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["v1.0", "organization"]) => Some(organization(core, &caller)),
        ("GET", ["v1.0", kind]) if kinds(kind).is_some() => {
            Some(list(core, request, &caller, kind))
        }
        ("GET", ["v1.0", kind, id]) if kinds(kind).is_some() => one(core, &caller, kind, id),
        ("GET", ["v1.0", "directoryObjects", id]) => core
            .state
            .principal(&caller.tenant, id)
            .map(|principal| body(core, principal)),
        ("GET", ["v1.0", "groups", id, "members"]) => {
            core.state.principal(&caller.tenant, id).map(|group| {
                let members = group
                    .members
                    .iter()
                    .filter_map(|id| core.state.principal(&caller.tenant, id));
                json!({"value": members.map(|member| body(core, member)).collect::<Vec<_>>()})
            })
        }
        ("GET", ["v1.0", "groups", id, "transitiveMembers"]) => {
            transitive_members(core, &caller, id)
        }
        ("POST", ["v1.0", "directoryObjects", "getByIds"]) => {
            return by_ids::answer(core, request, &caller).unwrap_or_else(Reply::from);
        }
        ("GET", ["v1.0", "tenantRelationships", call]) => tenant_information(core, call),
        _ => {
            return ArmError::bad(
                "BadRequest",
                format!("Resource not found for the segment '{}'.", request.path),
            )
            .into();
        }
    };
    match found {
        Some(value) => Reply::json(200, &value),
        None => ArmError::missing(
            "Request_ResourceNotFound",
            format!("Resource '{}' does not exist or one of its queried reference-property objects are not present.",
                segments.last().unwrap_or(&"")),
        )
        .into(),
    }
}

/// Reads the bearer token, or says that it is none of Graph's.
fn authenticate(core: &Core, request: &Request) -> Result<Caller, ArmError> {
    let token = request
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    let caller = token.and_then(|token| Caller::of(core, token));
    let is_ours = |caller: &Caller| {
        caller.audience.trim_end_matches('/') == core.endpoints.graph
            && caller.expires_on > core.now()
    };
    caller.filter(is_ours).ok_or_else(|| {
        ArmError::new(
            401,
            "InvalidAuthenticationToken",
            "Access token is empty, expired or for another audience.",
        )
        .challenge("Bearer")
    })
}

/// Members of a group and of the groups in it.
fn transitive_members(core: &Core, caller: &Caller, id: &str) -> Option<Value> {
    let kinds = kinds("groups")?;
    let group = core
        .state
        .principal(&caller.tenant, id)
        .filter(|found| kinds.contains(&found.kind))?;
    let own = group.id.to_ascii_lowercase();
    let members = core.state.principals.iter().filter(|principal| {
        principal.tenant == caller.tenant
            && !principal.id.eq_ignore_ascii_case(&own)
            && core.state.identities(&principal.id).contains(&own)
    });
    Some(json!({"value": members.map(|member| body(core, member)).collect::<Vec<_>>()}))
}

fn kinds(collection: &str) -> Option<&'static [PrincipalKind]> {
    match collection.to_ascii_lowercase().as_str() {
        "users" => Some(&[PrincipalKind::User]),
        "groups" => Some(&[
            PrincipalKind::SecurityGroup,
            PrincipalKind::Microsoft365Group,
        ]),
        "serviceprincipals" => Some(&[PrincipalKind::ServicePrincipal]),
        "applications" => Some(&[PrincipalKind::Application]),
        _ => None,
    }
}

fn list(core: &Core, request: &Request, caller: &Caller, collection: &str) -> Value {
    let kinds = kinds(collection).expect("the caller checked the collection");
    // Only `<property> eq '<value>'` and `<list>/any(c:c eq '<value>')` are understood, which is what
    // name resolution needs.
    let filter = request.query("$filter").unwrap_or_default();
    let filter = filter
        .replace("servicePrincipalNames/any(c:c", "appId")
        .replace(')', "");
    let filter = filter.split_once(" eq ");
    let wanted = filter.map(|(name, value)| (name.trim(), value.trim().trim_matches('\'')));
    let value: Vec<Value> = core
        .state
        .principals
        .iter()
        .filter(|principal| principal.tenant == caller.tenant && kinds.contains(&principal.kind))
        .map(|principal| body(core, principal))
        .filter(|body| {
            wanted.is_none_or(|(name, value)| {
                body[name]
                    .as_str()
                    .is_some_and(|text| text.eq_ignore_ascii_case(value))
            })
        })
        .collect();
    json!({"@odata.context": format!("{}/v1.0/$metadata#{collection}", core.endpoints.graph), "value": value})
}

fn one(core: &Core, caller: &Caller, collection: &str, id: &str) -> Option<Value> {
    let kinds = kinds(collection)?;
    let found = core.state.principals.iter().find(|principal| {
        let named =
            principal.kind == PrincipalKind::User && principal.login.eq_ignore_ascii_case(id);
        principal.tenant == caller.tenant
            && kinds.contains(&principal.kind)
            && (principal.id.eq_ignore_ascii_case(id) || named)
    });
    found.map(|principal| body(core, principal))
}

fn body(core: &Core, principal: &Principal) -> Value {
    let Principal {
        id, name, login, ..
    } = principal;
    match principal.kind {
        PrincipalKind::User => {
            json!({"@odata.type": "#microsoft.graph.user", "id": id, "displayName": name,
            "userPrincipalName": login, "mail": login, "userType": "Member", "accountEnabled": true})
        }
        PrincipalKind::SecurityGroup | PrincipalKind::Microsoft365Group => {
            let security = principal.kind == PrincipalKind::SecurityGroup;
            let types: &[&str] = if security { &[] } else { &["Unified"] };
            json!({"@odata.type": "#microsoft.graph.group", "id": id, "displayName": name,
                "securityEnabled": security, "mailEnabled": !security, "groupTypes": types})
        }
        PrincipalKind::ServicePrincipal => {
            let owner = core
                .state
                .application(login)
                .map(|application| application.tenant.clone());
            json!({"@odata.type": "#microsoft.graph.servicePrincipal", "id": id, "displayName": name, "appId": login,
                "appOwnerOrganizationId": owner, "servicePrincipalType": "Application", "accountEnabled": true})
        }
        PrincipalKind::Application => {
            let multi = core
                .state
                .application(login)
                .is_some_and(|application| application.multi_tenant);
            json!({"@odata.type": "#microsoft.graph.application", "id": id, "displayName": name, "appId": login,
                "signInAudience": if multi { "AzureADMultipleOrgs" } else { "AzureADMyOrg" }})
        }
    }
}

fn organization(core: &Core, caller: &Caller) -> Value {
    let tenant = core.state.tenant(&caller.tenant);
    json!({"value": tenant.map(|tenant| json!({"id": tenant.id, "displayName": tenant.name,
        "verifiedDomains": [{"name": tenant.domain, "isDefault": true, "isInitial": true}]})).into_iter().collect::<Vec<_>>()})
}

fn tenant_information(core: &Core, call: &str) -> Option<Value> {
    let wanted = call.split('\'').nth(1)?;
    let tenant = core.state.tenant(wanted)?;
    Some(
        json!({"tenantId": tenant.id, "displayName": tenant.name, "defaultDomainName": tenant.domain,
        "federationBrandName": null}),
    )
}
