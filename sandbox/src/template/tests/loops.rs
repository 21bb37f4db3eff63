//! Loops, conditions, children, order and bodies.

use super::{GROUP, at_group, expanded, gallery, with};
use crate::template::Expansion;
use serde_json::{Value, json};

fn good(members: Value) -> Expansion {
    expanded(&at_group(), members, json!({})).unwrap_or_else(|error| panic!("{error}"))
}

fn names(expansion: &Expansion) -> Vec<&str> {
    expansion.resources.iter().map(|resource| resource.name.as_str()).collect()
}

fn gallery_id(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Compute/galleries/{name}")
}

#[test]
fn a_resource_is_repeated_with_its_index() {
    let looped = |copy: Value, name: &str| with(gallery(name), json!({"copy": copy}));
    let expansion = good(json!({"resources": [
        looped(json!({"name": "all", "count": "[add(1, 1)]"}), "[concat('g', copyIndex(1), '-', copyIndex('ALL'), '-', copyIndex('all', 10))]"),
        looped(json!({"name": "none", "count": 0}), "x"),
        with(gallery("after"), json!({"dependsOn": ["all"]})),
    ]}));
    assert_eq!(names(&expansion), ["g1-0-10", "g2-1-11", "after"]);
    assert_eq!(expansion.resources[2].depends_on, [gallery_id("g1-0-10"), gallery_id("g2-1-11")]);
}

#[test]
fn a_serial_loop_runs_batch_after_batch() {
    let expansion = good(json!({"resources": [with(gallery("[concat('g', copyIndex())]"), json!({
        "copy": {"name": "all", "count": 5, "mode": "serial", "batchSize": 2},
    }))]}));
    let needs: Vec<usize> =
        expansion.resources.iter().map(|resource| resource.depends_on.len()).collect();
    assert_eq!(needs, [0, 0, 2, 2, 2]);
    assert_eq!(expansion.resources[4].depends_on, [gallery_id("g2"), gallery_id("g3")]);
}

#[test]
fn loop_counts_have_limits() {
    for (count, text) in [
        (json!(-1), "must not be negative"),
        (json!(801), "exceeds the maximum"),
        (json!("x"), "must be an integer"),
    ] {
        let members = json!({"resources": [with(gallery("[concat('g', copyIndex())]"), json!({"copy": {"name": "n", "count": count}}))]});
        let error = expanded(&at_group(), members, json!({})).unwrap_err();
        assert!(error.message.contains(text), "{error}");
    }
    let zero = json!({"resources": [with(gallery("[concat('g', copyIndex())]"), json!({"copy": {"name": "n", "count": 2, "mode": "Serial", "batchSize": 0}}))]});
    assert!(expanded(&at_group(), zero, json!({})).unwrap_err().message.contains("'batchSize'"));
}

#[test]
fn properties_and_variables_and_outputs_are_repeated() {
    let expansion = good(json!({
        "variables": {
            "copy": [{"name": "fromVariable", "count": 2, "input": {"v": "[concat(variables('p'), copyIndex('fromVariable', 1))]"}}],
            "p": "x",
            "inside": {"copy": [{"name": "list", "count": 2, "input": "[copyIndex('list')]"}], "other": 1},
        },
        "resources": [with(gallery("[concat('g', copyIndex())]"), json!({
            "copy": {"name": "all", "count": 2},
            "properties": {"copy": [{"name": "list", "count": 2, "input": {"i": "[concat(copyIndex(), '-', copyIndex('list'))]"}}]},
        }))],
        "outputs": {
            "v": {"type": "array", "value": "[variables('fromVariable')]"},
            "inside": {"type": "object", "value": "[variables('inside')]"},
            "looped": {"type": "array", "copy": {"count": 2, "input": "[concat('o', copyIndex())]"}},
        },
    }));
    assert_eq!(
        expansion.resources[1].body["properties"],
        json!({"list": [{"i": "1-0"}, {"i": "1-1"}]})
    );
    let outputs = expansion.outputs(&|_| None).unwrap();
    assert_eq!(outputs["v"]["value"], json!([{"v": "x1"}, {"v": "x2"}]));
    assert_eq!(outputs["inside"]["value"], json!({"list": [0, 1], "other": 1}));
    assert_eq!(outputs["looped"]["value"], json!(["o0", "o1"]));
}

#[test]
fn a_resource_whose_condition_fails_is_left_out_and_nobody_waits_for_it() {
    let expansion = good(json!({"resources": [
        with(gallery("off"), json!({"condition": "[equals(1, 2)]", "tags": {"never": "[nosuch()]"}, "resources": [
            {"type": "images", "apiVersion": "2024-03-03", "name": "child"},
        ]})),
        with(gallery("on"), json!({"condition": "[true()]", "dependsOn": ["off", "off/child"]})),
    ]}));
    assert_eq!(names(&expansion), ["on"]);
    assert_eq!(expansion.resources[0].depends_on, Vec::<String>::new());
}

#[test]
fn resources_come_after_those_they_need_and_otherwise_as_written() {
    let expansion = good(json!({"resources": [
        with(gallery("last"), json!({"dependsOn": ["first", "Microsoft.Compute/galleries/second"]})),
        gallery("first"),
        with(gallery("second"), json!({"dependsOn": ["[toUpper(resourceId('Microsoft.Compute/galleries/', 'first'))]"]})),
        gallery("free"),
    ]}));
    assert_eq!(names(&expansion), ["first", "second", "last", "free"]);
    assert_eq!(expansion.resources[2].depends_on, [gallery_id("first"), gallery_id("second")]);
}

#[test]
fn children_take_the_type_and_name_of_their_parent() {
    let child = json!({"type": "images", "apiVersion": "2024-03-03", "name": "[concat('image', copyIndex())]", "dependsOn": ["[resourceId('Microsoft.Compute/galleries', concat('g', copyIndex()))]"], "resources": [
        {"type": "versions", "apiVersion": "2024-03-03", "name": "1.0.0", "dependsOn": ["[concat('g', copyIndex(), '/image', copyIndex())]"]},
    ]});
    let expansion = good(json!({"resources": [with(gallery("[concat('g', copyIndex())]"), json!({
        "copy": {"name": "all", "count": 1}, "resources": [child],
    }))]}));
    assert_eq!(names(&expansion), ["g0", "g0/image0", "g0/image0/1.0.0"]);
    let version = &expansion.resources[2];
    assert_eq!(version.type_, "Microsoft.Compute/galleries/images/versions");
    assert_eq!(version.id, format!("{}/images/image0/versions/1.0.0", gallery_id("g0")));
    assert_eq!(version.depends_on, [format!("{}/images/image0", gallery_id("g0"))]);
    assert_eq!(expansion.resources[0].body, json!({"location": "westeurope"}));
}

#[test]
fn both_ways_of_writing_an_extension_give_the_same_resource() {
    let expansion = good(json!({"resources": [
        gallery("g"),
        {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "new",
         "scope": "Microsoft.Compute/galleries/g", "dependsOn": ["g"]},
        {"type": "Microsoft.Compute/galleries/providers/roleAssignments", "apiVersion": "2022-04-01",
         "name": "g/Microsoft.Authorization/old"},
        {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "full",
         "scope": "[resourceId('Microsoft.Compute/galleries', 'g')]"},
    ]}));
    for (index, name) in [(1, "new"), (2, "old"), (3, "full")] {
        let resource = &expansion.resources[index];
        assert_eq!(
            resource.id,
            format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", gallery_id("g"))
        );
        assert_eq!(
            (resource.type_.as_str(), resource.name.as_str()),
            ("Microsoft.Authorization/roleAssignments", name)
        );
        assert_eq!(resource.scope, GROUP);
    }
}

#[test]
fn a_body_has_everything_that_is_sent_and_no_null() {
    let expansion = good(json!({
        "parameters": {"offer": {"type": "string", "defaultValue": "No"}, "stamp": {"type": "string", "defaultValue": "[utcNow('yyyy')]"}, "id": {"type": "string", "defaultValue": "[newGuid()]"}},
        "variables": {"plan": {"name": "p"}},
        "resources": [with(gallery("g"), json!({
            "comments": "not sent", "metadata": {"x": 1}, "tags": {"[concat('a', 'b')]": "[[literal]", "copy": "plain"},
            "plan": "[if(equals(parameters('offer'), 'Yes'), variables('plan'), json('null'))]",
            "identity": {"type": "SystemAssigned"}, "sku": {"name": "s"}, "zones": ["1"],
            "properties": {"description": null, "list": [null, "[json('null')]"], "deep": {"gone": "[null()]"}},
        }))],
    }));
    assert_eq!(
        expansion.resources[0].body,
        json!({
            "location": "westeurope", "tags": {"ab": "[literal]", "copy": "plain"},
            "identity": {"type": "SystemAssigned"}, "sku": {"name": "s"}, "zones": ["1"],
            "properties": {"list": [null, null], "deep": {}},
        })
    );
    assert_eq!(expansion.resources[0].location.as_deref(), Some("westeurope"));
    assert_eq!(expansion.parameters["stamp"]["value"].as_str().unwrap().len(), 4);
    assert_eq!(expansion.parameters["id"]["value"].as_str().unwrap().len(), 36);
}

#[test]
fn a_value_that_looks_like_an_expression_is_not_evaluated_again() {
    let members = json!({
        "parameters": {"p": {"type": "string"}, "secret": {"type": "securestring"}},
        "resources": [with(gallery("g"), json!({"tags": {"t": "[parameters('p')]"}}))],
    });
    let expansion =
        expanded(&at_group(), members, json!({"p": "[nosuch()]", "secret": "s"})).unwrap();
    assert_eq!(expansion.resources[0].body["tags"]["t"], "[nosuch()]");
    assert_eq!(expansion.parameters["secret"], json!({"type": "SecureString"}));
}

#[test]
fn resources_can_have_symbolic_names() {
    let expansion = good(json!({
        "languageVersion": "2.0",
        "resources": {
            "later": with(gallery("b"), json!({"dependsOn": ["sooner", "there"]})),
            "there": with(gallery("already"), json!({"existing": true})),
            "sooner": gallery("a"),
        },
        "outputs": {"where": {"type": "string", "value": "[reference('sooner', '2024-03-03', 'Full').location]"}},
    }));
    assert_eq!(names(&expansion), ["a", "b"]);
    assert_eq!(expansion.resources[1].depends_on, [gallery_id("a")]);
    let state =
        |id: &str| (id == gallery_id("a")).then(|| json!({"location": "here", "properties": {}}));
    assert_eq!(expansion.outputs(&state).unwrap()["where"]["value"], "here");
}
