//! `POST /v1.0/directoryObjects/getByIds`: many names in one call; ids that are not known are left out.

use serde_json::{Value, json};

use super::body;
use crate::core::Core;
use crate::entra::Caller;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::PrincipalKind;

const MOST: usize = 1000;

/// Answers with the objects of the caller's tenant that have these ids.
pub(super) fn answer(core: &Core, request: &Request, caller: &Caller) -> Result<Reply, ArmError> {
    let sent = request.json()?;
    let ids = strings(&sent["ids"]);
    if ids.is_empty() || ids.len() > MOST {
        return Err(ArmError::bad(
            "Request_BadRequest",
            format!(
                "The number of ids has to be from 1 to {MOST}; it is {}.",
                ids.len()
            ),
        ));
    }
    if let Some(bad) = ids.iter().find(|id| uuid::Uuid::parse_str(id).is_err()) {
        return Err(ArmError::bad(
            "Request_BadRequest",
            format!("Invalid GUID: {bad}"),
        ));
    }
    let kinds = strings(&sent["types"]);
    let known = core.state.principals.iter().filter(|principal| {
        principal.tenant == caller.tenant
            && ids.iter().any(|id| id.eq_ignore_ascii_case(&principal.id))
            && (kinds.is_empty()
                || kinds
                    .iter()
                    .any(|kind| kind.eq_ignore_ascii_case(type_name(principal.kind))))
    });
    let value: Vec<Value> = known.map(|principal| body(core, principal)).collect();
    let context = format!("{}/v1.0/$metadata#directoryObjects", core.endpoints.graph);
    Ok(Reply::json(
        200,
        &json!({"@odata.context": context, "value": value}),
    ))
}

fn type_name(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "user",
        PrincipalKind::ServicePrincipal => "servicePrincipal",
        PrincipalKind::SecurityGroup | PrincipalKind::Microsoft365Group => "group",
        PrincipalKind::Application => "application",
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
