//! Azure Resource Graph: a strict reader of the few queries that clients of images send, over what
//! the caller may read.
//!
//! API: <https://learn.microsoft.com/rest/api/azureresourcegraph/>; pages and truncation by
//! <https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data>. The codes for too many
//! subscriptions and a bad `$top` are guesses.

mod query;
mod quota;
mod reader;
mod refusal;
mod scope;
mod snapshot;
mod tables;

use std::sync::Arc;

use serde_json::Value;

use super::compute::community;
use super::reply;
use crate::caller::Caller;
use crate::core::{Core, QueryRows};
use crate::error::ArmError;
use crate::message::{Reply, Request};
use query::Query;
use reader::Reader;
use refusal::refuse;
use scope::QueryScope;
use tables::Index;

const VERSIONS: [&str; 6] =
    ["2019-04-01", "2021-03-01", "2021-06-01-preview", "2022-10-01", "2024-04-01", "2025-03-01"];

/// Most rows of one page. Source: Resource Graph, working with large data sets.
const LARGEST_PAGE: usize = 1000;
/// Queries whose rows are kept for their next pages.
const MOST_REMEMBERED: usize = 16;

/// Answers `POST /providers/Microsoft.ResourceGraph/resources`.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
) -> Result<Reply, ArmError> {
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
    // With a charset behind it, the service fails.
    if request.header("content-type").is_none_or(|kind| kind != "application/json") {
        return Err(ArmError::new(500, "InternalServerError", "An unexpected error occurred."));
    }
    let left = match quota::take_query(core, &caller.object_id) {
        Ok(left) => left,
        Err(throttled) => return Ok(throttled),
    };
    let reply = answer_query(core, caller, request).unwrap_or_else(Reply::from);
    Ok(left.label(reply))
}

fn answer_query(core: &mut Core, caller: &Caller, request: &Request) -> Result<Reply, ArmError> {
    let sent = request.json()?;
    check_members(core, &sent, request.api_version())?;
    let text = sent["query"].as_str().unwrap_or_default();
    let query =
        Query::parse(text).map_err(|problem| refuse(core, problem.code, problem.message))?;
    let found = found_rows(core, caller, &sent, &query)?;
    let reply = page(core, &sent["options"], &query, &found.rows)?;
    Ok(if found.is_cut {
        reply.header("x-ms-tenant-subscription-limit-hit", "true")
    } else {
        reply
    })
}

/// The rows of a query over all pages.
fn found_rows(
    core: &mut Core,
    caller: &Caller,
    sent: &Value,
    query: &Query,
) -> Result<QueryRows, ArmError> {
    // What was read for one page serves the next, as long as nothing else was asked in between.
    let mut question = sent.clone();
    let options = question.get_mut("options").and_then(Value::as_object_mut);
    let token = options.and_then(|options| options.remove("$skipToken"));
    let key = format!("{} {} {question}", caller.tenant, caller.object_id);
    let known = core.graph_rows.iter().find(|known| known.question == key);
    if let Some(known) = known.filter(|_| token.is_some()) {
        return Ok(known.clone());
    }
    snapshot::renew(core);
    let state = core.graph_snapshot.as_ref().map_or(&core.state, |snapshot| &snapshot.state);
    let reader = Reader::new(state, caller, core.now());
    let scope = QueryScope::new(core, state, &reader, caller, sent)?;
    let rows = match query.table {
        "communitygalleryresources" => {
            query.apply(community::communities(core, scope.first()).into_iter())
        }
        _ => {
            let (tenant, now) = (&caller.tenant, core.now());
            query.apply(Index { query, scope: &scope, state, reader: &reader, tenant, now }.rows())
        }
    };
    let found = QueryRows { question: key, rows: Arc::new(rows), is_cut: scope.is_cut };
    core.graph_rows.retain(|known| known.question != found.question);
    core.graph_rows.truncate(MOST_REMEMBERED - 1);
    core.graph_rows.insert(0, found.clone());
    Ok(found)
}

fn check_members(core: &Core, sent: &Value, api_version: &str) -> Result<(), ArmError> {
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
    let mut unknown = members
        .filter(|name| !known.contains(&name.as_str()))
        .chain(options.filter(|name| !option_names.contains(&name.as_str())));
    if let Some(name) = unknown.next() {
        let message = format!("Could not find member '{name}' on object.");
        return Err(ArmError::bad("BadRequest", message));
    }
    if api_version < "2021-06-01-preview" && !sent["options"]["authorizationScopeFilter"].is_null()
    {
        let message = "Could not find member 'authorizationScopeFilter' on object.";
        return Err(ArmError::bad("BadRequest", message));
    }
    let format = sent["options"]["resultFormat"].as_str().unwrap_or("objectArray");
    if format != "objectArray" {
        // The other one is Azure's too; nobody here has looked at it.
        return Err(refuse(core, "InvalidResultFormat", format!("'{format}' is not kept here.")));
    }
    Ok(())
}

fn page(core: &Core, options: &Value, query: &Query, rows: &[Box<str>]) -> Result<Reply, ArmError> {
    let top = options["$top"].as_u64().unwrap_or(100);
    let top = usize::try_from(top).unwrap_or(LARGEST_PAGE + 1);
    if !(1..=LARGEST_PAGE).contains(&top) {
        return Err(refuse(core, "InvalidTop", "'$top' has to be from 1 to 1000."));
    }
    let mut skip = match (options["$skipToken"].as_str(), options["$skip"].as_u64()) {
        (None, skip) => usize::try_from(skip.unwrap_or(0)).unwrap_or(usize::MAX),
        (Some(token), _) => token
            .parse()
            .map_err(|_| refuse(core, "InvalidSkipToken", "The skip token is invalid."))?,
    };
    // Without an order, pages are cut out of a list that moved between them.
    if skip > 0 && !query.is_ordered() {
        skip += core.knobs.graph_row_loss;
    }
    let data = &rows[skip.min(rows.len())..];
    let data = &data[..top.min(data.len())];
    let has_more = skip + data.len() < rows.len();
    let is_truncated = has_more && (!query.has_id() || core.knobs.graph_truncates);
    let token = if has_more && !is_truncated {
        format!(r#","$skipToken":"{}""#, skip + data.len())
    } else {
        String::new()
    };
    let body = format!(
        r#"{{"totalRecords":{},"count":{},"facets":[],"resultTruncated":"{is_truncated}"{token},"data":[{}]}}"#,
        rows.len(),
        data.len(),
        data.join(","),
    );
    let limit = core.knobs.graph_payload_limit;
    if limit > 0 && body.len() > limit {
        let words =
            format!("Response payload size is {}, which is over the limit of {limit}.", body.len());
        return Err(refuse(core, "ResponsePayloadTooLarge", words));
    }
    Ok(Reply::text(200, "application/json; charset=utf-8", body))
}
