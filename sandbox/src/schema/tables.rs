//! The tables themselves, embedded: one file for most types, one for image templates, one of api-versions.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Tables of `[flags, type]` by property, from the same service descriptions Azure publishes.
pub(super) static TABLES: LazyLock<Value> = LazyLock::new(|| {
    let mut tables = parsed(include_str!("../../data/schemas.json"));
    let more = parsed(include_str!("../../data/image-templates.json"));
    for part in ["defs", "roots"] {
        let into = tables[part].as_object_mut().expect("the tables have both parts");
        let from: &Map<String, Value> = more[part].as_object().expect("the tables have both parts");
        into.extend(from.clone());
    }
    tables
});

/// The api-versions by lower-case type.
pub(super) static VERSIONS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let versions: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../../data/versions.json"))
            .expect("the embedded versions are JSON");
    versions.into_iter().map(|(type_, versions)| (type_.to_lowercase(), versions)).collect()
});

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the embedded tables are JSON")
}
