//! Who signs in where no one is named, why, and for which subscription.

use serde::Serialize;

use super::credentials::TenantStatus;
use crate::app::App;
use crate::app::names::KnownNames;
use crate::auth::{self, ChosenIdentity, SignInReason};
use crate::error::Result;
use crate::id::TenantRef;

/// Who signs in, and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInStatus {
    /// The credential's name, `environment` or `az login`.
    pub name: String,
    /// `flag`, `variable`, `environment`, `default` or `az`.
    pub why: SignInReason,
    /// The same in words.
    pub reason: String,
    /// The application, or the user of the `az` login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The tenants it is for, its home first; a tenant that was named by its domain has no id yet.
    pub tenants: Vec<TenantStatus>,
}

/// The subscription that is used where none is named.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionStatus {
    pub id: Option<String>,
    pub name: Option<String>,
    /// `flag`, `variable`, `credential` or `az`.
    pub why: &'static str,
}

/// Finds out who would sign in, without signing in.
///
/// # Errors
/// If no one can, or two sources contradict each other.
pub(crate) fn sign_in_status(app: &App, names: &KnownNames) -> Result<SignInStatus> {
    let choice = auth::choose_identity(&app.sign_in_context())?;
    let (name, client_id, user, tenants) = match &choice.who {
        ChosenIdentity::Stored(record) => {
            let ids = std::iter::once(&record.tenant_id).chain(&record.also_tenant_ids);
            let tenants = ids.map(|id| TenantStatus::known(names, &id.to_string())).collect();
            (record.name.clone(), Some(record.client_id.to_string()), None, tenants)
        }
        ChosenIdentity::Environment(application) => {
            let home = match &application.home {
                TenantRef::Id(id) => TenantStatus::known(names, &id.to_string()),
                TenantRef::Domain(name) => TenantStatus::by_domain(name),
            };
            let client = application.client.to_string();
            ("environment".to_owned(), Some(client), None, vec![home])
        }
        ChosenIdentity::Az(login) => {
            let tenants = auth::TokenSource::tenants(login.as_ref());
            let tenants =
                tenants.iter().map(|id| TenantStatus::known(names, &id.to_string())).collect();
            ("az login".to_owned(), None, Some(login.user_name().to_owned()), tenants)
        }
    };
    let reason = in_words(app, choice.reason);
    Ok(SignInStatus { name, why: choice.reason, reason, client_id, user, tenants })
}

fn in_words(app: &App, reason: SignInReason) -> String {
    match reason {
        SignInReason::Flag => "named with --credential".to_owned(),
        SignInReason::Variable => "named by AZ_IMAGESHARE_CREDENTIAL".to_owned(),
        SignInReason::Environment => {
            format!("{} is set", app.settings.environment.names.client_id)
        }
        SignInReason::Default => "the default credential".to_owned(),
        SignInReason::Az if app.inside_az => "az runs this command".to_owned(),
        SignInReason::Az => "no credential is the default".to_owned(),
    }
}

/// The subscription that was named, else the credential's own, else the default one of `az`.
pub(super) fn subscription_status(app: &App, names: &KnownNames) -> Option<SubscriptionStatus> {
    let settings = &app.settings;
    let status = |named: &str, why| {
        let (id, name) = names.subscription(named);
        SubscriptionStatus { id, name, why }
    };
    if let Some(named) = &settings.subscription {
        return Some(status(named, if settings.names_subscription { "flag" } else { "variable" }));
    }
    let own =
        auth::choose_identity(&app.sign_in_context()).ok().and_then(|choice| match choice.who {
            ChosenIdentity::Stored(record) => record.subscription,
            _ => None,
        });
    match own {
        Some(own) => Some(status(&own, "credential")),
        None => names.az_default().map(|found| status(&found.id, "az")),
    }
}
