//! The variables that describe a sign-in: Azure's own, or Terraform's.

use super::env;
use crate::process::Process;

/// The names of the variables that describe a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct SignInNames {
    pub tenant_id: &'static str,
    pub client_id: &'static str,
    pub client_secret: &'static str,
    pub certificate: &'static str,
    pub certificate_password: &'static str,
    pub token_file: &'static str,
    /// The variable with a federated token itself.
    pub token: Option<&'static str>,
    /// The address for federated tokens, and what opens it.
    pub request: (&'static str, &'static str),
    /// The service connection of Azure Pipelines that tokens are asked for; the first is the one to name.
    pub connections: &'static [&'static str],
}

impl SignInNames {
    /// Azure's own names.
    const AZURE: SignInNames = SignInNames {
        tenant_id: env::TENANT_ID,
        client_id: env::CLIENT_ID,
        client_secret: env::CLIENT_SECRET,
        certificate: env::CLIENT_CERTIFICATE_PATH,
        certificate_password: env::CLIENT_CERTIFICATE_PASSWORD,
        token_file: env::FEDERATED_TOKEN_FILE,
        token: None,
        request: env::ACTIONS_REQUEST,
        connections: &[env::TASK_CONNECTION_ID],
    };

    /// Those that the tasks of Azure Pipelines set for the service connection that they were given.
    const TASK: SignInNames = SignInNames {
        tenant_id: env::TASK_TENANT_ID,
        client_id: env::TASK_CLIENT_ID,
        request: env::PIPELINES_REQUEST,
        ..SignInNames::AZURE
    };

    /// Those of Terraform and Packer. Source:
    /// <https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_client_secret>
    const TERRAFORM: SignInNames = SignInNames {
        tenant_id: env::ARM_TENANT_ID,
        client_id: env::ARM_CLIENT_ID,
        client_secret: env::ARM_CLIENT_SECRET,
        certificate: env::ARM_CLIENT_CERTIFICATE_PATH,
        certificate_password: env::ARM_CLIENT_CERTIFICATE_PASSWORD,
        token_file: env::ARM_OIDC_TOKEN_FILE_PATH,
        token: Some(env::ARM_OIDC_TOKEN),
        request: (env::ARM_OIDC_REQUEST_URL, env::ARM_OIDC_REQUEST_TOKEN),
        connections: &[
            env::ARM_PIPELINE_CONNECTION_ID,
            env::ARM_CONNECTION_ID,
            env::TASK_CONNECTION_ID,
        ],
    };

    /// One family or the other, never half of each: they may name two identities.
    pub(super) fn in_use(process: &Process) -> SignInNames {
        let is_set = |names: &SignInNames| {
            let own = [names.client_id, names.client_secret, names.certificate, names.token_file];
            own.iter().chain(&names.token).any(|name| process.path(name).is_some())
        };
        // A task sets its names whether or not the job may ask for tokens: all of them, or none.
        let task = SignInNames::TASK;
        let whole = [task.tenant_id, task.client_id, task.request.0, task.request.1];
        let whole = whole.iter().chain(task.connections);
        if is_set(&SignInNames::AZURE) {
            SignInNames::AZURE
        } else if is_set(&SignInNames::TERRAFORM) {
            SignInNames::TERRAFORM
        } else if whole.into_iter().all(|name| process.path(name).is_some()) {
            SignInNames::TASK
        } else {
            SignInNames::AZURE
        }
    }
}

impl Default for SignInNames {
    fn default() -> SignInNames {
        SignInNames::AZURE
    }
}
