//! The consumer's request: which tenant asks, and for whom, in a file without secrets that the publisher
//! gives to `delegation create --request`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::TokenRequest;
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::TenantId;
use crate::ops::access::principal::{Principal, resolve_all};
use crate::ops::exchange_file;

/// What marks a file as a request.
pub(crate) const KIND: &str = "az-imageshare/delegation-request";
/// The form of the file.
pub(crate) const VERSION: u32 = 1;

/// Who asks, and for whom: the shape of the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub kind: String,
    pub version: u32,
    /// The cloud both tenants must be in.
    pub cloud: String,
    /// The tenant that asks.
    pub consumer_tenant_id: TenantId,
    /// Its name, if Graph reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_tenant_name: Option<String>,
    /// Who is to have access.
    pub principals: Vec<Principal>,
    /// When it was made (RFC 3339).
    pub created_on: String,
    /// Where it was written to; not part of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Makes the request of the signed-in tenant for `principals`: names, sign-in names or ids.
///
/// # Errors
/// If one of them does not exist, could be several, or cannot be given a role by Lighthouse.
pub(crate) async fn make(app: &App, principals: &[String]) -> Result<Request> {
    let tenant = tenant(app).await?;
    let directory = Directory::new(app.graph(Some(tenant))?);
    let (name, principals) = tokio::join!(
        tenant_name(&directory),
        resolve_all(&directory, app.reporter.as_ref(), principals),
    );
    Ok(Request {
        kind: KIND.to_owned(),
        version: VERSION,
        cloud: app.settings.cloud.name.clone(),
        consumer_tenant_id: tenant,
        consumer_tenant_name: name,
        principals: principals?,
        created_on: rfc3339(app.now())?,
        file: None,
    })
}

/// The tenant a token really comes from: what a credential was made with may be a domain.
async fn tenant(app: &App) -> Result<TenantId> {
    let request =
        TokenRequest { tenant: None, scope: app.settings.cloud.graph_scope(), renew: false };
    Ok(app.tokens()?.token(&request).await?.tenant)
}

/// The name is a courtesy to the publisher: without the permission to read it, it is left out.
async fn tenant_name(directory: &Directory) -> Option<String> {
    directory.organization().await.ok()??.display_name
}

fn rfc3339(seconds: i64) -> Result<String> {
    let time = jiff::Timestamp::from_second(seconds).map_err(|err| {
        Error::new(Kind::Failure, format!("this computer's clock is unusable: {err}"))
    })?;
    Ok(time.to_string())
}

/// Writes a request; a file that is there is replaced only if it is a request too.
pub(crate) fn write(request: &Request, path: &Path) -> Result<()> {
    exchange_file::write(request, path, KIND, "delegation request")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            kind: KIND.into(),
            version: VERSION,
            cloud: "AzureCloud".into(),
            consumer_tenant_id: "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap(),
            consumer_tenant_name: None,
            principals: Vec::new(),
            created_on: rfc3339(1_763_812_800).unwrap(),
            file: None,
        }
    }

    #[test]
    fn only_a_request_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("request.json");
        write(&request(), &path).unwrap();
        write(&request(), &path).unwrap();
        let read: Request = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(read.created_on, "2025-11-22T12:00:00Z");
        for other in ["{\"kind\": \"something\"}", "text", ""] {
            std::fs::write(&path, other).unwrap();
            assert_eq!(write(&request(), &path).unwrap_err().kind(), Kind::Usage, "{other}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
        }
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_it_and_nothing_is_left_beside_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("request.json");
        write(&request(), &path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
