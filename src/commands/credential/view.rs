//! A credential as it is printed.

use serde::Serialize;

use crate::auth::records::SignInWay;
use crate::id::{ClientId, TenantId};
use crate::ops::credential::{CredentialKind, Record};
use crate::output::View;
use crate::settings::TokenIssuer;

/// A credential as it is printed: never its secret, not even masked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialView {
    name: String,
    cloud: String,
    tenant_id: TenantId,
    also_tenant_ids: Vec<TenantId>,
    client_id: ClientId,
    kind: CredentialKind,
    store: String,
    is_default: bool,
    secret_expires_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_thumbprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    federated_token_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    federated_by: Option<TokenIssuer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignInWay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_connection_id: Option<String>,
}

impl View for CredentialView {
    const TABLE: &'static str = "{Name:name, Default:isDefault, Kind:kind, Tenant:tenantId, AlsoIn:join(', ', alsoTenantIds), Cloud:cloud, Expires:secretExpiresOn}";
}

impl From<Record> for CredentialView {
    fn from(record: Record) -> CredentialView {
        CredentialView {
            name: record.name,
            cloud: record.cloud,
            tenant_id: record.tenant_id,
            also_tenant_ids: record.also_tenant_ids,
            client_id: record.client_id,
            kind: record.kind,
            store: record.store,
            is_default: record.is_default,
            secret_expires_on: record.secret_expires_on,
            subscription: record.subscription,
            certificate_thumbprint: record.thumbprint,
            federated_token_file: record.token_file,
            federated_by: record.token_issuer,
            account: record.account,
            sign_in: record.sign_in,
            service_connection_id: record.service_connection,
        }
    }
}
