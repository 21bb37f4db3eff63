//! The variables by which a pipeline offers federated tokens to its jobs.
//!
//! Sources: <https://docs.github.com/actions/reference/security/oidc>;
//! <https://learn.microsoft.com/azure/devops/pipelines/build/variables> and
//! <https://learn.microsoft.com/azure/devops/release-notes/2024/sprint-240-update> for Azure Pipelines;
//! <https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc> for the
//! names that Terraform gives to the same things.

use serde::{Deserialize, Serialize};

use super::env;
use super::sign_in_names::SignInNames;
use crate::process::Process;
use crate::secrets::Secret;

/// Who issues federated tokens to the jobs of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenIssuer {
    /// GitHub Actions, and what speaks as it does.
    #[serde(rename = "github")]
    GitHub,
    /// Azure Pipelines, for one of its service connections.
    AzurePipelines,
}

impl TokenIssuer {
    /// As people call it.
    pub fn title(self) -> &'static str {
        match self {
            TokenIssuer::GitHub => "GitHub Actions",
            TokenIssuer::AzurePipelines => "Azure Pipelines",
        }
    }
}

/// The address that a pipeline gives its jobs for federated tokens, and what opens it.
#[derive(Clone, Debug)]
pub struct TokenRequestVariables {
    pub issuer: TokenIssuer,
    /// The variable of the address.
    pub variable: &'static str,
    pub url: String,
    /// The variable of what opens it.
    pub bearer_variable: &'static str,
    pub bearer: Option<Secret>,
    /// The variable of the service connection.
    pub connection_variable: &'static str,
    pub connection: Option<String>,
}

impl TokenRequestVariables {
    /// All that is there, the names in use first.
    pub(super) fn read(process: &Process, names: &SignInNames) -> Vec<TokenRequestVariables> {
        let mut found: Vec<TokenRequestVariables> = Vec::new();
        for pair in [names.request, env::ACTIONS_REQUEST, env::PIPELINES_REQUEST] {
            if found.iter().any(|known| known.variable == pair.0) {
                continue;
            }
            found.extend(TokenRequestVariables::of_pair(process, names, pair));
        }
        found
    }

    fn of_pair(
        process: &Process,
        names: &SignInNames,
        (variable, bearer_variable): (&'static str, &'static str),
    ) -> Option<TokenRequestVariables> {
        let url = process.var(variable)?;
        let known = names.connections.iter().find_map(|name| Some((*name, process.var(name)?)));
        // Terraform's address may be either's; a service connection tells.
        let issuer = match variable {
            env::SYSTEM_OIDC_REQUEST_URI => TokenIssuer::AzurePipelines,
            env::ARM_OIDC_REQUEST_URL if known.is_some() => TokenIssuer::AzurePipelines,
            _ => TokenIssuer::GitHub,
        };
        let (connection_variable, connection) = match known {
            Some((name, value)) => (name, Some(value)),
            None => (names.connections[0], None),
        };
        Some(TokenRequestVariables {
            issuer,
            variable,
            url,
            bearer_variable,
            bearer: process.var(bearer_variable).map(Secret::new),
            connection_variable,
            connection,
        })
    }

    /// The variables that are needed and not set.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let needs_connection = self.issuer == TokenIssuer::AzurePipelines;
        let lacking = [
            (self.bearer.is_none(), self.bearer_variable),
            (needs_connection && self.connection.is_none(), self.connection_variable),
        ];
        lacking.iter().filter(|(lacks, _)| *lacks).map(|(_, name)| *name).collect()
    }
}
