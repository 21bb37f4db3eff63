//! The manifest of a fleet: what is wrong with it is found at once, with its line and column, before any call.

use serde_json::{Value, json};

use crate::schemas::faults;
use crate::support::lab::Lab;
use crate::support::source::root;

const BASE: &str = include_str!("data/fleet/base.yaml");
const BASE_JSON: &str = include_str!("data/fleet/base.json");

/// Checks a manifest under a name, and gives the exit code and what was said.
fn check(lab: &Lab, name: &str, text: &str) -> (u8, String) {
    let file = lab.file(name, text);
    let ran = lab.run(&["fleet", "plan", "-f", &file, "--offline"]);
    (ran.code, ran.stderr.replace(&file, name))
}

#[test]
fn every_broken_manifest_is_refused_with_its_place() {
    let lab = Lab::new();
    let rows: Vec<Value> = serde_json::from_str(include_str!("data/fleet/broken.json")).unwrap();
    assert!(rows.len() >= 60, "{}", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let text = |name: &str| row[name].as_str().unwrap();
        assert!(BASE.contains(text("old")), "{}: nothing to replace", row["name"]);
        let manifest = BASE.replacen(text("old"), text("new"), 1);
        let (code, told) = check(&lab, "fleet.yaml", &manifest);
        let place = format!("fleet.yaml:{}", text("at"));
        if code != 2 || !told.contains(&place) || !told.contains(text("words")) {
            wrong.push(format!("{}: {code} {told}", row["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(lab.azure.journal().len(), 0, "nothing is called for a broken manifest");
}

#[test]
fn all_findings_are_told_at_once_from_the_top_to_the_bottom() {
    let manifest = BASE
        .replace("images-prod", "Images")
        .replace("tenant: northwind.onmicrosoft.com", "tenant: northwind")
        .replace("via: direct", "via: straight")
        .replace("role: Reader}", "role: Owner}")
        .replace("atOnce: 64", "atOnce: 0");
    let (code, told) = check(&Lab::new(), "fleet.yaml", &manifest);
    assert_eq!(code, 2);
    let places = [
        "fleet.yaml:2:8",
        "fleet.yaml:22:13",
        "fleet.yaml:35:47",
        "fleet.yaml:42:10",
        "fleet.yaml:54:11",
    ];
    let found: Vec<Option<usize>> = places.iter().map(|place| told.find(place)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{found:?} {told}");
    assert!(told.contains("5 things are wrong (nothing was called)"), "{told}");
}

#[test]
fn yaml_and_json_are_one_manifest() {
    let lab = Lab::new();
    for (name, text) in [("fleet.yaml", BASE), ("fleet.json", BASE_JSON), ("piped", BASE_JSON)] {
        let file = lab.file(name, text);
        let mut told = lab.run(&["fleet", "plan", "-f", &file, "--offline"]).json();
        told["sha256"].take();
        let wanted = json!({"fleet": "images-prod", "publishers": 1, "consumers": 2, "grants": 3, "sha256": null});
        assert_eq!(told, wanted, "{name}");
    }
    let broken = BASE_JSON.replacen("\"images-prod\"", "\"Images\"", 1);
    let (code, told) = check(&lab, "fleet.json", &broken);
    assert!(code == 2 && told.contains("fleet.json:3:11"), "{told}");
    let twice = BASE_JSON.replacen("\"version\": 1,", "\"version\": 1, \"version\": 1,", 1);
    let (_, told) = check(&lab, "fleet.json", &twice);
    assert!(told.contains("fleet.json:2:16") && told.contains("a second time"), "{told}");
}

/// True if schema and reader refuse a manifest; they never differ.
fn is_refused(lab: &Lab, value: &Value) -> bool {
    let schema = std::fs::read_to_string(root().join("docs/fleet-manifest.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let by_schema = !faults(&schema, &schema, value, "fleet").is_empty();
    let by_reader = check(lab, "fleet.json", &value.to_string()).0 == 2;
    assert_eq!(by_schema, by_reader, "{value}");
    by_schema
}

fn base() -> Value {
    serde_json::from_str(BASE_JSON).unwrap()
}

#[test]
fn schema_and_reader_refuse_what_they_do_not_know() {
    let lab = Lab::new();
    assert!(!is_refused(&lab, &base()));
    for place in [
        "",
        "/publishers/contoso",
        "/publishers/contoso/subscriptions",
        "/consumers/fabrikam",
        "/publishers/contoso/subscriptions/except",
        "/consumers/fabrikam/principals/approvers",
        "/grants/0",
        "/grants/0/authorizations/0",
        "/grants/0/eligible/0",
        "/grants/1/galleries",
        "/grants/1/ready",
        "/grants/1/from",
        "/limits",
        "/waves/0",
        "/waves/0/verify",
    ] {
        let mut value = base();
        value.pointer_mut(place).unwrap()["surely-unknown"] = json!("x");
        assert!(is_refused(&lab, &value), "{place}");
    }
}

#[test]
fn schema_and_reader_miss_the_same_keys() {
    let lab = Lab::new();
    for (place, key) in [
        ("", "version"),
        ("", "fleet"),
        ("", "publishers"),
        ("", "consumers"),
        ("", "grants"),
        ("/publishers/contoso", "tenant"),
        ("/publishers/contoso", "subscriptions"),
        ("/consumers/fabrikam/principals/approvers", "id"),
        ("/grants/0", "name"),
        ("/grants/0", "from"),
        ("/grants/0", "via"),
        ("/grants/0/authorizations/0", "role"),
        ("/grants/0/authorizations/0", "principals"),
        ("/grants/1/ready", "regions"),
        ("/grants/1/from", "publisher"),
        ("/waves/0/verify", "as"),
    ] {
        let mut value = base();
        value.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(key);
        assert!(is_refused(&lab, &value), "{place} {key}");
    }
}

#[test]
fn schema_and_reader_refuse_the_same_values() {
    let lab = Lab::new();
    for (place, wrong) in [
        ("/version", json!(2)),
        ("/fleet", json!("Images")),
        ("/fleet", json!(3)),
        ("/grants/0/to", json!("fabrikam")),
        ("/grants/0/to", json!([])),
        ("/grants/0/missingGroup", json!("maybe")),
        ("/grants/0/eligible/0/mfa", json!("Sms")),
        ("/grants/0/via", json!("mail")),
        ("/limits/atOnce", json!(0)),
        ("/limits/atOnce", json!("8")),
        ("/limits/failures", json!("some")),
        ("/consumers/fabrikam/principals/approvers/type", json!("Robot")),
        ("/publishers/contoso/subscriptions/tags/imageshare", json!(true)),
    ] {
        let mut value = base();
        *value.pointer_mut(place).unwrap() = wrong;
        assert!(is_refused(&lab, &value), "{place}");
    }
}

#[test]
fn a_manifest_of_50_mb_is_refused_before_it_is_read() {
    let lab = Lab::new();
    let mut text = BASE.to_owned();
    text.push_str(&"# nothing\n".repeat(5_000_000));
    let (code, told) = check(&lab, "fleet.yaml", &text);
    assert!(code == 2 && told.contains("is larger than 4 MiB"), "{told}");
}

#[test]
fn what_would_grow_or_nest_without_end_is_refused() {
    let lab = Lab::new();
    let deep = format!("version: 1\nfleet: {}", "[".repeat(100_000));
    for text in
        [deep.as_str(), "a: &a [*a, *a]", "{", "[", "\u{0}", "- - - - 1", "? [a]: b", "!!binary x"]
    {
        for name in ["fleet.yaml", "fleet.json"] {
            let (code, told) = check(&lab, name, text);
            assert!(code == 2 && told.contains(&format!("{name}:")), "{text:.40} {told}");
        }
    }
    let keys: String = (0..60_000).map(|number| format!("k{number}: {{}}\n")).collect();
    assert_eq!(check(&lab, "fleet.yaml", &keys).0, 2);
}
