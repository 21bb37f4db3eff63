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
    };

    /// One family or the other, never half of each: they may name two identities.
    pub(super) fn in_use(process: &Process) -> SignInNames {
        let is_set = |names: &SignInNames| {
            let own = [names.client_id, names.client_secret, names.certificate, names.token_file];
            own.iter().chain(&names.token).any(|name| process.path(name).is_some())
        };
        if is_set(&SignInNames::AZURE) || !is_set(&SignInNames::TERRAFORM) {
            SignInNames::AZURE
        } else {
            SignInNames::TERRAFORM
        }
    }
}

impl Default for SignInNames {
    fn default() -> SignInNames {
        SignInNames::AZURE
    }
}
