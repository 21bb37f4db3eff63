//! What one run of a command has seen, and how it gets into the index at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use serde_json::Value;

use super::line::{IndexEntry, IndexLine};
use super::{FILE, HEAD, Index, MOST_BYTES, MOST_NAMES, NameKind, day_of, extract};
use crate::id::TenantId;
use crate::secrets::folder::PrivateFolder;

/// Who keeps it writes; who does not get it immediately leaves it to the next command.
const LOCK: &str = "names.lock";

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweringService {
    /// Azure Resource Manager.
    ResourceManager,
    /// Microsoft Graph.
    Graph,
}

/// Collects the names in Azure's answers while a command runs.
#[derive(Debug, Default)]
pub struct NameCollector {
    cloud: String,
    seen: Mutex<CollectedNames>,
}

#[derive(Debug, Default)]
struct CollectedNames {
    names: BTreeSet<IndexEntry>,
    by_id: NamesById,
    gone: BTreeSet<String>,
}

impl CollectedNames {
    fn put(&mut self, entry: IndexEntry) {
        self.by_id.put(&entry);
        self.names.insert(entry);
    }
}

/// Of the names of a run, those of tenants and subscriptions: a plan of thousands of items asks for one each.
#[derive(Debug, Default)]
struct NamesById {
    /// By id in lower case, what a tenant or subscription is called.
    notes: BTreeMap<String, IndexEntry>,
    /// By id in lower case, the domain of a tenant.
    domains: BTreeMap<String, IndexEntry>,
}

impl NamesById {
    /// Of several names of one id the first in order stays.
    fn put(&mut self, entry: &IndexEntry) {
        let (names, id) = match entry.kind {
            NameKind::Tenant | NameKind::SubscriptionId if !entry.note.is_empty() => {
                (&mut self.notes, &entry.name)
            }
            NameKind::Domain => (&mut self.domains, &entry.key),
            _ => return,
        };
        let first = names.entry(id.to_ascii_lowercase()).or_insert_with(|| entry.clone());
        if entry < first {
            first.clone_from(entry);
        }
    }
}

impl NameCollector {
    /// A collection that is empty so far.
    pub fn new(cloud: &str) -> NameCollector {
        NameCollector { cloud: cloud.to_owned(), seen: Mutex::default() }
    }

    /// Notes the domain that a tenant was named by, and that its cloud resolved.
    pub fn resolved(&self, domain: &str, tenant: TenantId) {
        // The authority resolves an id as well, which is not a name.
        if uuid::Uuid::try_parse(domain).is_ok() {
            return;
        }
        let cloud = self.cloud.clone();
        self.seen().put(IndexEntry {
            cloud,
            tenant: String::new(),
            kind: NameKind::Domain,
            subscription: String::new(),
            name: domain.to_lowercase(),
            key: tenant.to_string(),
            note: String::new(),
        });
    }

    /// The name of a tenant or subscription, if an answer of this run had it.
    pub fn name_of(&self, id: &str) -> Option<String> {
        let seen = self.seen();
        seen.by_id.notes.get(&id.to_ascii_lowercase()).map(|entry| entry.note.clone())
    }

    /// The domain by which this run named a tenant.
    pub fn domain_of(&self, id: &str) -> Option<String> {
        let seen = self.seen();
        seen.by_id.domains.get(&id.to_ascii_lowercase()).map(|entry| entry.name.clone())
    }

    /// Takes the names out of an answer that `tenant`'s identity was given.
    fn saw(&self, service: AnsweringService, tenant: Option<TenantId>, path: &str, answer: &Value) {
        if service == AnsweringService::Graph
            && !extract::PRINCIPALS.iter().any(|part| path.contains(part))
        {
            return;
        }
        let tenant = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
        let found = extract::extract_names(service, &self.cloud, &tenant, answer);
        let mut seen = self.seen();
        for name in found {
            if seen.names.len() < MOST_NAMES {
                seen.put(name);
            }
        }
    }

    /// Forgets what is at `path` of Resource Manager and below.
    fn gone(&self, path: &str) {
        let path = path.to_lowercase();
        let one = BTreeSet::from([path.clone()]);
        let gone = Departures::of(&one);
        let mut guard = self.seen();
        let seen = &mut *guard;
        let known = seen.names.len();
        seen.names.retain(|entry| {
            if !may_be_at(entry, &path) {
                return true;
            }
            let line = entry.line().map(|line| format!("{line}\t0"));
            let line = line.as_deref().and_then(|line| IndexLine::parse(line.as_bytes()));
            line.is_some_and(|line| !gone.holds(&line))
        });
        if seen.names.len() < known {
            seen.by_id = NamesById::default();
            seen.names.iter().for_each(|entry| seen.by_id.put(entry));
        }
        seen.gone.insert(path);
    }

    /// Brings what was seen into the index in this program's folder. Never waits, never fails: what cannot be
    /// written now is seen again.
    pub fn save(&self, home: &Path, now: i64) {
        let seen = std::mem::take(&mut *self.seen());
        // A run without an answer of Azure, such as a cached token, does not even look at the index.
        if seen.names.is_empty() && seen.gone.is_empty() {
            return;
        }
        let mut news = DatedLines::default();
        let today = day_of(now);
        for line in seen.names.iter().filter_map(IndexEntry::line) {
            news.put(&format!("{line}\t{today}"));
        }
        let known = Index::open(home, now);
        let is_old = |(identity, line): (&String, &(String, u32))| known.has(identity, line);
        let gone = Departures::of(&seen.gone);
        let has_gone = || {
            let content = known.lines.all();
            known.fresh(&content).any(|line| gone.holds(&line))
        };
        if news.0.iter().all(is_old) && (seen.gone.is_empty() || !has_gone()) {
            return;
        }
        // Windows replaces no file that somebody has open, and be it ourselves.
        drop(known);
        let write = || {
            let folder = PrivateFolder::create(home).ok()?;
            let _lock = folder.try_lock(LOCK).ok()??;
            // What a writer that was killed left behind; a living one needs no hour.
            let an_hour_ago = u64::try_from(now).unwrap_or_default().saturating_sub(3600);
            folder.sweep(UNIX_EPOCH + Duration::from_secs(an_hour_ago));
            // Read again: another writer may have been here before the lock was ours.
            let mut merged = DatedLines::default();
            let known = Index::open(home, now);
            let content = known.lines.all();
            for line in known.fresh(&content).filter(|line| !gone.holds(line)) {
                merged.put(line.whole);
            }
            drop(known);
            news.0.values().for_each(|line| merged.put(&line.0));
            folder.write(FILE, &merged.file(today)).ok()
        };
        let _ = write();
    }

    fn seen(&self) -> MutexGuard<'_, CollectedNames> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes in passing what one service answers.
#[derive(Clone, Debug)]
pub struct ResponseObserver {
    learned: Arc<NameCollector>,
    service: AnsweringService,
}

impl ResponseObserver {
    /// Notes it in `learned`.
    pub fn new(learned: &Arc<NameCollector>, service: AnsweringService) -> ResponseObserver {
        ResponseObserver { learned: learned.clone(), service }
    }

    /// The service did as asked with what is at `path`, and answered this.
    pub fn heard(&self, method: &Method, tenant: Option<TenantId>, path: &str, answer: &Value) {
        match *method {
            Method::DELETE => self.gone(path),
            _ => self.saw(tenant, path, answer),
        }
    }

    /// The service answered this about what is at `path`.
    pub fn saw(&self, tenant: Option<TenantId>, path: &str, answer: &Value) {
        self.learned.saw(self.service, tenant, path, answer);
    }

    /// There is nothing at `path` any more.
    pub fn gone(&self, path: &str) {
        if self.service == AnsweringService::ResourceManager {
            self.learned.gone(path);
        }
    }
}

/// Whether an entry can be of what was at a path: a look that costs little, since a fleet deletes thousands of things
/// and has named thousands.
fn may_be_at(entry: &IndexEntry, path: &str) -> bool {
    let is_place = matches!(entry.kind, NameKind::Resource | NameKind::ResourceGroup);
    let below = path.strip_prefix("/subscriptions/").unwrap_or_default();
    path.rsplit('/').next().is_some_and(|last| entry.key.eq_ignore_ascii_case(last))
        || is_place && below.starts_with(&entry.subscription)
}

/// What was deleted: a fleet deletes thousands, and each line of the index is held against them.
struct Departures<'a> {
    paths: &'a BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Departures<'_> {
    fn of(paths: &BTreeSet<String>) -> Departures<'_> {
        let last = |path: &String| path.rsplit('/').next().map(str::to_ascii_lowercase);
        Departures { paths, keys: paths.iter().filter_map(last).collect() }
    }

    fn holds(&self, line: &IndexLine<'_>) -> bool {
        let has_key = !line.key.is_empty() && self.keys.contains(&line.key.to_ascii_lowercase());
        has_key || line.places().any(|place| self.paths.contains(&place))
    }
}

/// Lines by what distinguishes them, with their days.
#[derive(Default)]
struct DatedLines(BTreeMap<String, (String, u32)>);

impl DatedLines {
    /// Puts a line in; one without a note does not displace one that has it.
    fn put(&mut self, line: &str) {
        let Some(new) = IndexLine::parse(line.as_bytes()) else {
            return;
        };
        let known = self.0.get(new.identity).map(|(known, _)| known.as_bytes());
        let note = known.and_then(IndexLine::parse).map_or("", |known| known.note);
        let line = if new.note.is_empty() && !note.is_empty() {
            format!("{}\t{}\t{note}\t{}", new.identity, new.shown, new.day)
        } else {
            line.to_owned()
        };
        self.0.insert(new.identity.to_owned(), (line, new.day));
    }

    /// The file; if there are too many lines, without those that were seen longest ago.
    fn file(&self, today: u32) -> Vec<u8> {
        let mut newest_first: Vec<&(String, u32)> = self.0.values().collect();
        newest_first.sort_by_key(|(_, day)| today.saturating_sub(*day));
        newest_first.truncate(MOST_NAMES);
        let mut size = HEAD.len() as u64;
        let mut lines: Vec<&str> = Vec::new();
        for (line, _) in newest_first {
            size += line.len() as u64 + 1;
            if size > MOST_BYTES {
                break;
            }
            lines.push(line);
        }
        lines.sort_unstable();
        let mut file = HEAD.to_vec();
        for line in lines {
            file.extend_from_slice(line.as_bytes());
            file.push(b'\n');
        }
        file
    }
}

impl Index {
    /// True if a line of this day says all that this one does.
    fn has(&self, identity: &str, (line, day): &(String, u32)) -> bool {
        let mut lines = self.lines.from(format!("{identity}\t").as_bytes());
        lines.next().and_then(IndexLine::parse).zip(IndexLine::parse(line.as_bytes())).is_some_and(
            |(known, new)| {
                let same = known.identity == identity && known.shown == new.shown;
                same && known.day == *day && (new.note.is_empty() || new.note == known.note)
            },
        )
    }

    /// The lines in `content`, which is all of the index, that are still to be believed.
    pub(super) fn fresh<'a>(&self, content: &'a [u8]) -> impl Iterator<Item = IndexLine<'a>> {
        content
            .split(|byte| *byte == b'\n')
            .filter_map(IndexLine::parse)
            .filter(|line| self.is_fresh(line.day))
    }
}
