//! Azure clouds: the four that `az` knows and those in its `clouds.config`.

use url::Url;

use super::ini::Ini;

/// The endpoints of one cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The name `az cloud list` shows.
    pub name: String,
    pub resource_manager: Url,
    /// The sign-in service (authority).
    pub active_directory: Url,
    /// The audience of tokens for Resource Manager, trailing slash and all.
    pub audience: String,
    pub graph: Url,
    /// The portal, for links.
    pub portal: Url,
}

/// Why a cloud cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    /// No such cloud.
    #[error("there is no cloud named '{name}' (known: {})", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        known: Vec<String>,
    },
    /// An endpoint of a cloud in `clouds.config` is missing or unusable.
    #[error("cloud '{cloud}' in clouds.config: {option} {problem}")]
    Endpoint {
        cloud: String,
        /// The option in its section.
        option: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl Default for Cloud {
    /// The public cloud.
    fn default() -> Cloud {
        Cloud::find(BUILT_IN[0].name, &Ini::default())
            .expect("the built-in endpoints are addresses")
    }
}

impl Cloud {
    /// Finds the cloud called `name`; `file` is `clouds.config`, which overrides the built-in ones.
    ///
    /// # Errors
    /// If there is no such cloud, or one of its endpoints is missing or not `https`.
    pub fn find(name: &str, file: &Ini) -> Result<Cloud, CloudError> {
        let built_in = BUILT_IN.iter().find(|cloud| cloud.name.eq_ignore_ascii_case(name));
        let section = file.sections().find(|section| section.eq_ignore_ascii_case(name));
        if built_in.is_none() && section.is_none() {
            return Err(CloudError::Unknown { name: name.to_owned(), known: Cloud::names(file) });
        }
        let name = built_in.map(|cloud| cloud.name).or(section).unwrap_or(name);
        Endpoints { name, section, file, built_in }.cloud()
    }

    /// The names of all clouds, built-in ones first.
    pub fn names(file: &Ini) -> Vec<String> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|cloud| cloud.name.to_owned()).collect();
        names.extend(
            file.sections()
                .filter(|section| {
                    !BUILT_IN.iter().any(|cloud| cloud.name.eq_ignore_ascii_case(section))
                })
                .map(str::to_owned),
        );
        names
    }

    /// The scope of a token for Resource Manager.
    pub fn arm_scope(&self) -> String {
        default_scope(&self.audience)
    }

    /// The scope of a token for Microsoft Graph.
    pub fn graph_scope(&self) -> String {
        default_scope(self.graph.as_str().trim_end_matches('/'))
    }

    /// True for the clouds that are kept apart from the public one by law or contract.
    pub fn is_national(&self) -> bool {
        matches!(self.name.as_str(), "AzureChinaCloud" | "AzureUSGovernment" | "AzureBleuCloud")
    }
}

/// The scope that asks for all an audience grants. A trailing slash stays: Resource Manager's
/// audience ends in one, and Entra compares literally.
pub(crate) fn default_scope(audience: &str) -> String {
    format!("{audience}/.default")
}

struct Endpoints<'a> {
    name: &'a str,
    section: Option<&'a str>,
    file: &'a Ini,
    built_in: Option<&'static BuiltInCloud>,
}

impl Endpoints<'_> {
    fn cloud(&self) -> Result<Cloud, CloudError> {
        let known = |pick: fn(&BuiltInCloud) -> &'static str| self.built_in.map(pick);
        let resource_manager =
            self.url("endpoint_resource_manager", known(|c| c.resource_manager))?;
        let active_directory =
            self.url("endpoint_active_directory", known(|c| c.active_directory))?;
        let audience = self
            .text("endpoint_active_directory_resource_id", known(|c| c.audience))
            .or_else(|| self.text("endpoint_management", None))
            .unwrap_or_else(|| resource_manager.to_string());
        let public = &BUILT_IN[0];
        Ok(Cloud {
            name: self.name.to_owned(),
            graph: self.url(
                "endpoint_microsoft_graph_resource_id",
                known(|c| c.graph).or(Some(public.graph)),
            )?,
            portal: self.url("endpoint_portal", known(|c| c.portal).or(Some(public.portal)))?,
            resource_manager,
            active_directory,
            audience,
        })
    }

    fn text(&self, option: &str, fallback: Option<&str>) -> Option<String> {
        self.section
            .and_then(|section| self.file.value(section, option))
            .or_else(|| fallback.map(str::to_owned))
    }

    fn url(&self, option: &'static str, fallback: Option<&str>) -> Result<Url, CloudError> {
        let problem =
            |problem: String| CloudError::Endpoint { cloud: self.name.to_owned(), option, problem };
        let text = self.text(option, fallback).ok_or_else(|| problem("is not set".into()))?;
        let url = Url::parse(&text).map_err(|err| problem(format!("is not an address: {err}")))?;
        // Not repeated: it may hold a password.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(problem("has a user in its address".into()));
        }
        if url.scheme() != "https" || url.host_str().is_none() {
            return Err(problem(format!("'{text}' is not an https address")));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(problem("has something behind its path".into()));
        }
        Ok(url)
    }
}

struct BuiltInCloud {
    name: &'static str,
    resource_manager: &'static str,
    active_directory: &'static str,
    audience: &'static str,
    graph: &'static str,
    portal: &'static str,
}

/// Source: `azure/cli/core/cloud.py` of azure-cli 2.91.0; the first one is the default.
static BUILT_IN: [BuiltInCloud; 4] = [
    BuiltInCloud {
        name: "AzureCloud",
        resource_manager: "https://management.azure.com/",
        active_directory: "https://login.microsoftonline.com",
        audience: "https://management.core.windows.net/",
        graph: "https://graph.microsoft.com/",
        portal: "https://portal.azure.com",
    },
    BuiltInCloud {
        name: "AzureChinaCloud",
        resource_manager: "https://management.chinacloudapi.cn",
        active_directory: "https://login.chinacloudapi.cn",
        audience: "https://management.core.chinacloudapi.cn/",
        graph: "https://microsoftgraph.chinacloudapi.cn",
        portal: "https://portal.azure.cn",
    },
    BuiltInCloud {
        name: "AzureUSGovernment",
        resource_manager: "https://management.usgovcloudapi.net/",
        active_directory: "https://login.microsoftonline.us",
        audience: "https://management.core.usgovcloudapi.net/",
        graph: "https://graph.microsoft.us/",
        portal: "https://portal.azure.us",
    },
    BuiltInCloud {
        name: "AzureBleuCloud",
        resource_manager: "https://management.sovcloud-api.fr/",
        active_directory: "https://login.sovcloud-identity.fr",
        audience: "https://management.sovcloud-api.fr/",
        graph: "https://graph.svc.sovcloud.fr/",
        portal: "https://portal.sovcloud-azure.fr",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_overrides_and_adds() {
        let file = Ini::parse(
            "[AzureCloud]\nendpoint_resource_manager = https://proxy.example/\n\
             [Lab]\nendpoint_resource_manager = https://localhost:8443\nendpoint_active_directory = https://localhost:8444\n",
        );
        let public = Cloud::find("azurecloud", &file).unwrap();
        assert_eq!(public.resource_manager.as_str(), "https://proxy.example/");
        assert_eq!(public.arm_scope(), "https://management.core.windows.net//.default");
        let lab = Cloud::find("Lab", &file).unwrap();
        assert_eq!(lab.audience, "https://localhost:8443/");
        assert_eq!(Cloud::names(&file).last().map(String::as_str), Some("Lab"));
    }

    #[test]
    fn unknown_and_unusable_clouds_are_refused() {
        let file = Ini::parse("[Lab]\nendpoint_resource_manager = http://localhost\n");
        assert!(matches!(Cloud::find("AzureClod", &file), Err(CloudError::Unknown { .. })));
        let err = Cloud::find("Lab", &file).unwrap_err();
        assert!(err.to_string().contains("not an https address"), "{err}");
        let file = Ini::parse("[Lab]\nendpoint_resource_manager = https://lab.example?x=1\n");
        let err = Cloud::find("Lab", &file).unwrap_err();
        assert!(err.to_string().contains("behind its path"), "{err}");
    }
}
