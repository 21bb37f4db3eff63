//! policyStates: what is known of compliance, row by row or summed up, and the scan of a subscription.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::places::is_above;
use super::{assignments, clock, engine};
use crate::arm::reply;
use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Compliance, PolicyAssignment, group_name};

const LARGEST_PAGE: usize = 1000;

pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let action = target.action.as_deref().map(str::to_ascii_lowercase);
    match (request.method.as_str(), action.as_deref()) {
        ("POST", Some("queryresults")) => query(core, request, target),
        ("POST", Some("summarize")) => Ok(summarize(core, target)),
        ("POST", Some("triggerevaluation")) => trigger(core, request, target),
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// The subscriptions that are looked at below the target's scope, with what was found.
fn rows<'a>(
    core: &'a Core,
    target: &'a Target,
) -> impl Iterator<Item = (&'a PolicyAssignment, &'a String, &'a Compliance)> {
    let own = core.state.policies.assignments.values().filter(|known| {
        is_above(core, &known.scope, &target.scope) || is_above(core, &target.scope, &known.scope)
    });
    own.flat_map(move |known| known.compliance.iter().map(move |(id, found)| (known, id, found)))
        .filter(move |(_, id, _)| is_above(core, &target.scope, &format!("/subscriptions/{id}")))
}

fn query(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let filter = request.query("$filter").unwrap_or_default();
    let (mut assignment, mut state) = (None, None);
    for clause in filter.split(" and ").map(str::trim).filter(|clause| !clause.is_empty()) {
        let value = clause.split('\'').nth(1).map(str::to_ascii_lowercase);
        match clause.split(' ').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "policyassignmentid" if clause.contains(" eq ") => assignment = value,
            "compliancestate" if clause.contains(" eq ") => state = value,
            _ => {
                return Err(ArmError::bad(
                    "InvalidFilterInQuery",
                    format!("The filter '{filter}' is not supported here."),
                ));
            }
        }
    }
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let (skip, top) = (number("$skiptoken").unwrap_or(0), number("$top").unwrap_or(usize::MAX));
    let size = LARGEST_PAGE.min(top.saturating_sub(skip));
    let all: Vec<Value> = rows(core, target)
        .filter(|(known, ..)| {
            assignment.as_ref().is_none_or(|id| known.id.eq_ignore_ascii_case(id))
        })
        .filter(|(.., found)| {
            state.as_ref().is_none_or(|state| word(found).eq_ignore_ascii_case(state))
        })
        .map(|(known, id, found)| row(known, id, found))
        .collect();
    let page: Vec<&Value> = all.iter().skip(skip).take(size).collect();
    let mut body = json!({"@odata.context": "", "@odata.count": page.len(), "value": page});
    if skip + size < all.len().min(top) {
        let mut link = url::Url::parse(&format!("{}{}", core.endpoints.management, request.path))
            .expect("the path came in over HTTP");
        for (name, value) in &request.query {
            if !name.eq_ignore_ascii_case("$skiptoken") {
                link.query_pairs_mut().append_pair(name, value);
            }
        }
        link.query_pairs_mut().append_pair("$skiptoken", &(skip + size).to_string());
        body["@odata.nextLink"] = json!(link.as_str());
    }
    Ok(Reply::json(200, &body))
}

fn word(found: &Compliance) -> &'static str {
    if found.is_compliant { "Compliant" } else { "NonCompliant" }
}

fn row(known: &PolicyAssignment, id: &str, found: &Compliance) -> Value {
    json!({
        "timestamp": Timestamp::from_second(found.at).unwrap_or_default().to_string(),
        "resourceId": format!("/subscriptions/{id}"), "subscriptionId": id,
        "resourceType": "Microsoft.Resources/subscriptions", "resourceLocation": "",
        "policyAssignmentId": known.id.to_ascii_lowercase(),
        "policyDefinitionId": assignments::definition_id(known).to_ascii_lowercase(),
        "policyAssignmentScope": known.scope, "policyDefinitionAction": "deployifnotexists",
        "complianceState": word(found), "isCompliant": found.is_compliant,
    })
}

fn summarize(core: &Core, target: &Target) -> Reply {
    let open = rows(core, target).filter(|(.., found)| !found.is_compliant);
    let open: Vec<(&PolicyAssignment, &String, &Compliance)> = open.collect();
    let mut each: Vec<Value> = Vec::new();
    for known in core.state.policies.assignments.values() {
        let count = open.iter().filter(|(of, ..)| of.id == known.id).count();
        if count > 0 {
            each.push(json!({"policyAssignmentId": known.id, "results": {
                "nonCompliantResources": count, "nonCompliantPolicies": 1}}));
        }
    }
    let results = json!({"nonCompliantResources": open.len(), "nonCompliantPolicies": each.len()});
    Reply::json(
        200,
        &json!({"@odata.count": 1, "value": [{"results": results, "policyAssignments": each}]}),
    )
}

/// A scan of a subscription ends at once here; a management group has none.
fn trigger(core: &mut Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    if group_name(&target.scope).is_some() {
        return Err(reply::method_not_allowed(request));
    }
    let subscription = target.subscription().unwrap_or_default().to_ascii_lowercase();
    let now = clock::now(core);
    let keys: Vec<String> = core.state.policies.assignments.keys().cloned().collect();
    for key in keys {
        let Some(mut known) = core.state.policies.assignments.remove(&key) else { continue };
        if known.seen.contains(&subscription) || !known.is_known {
            engine::mark(core, &mut known, &subscription, now);
        }
        core.state.policies.assignments.insert(key, known);
    }
    let token = crate::arm::operations::start(
        core,
        crate::state::OperationKind::Deletion,
        &target.id(),
        0,
        Some(json!({"status": "Succeeded"})),
    );
    let location = format!(
        "{}/subscriptions/{subscription}/operationresults/{token}?api-version={}",
        core.endpoints.management,
        request.api_version()
    );
    Ok(Reply::empty(202).header("Location", location).header("Retry-After", "0"))
}
