//! A consumer's request as a source of its tenant and its principals.

use std::path::Path;

use serde::Deserialize;

use super::members::parsed;
use super::node::ManifestProblems;
use super::types::{FleetPrincipal, Positioned};
use crate::id::TenantRef;
use crate::ops::document;
use crate::ops::offer::request::KIND;

/// What a request says.
pub(super) struct RequestedAccess {
    pub tenant: Positioned<TenantRef>,
    pub cloud: Option<Positioned<String>>,
    /// By their names, or by their ids where they have none.
    pub principals: Vec<(String, FleetPrincipal)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestDocument {
    kind: String,
    #[serde(default)]
    cloud: Option<String>,
    consumer_tenant_id: String,
    principals: Vec<RequestedPrincipal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestedPrincipal {
    principal_id: String,
    #[serde(default)]
    principal_name: Option<String>,
    #[serde(default)]
    principal_type: Option<String>,
}

/// Reads the file that a manifest in `folder` names.
pub(super) fn read(
    file: &Positioned<String>,
    folder: &Path,
    problems: &mut ManifestProblems,
) -> Option<RequestedAccess> {
    let path = folder.join(&file.value);
    let value = match document::read(&path.to_string_lossy()) {
        Ok(value) => value,
        Err(why) => {
            problems.add(file.at, format!("'{}' {}", file.value, why.rule), why.fix);
            return None;
        }
    };
    let asked: Option<RequestDocument> = serde_json::from_value(value).ok();
    let Some(asked) = asked.filter(|asked| asked.kind == KIND) else {
        problems.add(
            file.at,
            format!("'{}' is not a request for a delegation", file.value),
            "Have the consumer make it with `az-imageshare delegation request --principal NAME --output-file FILE`.",
        );
        return None;
    };
    let fix = "Have the consumer make the request again.";
    let tenant = Positioned::new(asked.consumer_tenant_id, file.at);
    let tenant = parsed(tenant, "the request's tenant", fix, problems)?;
    let mut principals = Vec::new();
    for found in asked.principals {
        let id = Positioned::new(found.principal_id.clone(), file.at);
        if let Some(id) = parsed(id, "a principal of the request", fix, problems) {
            let name = found.principal_name.clone().unwrap_or(found.principal_id);
            let kind = found.principal_type;
            principals.push((name, FleetPrincipal { id, kind, name: found.principal_name }));
        }
    }
    let cloud = asked.cloud.map(|cloud| Positioned::new(cloud, file.at));
    Some(RequestedAccess { tenant, cloud, principals })
}
