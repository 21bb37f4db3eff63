//! What-if: how one resource would change.

use crate::schema;
use serde_json::{Map, Value, json};

/// The members that identify a resource and are never part of a delta.
const IDENTITY: [&str; 4] = ["apiVersion", "id", "name", "type"];

/// The delta entries between two resource payloads: `{path, propertyChangeType, before, after, children}`.
///
/// When the payloads name their type and api-version, properties only the service writes are not
/// reported as deleted, and setting one is `NoEffect`.
pub fn diff(before: &Value, after: &Value) -> Vec<Value> {
    let text = |member: &str| {
        [after, before]
            .iter()
            .find_map(|payload| payload.get(member).and_then(Value::as_str))
            .unwrap_or_default()
            .to_owned()
    };
    let kind = Kind { type_: text("type"), api_version: text("apiVersion") };
    let mut delta = Vec::new();
    kind.compare("", "", before, after, &mut delta);
    delta
}

struct Kind {
    type_: String,
    api_version: String,
}

impl Kind {
    fn is_read_only(&self, path: &str) -> bool {
        schema::is_read_only(&self.type_, &self.api_version, path)
    }

    /// Compares two values; `path` starts at the entry, `full` at the resource.
    fn compare(
        &self,
        path: &str,
        full: &str,
        before: &Value,
        after: &Value,
        delta: &mut Vec<Value>,
    ) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                self.members(path, full, before, after, delta)
            }
            (Value::Array(old), Value::Array(new)) => {
                let children = self.elements(full, old, new);
                if !children.is_empty() {
                    delta.push(entry(path, "Array", Value::Null, Value::Null, children));
                }
            }
            _ if same(before, after) => {}
            _ => {
                let change = if self.is_read_only(full) { "NoEffect" } else { "Modify" };
                delta.push(entry(path, change, before.clone(), after.clone(), Vec::new()));
            }
        }
    }

    fn members(
        &self,
        path: &str,
        full: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        delta: &mut Vec<Value>,
    ) {
        for (name, old) in before {
            if full.is_empty() && IDENTITY.contains(&name.as_str()) {
                continue;
            }
            let (path, full) = (joined(path, name), joined(full, name));
            match find(after, name) {
                Some(new) => self.compare(&path, &full, old, new, delta),
                None if old.is_null() || self.is_read_only(&full) => {}
                None => delta.push(entry(&path, "Delete", old.clone(), Value::Null, Vec::new())),
            }
        }
        for (name, new) in after {
            if full.is_empty() && IDENTITY.contains(&name.as_str()) {
                continue;
            }
            if find(before, name).is_none() && !new.is_null() {
                let (path, full) = (joined(path, name), joined(full, name));
                let change = if self.is_read_only(&full) { "NoEffect" } else { "Create" };
                delta.push(entry(&path, change, Value::Null, new.clone(), Vec::new()));
            }
        }
    }

    fn elements(&self, full: &str, before: &[Value], after: &[Value]) -> Vec<Value> {
        let mut children = Vec::new();
        for index in 0..before.len().max(after.len()) {
            let path = index.to_string();
            match (before.get(index), after.get(index)) {
                (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                    let mut inner = Vec::new();
                    self.compare("", full, old, new, &mut inner);
                    if !inner.is_empty() {
                        children.push(entry(&path, "Modify", Value::Null, Value::Null, inner));
                    }
                }
                (Some(old), Some(new)) => self.compare(&path, full, old, new, &mut children),
                (Some(old), None) => {
                    children.push(entry(&path, "Delete", old.clone(), Value::Null, Vec::new()))
                }
                (None, Some(new)) => {
                    children.push(entry(&path, "Create", Value::Null, new.clone(), Vec::new()))
                }
                (None, None) => {}
            }
        }
        children
    }
}

fn find<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    super::functions::member(members, name)
}

/// Null and absent are the same, and numbers are compared by value.
fn same(before: &Value, after: &Value) -> bool {
    super::functions::equal(before, after)
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn entry(path: &str, change: &str, before: Value, after: Value, children: Vec<Value>) -> Value {
    let children = if children.is_empty() { Value::Null } else { Value::Array(children) };
    json!({
        "path": path,
        "propertyChangeType": change,
        "before": before,
        "after": after,
        "children": children,
    })
}

#[cfg(test)]
mod tests {
    use super::diff;
    use serde_json::{Value, json};

    #[test]
    fn equal_payloads_have_no_delta() {
        let payload = json!({"id": "/x", "properties": {"a": [1, {"b": 2}], "c": null}});
        let same =
            json!({"properties": {"a": [1, {"b": 2}]}, "id": "/y", "apiVersion": "2020-01-01"});
        assert_eq!(diff(&payload, &same), Vec::<Value>::new());
    }

    #[test]
    fn scalars_are_created_deleted_and_modified_with_their_full_path() {
        let before = json!({"properties": {"keep": 1, "gone": "x", "changed": {"deep": "a"}}});
        let after = json!({"properties": {"keep": 1, "changed": {"deep": "b"}, "new": true}});
        assert_eq!(
            diff(&before, &after),
            vec![
                json!({"path": "properties.gone", "propertyChangeType": "Delete", "before": "x", "after": null, "children": null}),
                json!({"path": "properties.changed.deep", "propertyChangeType": "Modify", "before": "a", "after": "b", "children": null}),
                json!({"path": "properties.new", "propertyChangeType": "Create", "before": null, "after": true, "children": null}),
            ]
        );
    }

    #[test]
    fn arrays_have_children_by_index() {
        let before = json!({"list": [{"id": 1, "name": "a"}, "x", "gone"], "tail": [1]});
        let after = json!({"list": [{"id": 1, "name": "b"}, "y"], "tail": [1, 2]});
        assert_eq!(
            diff(&before, &after),
            vec![
                json!({"path": "list", "propertyChangeType": "Array", "before": null, "after": null, "children": [
                    {"path": "0", "propertyChangeType": "Modify", "before": null, "after": null, "children": [
                        {"path": "name", "propertyChangeType": "Modify", "before": "a", "after": "b", "children": null}]},
                    {"path": "1", "propertyChangeType": "Modify", "before": "x", "after": "y", "children": null},
                    {"path": "2", "propertyChangeType": "Delete", "before": "gone", "after": null, "children": null}]}),
                json!({"path": "tail", "propertyChangeType": "Array", "before": null, "after": null, "children": [
                    {"path": "1", "propertyChangeType": "Create", "before": null, "after": 2, "children": null}]}),
            ]
        );
    }

    #[test]
    fn what_only_the_service_writes_is_not_a_deletion() {
        let identity = json!({"type": "Microsoft.ManagedServices/registrationDefinitions", "apiVersion": "2022-10-01"});
        let with = |properties: Value| {
            let mut payload = identity.clone();
            payload["properties"] = properties;
            payload
        };
        let before = with(json!({"description": "a", "provisioningState": "Succeeded"}));
        assert_eq!(diff(&before, &with(json!({"description": "a"}))), Vec::<Value>::new());
        let delta =
            diff(&before, &with(json!({"description": "a", "provisioningState": "Failed"})));
        assert_eq!(delta[0]["propertyChangeType"], "NoEffect");
    }
}
