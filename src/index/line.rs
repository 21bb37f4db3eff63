//! One line of the index: written from an [`IndexEntry`], read without copying.

use memchr::memchr;

use super::{IndexedName, NameKind};

/// A name to be kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// The cloud it is in.
    pub cloud: String,
    /// The tenant whose identity saw it; empty if that does not matter.
    pub tenant: String,
    /// What the name belongs to.
    pub kind: NameKind,
    /// The subscription it is in; empty if in none.
    pub subscription: String,
    /// The name; of a resource, its id behind that of the subscription.
    pub name: String,
    /// What it stands for, such as an id.
    pub key: String,
    /// A word on it for people.
    pub note: String,
}

/// Characters of a name at most; resource ids are the longest.
const LONGEST_NAME: usize = 600;
const LONGEST_NOTE: usize = 120;

impl IndexEntry {
    /// The line but for its day. `None` for what cannot be a name: it would break the line, or a screen.
    pub(super) fn line(&self) -> Option<String> {
        let name = &self.name;
        let whole = [&self.cloud, &self.tenant, &self.subscription, name, &self.key];
        let bad = whole.iter().any(|text| text.contains(char::is_control));
        if bad || name.is_empty() || name.chars().count() > LONGEST_NAME {
            return None;
        }
        let folded = name.to_lowercase();
        let shown = if folded == *name { "" } else { name };
        Some(format!(
            "{}\t{}\t{}\t{}\t{folded}\t{}\t{shown}\t{}",
            self.cloud,
            self.tenant,
            self.kind.word(),
            self.subscription,
            self.key,
            clean_field(&self.note.chars().take(LONGEST_NOTE).collect::<String>())
        ))
    }
}

/// A text that can be in a field.
pub(super) fn clean_field(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A field of a line and what is behind its tab.
fn field_of(text: &str) -> Option<(&str, &str)> {
    let tab = memchr(b'\t', text.as_bytes())?;
    Some((&text[..tab], &text[tab + 1..]))
}

/// A line that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct IndexLine<'a> {
    pub(super) whole: &'a str,
    /// What distinguishes this line from all others: everything up to the key.
    pub(super) identity: &'a str,
    /// Cloud, tenant and kind, each with its tab.
    stem: &'a str,
    subscription: &'a str,
    folded: &'a str,
    pub(super) key: &'a str,
    /// The name as it is written, if that is not in small letters.
    pub(super) shown: &'a str,
    pub(super) note: &'a str,
    pub(super) day: u32,
}

impl<'a> IndexLine<'a> {
    /// Reads a line; `None` if it is not whole.
    pub(super) fn parse(text: &'a [u8]) -> Option<IndexLine<'a>> {
        let mut tabs = text.iter().enumerate().filter(|(_, byte)| **byte == b'\t');
        let (third, _) = tabs.nth(2)?;
        IndexLine::parse_behind(text, third + 1)
    }

    /// Reads a line of which it is known how long cloud, tenant and kind are: what is the same in thousands
    /// of lines is not taken apart again.
    pub(super) fn parse_behind(text: &'a [u8], stem: usize) -> Option<IndexLine<'a>> {
        let text = std::str::from_utf8(text).ok()?;
        let (stem, rest) = text.split_at_checked(stem)?;
        let (subscription, behind) = field_of(rest)?;
        let (folded, behind) = field_of(behind)?;
        let (key, behind) = field_of(behind)?;
        let identity = &text[..text.len() - behind.len() - 1];
        let (shown, behind) = field_of(behind)?;
        let (note, day) = field_of(behind)?;
        Some(IndexLine {
            whole: text,
            identity,
            stem,
            subscription,
            folded,
            key,
            shown,
            note,
            day: day.parse().ok()?,
        })
    }

    fn kind(&self) -> &'a str {
        let stem = self.stem.trim_end_matches('\t');
        stem.rsplit('\t').next().unwrap_or_default()
    }

    /// True if the name begins with `prefix`, which is in small letters.
    pub(super) fn begins(&self, prefix: &str) -> bool {
        self.folded.starts_with(prefix)
    }

    /// What the next line is not less than whose name begins with `prefix`, which this one's does not.
    pub(super) fn next_with(&self, prefix: &str) -> Vec<u8> {
        let mut start = String::new();
        self.put_start(0, &mut start);
        if self.folded >= prefix {
            return super::end_of(&start);
        }
        start.push_str(prefix);
        start.into_bytes()
    }

    /// Puts into `start` how the lines begin that are in the same subscription and have the same first segments in
    /// their names; nothing, if the name has fewer.
    pub(super) fn put_start(&self, segments: usize, start: &mut String) {
        start.clear();
        let bytes = self.folded.bytes().enumerate();
        let mut slashes = bytes.filter(|(_, byte)| *byte == b'/');
        let end = match segments.checked_sub(1) {
            None => 0,
            Some(before) => match slashes.nth(before) {
                Some((at, _)) => at + 1,
                None => return,
            },
        };
        for part in [self.stem, self.subscription, "\t", &self.folded[..end]] {
            start.push_str(part);
        }
    }

    pub(super) fn name(&self) -> IndexedName<'a> {
        IndexedName {
            name: if self.shown.is_empty() { self.folded } else { self.shown },
            key: self.key,
            note: self.note,
            subscription: self.subscription,
        }
    }

    /// Where in its subscription it is: its own path and those above it, none for what has no path.
    pub(super) fn places(&self) -> impl Iterator<Item = String> {
        let own = match self.kind() {
            "resource" => self.folded.to_owned(),
            "resource-group" => format!("/resourcegroups/{}", self.folded),
            _ => String::new(),
        };
        let has_path = !own.is_empty() && !self.subscription.is_empty();
        let own = has_path.then(|| format!("/subscriptions/{}{own}", self.subscription));
        std::iter::successors(own, |path| Some(path[..path.rfind('/')?].to_owned()))
    }
}
