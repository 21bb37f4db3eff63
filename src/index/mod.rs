//! Names that answers of Azure contained in passing, kept for completion: a sorted text file beside the credentials.
//!
//! It is a convenience and nothing more: it holds no secret, a reader takes what it finds without any
//! lock, and whatever is wrong with it means fewer names, never an error. A line is
//!
//! ```text
//! cloud TAB tenant TAB kind TAB subscription TAB name in small letters TAB key TAB name TAB note TAB day
//! ```
//!
//! and the lines are sorted by their bytes, so that a prefix is found by bisection.

use std::fs::File;
use std::path::Path;

use crate::secrets::folder::PrivateFolder;

mod collect;
mod extract;
mod line;
mod names;
mod sorted_file;

pub use collect::{AnsweringService, NameCollector, ResponseObserver};
pub use line::IndexEntry;

use line::IndexLine;
use sorted_file::SortedFile;

/// The file's name.
pub const FILE: &str = "names.index";

/// Its first line; another version's file counts as absent.
pub(crate) const HEAD: &[u8] = b"az-imageshare names 1\n";

/// Days until a name that no one saw again is forgotten.
const LIFETIME: u32 = 30;

/// Names at most; the ones seen longest ago go first.
const MOST_NAMES: usize = 20_000;

/// Lines that are read in vain before the next is looked for by bisection, which takes about as long.
const MANY: u32 = 32;

/// Bytes at most: less than a private folder reads of one file, so that nothing is ever cut off.
const MOST_BYTES: u64 = 4 * 1024 * 1024 - 1;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A delegation, by the name of its offer; the key is the definition's GUID.
    Delegation,
    /// A tenant, by a domain of it.
    Domain,
    /// A location.
    Location,
    /// A user, group or service principal by name; the key is its object id.
    Principal,
    /// The same by object id.
    PrincipalId,
    /// A resource, by its id behind that of its subscription; one without subscription by its whole id.
    Resource,
    /// A resource group.
    ResourceGroup,
    /// A custom role by name; the key is its GUID.
    Role,
    /// The same by GUID.
    RoleId,
    /// A size of virtual machines.
    Size,
    /// A subscription by name; the key is its id.
    Subscription,
    /// The same by id.
    SubscriptionId,
    /// A tenant, by its id.
    Tenant,
}

impl NameKind {
    fn word(self) -> &'static str {
        match self {
            NameKind::Delegation => "delegation",
            NameKind::Domain => "domain",
            NameKind::Location => "location",
            NameKind::Principal => "principal",
            NameKind::PrincipalId => "principal-id",
            NameKind::Resource => "resource",
            NameKind::ResourceGroup => "resource-group",
            NameKind::Role => "role",
            NameKind::RoleId => "role-id",
            NameKind::Size => "size",
            NameKind::Subscription => "subscription",
            NameKind::SubscriptionId => "subscription-id",
            NameKind::Tenant => "tenant",
        }
    }
}

/// Where names are looked for.
#[derive(Clone, Debug, Default)]
pub struct IndexScope {
    /// The cloud, as `az cloud list` names it.
    pub cloud: String,
    /// The tenants whose identity saw them; all if empty. What no tenant claims is always in scope.
    pub tenants: Vec<String>,
    /// The subscription they are in; all if `None`.
    pub subscription: Option<String>,
}

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexedName<'a> {
    /// The name that is completed.
    pub name: &'a str,
    /// What it stands for, such as an id; empty if for itself.
    pub key: &'a str,
    /// A word on it for people.
    pub note: &'a str,
    /// The subscription it is in, if it is in one.
    pub subscription: &'a str,
}

/// What a look-up goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next name.
    Name,
    /// The next name that does not have these first segments of the name that was found, each of which ends
    /// with a slash; the next of all if it has fewer. With none, the next subscription.
    Past(usize),
}

/// The file, of which a look-up reads a few pieces.
#[derive(Debug, Default)]
pub struct Index {
    lines: SortedFile,
    today: u32,
}

impl Index {
    /// Opens the file in this program's folder; empty if that is not possible for whatever reason.
    pub fn open(home: &Path, now: i64) -> Index {
        let open = || PrivateFolder::open(home).ok()??.open_file(FILE).ok()?;
        match open() {
            Some(file) => Index::of_file(file, now),
            None => Index { lines: SortedFile::default(), today: day_of(now) },
        }
    }

    /// Takes an open file; one that is not an index counts as empty.
    pub(crate) fn of_file(file: File, now: i64) -> Index {
        Index { lines: SortedFile::of(file, HEAD, MOST_BYTES), today: day_of(now) }
    }

    /// Gives `found` every name of a kind that begins with `prefix`, in any case.
    pub fn find(
        &self,
        scope: &IndexScope,
        kind: NameKind,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>),
    ) {
        self.walk(scope, kind, prefix, &mut |name| {
            found(name);
            Next::Name
        });
    }

    /// The same, where `found` says how to go on.
    pub fn walk(
        &self,
        scope: &IndexScope,
        kind: NameKind,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>) -> Next,
    ) {
        let prefix = prefix.to_lowercase();
        let cloud = format!("{}\t", line::clean_field(&scope.cloud));
        for tenant in self.tenants(scope, &cloud) {
            let stem = format!("{cloud}{tenant}\t{}\t", kind.word());
            let subscription = scope.subscription.as_deref();
            self.find_behind(&stem, subscription, &prefix, found);
        }
    }

    /// Gives `found` the names with `prefix` behind `stem`, in one subscription or in each.
    fn find_behind(
        &self,
        stem: &str,
        subscription: Option<&str>,
        prefix: &str,
        found: &mut impl FnMut(IndexedName<'_>) -> Next,
    ) {
        let start = match subscription {
            Some(subscription) => &format!("{stem}{subscription}\t{prefix}"),
            None => stem,
        };
        let mut lines = self.lines.from(start.as_bytes());
        let mut others = 0;
        let mut past = String::new();
        while let Some(line) = lines.next() {
            if !line.starts_with(start.as_bytes()) {
                break;
            }
            if !past.is_empty() && line.starts_with(past.as_bytes()) {
                // Most runs of such lines are short, and reading on is cheaper than a new bisection: only
                // a long run is jumped over.
                others += 1;
                if others == MANY {
                    others = 0;
                    lines.skip_to(&end_of(&past));
                }
                continue;
            }
            let Some(line) = IndexLine::parse_behind(line, stem.len()) else {
                continue;
            };
            if line.begins(prefix) {
                others = 0;
                if self.is_fresh(line.day)
                    && let Next::Past(segments) = found(line.name())
                {
                    line.put_start(segments, &mut past);
                }
                continue;
            }
            // The prefix is looked for in each subscription.
            others += 1;
            if others == MANY {
                others = 0;
                let next = line.next_with(prefix);
                lines.skip_to(&next);
            }
        }
    }

    /// The tenants whose names are looked for in a cloud.
    fn tenants(&self, scope: &IndexScope, cloud: &str) -> Vec<String> {
        if scope.tenants.is_empty() {
            return self.all_tenants(cloud);
        }
        let mut tenants = scope.tenants.clone();
        tenants.push(String::new());
        tenants.sort_unstable();
        tenants.dedup();
        tenants
    }

    /// The tenants that have names in a cloud.
    fn all_tenants(&self, cloud: &str) -> Vec<String> {
        let mut tenants = Vec::new();
        let mut lines = self.lines.from(cloud.as_bytes());
        while let Some(line) = lines.next() {
            let line = String::from_utf8_lossy(line);
            let rest = line.strip_prefix(cloud);
            let Some((tenant, _)) = rest.and_then(|rest| rest.split_once('\t')) else {
                break;
            };
            tenants.push(tenant.to_owned());
            let next = end_of(&format!("{cloud}{tenant}\t"));
            lines.skip_to(&next);
        }
        tenants
    }

    fn is_fresh(&self, day: u32) -> bool {
        self.today.saturating_sub(day) <= LIFETIME && day <= self.today + 1
    }
}

/// Where the lines end that begin with `start`, whose last character is a tab or a slash.
fn end_of(start: &str) -> Vec<u8> {
    let mut end = start.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

fn day_of(now: i64) -> u32 {
    u32::try_from(now / 86_400).unwrap_or_default()
}

#[cfg(test)]
mod tests;
