//! JSON to a tree with positions. YAML nearly contains JSON, but neither its tabs nor its pairs of escapes; so a JSON
//! manifest is read as JSON.

use std::collections::HashSet;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::node::{ManifestNode, ManifestProblems, NodeContent, NodeMember};
use super::types::ManifestPosition;
use super::yaml::{DEEPEST, duplicate_key};

/// True if the text is JSON, whatever its file is called.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Reads a text; what is wrong with its form becomes a problem.
pub(super) fn read_json(text: &str, problems: &mut ManifestProblems) -> Option<ManifestNode> {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(root) => JsonReader { places: PlaceFinder::new(text), problems }.node(root.get(), 0),
        Err(err) => {
            let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
            let at = ManifestPosition { line: number(err.line()), column: number(err.column()) };
            let words = err.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            problems.add(at, format!("is not JSON: {words}"), "Correct this place.");
            None
        }
    }
}

struct JsonReader<'t, 'p> {
    places: PlaceFinder<'t>,
    problems: &'p mut ManifestProblems,
}

impl<'t> JsonReader<'t, '_> {
    /// The value that this part of the text is.
    fn node(&mut self, raw: &'t str, depth: usize) -> Option<ManifestNode> {
        let at = self.places.of(raw);
        if depth > DEEPEST {
            self.problems.add(
                at,
                format!("is nested more than {DEEPEST} levels deep"),
                "Write the manifest as the example in docs/fleet.md has it.",
            );
            return None;
        }
        let content = match raw.as_bytes().first()? {
            b'{' => NodeContent::Map(self.members(raw, depth)?),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
                let nodes = items.into_iter().map(|item| self.node(item.get(), depth + 1));
                NodeContent::List(nodes.collect::<Option<_>>()?)
            }
            b'"' => NodeContent::Text(serde_json::from_str(raw).ok()?),
            b't' => NodeContent::Bool(true),
            b'f' => NodeContent::Bool(false),
            b'n' => NodeContent::Null,
            _ => NodeContent::Number(raw.to_owned()),
        };
        Some(ManifestNode { at, content })
    }

    fn members(&mut self, raw: &'t str, depth: usize) -> Option<Vec<NodeMember>> {
        let RawMembers(all) = serde_json::from_str(raw).ok()?;
        let mut members: Vec<NodeMember> = Vec::with_capacity(all.len());
        let (mut before, mut keys) = (&raw[1..], HashSet::new());
        for (key, value) in all {
            // Between the last value and this one there is nothing but a comma, the key and a colon.
            let at = self.places.of(&before[before.find('"')?..]);
            let value = value.get();
            let end = value.as_ptr() as usize + value.len() - raw.as_ptr() as usize;
            before = &raw[end..];
            if !keys.insert(key.clone()) {
                duplicate_key(&key, at, self.problems);
            }
            members.push(NodeMember { key, at, value: self.node(value, depth + 1)? });
        }
        Some(members)
    }
}

/// The members of an object in their order, twice where they are written twice.
struct RawMembers<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = RawMembers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = map.next_entry()? {
                    all.push(member);
                }
                Ok(RawMembers(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
                Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &self))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Lines and columns of parts of a text.
struct PlaceFinder<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'t> PlaceFinder<'t> {
    fn new(text: &'t str) -> PlaceFinder<'t> {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        PlaceFinder { text, lines: std::iter::once(0).chain(ends).collect() }
    }

    /// Where `part`, a part of the text, begins.
    fn of(&self, part: &str) -> ManifestPosition {
        let offset = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.lines.partition_point(|begin| *begin <= offset);
        let begin = self.lines[line - 1];
        let column = self.text.get(begin..offset).map_or(0, |before| before.chars().count());
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        ManifestPosition { line: number(line), column: number(column + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_and_key_has_its_place() {
        let text = "{\n\t\"a\": [1, \"\\ud83d\\ude00\"],\n  \"ö\": {\"b\": null, \"b\": true}}";
        let mut problems = ManifestProblems::default();
        let root = read_json(text, &mut problems).unwrap();
        let NodeContent::Map(members) = &root.content else { panic!("{root:?}") };
        let at = |line, column| ManifestPosition { line, column };
        assert_eq!((members[0].at, members[0].value.at), (at(2, 2), at(2, 7)));
        let NodeContent::List(items) = &members[0].value.content else { panic!("{members:?}") };
        assert_eq!((items[1].at, &items[1].content), (at(2, 11), &NodeContent::Text("😀".into())));
        assert_eq!((members[1].at, members[1].value.at), (at(3, 3), at(3, 8)));
        let told = problems.sorted();
        assert_eq!((told.len(), told[0].at), (1, at(3, 20)));
    }

    #[test]
    fn broken_json_has_a_place_too() {
        let mut problems = ManifestProblems::default();
        assert_eq!(read_json("{\n \"a\": }", &mut problems), None);
        assert_eq!(problems.sorted()[0].at, ManifestPosition { line: 2, column: 7 });
    }
}
