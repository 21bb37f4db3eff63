//! Reading: users, groups, applications, service principals, one by one, filtered, or by their ids.

use serde_json::{Value, json};

use super::filter::Filter;
use super::place::{Key, Place};
use super::{bodies, properties, refusal, rights};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Principal, PrincipalKind};

/// Answers a request that reads.
pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    place: &Place,
) -> Result<Reply, ArmError> {
    let id = place.key.as_ref().map_or("", |key| key.value.as_str());
    let collection = place.collection.to_ascii_lowercase();
    match (request.method.as_str(), collection.as_str(), place.tail().as_slice()) {
        ("POST", "directoryobjects", []) if id == "getByIds" => by_ids(core, request, caller),
        ("GET", "directoryobjects", []) if !id.is_empty() => {
            let found = core.state.principal(&caller.tenant, id).cloned();
            shown(core, found, id)
        }
        ("GET", "groups", ["members" | "transitiveMembers"]) => members(core, caller, place),
        ("DELETE", "users", []) => {
            let key = place.key.as_ref().ok_or_else(|| refusal::missing(id))?;
            let found = require(core, caller, "users", key)?;
            rights::may_delete_user(core, caller)?;
            // Roles stay behind, and so does membership: "Identity not found" in the portal.
            core.state.principals.retain(|principal| principal.id != found.id);
            Ok(Reply::empty(204))
        }
        ("GET", name, []) if kinds(name).is_some() => match &place.key {
            Some(key) => {
                let found = find(core, caller, name, key);
                shown(core, found, id)
            }
            None => list(core, request, caller, &place.collection),
        },
        _ => Err(refusal::unknown_segment(&request.path)),
    }
}

/// The object that a key names, whether or not it is seen everywhere yet.
pub(super) fn find(core: &Core, caller: &Caller, collection: &str, key: &Key) -> Option<Principal> {
    let kinds = kinds(collection)?;
    let own =
        core.state.principals.iter().filter(|principal| {
            principal.tenant == caller.tenant && kinds.contains(&principal.kind)
        });
    let is_meant = |principal: &&Principal| match key.name.as_str() {
        "id" => {
            let named = principal.kind == PrincipalKind::User
                && principal.login.eq_ignore_ascii_case(&key.value);
            principal.id.eq_ignore_ascii_case(&key.value) || named
        }
        "appId" => principal.login.eq_ignore_ascii_case(&key.value),
        "uniqueName" => {
            let rest = core.state.directory.registration(&principal.login);
            rest.unique_name.as_ref() == Some(&key.value)
        }
        _ => false,
    };
    own.into_iter().find(is_meant).cloned()
}

/// The object that a key names, or Graph's 404.
pub(super) fn require(
    core: &Core,
    caller: &Caller,
    collection: &str,
    key: &Key,
) -> Result<Principal, ArmError> {
    find(core, caller, collection, key).ok_or_else(|| refusal::missing(&key.value))
}

/// Whether an object is seen by a read; every time it is asked for brings that nearer.
fn is_seen(core: &mut Core, id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    match core.state.directory.unseen.get_mut(&id) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    }
}

/// Remembers that an object was made a moment ago.
pub(super) fn created(core: &mut Core, id: &str) {
    let reads = core.knobs.graph_replication_reads;
    let unseen = &mut core.state.directory.unseen;
    unseen.insert(id.to_ascii_lowercase(), reads);
}

fn shown(core: &mut Core, found: Option<Principal>, id: &str) -> Result<Reply, ArmError> {
    let Some(principal) = found else {
        return Err(refusal::missing(id));
    };
    if !is_seen(core, &principal.id) {
        return Err(refusal::missing(id));
    }
    Ok(Reply::json(200, &bodies::object(core, &principal)))
}

fn list(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    collection: &str,
) -> Result<Reply, ArmError> {
    let filter = match request.query("$filter") {
        Some(text) => Some(Filter::parse(text).ok_or_else(refusal::bad_filter)?),
        None => None,
    };
    let kinds = kinds(collection).ok_or_else(|| refusal::unknown_segment(collection))?;
    let own: Vec<Principal> = core
        .state
        .principals
        .iter()
        .filter(|principal| principal.tenant == caller.tenant && kinds.contains(&principal.kind))
        .cloned()
        .collect();
    let mut value = Vec::new();
    for principal in own {
        let body = bodies::object(core, &principal);
        if filter.as_ref().is_none_or(|filter| filter.matches(&body))
            && is_seen(core, &principal.id)
        {
            value.push(body);
        }
    }
    Ok(Reply::json(200, &page(core, request, collection, value)))
}

/// One page of a list, as long as the knob says.
fn page(core: &Core, request: &Request, collection: &str, mut value: Vec<Value>) -> Value {
    let graph = &core.endpoints.graph;
    let mut body = json!({"@odata.context": format!("{graph}/v1.0/$metadata#{collection}")});
    let size = core.knobs.page_size;
    if size > 0 {
        let skip: usize =
            request.query("$skiptoken").and_then(|text| text.parse().ok()).unwrap_or_default();
        let more = value.len() > skip + size;
        value = value.into_iter().skip(skip).take(size).collect();
        if more {
            let filter = request.query("$filter").unwrap_or_default();
            let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            let filter = match filter.as_str() {
                "" => String::new(),
                filter => format!("$filter={filter}&"),
            };
            body["@odata.nextLink"] =
                json!(format!("{graph}{}?{filter}$skiptoken={}", request.path, skip + size));
        }
    }
    body["value"] = Value::Array(value);
    body
}

fn by_ids(core: &mut Core, request: &Request, caller: &Caller) -> Result<Reply, ArmError> {
    let body = properties::read(request, &["ids", "types"])?;
    let ids = properties::texts(body.get("ids"));
    if ids.len() > 1000 {
        return Err(refusal::bad("Too many object identifiers specified. The maximum is 1000."));
    }
    let found: Vec<Value> = ids
        .iter()
        .filter_map(|id| core.state.principal(&caller.tenant, id))
        .map(|principal| bodies::object(core, principal))
        .collect();
    Ok(Reply::json(
        200,
        &json!({"@odata.context": format!("{}/v1.0/$metadata#directoryObjects", core.endpoints.graph), "value": found}),
    ))
}

/// Members of a group; transitively also those of the groups in it.
fn members(core: &Core, caller: &Caller, place: &Place) -> Result<Reply, ArmError> {
    let key = place.key.as_ref().ok_or_else(|| refusal::missing(""))?;
    let group = require(core, caller, "groups", key)?;
    let own = group.id.to_ascii_lowercase();
    let direct = place.rest.first().is_some_and(|word| word == "members");
    let members = core.state.principals.iter().filter(|principal| {
        let id = &principal.id;
        let inside = if direct {
            group.members.iter().any(|member| member.eq_ignore_ascii_case(id))
        } else {
            !id.eq_ignore_ascii_case(&own) && core.state.identities(id).contains(&own)
        };
        principal.tenant == caller.tenant && inside
    });
    let value: Vec<Value> = members.map(|member| bodies::object(core, member)).collect();
    Ok(Reply::json(200, &json!({ "value": value })))
}

fn kinds(collection: &str) -> Option<&'static [PrincipalKind]> {
    match collection.to_ascii_lowercase().as_str() {
        "users" => Some(&[PrincipalKind::User]),
        "groups" => Some(&[PrincipalKind::SecurityGroup, PrincipalKind::Microsoft365Group]),
        "serviceprincipals" => Some(&[PrincipalKind::ServicePrincipal]),
        "applications" => Some(&[PrincipalKind::Application]),
        _ => None,
    }
}
