//! What is known at a TAB without a request: the files of `az` and of this program, and the rest of the line.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::line::CommandLine;
use crate::auth::records::Records;
use crate::index::{Index, IndexScope, IndexedName, NameKind, Next};
use crate::process::Process;
use crate::settings::az::{self, AzFiles, ProfileSubscription};
use crate::settings::{Cloud, Settings, env};

/// Everything that values are made of. Each file is read when it is first wanted.
pub(super) struct CompletionContext<'a> {
    pub(super) process: &'a Process,
    pub(super) typed: &'a CommandLine,
    config_dir: PathBuf,
    home: PathBuf,
    files: OnceCell<AzFiles>,
    profile: OnceCell<Vec<ProfileSubscription>>,
    records: OnceCell<Records>,
    index: OnceCell<Index>,
}

impl<'a> CompletionContext<'a> {
    pub(super) fn new(process: &'a Process, typed: &'a CommandLine) -> CompletionContext<'a> {
        let config_dir = Settings::config_dir(process).unwrap_or_default();
        CompletionContext {
            process,
            typed,
            home: Settings::own_folder(process, &config_dir),
            config_dir,
            files: OnceCell::new(),
            profile: OnceCell::new(),
            records: OnceCell::new(),
            index: OnceCell::new(),
        }
    }

    pub(super) fn files(&self) -> &AzFiles {
        let read = || AzFiles::read(&self.config_dir, &self.process.working_dir);
        self.files.get_or_init(read)
    }

    /// The cloud on the line or in the settings, as `az cloud list` writes it.
    pub(super) fn cloud(&self) -> String {
        let said = self.typed.flag("--cloud").map(str::to_owned);
        let said = said
            .or_else(|| self.process.var(env::CLOUD_NAME))
            .or_else(|| self.files().option("cloud", "name"))
            .unwrap_or_else(|| "AzureCloud".to_owned());
        let known = Cloud::names(&self.files().clouds);
        let written = known.into_iter().find(|name| name.eq_ignore_ascii_case(&said));
        written.unwrap_or(said)
    }

    /// The subscriptions of the `az` login.
    pub(super) fn profile(&self) -> &[ProfileSubscription] {
        self.profile.get_or_init(|| az::login_subscriptions(&self.config_dir, &self.cloud()))
    }

    /// The credentials of this program; none if the file cannot be trusted.
    pub(super) fn records(&self) -> &Records {
        self.records.get_or_init(|| Records::load(&self.home).unwrap_or_default())
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::open(&self.home, self.process.now()))
    }

    /// Gives `found` the names of a kind that this line's identity may see, in whatever subscription.
    pub(super) fn names(
        &self,
        kind: NameKind,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>),
    ) {
        self.names_in(None, kind, prefix, found);
    }

    /// The same in one subscription.
    pub(super) fn names_in(
        &self,
        subscription: Option<String>,
        kind: NameKind,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>),
    ) {
        let scope = self.scope(subscription);
        self.index().find(&scope, kind, prefix, found);
    }

    /// Gives `found` the names of resources, and goes on as it says.
    pub(super) fn walk(
        &self,
        subscription: Option<String>,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>) -> Next,
    ) {
        let scope = self.scope(subscription);
        self.index().walk(&scope, NameKind::Resource, prefix, found);
    }

    /// The same as the identities of the tenant on the line that others are to work for, where one is named.
    pub(super) fn names_of_consumer(
        &self,
        kind: NameKind,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>),
    ) {
        let mut scope = self.scope(None);
        if let Some(said) = self.typed.flag("--consumer-tenant") {
            let mut tenant = said.to_lowercase();
            self.names(NameKind::Domain, said, &mut |name| {
                if name.name.eq_ignore_ascii_case(said) {
                    tenant = name.key.to_lowercase();
                }
            });
            scope.tenants = vec![tenant];
        }
        self.index().find(&scope, kind, prefix, found);
    }

    fn scope(&self, subscription: Option<String>) -> IndexScope {
        IndexScope { cloud: self.cloud(), tenants: self.tenants(), subscription }
    }

    /// The tenants of the one who would sign in; empty if that is not clear.
    fn tenants(&self) -> Vec<String> {
        let said = self.typed.flag("--credential").map(str::to_owned);
        let said = said.or_else(|| self.process.var(env::CREDENTIAL));
        let records = self.records();
        let record = match said {
            Some(name) => records.find(&name).ok(),
            None => records.default_of(&self.cloud()),
        };
        if let Some(record) = record {
            let all = std::iter::once(&record.tenant_id).chain(&record.also_tenant_ids);
            return all.map(ToString::to_string).collect();
        }
        if let Some(tenant) = self.process.var(env::TENANT_ID) {
            return vec![tenant.to_lowercase()];
        }
        let profile = self.profile().iter();
        profile.map(|known| known.tenant_id.to_lowercase()).collect()
    }

    /// The id of the subscription on the line, or else of the default one.
    pub(super) fn subscription(&self) -> Option<String> {
        let Some(said) = self.typed.flag("--subscription") else {
            let default = self.profile().iter().find(|known| known.is_default);
            return default.map(|known| known.id.to_lowercase());
        };
        if uuid::Uuid::try_parse(said).is_ok() {
            return Some(said.to_lowercase());
        }
        let of_az = self.profile().iter().find(|known| known.name.eq_ignore_ascii_case(said));
        if let Some(known) = of_az {
            return Some(known.id.to_lowercase());
        }
        let mut id = None;
        self.names(NameKind::Subscription, said, &mut |name| {
            if name.name.to_lowercase() == said.to_lowercase() {
                id = Some(name.key.to_owned());
            }
        });
        id
    }

    /// The folder that a relative path on the line begins in.
    pub(super) fn working_dir(&self) -> &Path {
        &self.process.working_dir
    }
}
