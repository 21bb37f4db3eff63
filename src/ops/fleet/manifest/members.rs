//! The members of a mapping and the values in it, each judged by its form.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::node::{ManifestNode, ManifestProblems, NodeContent, NodeMember};
use super::types::{ManifestPosition, Positioned};
use crate::ops::access::similar;

/// The members of a mapping.
#[derive(Clone, Copy)]
pub(super) struct NodeMembers<'n> {
    /// Where the mapping begins.
    pub at: ManifestPosition,
    members: &'n [NodeMember],
}

impl<'n> NodeMembers<'n> {
    /// The members of a mapping that may have the keys `known` and no others.
    pub(super) fn of(
        node: &'n ManifestNode,
        what: &str,
        known: &[&str],
        problems: &mut ManifestProblems,
    ) -> Option<NodeMembers<'n>> {
        let found = NodeMembers::named(node, what, problems)?;
        for member in found.members {
            if member.key.is_empty() {
                continue;
            }
            if !known.contains(&member.key.as_str()) {
                let meant = similar::nearest(&member.key, known.iter().copied());
                let meant =
                    meant.map(|word| format!(": did you mean '{word}'?")).unwrap_or_default();
                problems.add(
                    member.at,
                    format!("{what} has no key '{}'{meant}", member.key),
                    format!("Use one of {}.", known.join(", ")),
                );
            }
        }
        Some(found)
    }

    /// The members of a mapping whose keys are names that the manifest's author chose.
    pub(super) fn named(
        node: &'n ManifestNode,
        what: &str,
        problems: &mut ManifestProblems,
    ) -> Option<NodeMembers<'n>> {
        match &node.content {
            NodeContent::Map(members) => Some(NodeMembers { at: node.at, members }),
            other => {
                mistyped(node.at, what, other, "a mapping", problems);
                None
            }
        }
    }

    /// Every member.
    pub(super) fn all(&self) -> impl Iterator<Item = &'n NodeMember> + use<'n> {
        self.members.iter()
    }

    /// The value of a key; of a key that exists twice the first.
    pub(super) fn get(&self, key: &str) -> Option<&'n ManifestNode> {
        self.members.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The value of a key that has to be there.
    pub(super) fn need(
        &self,
        key: &str,
        what: &str,
        fix: &str,
        problems: &mut ManifestProblems,
    ) -> Option<&'n ManifestNode> {
        let found = self.get(key);
        if found.is_none() {
            problems.add(self.at, format!("{what} has no '{key}'"), fix);
        }
        found
    }

    /// The text of a key, if it is there.
    pub(super) fn text(
        &self,
        key: &str,
        problems: &mut ManifestProblems,
    ) -> Option<Positioned<String>> {
        text(self.get(key)?, &format!("'{key}'"), problems)
    }

    /// The texts of a key's list.
    pub(super) fn texts(
        &self,
        key: &str,
        problems: &mut ManifestProblems,
    ) -> Vec<Positioned<String>> {
        self.get(key).map(|node| texts(node, &format!("'{key}'"), problems)).unwrap_or_default()
    }

    /// True or false; `default` where it is not said.
    pub(super) fn flag(&self, key: &str, default: bool, problems: &mut ManifestProblems) -> bool {
        let Some(node) = self.get(key) else { return default };
        match &node.content {
            NodeContent::Bool(value) => *value,
            other => {
                mistyped(node.at, &format!("'{key}'"), other, "true or false", problems);
                default
            }
        }
    }

    /// The items of a key's list.
    pub(super) fn items(
        &self,
        key: &str,
        problems: &mut ManifestProblems,
    ) -> Option<&'n [ManifestNode]> {
        let node = self.get(key)?;
        match &node.content {
            NodeContent::List(items) => Some(items),
            other => {
                mistyped(node.at, &format!("'{key}'"), other, "a list", problems);
                None
            }
        }
    }

    /// A key's mapping from names to texts.
    pub(super) fn words(
        &self,
        key: &str,
        problems: &mut ManifestProblems,
    ) -> BTreeMap<String, Positioned<String>> {
        let Some(node) = self.get(key) else { return BTreeMap::new() };
        let Some(members) = NodeMembers::named(node, &format!("'{key}'"), problems) else {
            return BTreeMap::new();
        };
        let read = members.all().filter_map(|member| {
            let what = format!("'{}'", member.key);
            Some((member.key.clone(), text(&member.value, &what, problems)?))
        });
        read.collect()
    }
}

/// A text that is not empty.
pub(super) fn text(
    node: &ManifestNode,
    what: &str,
    problems: &mut ManifestProblems,
) -> Option<Positioned<String>> {
    match &node.content {
        NodeContent::Text(text) if text.trim().is_empty() => {
            problems.add(
                node.at,
                format!("{what} is empty"),
                "Give a value, or leave the key out.",
            );
            None
        }
        NodeContent::Text(text) => Some(Positioned::new(text.clone(), node.at)),
        other => {
            mistyped(node.at, what, other, "a text", problems);
            None
        }
    }
}

/// The texts of a list that is not empty and has each once.
pub(super) fn texts(
    node: &ManifestNode,
    what: &str,
    problems: &mut ManifestProblems,
) -> Vec<Positioned<String>> {
    let NodeContent::List(items) = &node.content else {
        mistyped(node.at, what, &node.content, "a list", problems);
        return Vec::new();
    };
    if items.is_empty() {
        problems.add(node.at, format!("{what} is empty"), "Give a value, or leave the key out.");
    }
    let mut seen = std::collections::HashSet::new();
    let mut read = Vec::with_capacity(items.len());
    for item in items {
        let Some(text) = text(item, &format!("an entry of {what}"), problems) else { continue };
        if seen.insert(text.value.clone()) {
            read.push(text);
        } else {
            let rule = format!("'{}' is twice in {what}", text.value);
            problems.add(text.at, rule, "Name each once.");
        }
    }
    read
}

/// A text as something else.
pub(super) fn parsed<T: FromStr>(
    text: Positioned<String>,
    what: &str,
    fix: &str,
    problems: &mut ManifestProblems,
) -> Option<Positioned<T>>
where
    T::Err: Display,
{
    match text.value.trim().parse() {
        Ok(value) => Some(Positioned::new(value, text.at)),
        Err(err) => {
            let words = err.to_string();
            // Some name the text themselves.
            let words = if words.starts_with('\'') {
                words
            } else {
                format!("'{}' is {words}", text.value)
            };
            problems.add(text.at, format!("{what}: {words}"), fix);
            None
        }
    }
}

/// Texts as something else.
pub(super) fn all_parsed<T: FromStr>(
    texts: Vec<Positioned<String>>,
    what: &str,
    fix: &str,
    problems: &mut ManifestProblems,
) -> Vec<Positioned<T>>
where
    T::Err: Display,
{
    texts.into_iter().filter_map(|text| parsed(text, what, fix, problems)).collect()
}

/// A whole number within a range.
pub(super) fn count(
    node: &ManifestNode,
    what: &str,
    range: std::ops::RangeInclusive<usize>,
    problems: &mut ManifestProblems,
) -> Option<usize> {
    let fix = format!("Give a whole number from {} to {}.", range.start(), range.end());
    match &node.content {
        NodeContent::Number(number) => {
            let read = number.parse().ok().filter(|value| range.contains(value));
            if read.is_none() {
                problems.add(node.at, format!("{what} is {number}"), fix);
            }
            read
        }
        other => {
            problems.add(node.at, format!("{what} is {}, not a number", other.noun()), fix);
            None
        }
    }
}

/// Says that a value is of another form than it has to be.
pub(super) fn mistyped(
    at: ManifestPosition,
    what: &str,
    found: &NodeContent,
    wanted: &str,
    problems: &mut ManifestProblems,
) {
    let fix = match (found, wanted) {
        (NodeContent::Null, _) => "Give a value, or leave the key out.".to_owned(),
        (NodeContent::Number(_) | NodeContent::Bool(_), "a text") => "Put it in quotes.".to_owned(),
        (_, "a list") => "Write a list, also for one value: [value].".to_owned(),
        _ => format!("Give {wanted} there."),
    };
    let rule = match found {
        NodeContent::Null => format!("{what} is empty"),
        found => format!("{what} is {}, not {wanted}", found.noun()),
    };
    problems.add(at, rule, fix);
}
