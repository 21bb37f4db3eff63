//! App registrations, their secrets and federated credentials, and service principals.
//!
//! Source: <https://learn.microsoft.com/graph/api/resources/application>, version 1.0. A client secret is shown once,
//! in the answer to `addPassword`, and is wrapped immediately.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Directory, DirectoryObject, GraphError};
use crate::id::{ClientId, PrincipalId, path_segment};
use crate::rest::decode_reply;
use crate::secrets::Secret;

/// An app registration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppRegistration {
    /// Its object id; no role can be given to it.
    pub id: String,
    /// Its application (client) id.
    pub app_id: ClientId,
    /// Its name for people.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Whose users and tenants it is for.
    #[serde(default)]
    pub sign_in_audience: Option<String>,
    /// Marks set at its registration.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its client secrets, without their values.
    #[serde(default)]
    pub password_credentials: Vec<AppPassword>,
    /// Its certificates, without their keys.
    #[serde(default)]
    pub key_credentials: Vec<AppCertificate>,
    /// Its reply addresses.
    #[serde(default)]
    pub web: WebPlatform,
}

impl AppRegistration {
    /// What of it this program writes, as Graph takes it.
    pub(crate) fn body(&self) -> Value {
        json!({
            "displayName": self.display_name, "signInAudience": self.sign_in_audience,
            "web": {"redirectUris": self.web.redirect_uris}, "tags": self.tags,
        })
    }

    /// Its name for people, else its client id.
    pub(crate) fn label(&self) -> String {
        self.display_name.clone().unwrap_or_else(|| self.app_id.to_string())
    }
}

/// The web platform of an app registration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebPlatform {
    /// Where the browser is sent back to.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

/// A certificate of an app registration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppCertificate {
    pub key_id: String,
    /// Its SHA-1 thumbprint in base64, unless another mark was given.
    #[serde(default)]
    pub custom_key_identifier: Option<String>,
    /// Its name.
    #[serde(default)]
    pub display_name: Option<String>,
}

/// A client secret without its value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppPassword {
    pub key_id: String,
    /// Its name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// When it ends.
    #[serde(default)]
    pub end_date_time: Option<String>,
    /// The first characters of its value.
    #[serde(default)]
    pub hint: Option<String>,
}

/// A new client secret.
#[derive(Debug)]
pub(crate) struct NewAppPassword {
    pub key_id: String,
    /// The value, which is never shown again.
    pub secret: Secret,
}

/// An outside identity that may sign in as an application.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FederatedIdentity {
    pub name: String,
    /// Who issues its tokens.
    pub issuer: String,
    /// Whom they are for.
    pub subject: String,
}

impl Directory {
    /// Reads the app registration with this alternate key; `None` if there is none.
    pub(crate) async fn application_named(
        &self,
        key: &str,
    ) -> Result<Option<AppRegistration>, GraphError> {
        self.client.find(&by_unique_name(key), &[]).await
    }

    /// Reads the app registration with this client id; `None` if this tenant has none.
    pub(crate) async fn application(
        &self,
        client: ClientId,
    ) -> Result<Option<AppRegistration>, GraphError> {
        let path = format!("/v1.0/applications(appId='{client}')");
        self.client.find(&path, &[]).await
    }

    /// Reads the app registration with this object id; `None` if there is none.
    pub(crate) async fn application_at(
        &self,
        id: PrincipalId,
    ) -> Result<Option<AppRegistration>, GraphError> {
        self.client.find(&format!("/v1.0/applications/{id}"), &[]).await
    }

    /// Changes what an app registration says.
    pub(crate) async fn change_application(
        &self,
        id: PrincipalId,
        body: &Value,
    ) -> Result<(), GraphError> {
        let path = format!("/v1.0/applications/{id}");
        self.client.request(Method::PATCH, &path, &[], Some(body)).await?;
        Ok(())
    }

    /// Lists the app registrations with this tag.
    pub(crate) async fn applications_tagged(
        &self,
        tag: &str,
    ) -> Result<Vec<AppRegistration>, GraphError> {
        let filter = format!("tags/any(t:t eq '{tag}')");
        self.client.list("/v1.0/applications", &[("$filter", &filter)]).await
    }

    /// Creates the app registration with this alternate key, or changes it.
    pub(crate) async fn put_application(&self, key: &str, body: &Value) -> Result<(), GraphError> {
        self.client.upsert(&by_unique_name(key), body).await?;
        Ok(())
    }

    /// Deletes an app registration; true if it was there.
    pub(crate) async fn delete_application(&self, id: &str) -> Result<bool, GraphError> {
        self.delete(&format!("/v1.0/applications/{id}")).await
    }

    /// Makes a client secret, which only this answer shows.
    pub(crate) async fn add_password(
        &self,
        application: &str,
        name: &str,
        end: &str,
    ) -> Result<NewAppPassword, GraphError> {
        let path = format!("/v1.0/applications/{application}/addPassword");
        let body = json!({"passwordCredential": {"displayName": name, "endDateTime": end}});
        let reply = self.post(&path, &body).await?;
        new_password(reply, &path)
    }

    /// Removes a client secret; true if it was there.
    pub(crate) async fn remove_password(
        &self,
        application: &str,
        key: &str,
    ) -> Result<bool, GraphError> {
        let path = format!("/v1.0/applications/{application}/removePassword");
        match self.post(&path, &json!({ "keyId": key })).await {
            Ok(_) => Ok(true),
            // Graph has no code for a key that is gone already.
            Err(GraphError::Refused(refusal))
                if refusal.message.contains("No password credential") =>
            {
                Ok(false)
            }
            Err(err) => Err(err),
        }
    }

    /// Adds a certificate; `proof` is signed by one that the application has, and replaces a permission. Gives its
    /// key id.
    pub(crate) async fn add_key(
        &self,
        application: &str,
        certificate: &str,
        proof: &Secret,
    ) -> Result<String, GraphError> {
        let path = format!("/v1.0/applications/{application}/addKey");
        let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate});
        let body =
            json!({"keyCredential": key, "passwordCredential": null, "proof": proof.expose()});
        let reply = self.post(&path, &body).await?;
        let made: AppCertificate = decode_reply(&path, reply)?;
        Ok(made.key_id)
    }

    /// Removes a certificate, with a proof as [`Directory::add_key`].
    pub(crate) async fn remove_key(
        &self,
        application: &str,
        key: &str,
        proof: &Secret,
    ) -> Result<(), GraphError> {
        let path = format!("/v1.0/applications/{application}/removeKey");
        self.post(&path, &json!({"keyId": key, "proof": proof.expose()})).await?;
        Ok(())
    }

    /// Lists the federated credentials of an app registration.
    pub(crate) async fn federated(
        &self,
        application: &str,
    ) -> Result<Vec<FederatedIdentity>, GraphError> {
        let path = format!("/v1.0/applications/{application}/federatedIdentityCredentials");
        self.client.list(&path, &[]).await
    }

    /// Lets an outside identity sign in as the application.
    pub(crate) async fn add_federated(
        &self,
        application: &str,
        wanted: &FederatedIdentity,
        audience: &str,
    ) -> Result<(), GraphError> {
        let path = format!("/v1.0/applications/{application}/federatedIdentityCredentials");
        let body = json!({"name": wanted.name, "issuer": wanted.issuer, "subject": wanted.subject,
            "audiences": [audience]});
        self.post(&path, &body).await?;
        Ok(())
    }

    /// Reads what an application is in this tenant; `None` if the tenant does not know it.
    pub(crate) async fn service_principal(
        &self,
        client: ClientId,
    ) -> Result<Option<DirectoryObject>, GraphError> {
        let path = format!("/v1.0/servicePrincipals(appId='{client}')");
        self.client.find(&path, &[]).await
    }

    /// Makes an application known in this tenant, whichever tenant it is registered in.
    pub(crate) async fn add_service_principal(
        &self,
        client: ClientId,
    ) -> Result<DirectoryObject, GraphError> {
        let path = "/v1.0/servicePrincipals";
        let reply = self.post(path, &json!({"appId": client})).await?;
        decode_reply(path, reply)
    }

    /// Deletes a service principal; true if it was there.
    pub(crate) async fn delete_service_principal(&self, id: &str) -> Result<bool, GraphError> {
        self.delete(&format!("/v1.0/servicePrincipals/{id}")).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, GraphError> {
        let reply = self.client.request(Method::POST, path, &[], Some(body)).await?;
        Ok(reply.body)
    }

    /// Unlike Resource Manager, Graph answers 204 to a deletion that took place, and 404 to the next.
    async fn delete(&self, path: &str) -> Result<bool, GraphError> {
        Ok(self.client.remove(path, &[]).await?.is_some())
    }
}

fn by_unique_name(key: &str) -> String {
    format!("/v1.0/applications(uniqueName='{}')", path_segment(key))
}

fn new_password(mut reply: Value, what: &str) -> Result<NewAppPassword, GraphError> {
    let malformed = |problem: &str| GraphError::Malformed {
        what: what.to_owned(),
        problem: problem.to_owned(),
    };
    let Some(Value::String(plain)) = reply.get_mut("secretText").map(Value::take) else {
        return Err(malformed("no secret"));
    };
    let key_id = reply["keyId"].as_str().ok_or_else(|| malformed("a secret without a key id"))?;
    Ok(NewAppPassword { key_id: key_id.to_owned(), secret: Secret::new(plain) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_wrapped_and_taken_out_of_the_answer() {
        let reply = json!({"keyId": "k", "secretText": "hunter2"});
        let made = new_password(reply, "x").unwrap();
        assert_eq!(made.secret, Secret::new("hunter2".into()));
        assert!(!format!("{made:?}").contains("hunter2"));
        assert!(new_password(json!({"keyId": "k", "secretText": null}), "x").is_err());
    }
}
