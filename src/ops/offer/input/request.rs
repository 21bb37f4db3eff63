//! The consumer's request: who they are and who of them is to get access, made by `delegation request`.

use serde::Deserialize;

use super::super::request::{KIND, VERSION};
use super::flags;
use super::layer::{Layer, Placed, RawGrant};
use crate::ops::change::findings::Findings;
use crate::ops::document;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    cloud: Option<String>,
    consumer_tenant_id: String,
    principals: Vec<Principal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Principal {
    principal_id: String,
    #[serde(default)]
    principal_name: Option<String>,
}

/// Reads a request; what cannot be used becomes a finding.
pub(super) fn read(path: &str, with_delete_role: bool, findings: &mut Findings) -> Option<Layer> {
    let place = format!("--request {}", path);
    let value = match document::read(path) {
        Ok(value) => value,
        Err(why) => {
            findings.input(&place, why.rule, why.fix);
            return None;
        }
    };
    let kind = value.get("kind").and_then(|kind| kind.as_str());
    if kind != Some(KIND) {
        let found = kind.map_or_else(|| "nothing".to_owned(), |kind| format!("'{kind}'"));
        findings.input(
            format!("{place}: kind"),
            format!("is {found}, not '{KIND}'"),
            "Have the consumer make the file with `az-imageshare delegation request`; a Lighthouse parameter file goes to --parameters.",
        );
        return None;
    }
    let version = value.get("version").and_then(serde_json::Value::as_u64);
    if version != Some(u64::from(VERSION)) {
        let found = value.get("version").map_or_else(|| "missing".to_owned(), ToString::to_string);
        findings.input(
            format!("{place}: version"),
            format!("is {found}, and this program reads version {VERSION}"),
            "Update az-imageshare on the older side, and make the request again.",
        );
        return None;
    }
    match serde_json::from_value::<Request>(value) {
        Ok(request) => Some(layer(&request, &place, with_delete_role, findings)),
        Err(err) => {
            findings.input(
                place,
                format!("is not a complete request: {err}"),
                "Have the consumer make it again with `az-imageshare delegation request`.",
            );
            None
        }
    }
}

fn layer(request: &Request, place: &str, with_delete_role: bool, findings: &mut Findings) -> Layer {
    if request.principals.is_empty() {
        findings.input(
            format!("{place}: principals"),
            "is empty",
            "Have the consumer name a group: `az-imageshare delegation request --principal NAME`.",
        );
    }
    let grants: Vec<RawGrant> = request
        .principals
        .iter()
        .enumerate()
        .flat_map(|(at, principal)| {
            let id = Placed::new(
                principal.principal_id.trim(),
                format!("{place}: principals[{at}].principalId"),
            );
            flags::usual(&id, principal.principal_name.as_deref(), with_delete_role)
        })
        .collect();
    Layer {
        consumer: Some(Placed::new(
            request.consumer_tenant_id.trim(),
            format!("{place}: consumerTenantId"),
        )),
        cloud: request
            .cloud
            .as_ref()
            .map(|cloud| Placed::new(cloud.trim(), format!("{place}: cloud"))),
        grants: Some(grants),
        ..Layer::default()
    }
}
