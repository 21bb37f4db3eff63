//! Names that Azure told us in passing, kept for completion: a sorted text file beside the credentials.
//!
//! It is a convenience and nothing more: it holds no secret, a reader takes what it finds without any
//! lock, and whatever is wrong with it means fewer names, never an error. A line is
//!
//! ```text
//! cloud TAB tenant TAB kind TAB subscription TAB name in small letters TAB key TAB name TAB note TAB day
//! ```
//!
//! and the lines are sorted by their bytes, so that a prefix is found by bisection in one read.

use std::path::Path;

use crate::secrets::folder::PrivateFolder;

mod harvest;
mod learned;
mod line;

pub use learned::{Learned, Service, Witness};
pub use line::Entry;

use line::Line;

/// The file's name.
pub const FILE: &str = "names.index";

/// Its first line; another version's file counts as absent.
const HEAD: &[u8] = b"az-imageshare names 1\n";

/// Days until a name that nobody saw again is forgotten.
const LIFETIME: u32 = 30;

/// Names at most; the ones seen longest ago go first.
const MOST_NAMES: usize = 20_000;

/// Bytes at most: less than a private folder reads of one file, so that nothing is ever cut off.
const MOST_BYTES: usize = 4 * 1024 * 1024 - 1;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
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
    /// A subscription by name; the key is its id.
    Subscription,
    /// The same by id.
    SubscriptionId,
    /// A tenant, by its id.
    Tenant,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Delegation => "delegation",
            Kind::Domain => "domain",
            Kind::Location => "location",
            Kind::Principal => "principal",
            Kind::PrincipalId => "principal-id",
            Kind::Resource => "resource",
            Kind::ResourceGroup => "resource-group",
            Kind::Role => "role",
            Kind::RoleId => "role-id",
            Kind::Subscription => "subscription",
            Kind::SubscriptionId => "subscription-id",
            Kind::Tenant => "tenant",
        }
    }
}

/// Where names are looked for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The cloud, as `az cloud list` names it.
    pub cloud: String,
    /// The tenants whose identity saw them; all if empty. What no tenant claims is always in scope.
    pub tenants: Vec<String>,
    /// The subscription they are in; all if `None`.
    pub subscription: Option<String>,
}

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name.
    pub name: &'a str,
    /// What it stands for, such as an id; empty if for itself.
    pub key: &'a str,
    /// A word on it for people.
    pub note: &'a str,
    /// The subscription it is in, if it is in one.
    pub subscription: &'a str,
}

/// The file as it was read.
#[derive(Debug, Default)]
pub struct Index {
    content: Vec<u8>,
    /// Where the lines begin, behind the head.
    start: usize,
    today: u32,
}

impl Index {
    /// Reads the file in our folder; empty if that is not possible for whatever reason.
    #[must_use]
    pub fn read(home: &Path, now: i64) -> Index {
        let read = || PrivateFolder::open(home).ok()??.read(FILE).ok()?;
        Index::parse(read().unwrap_or_default(), now)
    }

    fn parse(mut content: Vec<u8>, now: i64) -> Index {
        let whole = content.starts_with(HEAD) && content.ends_with(b"\n");
        if !whole || content.len() > MOST_BYTES {
            content = HEAD.to_vec();
        }
        // The head stays: a copy without it would cost a tenth of a TAB.
        Index {
            content,
            start: HEAD.len(),
            today: day(now),
        }
    }

    /// Gives `found` every name of a kind that begins with `prefix`, in any case.
    pub fn find<'a>(
        &'a self,
        scope: &Scope,
        kind: Kind,
        prefix: &str,
        found: &mut impl FnMut(Name<'a>),
    ) {
        let prefix = prefix.to_lowercase();
        let cloud = format!("{}\t", line::field(&scope.cloud));
        let wanted = |tenant: &str| {
            tenant.is_empty()
                || scope.tenants.is_empty()
                || scope.tenants.iter().any(|known| known == tenant)
        };
        for tenant in self.branches(&cloud).filter(|tenant| wanted(tenant)) {
            let stem = format!("{cloud}{tenant}\t{}\t", kind.word());
            match scope.subscription.as_deref() {
                Some(subscription) => {
                    self.range(&format!("{stem}{subscription}\t{prefix}"), found);
                }
                None => self
                    .branches(&stem)
                    .for_each(|branch| self.range(&format!("{stem}{branch}\t{prefix}"), found)),
            }
        }
    }

    /// Gives `found` every line that begins with `start` and is still to be believed.
    fn range<'a>(&'a self, start: &str, found: &mut impl FnMut(Name<'a>)) {
        let mut at = self.lower_bound(start.as_bytes());
        while let Some(text) = self
            .line_at(at)
            .filter(|text| text.starts_with(start.as_bytes()))
        {
            at += text.len() + 1;
            if let Some(line) = Line::parse(text).filter(|line| self.is_fresh(line.day)) {
                found(line.name());
            }
        }
    }

    /// The different values of the field behind `stem`.
    fn branches<'a>(&'a self, stem: &str) -> impl Iterator<Item = &'a str> {
        let mut from = stem.as_bytes().to_vec();
        let length = stem.len();
        std::iter::from_fn(move || {
            let line = self.line_at(self.lower_bound(&from))?;
            let rest = line
                .get(length..)
                .filter(|_| line[..length] == from[..length])?;
            let end = rest.iter().position(|byte| *byte == b'\t')?;
            // The byte after a tab: where the lines with this value end.
            from.truncate(length);
            from.extend_from_slice(&rest[..end]);
            from.push(b'\t' + 1);
            std::str::from_utf8(&rest[..end]).ok()
        })
    }

    fn is_fresh(&self, day: u32) -> bool {
        self.today.saturating_sub(day) <= LIFETIME && day <= self.today + 1
    }

    /// Where the first line is that is not less than `key`.
    fn lower_bound(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (self.start, self.content.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = self.content[low..middle]
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(low, |newline| low + newline + 1);
            match self.line_at(start) {
                Some(line) if line < key => low = start + line.len() + 1,
                _ => high = start,
            }
        }
        low
    }

    fn line_at(&self, start: usize) -> Option<&[u8]> {
        let rest = self.content.get(start..)?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        Some(&rest[..end])
    }
}

fn day(now: i64) -> u32 {
    u32::try_from(now / 86_400).unwrap_or_default()
}

#[cfg(test)]
mod tests;
