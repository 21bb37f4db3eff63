//! The value a command returned, as Python would hold it.
//!
//! Not `serde_json::Value`: output depends on whether an object was made by the query (knack builds
//! an `OrderedDict`), on the identity of lists and objects (YAML anchors), and on floats that JSON
//! cannot spell (`to_number('nan')`).

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::number::{PythonInt, float_from_text};

/// One value; cloning shares lists and objects, as assigning does in Python.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `None`.
    Null,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Int(PythonInt),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Text(Rc<str>),
    /// A `list`.
    List(Rc<Vec<Value>>),
    /// A `dict` or an `OrderedDict`.
    Object(Rc<JsonObject>),
}

/// Members in insertion order; a repeated name keeps its place and takes the last value.
#[derive(Clone, Debug, Default)]
pub(super) struct JsonObject {
    members: Vec<(Rc<str>, Value)>,
    places: HashMap<Rc<str>, usize>,
    ordered: bool,
}

impl Value {
    /// Shares a text.
    pub(super) fn text(text: impl Into<Rc<str>>) -> Value {
        Value::Text(text.into())
    }

    /// Wraps a new list.
    pub(super) fn list(items: Vec<Value>) -> Value {
        Value::List(Rc::new(items))
    }

    /// Wraps a new object.
    pub(super) fn object(object: JsonObject) -> Value {
        Value::Object(Rc::new(object))
    }

    /// Wraps a count.
    pub(super) fn count(count: usize) -> Value {
        Value::Int(PythonInt::Small(i64::try_from(count).expect("lengths fit 63 bits")))
    }

    /// Whether this is `None`.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether an object made by a query is part of this value.
    pub(super) fn holds_ordered(&self) -> bool {
        match self {
            Value::List(items) => items.iter().any(Value::holds_ordered),
            Value::Object(object) => {
                object.ordered || object.members().iter().any(|(_, v)| v.holds_ordered())
            }
            _ => false,
        }
    }

    /// Where a list or an object lives: what Python calls its `id`.
    pub(super) fn identity(&self) -> Option<usize> {
        match self {
            Value::List(items) => Some(Rc::as_ptr(items) as usize),
            Value::Object(object) => Some(Rc::as_ptr(object) as usize),
            _ => None,
        }
    }
}

impl JsonObject {
    /// An object as a multi-select hash makes it: `tsv` keeps its order.
    pub(super) fn ordered() -> JsonObject {
        JsonObject { ordered: true, ..JsonObject::default() }
    }

    /// Whether a query made this object.
    pub(super) fn is_ordered(&self) -> bool {
        self.ordered
    }

    /// The members in insertion order.
    pub(super) fn members(&self) -> &[(Rc<str>, Value)] {
        &self.members
    }

    /// The members as `sorted()` orders them: by code point of the name.
    pub(super) fn sorted(&self) -> Vec<&(Rc<str>, Value)> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members
    }

    /// Finds a member.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).map(|place| &self.members[place].1)
    }

    /// Adds a member, or replaces the value of the one with this name.
    pub(super) fn insert(&mut self, name: Rc<str>, value: Value) {
        if let Some(place) = self.place(&name) {
            self.members[place].1 = value;
            return;
        }
        self.members.push((name, value));
        if self.members.len() == SEARCHED_IN_TURN {
            let places = self.members.iter().enumerate();
            self.places = places.map(|(place, (name, _))| (name.clone(), place)).collect();
        } else if self.members.len() > SEARCHED_IN_TURN {
            let place = self.members.len() - 1;
            self.places.insert(self.members[place].0.clone(), place);
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.members.len() < SEARCHED_IN_TURN {
            return self.members.iter().position(|(key, _)| &**key == name);
        }
        self.places.get(name).copied()
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => number_from(&number.to_string()),
            Json::String(text) => Value::text(text.as_str()),
            Json::Array(items) => Value::list(items.iter().map(Value::from).collect()),
            Json::Object(members) => {
                let mut object = JsonObject::default();
                for (name, value) in members {
                    object.insert(name.as_str().into(), Value::from(value));
                }
                Value::object(object)
            }
        }
    }
}

/// Reads the text of a JSON number: an `int` unless it has a point or an exponent.
pub(super) fn number_from(text: &str) -> Value {
    match PythonInt::parse(text) {
        Some(int) => Value::Int(int),
        None => Value::Float(float_from_text(text).unwrap_or(f64::NAN)),
    }
}

/// Objects shorter than this are searched member by member.
const SEARCHED_IN_TURN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_keeps_its_place_in_short_and_long_objects() {
        for size in [3, 40] {
            let mut object = JsonObject::default();
            for n in 0..size {
                object.insert(format!("k{n}").into(), Value::count(n));
            }
            object.insert("k1".into(), Value::text("new"));
            assert_eq!(object.members().len(), size);
            assert!(matches!(&object.members()[1].1, Value::Text(t) if &**t == "new"));
            assert!(object.get("k2").is_some() && object.get("none").is_none());
        }
    }

    #[test]
    fn number_text_decides_between_int_and_float() {
        let json: Json =
            serde_json::from_str("[1, -0, 1.0, 1e2, 12345678901234567890123]").unwrap();
        let Value::List(items) = Value::from(&json) else { panic!("a list") };
        assert!(matches!(&items[0], Value::Int(PythonInt::Small(1))));
        assert!(matches!(&items[1], Value::Int(PythonInt::Small(0))));
        assert!(matches!(&items[2], Value::Float(f) if *f == 1.0));
        assert!(matches!(&items[3], Value::Float(f) if *f == 100.0));
        assert!(matches!(&items[4], Value::Int(PythonInt::Large(_))));
    }
}
