//! Names that Azure told us in passing, kept for completion: a sorted text file beside the credentials.
//!
//! It is a convenience and nothing more: it holds no secret, a reader takes what it finds without any
//! lock, and whatever is wrong with it means fewer names, never an error. A line is
//!
//! ```text
//! cloud TAB tenant TAB kind TAB subscription TAB name in small letters TAB key TAB name TAB note TAB day
//! ```
//!
//! and the lines are sorted by their bytes, so that a prefix is found by bisection.

use std::path::Path;

use crate::secrets::folder::PrivateFolder;

mod harvest;
mod learned;
mod line;
mod sorted;

pub use learned::{Learned, Service, Witness};
pub use line::Entry;

use line::Line;
use sorted::Sorted;

/// The file's name.
pub const FILE: &str = "names.index";

/// Its first line; another version's file counts as absent.
const HEAD: &[u8] = b"az-imageshare names 1\n";

/// Days until a name that nobody saw again is forgotten.
const LIFETIME: u32 = 30;

/// Names at most; the ones seen longest ago go first.
const MOST_NAMES: usize = 20_000;

/// Bytes at most: less than a private folder reads of one file, so that nothing is ever cut off.
const MOST_BYTES: u64 = 4 * 1024 * 1024 - 1;

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

/// The file, of which a look-up reads a few pieces.
#[derive(Debug, Default)]
pub struct Index {
    lines: Sorted,
    today: u32,
}

impl Index {
    /// Opens the file in our folder; empty if that is not possible for whatever reason.
    #[must_use]
    pub fn open(home: &Path, now: i64) -> Index {
        let open = || PrivateFolder::open(home).ok()??.open_file(FILE).ok()?;
        let lines = open().map(|file| Sorted::of(file, HEAD, MOST_BYTES));
        Index {
            lines: lines.unwrap_or_default(),
            today: day(now),
        }
    }

    /// Gives `found` every name of a kind that begins with `prefix`, in any case.
    pub fn find(&self, scope: &Scope, kind: Kind, prefix: &str, found: &mut impl FnMut(Name<'_>)) {
        let prefix = prefix.to_lowercase();
        let cloud = format!("{}\t", line::field(&scope.cloud));
        for tenant in self.tenants(&cloud) {
            let is_wanted =
                tenant.is_empty() || scope.tenants.is_empty() || scope.tenants.contains(&tenant);
            if !is_wanted {
                continue;
            }
            let stem = format!("{cloud}{tenant}\t{}\t", kind.word());
            let start = match &scope.subscription {
                Some(subscription) => format!("{stem}{subscription}\t{prefix}"),
                // In a subscription each: all of the kind are read, and the prefix is looked for in them.
                None => stem,
            };
            let lines = self.lines.beginning_with(&start);
            lines
                .split(|byte| *byte == b'\n')
                .filter(|line| line.starts_with(start.as_bytes()))
                .filter_map(Line::parse)
                .filter(|line| line.begins(&prefix) && self.is_fresh(line.day))
                .for_each(|line| found(line.name()));
        }
    }

    /// The tenants that have names in a cloud.
    fn tenants(&self, cloud: &str) -> Vec<String> {
        let mut tenants = Vec::new();
        let mut from = cloud.to_owned();
        while let Some(line) = self.lines.at_least(from.as_bytes()) {
            let line = String::from_utf8_lossy(&line);
            let Some((tenant, _)) = line
                .strip_prefix(cloud)
                .and_then(|rest| rest.split_once('\t'))
            else {
                break;
            };
            // The character after a tab: where the lines of this tenant end.
            let next = format!("{cloud}{tenant}\n");
            tenants.push(tenant.to_owned());
            // A file that is not sorted would lead round in a circle.
            if next <= from {
                break;
            }
            from = next;
        }
        tenants
    }

    fn is_fresh(&self, day: u32) -> bool {
        self.today.saturating_sub(day) <= LIFETIME && day <= self.today + 1
    }
}

fn day(now: i64) -> u32 {
    u32::try_from(now / 86_400).unwrap_or_default()
}

#[cfg(test)]
mod tests;
