//! What the environment holds besides settings: `doctor` looks for mistakes in it. No value of a variable
//! is kept here that could be a secret.

use std::path::PathBuf;

use url::Url;

use super::env;
use crate::process::Process;

/// What the environment holds besides settings.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    /// The names of all variables that are meant for us or for the Azure CLI.
    pub variables: Vec<String>,
    /// The proxies that are named.
    pub proxies: Vec<Proxy>,
    /// The hosts that are asked without a proxy.
    pub no_proxy: Option<String>,
    /// The program was started from PowerShell, as far as can be told.
    pub in_powershell: bool,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// `[core] instance_discovery` of the Azure CLI, which we have no use for.
    pub instance_discovery: Option<String>,
}

/// A proxy that a variable names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub variable: &'static str,
    /// Its address without user and password, or what is wrong with it.
    pub address: Result<String, String>,
    /// True if a password stands in the address.
    pub holds_password: bool,
}

impl Observations {
    /// Looks around in the environment of `process`.
    pub fn read(process: &Process) -> Observations {
        let ours = |name: &&str| name.starts_with("AZURE_") || name.starts_with("AZ_IMAGESHARE_");
        let proxy = |variable: &&'static str| {
            let value = process.var(variable)?;
            Some(Proxy::read(variable, &value))
        };
        Observations {
            variables: process.names().filter(ours).map(str::to_owned).collect(),
            proxies: PROXIES.iter().filter_map(proxy).collect(),
            no_proxy: process.var("NO_PROXY").or_else(|| process.var("no_proxy")),
            in_powershell: process.var(super::env::PS_MODULE_PATH).is_some(),
            home: process.home(),
            instance_discovery: None,
        }
    }
}

impl Observations {
    /// The variable that stands for the proxy, and what is wrong with it, if it names none.
    pub fn unusable_proxy(&self) -> Option<(&'static str, String)> {
        let proxy = self.proxies.first()?;
        let problem = proxy.address.as_ref().err()?;
        Some((proxy.variable, problem.clone()))
    }
}

impl Proxy {
    fn read(variable: &'static str, value: &str) -> Proxy {
        // `proxy:3128` is common, and means http.
        let whole =
            if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let url = Url::parse(&whole);
        let address = match &url {
            Ok(url) if url.host_str().is_some() && PROTOCOLS.contains(&url.scheme()) => {
                let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
                Ok(format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default()))
            }
            Ok(url) => Err(format!("'{}' is no kind of proxy", url.scheme())),
            Err(err) => Err(err.to_string()),
        };
        Proxy { variable, address, holds_password: url.is_ok_and(|url| url.password().is_some()) }
    }
}

const PROXIES: [&str; 4] = [env::HTTPS_PROXY, "https_proxy", "ALL_PROXY", "all_proxy"];
const PROTOCOLS: [&str; 5] = ["http", "https", "socks4", "socks5", "socks5h"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let proxy = Proxy::read("HTTPS_PROXY", "http://me:CANARY@proxy.example:3128/");
        assert_eq!(proxy.address.as_deref(), Ok("http://proxy.example:3128"));
        assert!(proxy.holds_password);
        assert!(!format!("{proxy:?}").contains("CANARY"));
        let bare = Proxy::read("HTTPS_PROXY", "proxy.example:3128");
        assert_eq!(bare.address.as_deref(), Ok("http://proxy.example:3128"));
        assert!(Proxy::read("HTTPS_PROXY", "ftp://x").address.is_err());
        assert!(Proxy::read("HTTPS_PROXY", "http://").address.is_err());
    }
}
