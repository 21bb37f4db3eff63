//! YAML 1.2 to a tree with positions: one document, no tags, no anchors, each key once.
//!
//! What an anchor or a tag would make of a manifest is not what its reader sees; so they are refused, and with them
//! the documents that grow when they are read.

use std::collections::HashSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::node::{ManifestNode, ManifestProblems, NodeContent, NodeMember};
use super::types::ManifestPosition;

/// No manifest is nested that deep.
pub(super) const DEEPEST: usize = 32;

/// Reads a text; what is wrong with its form becomes a problem. `None` if nothing can be said of its content.
pub(super) fn read_yaml(text: &str, problems: &mut ManifestProblems) -> Option<ManifestNode> {
    let mut builder = NodeBuilder { open: Vec::new(), root: None, documents: 0, problems };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if !builder.take(event, span) {
                    return None;
                }
            }
            Err(err) => {
                builder.broken(&err);
                return None;
            }
        }
    }
    builder.root
}

/// A list or mapping whose end has not come yet.
struct OpenNode {
    at: ManifestPosition,
    members: Option<Vec<NodeMember>>,
    items: Vec<ManifestNode>,
    /// The key whose value comes next.
    key: Option<(String, ManifestPosition)>,
    keys: HashSet<String>,
}

struct NodeBuilder<'p> {
    open: Vec<OpenNode>,
    root: Option<ManifestNode>,
    documents: usize,
    problems: &'p mut ManifestProblems,
}

impl NodeBuilder<'_> {
    /// Takes an event; false if reading on makes no sense.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let at = position(span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.problems.add(
                        at,
                        "begins a second document",
                        "Keep one manifest in a file: remove the `---` and what follows it.",
                    );
                    return false;
                }
            }
            Event::Alias(_) => {
                self.refuse_anchor(at);
                self.put(ManifestNode { at, content: NodeContent::Null });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.check_marks(at, anchor, tag.is_some());
                let content = match style {
                    ScalarStyle::Plain => NodeContent::of_plain_word(&text),
                    _ => NodeContent::Text(text.into_owned()),
                };
                self.put(ManifestNode { at, content });
            }
            Event::SequenceStart(anchor, tag) => {
                return self.begin(at, anchor, tag.is_some(), false);
            }
            Event::MappingStart(anchor, tag) => return self.begin(at, anchor, tag.is_some(), true),
            Event::SequenceEnd | Event::MappingEnd => self.finish(),
            _ => {}
        }
        true
    }

    fn begin(&mut self, at: ManifestPosition, anchor: usize, tagged: bool, is_map: bool) -> bool {
        self.check_marks(at, anchor, tagged);
        if self.open.len() >= DEEPEST {
            self.problems.add(
                at,
                format!("is nested more than {DEEPEST} levels deep"),
                "Write the manifest as the example in docs/fleet.md has it.",
            );
            return false;
        }
        let members = is_map.then(Vec::new);
        self.open.push(OpenNode {
            at,
            members,
            items: Vec::new(),
            key: None,
            keys: HashSet::new(),
        });
        true
    }

    fn finish(&mut self) {
        if let Some(done) = self.open.pop() {
            let content = match done.members {
                Some(members) => NodeContent::Map(members),
                None => NodeContent::List(done.items),
            };
            self.put(ManifestNode { at: done.at, content });
        }
    }

    /// Puts a whole value where it belongs.
    fn put(&mut self, node: ManifestNode) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        let Some(members) = &mut parent.members else {
            parent.items.push(node);
            return;
        };
        match parent.key.take() {
            Some((key, at)) => {
                if !parent.keys.insert(key.clone()) {
                    duplicate_key(&key, at, self.problems);
                }
                members.push(NodeMember { key, at, value: node });
            }
            None => parent.key = Some(key_of(node, self.problems)),
        }
    }

    fn check_marks(&mut self, at: ManifestPosition, anchor: usize, tagged: bool) {
        if anchor > 0 {
            self.refuse_anchor(at);
        }
        if tagged {
            self.problems.add(
                at,
                "has a tag, which a manifest must not have",
                "Remove the `!…`; put a text in quotes where it would be read as something else.",
            );
        }
    }

    fn refuse_anchor(&mut self, at: ManifestPosition) {
        self.problems.add(
            at,
            "uses an anchor or an alias, which a manifest must not have",
            "Write the value out in each place.",
        );
    }

    fn broken(&mut self, err: &ScanError) {
        let rule = format!("is not YAML: {}", err.info());
        self.problems.add(
            position(*err.marker()),
            rule,
            "Correct this place; the mistake may also be just before it.",
        );
    }
}

fn key_of(node: ManifestNode, problems: &mut ManifestProblems) -> (String, ManifestPosition) {
    let key = match node.content {
        NodeContent::Text(text) | NodeContent::Number(text) => text,
        NodeContent::Bool(value) => value.to_string(),
        other => {
            let rule = format!("has {} as a key", other.noun());
            problems.add(node.at, rule, "Write keys as plain words.");
            String::new()
        }
    };
    (key, node.at)
}

/// Reports a key that occurs twice.
pub(super) fn duplicate_key(key: &str, at: ManifestPosition, problems: &mut ManifestProblems) {
    problems.add(at, format!("has the key '{key}' a second time"), "Keep one of the two.");
}

fn position(mark: Marker) -> ManifestPosition {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    ManifestPosition { line: number(mark.line()), column: number(mark.col() + 1) }
}
