//! Azure Resource Graph: a strict reader of the few queries that clients of images send, over what
//! the caller may read.

mod query;

use serde_json::{Value, json};

use super::compute::community;
use super::rbac;
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use query::{Query, Step};

const VERSIONS: [&str; 4] = ["2019-04-01", "2021-03-01", "2021-06-01-preview", "2022-10-01"];

/// Most rows of one page. Source: Resource Graph, working with large data sets.
const LARGEST_PAGE: usize = 1000;

/// Answers `POST /providers/Microsoft.ResourceGraph/resources`.
pub(crate) fn answer(core: &Core, caller: &Caller, request: &Request) -> Result<Reply, ArmError> {
    if request.method != "POST" {
        return Err(reply::method_not_allowed(request));
    }
    if !VERSIONS.contains(&request.api_version()) {
        return Err(ArmError::bad(
            "InvalidApiVersionParameter",
            format!(
                "The api-version '{}' is invalid. The supported versions are '{}'.",
                request.api_version(),
                VERSIONS.join(",")
            ),
        ));
    }
    let sent = request.json()?;
    check_members(&sent)?;
    let text = sent["query"].as_str().unwrap_or_default();
    let query = Query::parse(text).map_err(|problem| refusal("InvalidQuery", &problem))?;
    let mut rows = match query.table {
        "resources" => resources(core, caller),
        _ => community::communities(core, subscription(core, caller)),
    };
    if let Some(only) = sent["subscriptions"].as_array() {
        rows.retain(|row| only.iter().any(|id| *id == row["subscriptionId"]));
    }
    for step in &query.steps {
        match step {
            Step::Where(conditions) => {
                rows.retain(|row| conditions.iter().all(|one| one.holds(row)))
            }
            Step::Project(names) => rows = rows.iter().map(|row| projected(row, names)).collect(),
        }
    }
    page(&sent["options"], rows)
}

fn check_members(sent: &Value) -> Result<(), ArmError> {
    let known = ["query", "options", "subscriptions", "managementGroups", "facets"];
    let members = sent.as_object().into_iter().flatten().map(|(name, _)| name);
    let options = sent["options"].as_object().into_iter().flatten().map(|(name, _)| name);
    let option_names = [
        "$top",
        "$skip",
        "$skipToken",
        "resultFormat",
        "allowPartialScopes",
        "authorizationScopeFilter",
    ];
    let unknown = members
        .filter(|name| !known.contains(&name.as_str()))
        .chain(options.filter(|name| !option_names.contains(&name.as_str())))
        .next();
    match unknown {
        None => Ok(()),
        Some(name) => {
            Err(ArmError::bad("BadRequest", format!("Could not find member '{name}' on object.")))
        }
    }
}

fn refusal(code: &str, problem: &str) -> ArmError {
    ArmError::bad("BadRequest", "Please provide below info when asking for support: the query is invalid.")
        .detail(ArmError::bad(code, format!("Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying. {problem}")))
}

/// Every resource of the caller's tenant, or delegated to it, that the caller may read.
fn resources(core: &Core, caller: &Caller) -> Vec<Value> {
    let index = core.state.resources.values();
    let seen = index.filter(|resource| {
        let is_indexed = !core.state.not_indexed.contains(&resource.id.to_ascii_lowercase());
        let action = format!("{}/read", resource.type_);
        is_indexed && rbac::is_allowed(core, caller, &resource.id, &action)
    });
    seen.map(|resource| {
        let subscription = super::target::subscription(&resource.id).unwrap_or_default();
        let tenant = core.state.subscription(subscription).map(|known| known.tenant.clone());
        json!({"id": resource.id, "name": resource.body["name"], "type": resource.type_.to_lowercase(),
            "location": resource.body["location"], "tenantId": tenant, "subscriptionId": subscription,
            "resourceGroup": super::target::group(&resource.id).unwrap_or_default().to_lowercase(),
            "tags": resource.body["tags"], "kind": "", "properties": indexed(&resource.body["properties"])})
    })
    .collect()
}

/// The index does not hold to whom a gallery is open.
fn indexed(properties: &Value) -> Value {
    let mut properties = properties.clone();
    if let Some(profile) = properties.get_mut("sharingProfile").and_then(Value::as_object_mut) {
        profile.remove("groups");
    }
    properties
}

fn subscription<'a>(core: &'a Core, caller: &Caller) -> &'a str {
    let own = core.state.subscriptions.iter().find(|known| known.tenant == caller.tenant);
    own.map_or("", |known| known.id.as_str())
}

fn projected(row: &Value, names: &[String]) -> Value {
    names
        .iter()
        .map(|name| (name.clone(), row[name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn page(options: &Value, rows: Vec<Value>) -> Result<Reply, ArmError> {
    let top = options["$top"].as_u64().unwrap_or(100);
    let top = usize::try_from(top).unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&top) {
        return Err(refusal("InvalidTop", "'$top' has to be from 1 to 1000."));
    }
    let skip: usize = match options["$skipToken"].as_str() {
        None => 0,
        Some(token) => {
            token.parse().map_err(|_| refusal("InvalidSkipToken", "The skip token is invalid."))?
        }
    };
    let total = rows.len();
    let data: Vec<Value> = rows.into_iter().skip(skip).take(top).collect();
    let mut body = json!({"totalRecords": total, "count": data.len(), "facets": [], "resultTruncated": "false"});
    if skip + data.len() < total {
        body["$skipToken"] = json!((skip + data.len()).to_string());
    }
    body["data"] = json!(data);
    Ok(Reply::json(200, &body))
}
