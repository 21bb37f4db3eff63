//! Nested deployments: which names and which scope their expressions see.

use super::{GROUP, SUBSCRIPTION, at_group, at_subscription, expanded, template, with};
use crate::template::{Context, Expansion};
use serde_json::{Value, json};

fn deployment(members: Value) -> Value {
    with(
        json!({"type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01", "name": "inner"}),
        members,
    )
}

fn good(context: &Context, members: Value) -> Expansion {
    expanded(context, members, json!({})).unwrap_or_else(|error| panic!("{error}"))
}

/// What the outputs of a nested template see, evaluated the given way.
fn seen(evaluation: &str, outputs: Value) -> Value {
    let inner = template(json!({
        "parameters": {"name": {"type": "string"}},
        "variables": {"which": "inner"},
        "outputs": outputs,
    }));
    let members = json!({
        "parameters": {"name": {"type": "string", "defaultValue": "outer-parameter"}},
        "variables": {"which": "outer"},
        "resources": [deployment(json!({"resourceGroup": "other", "properties": {
            "mode": "Incremental", "template": inner,
            "parameters": {"name": {"value": "[concat('from-', variables('which'))]"}},
            "expressionEvaluationOptions": {"scope": evaluation},
        }}))],
    });
    let expansion = good(&at_group(), members);
    let nested = expansion.resources[0].nested.as_ref().unwrap();
    assert_eq!(nested.parameters, json!({"name": {"type": "String", "value": "from-outer"}}));
    nested.outputs(&|_| None).unwrap()
}

#[test]
fn inner_evaluation_sees_the_nested_template_and_outer_the_parent() {
    let outputs = json!({
        "parameter": {"type": "string", "value": "[parameters('name')]"},
        "variable": {"type": "string", "value": "[variables('which')]"},
        "id": {"type": "string", "value": "[resourceId('A.B/c', 'x')]"},
        "deployment": {"type": "string", "value": "[deployment().name]"},
        "group": {"type": "string", "value": "[resourceGroup().name]"},
    });
    let values = |outputs: Value| -> Vec<String> {
        let outputs = outputs.as_object().unwrap().values();
        outputs.map(|output| output["value"].as_str().unwrap().to_owned()).collect()
    };
    let other = format!("{SUBSCRIPTION}/resourceGroups/other/providers/A.B/c/x");
    let here = format!("{GROUP}/providers/A.B/c/x");
    assert_eq!(
        values(seen("Inner", outputs.clone())),
        ["from-outer", "inner", &other, "inner", "other"]
    );
    assert_eq!(
        values(seen("outer", outputs)),
        ["outer-parameter", "outer", &here, "main", "gallery-rg"]
    );
}

#[test]
fn a_nested_deployment_goes_where_it_says() {
    let nested = |members: Value| {
        let members = with(
            deployment(json!({"properties": {"mode": "Incremental", "template": template(json!({
                "resources": [{"type": "A.B/c", "apiVersion": "2020-01-01", "name": "x"}],
            }))}})),
            members,
        );
        let expansion = good(&at_group(), json!({"resources": [members]}));
        let resource = &expansion.resources[0];
        assert_eq!(
            resource.id,
            format!("{}/providers/Microsoft.Resources/deployments/inner", resource.scope)
        );
        assert!(
            resource.body.get("subscriptionId").is_none()
                && resource.body.get("resourceGroup").is_none()
        );
        resource.nested.as_ref().unwrap().resources[0].id.clone()
    };
    assert_eq!(nested(json!({})), format!("{GROUP}/providers/A.B/c/x"));
    assert_eq!(
        nested(json!({"resourceGroup": "r"})),
        format!("{SUBSCRIPTION}/resourceGroups/r/providers/A.B/c/x")
    );
    assert_eq!(
        nested(json!({"subscriptionId": "s", "resourceGroup": "r"})),
        "/subscriptions/s/resourceGroups/r/providers/A.B/c/x"
    );
    assert_eq!(
        nested(json!({"subscriptionId": "s", "location": "westus"})),
        "/subscriptions/s/providers/A.B/c/x"
    );
}

#[test]
fn the_location_of_a_group_the_template_makes_is_known_inside() {
    let inner = template(json!({
        "resources": [{"type": "A.B/c", "apiVersion": "2020-01-01", "name": "x", "location": "[resourceGroup().location]"}],
    }));
    let group = |name: &str| {
        deployment(json!({
            "name": name, "resourceGroup": name,
            "properties": {"mode": "Incremental", "template": inner, "expressionEvaluationOptions": {"scope": "inner"}},
        }))
    };
    let expansion = good(
        &at_subscription(),
        json!({"resources": [
            with(group("made"), json!({"dependsOn": ["[resourceId('Microsoft.Resources/resourceGroups/', 'made')]"]})),
            {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2025-04-01", "name": "made", "location": "[concat('west', 'us')]"},
            group("old"),
        ]}),
    );
    let locations: Vec<_> = expansion
        .resources
        .iter()
        .filter_map(|resource| resource.nested.as_ref())
        .map(|nested| nested.resources[0].location.clone().unwrap())
        .collect();
    assert_eq!(expansion.resources[0].id, format!("{SUBSCRIPTION}/resourceGroups/made"));
    assert_eq!(locations, ["westus", "westeurope"]);
}

#[test]
fn loops_and_names_reach_into_outer_templates_only() {
    let nested = |scope: &str| {
        let inner = template(json!({"resources": [
            {"type": "A.B/c", "apiVersion": "2020-01-01", "name": "[concat('x', copyIndex())]"},
        ]}));
        let looped = deployment(json!({
            "name": "[concat('d', copyIndex())]", "copy": {"name": "all", "count": 2},
            "properties": {"mode": "Incremental", "template": inner, "expressionEvaluationOptions": {"scope": scope}},
        }));
        expanded(&at_group(), json!({"resources": [looped]}), json!({}))
    };
    let expansion = nested("outer").unwrap();
    assert_eq!(expansion.resources[1].nested.as_ref().unwrap().resources[0].name, "x1");
    assert!(
        nested("inner")
            .unwrap_err()
            .message
            .contains("'copyIndex' is not expected at this location")
    );
}

#[test]
fn a_nested_template_is_checked_like_any_other() {
    let refused = |inner: Value, parameters: Value| {
        let members = json!({"resources": [deployment(json!({"properties": {
            "mode": "Incremental", "template": inner, "parameters": parameters,
        }}))]});
        expanded(&at_group(), members, json!({})).unwrap_err().message
    };
    let unknown_schema = with(
        template(json!({})),
        json!({"$schema": "https://schema.management.azure.com/2018-05-01/subscriptionDeploymentTemplate.json#"}),
    );
    assert!(
        refused(unknown_schema, json!({})).contains("is not supported. Supported versions are")
    );
    let needs = template(json!({"parameters": {"p": {"type": "string"}}}));
    assert!(refused(needs, json!({})).contains("The value for the template parameter 'p'"));
    assert!(
        refused(template(json!({})), json!({"q": {"value": 1}}))
            .contains("The template parameters 'q'")
    );
    let lonely = template(json!({"resources": [
        {"type": "A.B/c", "apiVersion": "2020-01-01", "name": "x", "dependsOn": ["y"]},
    ]}));
    assert!(
        refused(lonely, json!({})).contains("The resource 'y' is not defined in the template.")
    );
}

#[test]
fn outputs_read_the_state_of_resources_and_nested_deployments() {
    let expansion = good(
        &at_group(),
        json!({
            "resources": [
                {"type": "A.B/c", "apiVersion": "2020-01-01", "name": "x"},
                deployment(json!({"properties": {"mode": "Incremental", "template": template(json!({}))}})),
            ],
            "outputs": {
                "state": {"type": "string", "value": "[reference(resourceId('A.B/c', 'x'), '2020-01-01').provisioningState]"},
                "byName": {"type": "string", "value": "[reference('x').provisioningState]"},
                "kind": {"type": "string", "value": "[reference('x', '2020-01-01', 'full').type]"},
                "inner": {"type": "int", "value": "[reference('inner').outputs.count.value]"},
            },
        }),
    );
    let state = |id: &str| match id.rsplit('/').next() {
        Some("x") => {
            Some(json!({"type": "A.B/c", "properties": {"provisioningState": "Succeeded"}}))
        }
        Some("inner") => {
            Some(json!({"properties": {"outputs": {"count": {"type": "Int", "value": 3}}}}))
        }
        _ => None,
    };
    let outputs = expansion.outputs(&state).unwrap();
    assert_eq!(outputs["state"]["value"], "Succeeded");
    assert_eq!(outputs["byName"]["value"], "Succeeded");
    assert_eq!(outputs["kind"]["value"], "A.B/c");
    assert_eq!(outputs["inner"], json!({"type": "Int", "value": 3}));
}
