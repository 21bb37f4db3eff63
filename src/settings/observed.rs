//! What the environment holds besides settings: `doctor` looks for mistakes in it. No value of a variable
//! is kept here that could be a secret.

use std::path::PathBuf;

use super::env;
use crate::process::Process;
use crate::transport::proxy::ProxyRoute;

/// What the environment holds besides settings.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    /// The names of all variables that are meant for us or for the Azure CLI.
    pub variables: Vec<String>,
    /// The proxies that are named.
    pub proxies: Vec<Proxy>,
    /// The hosts that are asked without a proxy.
    pub no_proxy: Option<String>,
    /// The program was probably started from PowerShell.
    pub in_powershell: bool,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// `[core] instance_discovery` of the Azure CLI, which has no use here.
    pub instance_discovery: Option<String>,
}

/// A proxy that a variable names.
#[derive(Clone, Debug)]
pub struct Proxy {
    pub variable: &'static str,
    /// The way through it, or what is wrong with its address.
    pub route: Result<ProxyRoute, String>,
}

impl Observations {
    /// Looks around in the environment of `process`.
    pub fn read(process: &Process) -> Observations {
        let ours = |name: &&str| name.starts_with("AZURE_") || name.starts_with("AZ_IMAGESHARE_");
        let no_proxy = process.var("no_proxy").or_else(|| process.var("NO_PROXY"));
        let proxy = |variable: &&'static str| {
            let value = process.path(variable)?;
            let read = match value.to_str() {
                Some(text) => ProxyRoute::parse(variable, text, no_proxy.as_deref()),
                None => Err("it is not Unicode".to_owned()),
            };
            Some(Proxy { variable, route: read })
        };
        Observations {
            variables: process.names().filter(ours).map(str::to_owned).collect(),
            proxies: PROXIES.iter().filter_map(proxy).collect(),
            no_proxy: no_proxy.clone(),
            in_powershell: process.var(super::env::PS_MODULE_PATH).is_some(),
            home: process.home(),
            instance_discovery: None,
        }
    }
}

impl Observations {
    /// The proxy to use: the first that is named.
    pub fn proxy(&self) -> Result<Option<ProxyRoute>, (&'static str, String)> {
        let Some(proxy) = self.proxies.first() else {
            return Ok(None);
        };
        proxy.route.clone().map(Some).map_err(|problem| (proxy.variable, problem))
    }
}

const PROXIES: [&str; 4] = [env::HTTPS_PROXY, "https_proxy", "ALL_PROXY", "all_proxy"];
