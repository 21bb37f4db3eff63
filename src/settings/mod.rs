//! What is configured, merged once: flags over environment over `az`'s files over defaults.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) mod az;
pub(crate) mod cloud;
pub mod env;
mod environment;
pub(crate) mod ini;
pub(crate) mod observed;
pub(crate) mod pipeline;
mod sign_in_names;
mod zone;

use crate::id::SubscriptionId;
use crate::output::Format;
use crate::process::Process;
use az::AzFiles;
pub(crate) use cloud::{Cloud, CloudError};
pub(crate) use environment::Environment;
pub(crate) use observed::Observations;
pub(crate) use pipeline::{TokenIssuer, TokenRequestVariables};
pub(crate) use zone::local_zone;

/// Where a setting comes from, weakest first: the order is the precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Built in.
    Default,
    /// The Azure CLI's `config`.
    AzConfig,
    /// A variable.
    Env,
    /// The command line.
    Flag,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// Picks the strongest of `layers`, if any is set.
    pub fn strongest(layers: impl IntoIterator<Item = (Origin, Option<T>)>) -> Option<Setting<T>> {
        layers
            .into_iter()
            .filter_map(|(origin, value)| value.map(|value| Setting { value, origin }))
            .max_by_key(|setting| setting.origin)
    }
}

/// The flags every command has, as typed.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub output: Option<Format>,
    pub query: Option<String>,
    pub subscription: Option<String>,
    pub credential: Option<String>,
    pub cloud: Option<String>,
    pub only_show_errors: bool,
    pub verbose: bool,
    pub debug: bool,
}

/// Why the settings make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Neither a home folder nor `AZURE_CONFIG_DIR`.
    #[error("there is no home folder: neither AZURE_CONFIG_DIR nor HOME is set")]
    NoHome,
    /// A value that is none of the allowed ones.
    #[error("{origin}: '{value}' is not {allowed}")]
    Value {
        /// Where it was found, as the user would name it.
        origin: String,
        value: String,
        /// What could be there.
        allowed: String,
    },
    /// A file of the Azure CLI is there, and what it says cannot be known.
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    /// The cloud cannot be used.
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

/// The merged settings of one run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The Azure CLI's folder.
    pub config_dir: PathBuf,
    /// This program's folder in it.
    pub home: PathBuf,
    /// The user's home folder, for `~`.
    pub user_home: Option<PathBuf>,
    /// The cloud in use.
    pub cloud: Cloud,
    pub output: Format,
    /// Someone asked for that format: then people get no text in its place.
    pub output_is_chosen: bool,
    /// The query on the result.
    pub query: Option<String>,
    /// The subscription that was asked for, by name or id.
    pub subscription: Option<String>,
    /// True if it was asked for on the command line.
    pub names_subscription: bool,
    /// Where people here are, for the clock.
    pub time_zone: jiff::tz::TimeZone,
    /// The credential that was asked for.
    pub credential: Option<Setting<String>>,
    pub group: Option<String>,
    pub location: Option<String>,
    /// Hide warnings and progress.
    pub only_show_errors: bool,
    pub verbose: bool,
    pub debug: bool,
    pub no_color: bool,
    /// Files and folders of certificates to trust instead of the system's.
    pub ca_bundle: Vec<PathBuf>,
    /// How long one answer may take.
    pub http_timeout: Duration,
    /// How often to ask about a running operation, unless the service says.
    pub poll_interval: Duration,
    /// How long the keyring may take when no one can answer its prompt.
    pub keyring_timeout: Duration,
    /// Keep a copy of the cache key in the kernel keyring.
    pub key_cache: bool,
    /// Keep a record of every run that changes something.
    pub keeps_history: bool,
    /// What the environment says about signing in.
    pub environment: Environment,
    /// The application that people sign in with, as az's config names it.
    pub person_client: Option<String>,
    /// What else the environment holds.
    pub observed: Observations,
    /// What is wrong with all this, where [`Settings::forgiving`] skipped it.
    pub problems: Vec<SettingsError>,
}

impl Settings {
    /// True if the answer is a table.
    pub fn prints_table(&self) -> bool {
        self.output == Format::Table
    }

    /// Merges everything. Reads the Azure CLI's files; opens no keyring and no connection.
    ///
    /// # Errors
    /// If there is no home folder, a value is none of the allowed ones, or the cloud is unknown.
    pub fn merge(flags: Flags, process: &Process) -> Result<Settings, SettingsError> {
        let mut settings = Settings::forgiving(flags, process)?;
        if settings.problems.is_empty() {
            Ok(settings)
        } else {
            Err(settings.problems.swap_remove(0))
        }
    }

    /// Merges everything, with the default instead of what is wrong: `doctor` has to run, and reports it.
    pub fn forgiving(flags: Flags, process: &Process) -> Result<Settings, SettingsError> {
        let config_dir = Settings::config_dir(process).ok_or(SettingsError::NoHome)?;
        let layers = Layers::read(&config_dir, process);
        let output_is_chosen =
            flags.output.is_some() || layers.text(env::CORE_OUTPUT, "core", "output").is_some();
        let output = layers.forgiven(layers.output(flags.output));
        let cloud_name = Setting::strongest([
            (Origin::Default, Some("AzureCloud".to_owned())),
            (Origin::AzConfig, layers.az.option("cloud", "name")),
            (Origin::Env, process.var(env::CLOUD_NAME)),
            (Origin::Flag, flags.cloud),
        ]);
        let cloud_name = cloud_name.map_or_else(String::new, |setting| setting.value);
        let cloud = Cloud::find(&cloud_name, &layers.az.clouds);
        Ok(Settings {
            home: Settings::own_folder(process, &config_dir),
            user_home: process.home(),
            cloud: layers.forgiven(cloud.map_err(SettingsError::from)),
            output,
            output_is_chosen,
            query: flags.query,
            names_subscription: flags.subscription.is_some(),
            subscription: flags
                .subscription
                .or_else(|| process.var(env::SUBSCRIPTION_ID))
                .or_else(|| process.var(env::ARM_SUBSCRIPTION_ID)),
            time_zone: local_zone(process),
            credential: Setting::strongest([
                (Origin::Env, process.var(env::CREDENTIAL)),
                (Origin::Flag, flags.credential),
            ]),
            group: layers.text(env::DEFAULTS_GROUP, "defaults", "group"),
            location: layers.text(env::DEFAULTS_LOCATION, "defaults", "location"),
            only_show_errors: flags.only_show_errors
                || layers.switch(env::CORE_ONLY_SHOW_ERRORS, "core", "only_show_errors"),
            verbose: flags.verbose,
            debug: flags.debug,
            no_color: process.var(env::NO_COLOR).is_some()
                || layers.switch(env::CORE_NO_COLOR, "core", "no_color"),
            ca_bundle: ca_bundle(process),
            http_timeout: Duration::from_secs(layers.number(env::HTTP_TIMEOUT, 60).max(1)),
            poll_interval: Duration::from_secs(layers.number(env::POLL_INTERVAL, 5)),
            keyring_timeout: Duration::from_millis(
                layers.number(env::KEYRING_TIMEOUT, 1000).max(1),
            ),
            key_cache: process.var(env::KEY_CACHE).is_none_or(|value| value != "off"),
            keeps_history: process.var(env::HISTORY).is_none_or(|value| value != "off"),
            environment: Environment::read(process),
            person_client: layers.az.option("imageshare", "client_id"),
            observed: Observations {
                instance_discovery: layers.az.option("core", "instance_discovery"),
                ..Observations::read(process)
            },
            problems: layers.problems.take(),
            config_dir,
        })
    }

    /// The Azure CLI's folder, if there is a home folder at all.
    pub fn config_dir(process: &Process) -> Option<PathBuf> {
        let default = || process.home().map(|home| home.join(".azure"));
        let folder = process.path(env::CONFIG_DIR).or_else(default)?;
        Some(process.working_dir.join(folder))
    }

    /// This program's folder: in the Azure CLI's, or where `exec` says that it is, since its command has another
    /// `AZURE_CONFIG_DIR`.
    pub fn own_folder(process: &Process, config_dir: &Path) -> PathBuf {
        let elsewhere = process.path(env::OWN_FOLDER);
        elsewhere.map_or_else(|| config_dir.join("imageshare"), |dir| process.working_dir.join(dir))
    }

    /// The subscriptions of the `az` login in the cloud in use.
    pub fn az_subscriptions(&self) -> Vec<az::ProfileSubscription> {
        az::login_subscriptions(&self.config_dir, &self.cloud.name)
    }

    /// The subscription that was asked for, if it was asked for by id.
    pub fn subscription_id(&self) -> Option<SubscriptionId> {
        self.subscription.as_deref()?.parse().ok()
    }
}

/// az's variables first; then OpenSSL's, of which both count.
fn ca_bundle(process: &Process) -> Vec<PathBuf> {
    let named = [env::REQUESTS_CA_BUNDLE, env::CURL_CA_BUNDLE];
    if let Some(path) = named.iter().find_map(|name| process.path(name)) {
        return vec![path];
    }
    let folders = process.path(env::SSL_CERT_DIR).unwrap_or_default();
    let folders = std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty());
    process.path(env::SSL_CERT_FILE).into_iter().chain(folders).collect()
}

struct Layers<'a> {
    az: AzFiles,
    process: &'a Process,
    problems: RefCell<Vec<SettingsError>>,
}

impl<'a> Layers<'a> {
    fn read(config_dir: &Path, process: &'a Process) -> Layers<'a> {
        let mut az = AzFiles::read(config_dir, &process.working_dir);
        if process.var(env::ARM_CLOUD_METADATA_URL).is_some() {
            az = az.with_fetched_clouds(config_dir);
        }
        let unreadable = |(path, reason): &(PathBuf, String)| SettingsError::Unreadable {
            path: path.display().to_string(),
            reason: reason.clone(),
        };
        Layers {
            problems: RefCell::new(az.unreadable.iter().map(unreadable).collect()),
            az,
            process,
        }
    }

    /// The value, or the default and a note of what is wrong.
    fn forgiven<T: Default>(&self, read: Result<T, SettingsError>) -> T {
        self.forgiven_or(read, T::default())
    }

    fn forgiven_or<T>(&self, read: Result<T, SettingsError>, default: T) -> T {
        read.unwrap_or_else(|problem| {
            self.problems.borrow_mut().push(problem);
            default
        })
    }

    fn text(&self, variable: &str, section: &str, option: &str) -> Option<String> {
        self.process.var(variable).or_else(|| self.az.option(section, option))
    }

    fn switch(&self, variable: &str, section: &str, option: &str) -> bool {
        let Some(text) = self.text(variable, section, option) else {
            return false;
        };
        self.forgiven(ini::parse_boolean(&text).ok_or_else(|| SettingsError::Value {
            origin: format!("{variable} or [{section}] {option}"),
            value: text,
            allowed: "a boolean (true or false)".into(),
        }))
    }

    fn number(&self, variable: &str, default: u64) -> u64 {
        let Some(text) = self.process.var(variable) else {
            return default;
        };
        let read = text.parse().map_err(|_| SettingsError::Value {
            origin: variable.to_owned(),
            value: text,
            allowed: "a whole number".into(),
        });
        self.forgiven_or(read, default)
    }

    fn output(&self, flag: Option<Format>) -> Result<Format, SettingsError> {
        if let Some(format) = flag {
            return Ok(format);
        }
        let Some(text) = self.text(env::CORE_OUTPUT, "core", "output") else {
            return Ok(Format::Json);
        };
        text.parse().map_err(|_| SettingsError::Value {
            origin: format!("{} or [core] output", env::CORE_OUTPUT),
            value: text,
            allowed: format!("one of {}", Format::ALL.join(", ")),
        })
    }
}
