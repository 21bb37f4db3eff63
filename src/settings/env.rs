//! Every variable the program reads, once, with what it does. `docs/environment.md` is made of it.

/// A variable and its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// The variable.
    pub name: &'static str,
    /// What it does, as a sentence.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($constant:ident = $name:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $constant: &str = $name;)*
        /// All of them, in the order of the documentation.
        pub const ALL: &[Variable] = &[$(Variable { name: $name, meaning: $meaning }),*];
    };
}

/// GitHub's two variables for a federated token: the address, and what opens it.
pub(super) const ACTIONS_REQUEST: (&str, &str) =
    (ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN);

/// The same of Azure Pipelines.
pub(super) const PIPELINES_REQUEST: (&str, &str) = (SYSTEM_OIDC_REQUEST_URI, SYSTEM_ACCESS_TOKEN);

variables! {
    CONFIG_DIR = "AZURE_CONFIG_DIR", "Folder of the Azure CLI's files; this program's are in `imageshare/` below it. Default `~/.azure`.";
    OWN_FOLDER = "AZ_IMAGESHARE_HOME", "Folder of this program's files. `exec` sets it for its command, whose `AZURE_CONFIG_DIR` is another. Default `imageshare/` in `AZURE_CONFIG_DIR`.";
    CREDENTIAL = "AZ_IMAGESHARE_CREDENTIAL", "Name of the credential to sign in with, weaker than `--credential`.";
    HTTP_TIMEOUT = "AZ_IMAGESHARE_HTTP_TIMEOUT", "Seconds to wait for one answer of a service. Default 60.";
    POLL_INTERVAL = "AZ_IMAGESHARE_POLL_INTERVAL", "Seconds between questions about a running operation when the service names none. Default 5.";
    KEYRING_TIMEOUT = "AZ_IMAGESHARE_KEYRING_TIMEOUT", "Milliseconds to wait for the keyring when no one is there to answer its prompt. Default 1000.";
    KEY_CACHE = "AZ_IMAGESHARE_KEY_CACHE", "`off` keeps the cache key out of the kernel keyring, so that every cached token costs a visit to the keyring.";
    HISTORY = "AZ_IMAGESHARE_HISTORY", "`off` keeps no record of what changed; `history list` and `history undo` then know nothing of the run.";
    CLOUD_NAME = "AZURE_CLOUD_NAME", "Name of the cloud, weaker than `--cloud`.";
    ARM_CLOUD_METADATA_URL = "ARM_CLOUD_METADATA_URL", "Makes the clouds known that `az` fetched from there; `az cloud list` fetches them.";
    TENANT_ID = "AZURE_TENANT_ID", "Tenant to sign in to, used with the three variables below.";
    CLIENT_ID = "AZURE_CLIENT_ID", "Application (client) id to sign in as.";
    CLIENT_SECRET = "AZURE_CLIENT_SECRET", "Client secret of that application.";
    CLIENT_CERTIFICATE_PATH = "AZURE_CLIENT_CERTIFICATE_PATH", "File with the certificate and key of that application (PEM or PFX).";
    CLIENT_CERTIFICATE_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD", "Password of that PFX file.";
    FEDERATED_TOKEN_FILE = "AZURE_FEDERATED_TOKEN_FILE", "File with a federated token (workload identity) for that application.";
    ARM_TENANT_ID = "ARM_TENANT_ID", "Terraform's name of `AZURE_TENANT_ID`; its names count where none of Azure's is set.";
    ARM_CLIENT_ID = "ARM_CLIENT_ID", "Terraform's name of `AZURE_CLIENT_ID`.";
    ARM_CLIENT_SECRET = "ARM_CLIENT_SECRET", "Terraform's name of `AZURE_CLIENT_SECRET`.";
    ARM_CLIENT_CERTIFICATE_PATH = "ARM_CLIENT_CERTIFICATE_PATH", "Terraform's name of `AZURE_CLIENT_CERTIFICATE_PATH`.";
    ARM_CLIENT_CERTIFICATE_PASSWORD = "ARM_CLIENT_CERTIFICATE_PASSWORD", "Terraform's name of `AZURE_CLIENT_CERTIFICATE_PASSWORD`.";
    ARM_OIDC_TOKEN_FILE_PATH = "ARM_OIDC_TOKEN_FILE_PATH", "Terraform's name of `AZURE_FEDERATED_TOKEN_FILE`.";
    ARM_OIDC_TOKEN = "ARM_OIDC_TOKEN", "A federated token itself, as Terraform takes it.";
    ARM_OIDC_REQUEST_URL = "ARM_OIDC_REQUEST_URL", "Where a pipeline issues federated tokens; with `ARM_OIDC_REQUEST_TOKEN`.";
    ARM_OIDC_REQUEST_TOKEN = "ARM_OIDC_REQUEST_TOKEN", "Opens `ARM_OIDC_REQUEST_URL`.";
    ACTIONS_ID_TOKEN_REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL", "GitHub's name of `ARM_OIDC_REQUEST_URL`; used where tenant and application are named and nothing else proves them.";
    ACTIONS_ID_TOKEN_REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GitHub's name of `ARM_OIDC_REQUEST_TOKEN`.";
    SYSTEM_OIDC_REQUEST_URI = "SYSTEM_OIDCREQUESTURI", "Where Azure Pipelines issues federated tokens; used where tenant, application and service connection are named and nothing else proves them.";
    SYSTEM_ACCESS_TOKEN = "SYSTEM_ACCESSTOKEN", "Opens `SYSTEM_OIDCREQUESTURI`; a job maps it by `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`.";
    TASK_CONNECTION_ID = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "Service connection of Azure Pipelines that tokens are asked for, as its tasks name it.";
    TASK_CLIENT_ID = "AZURESUBSCRIPTION_CLIENT_ID", "Application of that service connection, as a task names it; used where neither `AZURE_CLIENT_ID` nor `ARM_CLIENT_ID` is set.";
    TASK_TENANT_ID = "AZURESUBSCRIPTION_TENANT_ID", "Tenant of that service connection, as a task names it.";
    ARM_PIPELINE_CONNECTION_ID = "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "Terraform's name of that service connection; `ARM_OIDC_REQUEST_URL` is then Azure Pipelines' address.";
    ARM_CONNECTION_ID = "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "Terraform's other name of it.";
    CREDENTIALS_DOCUMENT = "AZURE_CREDENTIALS", "The JSON document of `az ad sp create-for-rbac` (also `--sdk-auth`), read where none of the variables above describes a sign-in.";
    SUBSCRIPTION_ID = "AZURE_SUBSCRIPTION_ID", "Subscription to use, by name or id, weaker than `--subscription`.";
    ARM_SUBSCRIPTION_ID = "ARM_SUBSCRIPTION_ID", "Same as `AZURE_SUBSCRIPTION_ID`, weaker.";
    TZ = "TZ", "The time zone of `expiresOn`, in any form the system takes: a zone's name, a file, or POSIX rules.";
    DEFAULTS_GROUP = "AZURE_DEFAULTS_GROUP", "Default resource group.";
    DEFAULTS_LOCATION = "AZURE_DEFAULTS_LOCATION", "Default location.";
    CORE_OUTPUT = "AZURE_CORE_OUTPUT", "Default output format.";
    CORE_ONLY_SHOW_ERRORS = "AZURE_CORE_ONLY_SHOW_ERRORS", "`true` hides warnings and progress.";
    CORE_NO_COLOR = "AZURE_CORE_NO_COLOR", "`true` switches color off.";
    NO_COLOR = "NO_COLOR", "Any value switches color off.";
    REQUESTS_CA_BUNDLE = "REQUESTS_CA_BUNDLE", "File with the certificates to trust instead of the system's (PEM), or folder of them as `openssl rehash` makes it, as for `az`.";
    CURL_CA_BUNDLE = "CURL_CA_BUNDLE", "Same as `REQUESTS_CA_BUNDLE`, weaker.";
    SSL_CERT_FILE = "SSL_CERT_FILE", "Same as `REQUESTS_CA_BUNDLE`, weakest.";
    SSL_CERT_DIR = "SSL_CERT_DIR", "Folders of certificates to trust besides `SSL_CERT_FILE`.";
    HTTPS_PROXY = "HTTPS_PROXY", "Proxy for all requests; `https_proxy`, `ALL_PROXY` and `NO_PROXY` are honored too.";
    DISPLAY = "DISPLAY", "Set where a keyring can ask for its password in a window; without it a locked keyring is reported immediately.";
    WAYLAND_DISPLAY = "WAYLAND_DISPLAY", "Same as `DISPLAY`, for Wayland.";
    PS_MODULE_PATH = "PSModulePath", "Set inside PowerShell: commands to be pasted are quoted for it.";
    PATH = "PATH", "Where `az` is looked for when its login is used; relative folders are skipped.";
    RUNTIME_DIR = "XDG_RUNTIME_DIR", "Where `exec` puts the folder of its run; this program's folder where it is not set.";
    EXEC = "AZ_IMAGESHARE_EXEC", "Set by `exec` for its command: the credential that is lent, for prompts.";
    EXEC_URL = "AZ_IMAGESHARE_EXEC_URL", "Set by `exec` for its command: the endpoint that lends tokens; with a tenant's ID behind it, an `IDENTITY_ENDPOINT` for that tenant.";
    IDENTITY_HEADER = "IDENTITY_HEADER", "Set by `exec` for its command: the secret of the run, which its `az` proves to the endpoint.";
    HOME = "HOME", "The user's folder, where `.azure` is looked for; the account's own where it is not set.";
}
