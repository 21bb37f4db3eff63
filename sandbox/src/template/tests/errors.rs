//! What Azure refuses, and in which words.

use super::{GROUP, at_group, at_subscription, expanded, gallery, template, with};
use crate::template::{TemplateError, expand};
use serde_json::{Value, json};

fn refused(members: Value, sent: Value) -> TemplateError {
    expanded(&at_group(), members, sent).expect_err("the template is wrong")
}

fn check(members: Value, sent: Value, text: &str) {
    let error = refused(members, sent);
    assert_eq!(error.code, "InvalidTemplate", "{error}");
    assert!(error.message.starts_with("Deployment template validation failed: '"), "{error}");
    assert!(error.message.contains(text), "{text}: {error}");
    assert!(error.message.ends_with("'."), "{error}");
}

#[test]
fn a_missing_parameter_is_named_with_its_place() {
    let members = json!({"parameters": {"offer": {"type": "string"}}});
    let column = template(members.clone()).to_string().find("{\"type\"").unwrap() + 1;
    check(
        members.clone(),
        json!({}),
        &format!(
            "The value for the template parameter 'offer' at line '1' and column '{column}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details."
        ),
    );
    check(members, json!({"offer": null}), "'offer'");
}

#[test]
fn an_unknown_parameter_is_named_with_the_known_ones() {
    check(
        json!({"parameters": {"a": {"type": "string"}, "b": {"type": "string"}}}),
        json!({"a": "x", "b": "x", "c": 1, "d": 2}),
        "The template parameters 'c, d' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are 'a, b'.",
    );
}

#[test]
fn a_parameter_of_the_wrong_type_is_refused() {
    let cases = [
        ("string", json!(5), "Expected 'String, Uri'. Actual 'Integer'."),
        ("int", json!("5"), "Expected 'Integer'. Actual 'String'."),
        ("int", serde_json::from_str("1.5").unwrap(), "Expected 'Integer'. Actual 'Float'."),
        ("bool", json!("true"), "Expected 'Boolean'. Actual 'String'."),
        ("array", json!({}), "Expected 'Array'. Actual 'Object'."),
        ("object", json!([]), "Expected 'Object'. Actual 'Array'."),
        ("secureObject", json!(true), "Expected 'Object'. Actual 'Boolean'."),
        ("securestring", json!([]), "Expected 'String, Uri'. Actual 'Array'."),
    ];
    for (type_, value, text) in cases {
        check(
            json!({"parameters": {"p": {"type": type_}}}),
            json!({"p": value}),
            &format!("Template parameter JToken type is not valid. {text}"),
        );
    }
    check(
        json!({"parameters": {"p": {"type": "int", "defaultValue": "[string(1)]"}}}),
        json!({}),
        "Actual 'String'",
    );
    check(
        json!({"parameters": {"p": {"type": "strng"}}}),
        json!({"p": "x"}),
        "The type 'strng' of the template parameter 'p'",
    );
}

#[test]
fn the_limits_of_a_parameter_hold() {
    let cases = [
        (
            json!({"type": "string", "allowedValues": ["Yes", "No"]}),
            json!("Maybe"),
            "The provided value 'Maybe' for the template parameter 'p' at ",
        ),
        (
            json!({"type": "string", "allowedValues": ["Yes", "No"]}),
            json!("Maybe"),
            "The parameter value is not part of the allowed value(s): 'Yes,No'.",
        ),
        (
            json!({"type": "array", "allowedValues": [1, 2]}),
            json!([1, 3]),
            "not part of the allowed value(s): '1,2'",
        ),
        (
            json!({"type": "string", "minLength": 3}),
            json!("ab"),
            "Length of the value should be greater than or equal to '3'.",
        ),
        (
            json!({"type": "string", "maxLength": 1}),
            json!("ab"),
            "Length of the value should be less than or equal to '1'.",
        ),
        (
            json!({"type": "array", "minLength": 1}),
            json!([]),
            "Length of the value should be greater than or equal to '1'.",
        ),
        (
            json!({"type": "int", "minValue": 5}),
            json!(4),
            "The value should be greater than or equal to '5'.",
        ),
        (
            json!({"type": "int", "maxValue": 5}),
            json!(6),
            "The value should be less than or equal to '5'.",
        ),
    ];
    for (declaration, value, text) in cases {
        check(json!({"parameters": {"p": declaration}}), json!({"p": value}), text);
    }
    let good = json!({"parameters": {
        "a": {"type": "string", "allowedValues": ["Yes"], "minLength": 3, "maxLength": 3},
        "b": {"type": "int", "minValue": -5, "maxValue": 5},
        "c": {"type": "array", "allowedValues": [1, 2]},
        "d": {"type": "string", "nullable": true},
    }});
    let expansion = expanded(&at_group(), good, json!({"A": "yes", "b": -5, "c": [2]})).unwrap();
    assert_eq!(expansion.parameters["b"], json!({"type": "Int", "value": -5}));
}

#[test]
fn parameters_that_are_no_parameters_are_refused() {
    let template = template(json!({"parameters": {"p": {"type": "string"}}}));
    for sent in [json!({"p": "bare"}), json!("x")] {
        let error = expand(&template, &sent, &at_group()).unwrap_err();
        assert_eq!(error.code, "InvalidRequestContent", "{sent}");
    }
    let vault = json!({"p": {"reference": {"keyVault": {"id": "/v"}, "secretName": "s"}}});
    let error = expand(&template, &vault, &at_group()).unwrap_err();
    assert_eq!(error.code, "KeyVaultParameterReferenceNotFound");
    assert!(error.message.contains("'/v'"));
}

#[test]
fn circles_among_values_are_found() {
    check(
        json!({"variables": {"a": "[variables('b')]", "b": "[variables('a')]"}}),
        json!({}),
        "The template variable 'a' has a circular reference",
    );
    check(
        json!({"parameters": {"p": {"type": "string", "defaultValue": "[parameters('p')]"}}}),
        json!({}),
        "The template parameter 'p' has a circular reference",
    );
}

#[test]
fn a_wrong_expression_is_named_with_the_resource_around_it() {
    check(
        json!({"resources": [with(gallery("g"), json!({"tags": {"a": "[nosuch()]"}}))]}),
        json!({}),
        "The template resource 'g' at line '1' and column '",
    );
    check(
        json!({"resources": [gallery("[nosuch()]")]}),
        json!({}),
        "is not valid: The template function 'nosuch' is not valid.. Please see https://aka.ms/arm-template-expressions for usage details.",
    );
    check(
        json!({"resources": [gallery("")]}),
        json!({}),
        "The name property cannot be null or empty",
    );
    check(
        json!({"resources": [gallery("[concat('a', '/b')]")]}),
        json!({}),
        "has incorrect segment lengths",
    );
    check(
        json!({"parameters": {"p": {"type": "string", "defaultValue": "[nosuch()]"}}}),
        json!({}),
        "The template resource 'p' at line '1' and column '",
    );
    check(
        json!({"resources": [with(gallery("g"), json!({"condition": "maybe"}))]}),
        json!({}),
        "The 'condition' must evaluate to a boolean",
    );
}

#[test]
fn wrong_dependencies_are_refused() {
    check(
        json!({"resources": [with(gallery("g"), json!({"dependsOn": ["[resourceId('Microsoft.Compute/galleries', 'other')]"]}))]}),
        json!({}),
        "The resource 'Microsoft.Compute/galleries/other' is not defined in the template. Please see https://aka.ms/arm-template for usage details.",
    );
    check(
        json!({"resources": [with(gallery("g"), json!({"dependsOn": ["nobody"]}))]}),
        json!({}),
        "The resource 'nobody' is not defined in the template.",
    );
    check(
        json!({"resources": [with(gallery("g"), json!({"dependsOn": ["g"]}))]}),
        json!({}),
        "The template resource 'Microsoft.Compute/galleries/g' cannot reference itself. Please see https://aka.ms/arm-template-expressions/#reference for usage details.",
    );
    check(
        json!({"resources": [
            with(gallery("a"), json!({"dependsOn": ["b"]})),
            with(gallery("b"), json!({"dependsOn": ["a"]})),
            with(gallery("c"), json!({"dependsOn": ["b"]})),
        ]}),
        json!({}),
        &format!(
            "Circular dependency detected on resource: '{GROUP}/providers/Microsoft.Compute/galleries/"
        ),
    );
    check(
        json!({"resources": [with(gallery("g"), json!({"dependsOn": [7]}))]}),
        json!({}),
        "must be an array of strings",
    );
    check(
        json!({"resources": [with(gallery("g"), json!({"dependsOn": "x"}))]}),
        json!({}),
        "must be an array of strings",
    );
}

#[test]
fn a_bare_name_that_two_resources_share_is_a_self_reference() {
    let resource = |type_: &str| json!({"type": type_, "apiVersion": "2019-06-01", "name": "same"});
    check(
        json!({"resources": [
            resource("Microsoft.ManagedServices/registrationDefinitions"),
            with(resource("Microsoft.ManagedServices/registrationAssignments"), json!({"dependsOn": ["same"]})),
        ]}),
        json!({}),
        "'Microsoft.ManagedServices/registrationAssignments/same' cannot reference itself",
    );
}

#[test]
fn a_resource_declared_twice_is_refused_even_when_one_is_not_deployed() {
    check(
        json!({"resources": [gallery("g"), with(gallery("G"), json!({"condition": false}))]}),
        json!({}),
        "The resource 'Microsoft.Compute/galleries/G' at line '1' and column '",
    );
    check(
        json!({"resources": [gallery("g"), gallery("g")]}),
        json!({}),
        "is defined multiple times in a template.",
    );
}

#[test]
fn a_nested_deployment_needs_a_location_exactly_at_a_subscription() {
    let nested = |members: Value| {
        let deployment = json!({
            "type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01", "name": "inner",
            "properties": {"mode": "Incremental", "template": template(json!({}))},
        });
        expanded(&at_subscription(), json!({"resources": [with(deployment, members)]}), json!({}))
    };
    let error = nested(json!({})).unwrap_err();
    assert_eq!(error.code, "InvalidDeployment");
    assert!(
        error.message.contains("The 'location' property must be specified for 'inner'."),
        "{error}"
    );
    let error = nested(json!({"location": "westus", "resourceGroup": "rg"})).unwrap_err();
    assert!(
        error.message.contains(
            "The 'location' property is not allowed for 'inner' at resource group scope."
        ),
        "{error}"
    );
    assert!(nested(json!({"location": "westus"})).is_ok());
    assert!(nested(json!({"resourceGroup": "rg"})).is_ok());
    let error = nested(
        json!({"location": "westus", "properties": {"templateLink": {"uri": "https://x.y/z"}}}),
    )
    .unwrap_err();
    assert_eq!(error.code, "InvalidContentLink");
    assert!(error.message.contains("https://x.y/z"));
}

#[test]
fn outputs_are_checked_when_they_are_asked_for() {
    let output = |output: Value| {
        expanded(&at_group(), json!({"outputs": {"o": output}}), json!({}))
            .unwrap()
            .outputs(&|_| None)
    };
    let error = output(json!({"type": "string", "value": "[createArray()]"})).unwrap_err();
    assert_eq!(error.code, "DeploymentOutputEvaluationFailed");
    assert!(error.message.contains("Expected 'String'. Actual 'Array'."), "{error}");
    let error = output(json!({"type": "string", "value": "[nosuch()]"})).unwrap_err();
    assert!(error.message.contains("The template output 'o' at line '1'"), "{error}");
    let error = output(json!({"type": "object", "value": "[reference('g')]"})).unwrap_err();
    assert!(error.message.contains("The resource 'g' is not defined in the template."), "{error}");
    assert_eq!(
        output(json!({"type": "secureString", "value": "x"})).unwrap(),
        json!({"o": {"type": "SecureString"}})
    );
    assert_eq!(
        output(json!({"type": "string", "condition": false, "value": "[nosuch()]"})).unwrap(),
        json!({})
    );
}
