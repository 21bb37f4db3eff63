//! Directory objects as Microsoft Graph shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::core::Core;
use crate::directory::FederatedCredential;
use crate::state::{Application, ClientSecret, Principal, PrincipalKind};

/// A directory object with its type.
pub(super) fn object(core: &Core, principal: &Principal) -> Value {
    match principal.kind {
        PrincipalKind::User => user(core, principal),
        PrincipalKind::SecurityGroup | PrincipalKind::Microsoft365Group => group(principal),
        PrincipalKind::ServicePrincipal => service_principal(core, principal),
        PrincipalKind::Application => match core.state.application(&principal.login) {
            Some(registration) => application(core, registration),
            None => {
                json!({"@odata.type": "#microsoft.graph.application", "id": principal.id,
                "appId": principal.login, "displayName": principal.name})
            }
        },
    }
}

fn user(core: &Core, principal: &Principal) -> Value {
    let key = principal.id.to_ascii_lowercase();
    let person = core.state.directory.people.get(&key);
    let guest = person.is_some_and(|person| person.guest);
    let mail = match person {
        Some(person) => person.mail.clone(),
        None => Some(principal.login.clone()),
    };
    let state = match person {
        Some(person) if person.guest && person.pending => json!("PendingAcceptance"),
        Some(person) if person.guest => json!("Accepted"),
        _ => Value::Null,
    };
    json!({"@odata.type": "#microsoft.graph.user", "id": principal.id, "displayName": principal.name,
        "userPrincipalName": principal.login, "mail": mail,
        "otherMails": person.map(|person| person.other_mails.clone()).unwrap_or_default(),
        "userType": if guest { "Guest" } else { "Member" }, "externalUserState": state, "accountEnabled": true})
}

fn group(principal: &Principal) -> Value {
    let security = principal.kind == PrincipalKind::SecurityGroup;
    let types: &[&str] = if security { &[] } else { &["Unified"] };
    json!({"@odata.type": "#microsoft.graph.group", "id": principal.id, "displayName": principal.name,
        "securityEnabled": security, "mailEnabled": !security, "groupTypes": types})
}

fn service_principal(core: &Core, principal: &Principal) -> Value {
    let application = core.state.application(&principal.login);
    let owner = application.map(|application| application.tenant.clone());
    json!({"@odata.type": "#microsoft.graph.servicePrincipal", "id": principal.id,
        "displayName": principal.name, "appDisplayName": principal.name, "appId": principal.login,
        "appOwnerOrganizationId": owner, "servicePrincipalNames": [principal.login],
        "servicePrincipalType": "Application", "accountEnabled": true, "tags": [],
        "signInAudience": application.map(audience)})
}

/// An app registration.
pub(super) fn application(core: &Core, application: &Application) -> Value {
    let rest = core.state.directory.registration(&application.client_id);
    let domain = core.state.tenant(&application.tenant).map(|tenant| &tenant.domain);
    let secrets: Vec<Value> =
        application.secrets.iter().map(|secret| password(core, application, secret)).collect();
    let keys: Vec<Value> =
        application.certificates.iter().map(|der| super::key_credentials::key_body(der)).collect();
    json!({"@odata.type": "#microsoft.graph.application", "id": application.object_id,
        "appId": application.client_id, "displayName": application.name, "signInAudience": audience(application),
        "uniqueName": rest.unique_name, "publisherDomain": domain, "tags": rest.tags,
        "identifierUris": rest.identifier_uris, "createdDateTime": "2026-01-10T08:00:00Z",
        "web": {"redirectUris": application.redirect_uris, "homePageUrl": null, "logoutUrl": null,
            "implicitGrantSettings": {"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false}},
        "publicClient": {"redirectUris": []}, "spa": {"redirectUris": []}, "requiredResourceAccess": [],
        "passwordCredentials": secrets, "keyCredentials": keys, "appRoles": [],
        "api": {"oauth2PermissionScopes": [], "requestedAccessTokenVersion": null}})
}

/// A client secret: never its value.
pub(super) fn password(core: &Core, application: &Application, secret: &ClientSecret) -> Value {
    let rest = core.state.directory.registration(&application.client_id);
    let (name, begin) = rest.passwords.get(&secret.id).cloned().unwrap_or_default();
    let hint: String = secret.value.chars().take(3).collect();
    json!({"keyId": secret.id, "displayName": name, "hint": hint, "secretText": null,
        "customKeyIdentifier": null, "startDateTime": time(begin), "endDateTime": time(secret.expires_on)})
}

/// A federated credential.
pub(super) fn federated(credential: &FederatedCredential) -> Value {
    json!({"id": credential.id, "name": credential.name, "issuer": credential.issuer,
        "subject": credential.subject, "audiences": [credential.audience], "description": credential.description})
}

fn audience(application: &Application) -> &'static str {
    if application.multi_tenant { "AzureADMultipleOrgs" } else { "AzureADMyOrg" }
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// A new object id.
pub(super) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
