//! `docs/*.schema.json` against the files that the program writes. What is checked here is the part of JSON Schema that
//! those schemas use; a keyword that is not known fails, so that none is passed by without a word.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::Lab;
use crate::support::source::root;

fn schema(name: &str) -> Value {
    let path = root().join("docs").join(format!("{name}.schema.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with a value, each with its place.
pub(crate) fn faults(schema: &Value, whole: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (keyword, wanted) in schema.as_object().unwrap() {
        let is_right = match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => {
                let target =
                    whole.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap();
                found.extend(faults(target, whole, value, place));
                true
            }
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|one| is_of_type(value, one)),
                one => is_of_type(value, one),
            },
            "pattern" => value.as_str().is_none_or(|text| fits(wanted.as_str().unwrap(), text)),
            "minItems" => {
                value.as_array().is_none_or(|all| all.len() as u64 >= wanted.as_u64().unwrap())
            }
            "required" => wanted
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "oneOf" => {
                let fits = |one: &&Value| faults(one, whole, value, place).is_empty();
                wanted.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "minLength" | "minimum" | "maximum" => is_within(keyword, wanted, value),
            "additionalProperties" => {
                found.extend(others(schema, whole, value, place));
                true
            }
            "properties" => {
                found.extend(members(wanted, whole, value, place));
                true
            }
            "items" => {
                let items = value.as_array().into_iter().flatten();
                found.extend(
                    items.flat_map(|item| faults(wanted, whole, item, &format!("{place}[]"))),
                );
                true
            }
            other => panic!("the keyword {other} is not known here"),
        };
        if !is_right {
            found.push(format!("{place}: {keyword}"));
        }
    }
    found
}

/// What is wrong with the members that a schema names.
fn members(named: &Value, whole: &Value, value: &Value, place: &str) -> Vec<String> {
    let named = named.as_object().unwrap().iter();
    let found = named.filter_map(|(name, below)| {
        Some(faults(below, whole, value.get(name)?, &format!("{place}.{name}")))
    });
    found.flatten().collect()
}

/// What is wrong with the members that a schema does not name.
fn others(schema: &Value, whole: &Value, value: &Value, place: &str) -> Vec<String> {
    let (below, named) = (&schema["additionalProperties"], schema["properties"].as_object());
    let members = value.as_object().into_iter().flatten();
    let unnamed = members.filter(|(name, _)| named.is_none_or(|named| !named.contains_key(*name)));
    let found = unnamed.map(|(name, member)| {
        if below.is_object() {
            faults(below, whole, member, &format!("{place}.{name}"))
        } else {
            vec![format!("{place}: additionalProperties")]
        }
    });
    found.flatten().collect()
}

fn is_within(keyword: &str, wanted: &Value, value: &Value) -> bool {
    let limit = wanted.as_u64().unwrap();
    match keyword {
        "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= limit),
        "minimum" => value.as_u64().is_none_or(|number| number >= limit),
        _ => value.as_u64().is_none_or(|number| number <= limit),
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the type {other} is not known here"),
    }
}

/// The forms that the schemas use: a GUID, a point in time, a beginning.
fn fits(pattern: &str, text: &str) -> bool {
    if pattern.starts_with("^[0-9a-f]{8}-") {
        return text.len() == 36
            && text.parse::<uuid::Uuid>().is_ok()
            && text == text.to_lowercase();
    }
    if pattern.starts_with("^[0-9a-fA-F]{8}-") {
        return text.len() == 36 && text.parse::<uuid::Uuid>().is_ok();
    }
    if pattern == "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" {
        return text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10;
    }
    if pattern == "^[a-z][a-z0-9-]{0,15}$" {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        return text.len() <= 16
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(letter);
    }
    if pattern == "^[0-9]+%?$" {
        let digits = text.strip_suffix('%').unwrap_or(text);
        return !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    }
    if pattern.ends_with("(\\.[0-9]+)?Z$") {
        return text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z');
    }
    if pattern.starts_with("^[0-9]{4}-") {
        return text.len() == 20 && text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z');
    }
    text.starts_with(pattern.strip_prefix('^').unwrap())
}

/// What is wrong with a document that ought to be of a schema in docs/.
pub(crate) fn faults_of(name: &str, value: &Value) -> Vec<String> {
    let schema = schema(name);
    faults(&schema, &schema, value, name)
}

#[track_caller]
pub(crate) fn assert_fits(name: &str, value: &Value) {
    let faults = faults_of(name, value);
    assert!(faults.is_empty(), "{faults:?}: {value}");
}

#[test]
fn a_request_is_of_its_schema() {
    let lab = Lab::new().signed_in(
        world::CONSUMER_TENANT,
        world::CONSUMER_CLIENT,
        world::CONSUMER_SECRET,
    );
    let file = lab.home.path().join("request.json");
    let args =
        ["delegation", "request", "--principal", world::CONSUMER_GROUP_NAME, "--output-file"];
    lab.run(&[&args[..], &[file.to_str().unwrap()]].concat()).json();
    let written: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_fits("request", &written);
}

#[test]
fn a_card_is_of_its_schema() {
    let lab = Lab::publisher();
    let (gallery, file) = (world::gallery_id(), lab.home.path().join("card.json"));
    let path = file.to_str().unwrap();
    let args = [
        "share",
        "card",
        "--gallery-id",
        &gallery,
        "--client-id",
        world::MULTI_TENANT_CLIENT,
        "--output-file",
        path,
    ];
    assert_eq!(lab.run(&args).code, 0);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(written["images"][0]["versions"][0]["id"].is_string(), "{written}");
    assert_fits("card", &written);
}

#[test]
fn each_line_of_a_saved_plan_is_of_its_schema() {
    let lab = crate::support::fleets::fleet(3);
    let (_, plan) = lab.planned(crate::support::fleets::MANIFEST, &[]);
    let text = std::fs::read_to_string(plan).unwrap();
    assert!(text.lines().count() > 5, "{text}");
    for line in text.lines() {
        assert_fits("fleet-plan", &serde_json::from_str(line).unwrap());
    }
    assert!(!faults_of("fleet-plan", &json!({"end": true})).is_empty());
}

#[test]
fn what_is_not_of_a_schema_is_seen() {
    let schema = schema("request");
    let wrong = json!({"kind": "az-imageshare/card", "version": 1, "cloud": "AzureCloud", "createdOn": "today",
        "consumerTenantId": "FABRIKAM", "principals": [{"principalType": "Robot"}], "secret": "x"});
    let found = faults(&schema, &schema, &wrong, "request");
    assert_eq!(found.len(), 6, "{found:?}");
}
