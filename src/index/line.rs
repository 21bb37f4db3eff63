//! One line of the index: written from an [`Entry`], read without copying.

use super::{Kind, Name};

/// A name to be kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The cloud it is in.
    pub cloud: String,
    /// The tenant whose identity saw it; empty if that does not matter.
    pub tenant: String,
    /// What it names.
    pub kind: Kind,
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

impl Entry {
    /// The line but for its day. `None` for what cannot be a name: it would break the line, or a screen.
    pub(super) fn line(&self) -> Option<String> {
        let name = &self.name;
        let whole = [
            &self.cloud,
            &self.tenant,
            &self.subscription,
            name,
            &self.key,
        ];
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
            field(&self.note.chars().take(LONGEST_NOTE).collect::<String>())
        ))
    }
}

/// A text that can stand in a field.
pub(super) fn field(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A line that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) whole: &'a str,
    /// What tells this line from all others: everything up to the key.
    pub(super) identity: &'a str,
    kind: &'a str,
    subscription: &'a str,
    folded: &'a str,
    key: &'a str,
    /// The name as it is written, if that is not in small letters.
    pub(super) shown: &'a str,
    pub(super) note: &'a str,
    pub(super) day: u32,
}

impl<'a> Line<'a> {
    /// Reads a line; `None` if it is not whole.
    pub(super) fn parse(text: &'a [u8]) -> Option<Line<'a>> {
        let text = std::str::from_utf8(text).ok()?;
        let mut fields = text.split('\t');
        let (_cloud, _tenant, kind) = (fields.next()?, fields.next()?, fields.next()?);
        let (subscription, folded, key) = (fields.next()?, fields.next()?, fields.next()?);
        let (shown, note) = (fields.next()?, fields.next()?);
        let day = fields.next()?.parse().ok()?;
        if fields.next().is_some() {
            return None;
        }
        let end = key.as_ptr() as usize - text.as_ptr() as usize + key.len();
        Some(Line {
            whole: text,
            identity: &text[..end],
            kind,
            subscription,
            folded,
            key,
            shown,
            note,
            day,
        })
    }

    /// True if the name begins with `prefix`, which is in small letters.
    pub(super) fn begins(&self, prefix: &str) -> bool {
        self.folded.starts_with(prefix)
    }

    pub(super) fn name(&self) -> Name<'a> {
        Name {
            name: if self.shown.is_empty() {
                self.folded
            } else {
                self.shown
            },
            key: self.key,
            note: self.note,
            subscription: self.subscription,
        }
    }

    /// True if this names the resource at `path` (in small letters), or something inside of it.
    pub(super) fn is_at(&self, path: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or_default();
        if !self.key.is_empty() && self.key.eq_ignore_ascii_case(last) {
            return true;
        }
        let home = format!("/subscriptions/{}", self.subscription);
        let Some(place) = path
            .strip_prefix(&home)
            .filter(|_| !self.subscription.is_empty())
        else {
            return false;
        };
        let own = match self.kind {
            "resource" => self.folded.to_owned(),
            "resource-group" => format!("/resourcegroups/{}", self.folded),
            _ => return false,
        };
        let inside = own.strip_prefix(place);
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}
