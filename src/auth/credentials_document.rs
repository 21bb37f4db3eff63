//! The JSON document of a service principal that people keep in one variable of a pipeline, mostly
//! `AZURE_CREDENTIALS`: as `az ad sp create-for-rbac` prints it, with `--sdk-auth` (`--json-auth`) or without.
//!
//! Source: <https://learn.microsoft.com/cli/azure/ad/sp#az-ad-sp-create-for-rbac> and
//! <https://github.com/Azure/login#login-with-a-service-principal-secret>

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::credential_source::{ClientCredential, CredentialSource};
use super::error::AuthError;
use crate::id::{ClientId, TenantRef};
use crate::secrets::{Secret, input};
use crate::settings::Cloud;

/// A service principal as a document describes it.
pub(crate) struct DescribedApplication {
    pub(crate) tenant: TenantRef,
    pub(crate) client: ClientId,
    pub(crate) source: CredentialSource,
    pub(crate) subscription: Option<String>,
}

/// Both shapes; `az` has printed either since 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialsDocument {
    #[serde(alias = "appId")]
    client_id: Option<String>,
    #[serde(alias = "tenant")]
    tenant_id: Option<String>,
    #[serde(alias = "password")]
    client_secret: Option<String>,
    #[serde(alias = "fileWithCertAndPrivateKey")]
    client_certificate: Option<PathBuf>,
    subscription_id: Option<String>,
    active_directory_endpoint_url: Option<String>,
    resource_manager_endpoint_url: Option<String>,
}

/// Reads a document. `place` is the variable or file that it is in, for messages; nothing of it is repeated.
///
/// # Errors
/// If it is none, half of it is missing, or it belongs to another cloud than the one in use.
pub(crate) fn read_document(
    document: &Secret,
    place: &str,
    cloud: &Cloud,
) -> Result<DescribedApplication, AuthError> {
    let unusable = |problem: &str| AuthError::Document {
        place: place.to_owned(),
        problem: problem.to_owned(),
    };
    let text = document.expose().trim_start_matches('\u{feff}').trim();
    let read: CredentialsDocument = serde_json::from_str(text)
        .map_err(|_| unusable("is not the JSON document of `az ad sp create-for-rbac`"))?;
    for (key, given, expected) in [
        (
            "activeDirectoryEndpointUrl",
            &read.active_directory_endpoint_url,
            &cloud.active_directory,
        ),
        (
            "resourceManagerEndpointUrl",
            &read.resource_manager_endpoint_url,
            &cloud.resource_manager,
        ),
    ] {
        if let Some(given) = given {
            check_origin(given, expected, &format!("{key} of {place}"))?;
        }
    }
    let missing = |key: &str| AuthError::Incomplete {
        source_name: format!("the document in {place}"),
        missing: key.to_owned(),
    };
    let tenant = read.tenant_id.ok_or_else(|| missing("tenantId"))?;
    let client = read.client_id.ok_or_else(|| missing("clientId"))?;
    let source = match (read.client_secret, read.client_certificate) {
        (Some(secret), _) => {
            let secret = input::client_secret(secret.into_bytes()).map_err(|reason| {
                AuthError::Unfit { variable: format!("clientSecret of {place}"), reason }
            })?;
            CredentialSource::Given(ClientCredential::Secret(secret))
        }
        (None, Some(path)) => CredentialSource::CertificateFile(path, None),
        (None, None) => return Err(missing("clientSecret")),
    };
    Ok(DescribedApplication {
        tenant: tenant
            .parse()
            .map_err(|_| unusable("has a tenantId that is neither a GUID nor a domain"))?,
        client: client.parse().map_err(|_| unusable("has a clientId that is not a GUID"))?,
        source,
        subscription: read.subscription_id.filter(|id| !id.is_empty()),
    })
}

/// A secret is only ever sent to the cloud that it is for.
fn check_origin(given: &str, expected: &Url, what: &str) -> Result<(), AuthError> {
    let same = given.parse::<Url>().is_ok_and(|given| given.origin() == expected.origin());
    if same {
        return Ok(());
    }
    let found = given.parse::<Url>().map(|url| url.origin().ascii_serialization());
    Err(AuthError::UntrustedOrigin {
        what: what.to_owned(),
        found: found.unwrap_or_else(|_| "no address".to_owned()),
        expected: expected.origin().ascii_serialization(),
    })
}
