//! What Azure Policy refuses: rules, names, identities, parameters, remediations.

use serde_json::{Value, json};

use super::policy::{assigned, assignment, at_group, definition};
use super::{Cloud, code};
use crate::seed::fleet::{contoso_fleet, fleet_subscription};

fn cloud() -> (Cloud, String) {
    let mut cloud = Cloud::new();
    cloud.core.state = contoso_fleet(2);
    let token = cloud.deployer();
    (cloud, token)
}

/// A change of the definition, at a pointer, and the code that it is refused with.
fn broken() -> Vec<(&'static str, Value, &'static str)> {
    const DETAILS: &str = "/properties/policyRule/then/details";
    let alias = "Microsoft.ManagedServices/registrationDefinitions/plan.name";
    vec![
        ("/properties/policyRule/if/field", json!(alias), "InvalidPolicyAlias"),
        ("/properties/policyRule/if/field", json!("region"), "InvalidPolicyAlias"),
        ("/properties/policyRule/if", json!({"field": "type"}), "InvalidPolicyRule"),
        (
            "/properties/policyRule/if/equals",
            json!("[resourceId('a/b', 'c')]"),
            "InvalidPolicyRuleExpression",
        ),
        ("/properties/policyRule/if/equals", json!("[newGuid()]"), "InvalidPolicyRuleExpression"),
        (
            "/properties/policyRule/if/equals",
            json!("[listKeys('a', 'b')]"),
            "InvalidPolicyRuleExpression",
        ),
        ("/properties/policyRule/if/equals", json!("[current('wanted')]"), "InvalidPolicyRule"),
        (
            "/properties/policyRule/if/equals",
            json!("[parameters('other')]"),
            "UndefinedPolicyParameter",
        ),
        ("/properties/parameters/unused", json!({"type": "String"}), "UnusedPolicyParameters"),
        ("/properties/mode", json!("Some"), "InvalidPolicyDefinitionMode"),
        ("/properties/policyType", json!("BuiltIn"), "InvalidRequestContent"),
        (DETAILS, json!({"type": "a/b"}), "InvalidPolicyRule"),
        (
            "/properties/policyRule/then/details/deployment/location",
            Value::Null,
            "InvalidPolicyRule",
        ),
        (
            "/properties/policyRule/then/details/deployment/properties/template",
            json!("x"),
            "InvalidPolicyRule",
        ),
        (
            "/properties/policyRule/then/details/roleDefinitionIds",
            json!(["Owner"]),
            "InvalidPolicyRule",
        ),
    ]
}

#[test]
fn broken_rules_are_refused_each_with_its_code() {
    let (mut cloud, token) = cloud();
    for (pointer, value, wanted) in broken() {
        let mut sent = definition();
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        sent.pointer_mut(parent).unwrap()[last] = value;
        let (status, body) =
            cloud.arm(&token, "PUT", &at_group("policyDefinitions", "def-images"), &sent);
        assert_eq!((status, code(&body)), (400, wanted), "{pointer}: {body}");
    }
    let long = at_group("policyDefinitions", &"x".repeat(65));
    assert_eq!(
        code(&cloud.arm(&token, "PUT", &long, &definition()).1),
        "InvalidPolicyDefinitionName"
    );
    let (status, body) =
        cloud.arm(&token, "PUT", &at_group("policyDefinitions", "def-images"), &definition());
    assert_eq!(status, 201, "{body}");
}

#[test]
fn assignments_need_a_short_name_an_identity_a_location_and_all_parameters() {
    let (mut cloud, token) = cloud();
    let put = |cloud: &mut Cloud, name: &str, sent: &Value| {
        let (_, body) = cloud.arm(&token, "PUT", &at_group("policyAssignments", name), sent);
        code(&body).to_owned()
    };
    assert_eq!(put(&mut cloud, "images", &assignment("Default")), "PolicyDefinitionNotFound");
    cloud.arm(&token, "PUT", &at_group("policyDefinitions", "def-images"), &definition());
    assert_eq!(
        put(&mut cloud, &"x".repeat(25), &assignment("Default")),
        "InvalidPolicyAssignmentName"
    );
    let mut sent = assignment("Default");
    sent["identity"] = Value::Null;
    assert_eq!(put(&mut cloud, "images", &sent), "ResourceIdentityRequired");
    let mut sent = assignment("Default");
    sent["location"] = Value::Null;
    assert_eq!(put(&mut cloud, "images", &sent), "LocationRequired");
    let mut sent = assignment("Default");
    sent["properties"]["parameters"]["offer"] = Value::Null;
    assert_eq!(put(&mut cloud, "images", &sent), "InvalidPolicyParameters");
    sent["properties"]["parameters"].as_object_mut().unwrap().remove("offer");
    assert_eq!(put(&mut cloud, "images", &sent), "MissingPolicyParameter");
    let mut sent = assignment("Default");
    sent["properties"]["parameters"]["more"] = json!({"value": 1});
    assert_eq!(put(&mut cloud, "images", &sent), "UndefinedPolicyParameter");
    assert_eq!(put(&mut cloud, "images", &assignment("Enroll")), "InvalidRequestContent");
    let mut sent = assignment("Default");
    sent["properties"]["notScopes"] = vec!["/subscriptions/x"; 401].into();
    assert_eq!(put(&mut cloud, "images", &sent), "InvalidRequestContent");
    assert_eq!(put(&mut cloud, "images", &assignment("Default")), "");
}

#[test]
fn remediations_have_limits_and_no_re_evaluation_at_a_group() {
    let (mut cloud, token, _) = assigned(2, "DoNotEnforce");
    let base =
        json!({"policyAssignmentId": at_group("policyAssignments", "images").split('?').next()});
    let put = |cloud: &mut Cloud, url: &str, name: &str, value: Value| {
        let mut properties = base.clone();
        if !name.is_empty() {
            properties[name] = value;
        }
        let (status, body) = cloud.arm(&token, "PUT", url, &json!({"properties": properties}));
        (status, code(&body).to_owned())
    };
    let group = at_group("remediations", "one");
    for (name, value) in [
        ("parallelDeployments", json!(31)),
        ("parallelDeployments", json!(0)),
        ("resourceCount", json!(50_001)),
        ("failureThreshold", json!({"percentage": 50})),
        ("resourceDiscoveryMode", json!("ReEvaluateCompliance")),
    ] {
        let refused = put(&mut cloud, &group, name, value);
        assert_eq!(refused, (400, "InvalidCreateRemediationRequest".to_owned()), "{name}");
    }
    let own = format!(
        "/subscriptions/{}/providers/Microsoft.PolicyInsights/remediations/one?api-version=2021-10-01",
        fleet_subscription(1)
    );
    let mode = json!("ReEvaluateCompliance");
    assert_eq!(put(&mut cloud, &own, "resourceDiscoveryMode", mode).0, 201);
    let scan = "/providers/Microsoft.PolicyInsights/policyStates/latest/triggerEvaluation?api-version=2019-10-01";
    let at_group = format!("/providers/Microsoft.Management/managementGroups/mg-images{scan}");
    assert_eq!(cloud.arm(&token, "POST", &at_group, &Value::Null).0, 405);
    let at_own = format!("/subscriptions/{}{scan}", fleet_subscription(1));
    assert_eq!(cloud.arm(&token, "POST", &at_own, &Value::Null).0, 202);
}
