//! Azure Policy keeps subscriptions delegated: the whole life, by the engine's clock.

use serde_json::{Value, json};

use super::{Cloud, code};
use crate::arm::roles;
use crate::router;
use crate::seed::fleet::{contoso_fleet, fleet_subscription};
use crate::state::{Registration, Subscription, SubscriptionState};
use crate::world;

const GROUP: &str = "/providers/Microsoft.Management/managementGroups/mg-images";
const OFFER: &str = "Contoso images";

/// The rule that delegates each subscription, with what its deployment puts there.
pub(super) fn definition() -> Value {
    let name = "guid(toLower(parameters('tenant')), toLower(subscription().subscriptionId), parameters('offer'))";
    let alias = |rest: &str| format!("Microsoft.ManagedServices/registrationDefinitions/{rest}");
    let wanted = json!({"count": {"value": "[parameters('rights')]", "name": "wanted", "where": {
        "count": {"field": alias("authorizations[*]"), "where": {"allOf": [
            {"field": alias("authorizations[*].principalId"), "equals": "[current('wanted').principalId]"},
            {"field": alias("authorizations[*].roleDefinitionId"), "equals": "[current('wanted').roleDefinitionId]"}]}},
        "greaterOrEquals": 1}}, "equals": "[length(parameters('rights'))]"});
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"tenant": {"type": "string"}, "offer": {"type": "string"}, "rights": {"type": "array"}},
        "variables": {"name": format!("[{name}]"), "id": "[resourceId('Microsoft.ManagedServices/registrationDefinitions', variables('name'))]"},
        "resources": [
            {"type": "Microsoft.ManagedServices/registrationDefinitions", "apiVersion": "2022-10-01", "name": "[variables('name')]",
                "properties": {"registrationDefinitionName": "[parameters('offer')]", "managedByTenantId": "[parameters('tenant')]",
                    "authorizations": "[parameters('rights')]"}},
            {"type": "Microsoft.ManagedServices/registrationAssignments", "apiVersion": "2022-10-01",
                "name": "[guid(variables('id'), subscription().id)]", "dependsOn": ["[variables('id')]"],
                "properties": {"registrationDefinitionId": "[variables('id')]"}}],
    });
    let value = |name: &str| json!({"value": format!("[parameters('{name}')]")});
    json!({"properties": {
        "displayName": "Images", "mode": "All",
        "parameters": {"tenant": {"type": "String"}, "offer": {"type": "String"}, "rights": {"type": "Array"}},
        "policyRule": {
            "if": {"field": "type", "equals": "Microsoft.Resources/subscriptions"},
            "then": {"effect": "deployIfNotExists", "details": {
                "type": "Microsoft.ManagedServices/registrationDefinitions",
                "deploymentScope": "subscription", "existenceScope": "subscription",
                "roleDefinitionIds": [format!("/providers/Microsoft.Authorization/roleDefinitions/{}", roles::OWNER)],
                "existenceCondition": {"allOf": [
                    {"field": "name", "equals": format!("[{name}]")},
                    {"field": alias("managedByTenantId"), "equals": "[parameters('tenant')]"},
                    wanted,
                    {"count": {"field": alias("authorizations[*]")}, "equals": "[length(parameters('rights'))]"}]},
                "deployment": {"location": "westeurope", "properties": {"mode": "incremental", "template": template,
                    "parameters": {"tenant": value("tenant"), "offer": value("offer"), "rights": value("rights")}}}}}}}})
}

pub(super) fn assignment(mode: &str) -> Value {
    json!({"identity": {"type": "SystemAssigned"}, "location": "westeurope", "properties": {
        "policyDefinitionId": format!("{GROUP}/providers/Microsoft.Authorization/policyDefinitions/def-images"),
        "enforcementMode": mode,
        "parameters": {"tenant": {"value": world::CONSUMER_TENANT}, "offer": {"value": OFFER},
            "rights": {"value": [{"principalId": world::CONSUMER_GROUP, "roleDefinitionId": roles::READER}]}}}})
}

pub(super) fn at_group(kind: &str, name: &str) -> String {
    let (provider, version) = match kind {
        "remediations" => ("Microsoft.PolicyInsights", "2021-10-01"),
        "roleAssignments" => ("Microsoft.Authorization", "2022-04-01"),
        _ => ("Microsoft.Authorization", "2023-04-01"),
    };
    format!("{GROUP}/providers/{provider}/{kind}/{name}?api-version={version}")
}

/// A fleet whose policy is defined and assigned, and the identity's object id.
pub(super) fn assigned(count: usize, mode: &str) -> (Cloud, String, String) {
    let mut cloud = Cloud::new();
    cloud.core.state = contoso_fleet(count);
    cloud.core.knobs.virtual_time = true;
    cloud.core.knobs.policy_seconds_per_read = 0;
    let token = cloud.deployer();
    let (status, body) =
        cloud.arm(&token, "PUT", &at_group("policyDefinitions", "def-images"), &definition());
    assert_eq!(status, 201, "{body}");
    let (status, body) =
        cloud.arm(&token, "PUT", &at_group("policyAssignments", "images"), &assignment(mode));
    assert_eq!(status, 201, "{body}");
    let principal = body["identity"]["principalId"].as_str().unwrap().to_owned();
    (cloud, token, principal)
}

fn give_owner(cloud: &mut Cloud, principal: &str) {
    cloud.core.state.assign_role(GROUP, roles::OWNER, principal);
}

fn states(cloud: &mut Cloud, token: &str, state: &str) -> usize {
    let filter = format!(
        "PolicyAssignmentId%20eq%20%27{GROUP}/providers/Microsoft.Authorization/policyAssignments/images%27%20and%20ComplianceState%20eq%20%27{state}%27"
    );
    let url = format!(
        "{GROUP}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults?api-version=2019-10-01&$filter={filter}"
    );
    let (status, body) = cloud.arm(token, "POST", &url, &Value::Null);
    assert_eq!(status, 200, "{body}");
    body["value"].as_array().unwrap().len()
}

fn remediation() -> Value {
    json!({"properties": {"resourceCount": 50_000, "parallelDeployments": 30,
        "policyAssignmentId": format!("{GROUP}/providers/Microsoft.Authorization/policyAssignments/images"),
        "failureThreshold": {"percentage": 1}}})
}

/// Starts a remediation, lets it run, and gives it with what became of each resource.
fn remediated(cloud: &mut Cloud, token: &str, name: &str, seconds: i64) -> (Value, Vec<Value>) {
    let (status, body) = cloud.arm(token, "PUT", &at_group("remediations", name), &remediation());
    assert_eq!(status, 201, "{body}");
    router::advance(&mut cloud.core, seconds);
    let (_, body) = cloud.get(token, &at_group("remediations", name));
    let list = at_group("remediations", name).replace('?', "/listDeployments?");
    let (status, listed) = cloud.arm(token, "POST", &list, &Value::Null);
    assert_eq!(status, 200, "{listed}");
    (body["properties"].clone(), listed["value"].as_array().unwrap().clone())
}

#[test]
fn what_is_there_is_only_marked_until_a_remediation_and_newcomers_follow() {
    let (mut cloud, token, principal) = assigned(40, "DoNotEnforce");
    // A task before anything is known succeeds with nothing done.
    let (early, listed) = remediated(&mut cloud, &token, "early", 60);
    assert_eq!((early["provisioningState"].as_str(), listed.len()), (Some("Succeeded"), 0));
    assert_eq!(early["deploymentStatus"]["totalDeployments"], 0);
    give_owner(&mut cloud, &principal);
    assert_eq!(states(&mut cloud, &token, "NonCompliant"), 0);
    router::advance(&mut cloud.core, 15 * 60);
    assert_eq!(states(&mut cloud, &token, "NonCompliant"), 40);
    assert!(cloud.core.state.definitions.is_empty(), "a new assignment deploys nothing");
    // 30 at once, 40 s each: the second batch ends after 80 s.
    let (half, listed) = remediated(&mut cloud, &token, "all", 41);
    assert_eq!((half["provisioningState"].as_str(), listed.len()), (Some("Running"), 40));
    assert_eq!(half["deploymentStatus"]["successfulDeployments"], 30);
    router::advance(&mut cloud.core, 40);
    let (_, body) = cloud.get(&token, &at_group("remediations", "all"));
    assert_eq!(body["properties"]["provisioningState"], "Succeeded", "{body}");
    assert_eq!(states(&mut cloud, &token, "Compliant"), 40);
    assert_eq!((cloud.core.state.definitions.len(), cloud.core.state.assignments.len()), (40, 40));
    let (status, body) =
        cloud.arm(&token, "PUT", &at_group("policyAssignments", "images"), &assignment("Default"));
    assert_eq!((status, body["identity"]["principalId"].as_str()), (201, Some(principal.as_str())));
    // A newcomer follows by itself, half an hour after it came.
    let id = "9f000000-0000-4000-8000-000000000001";
    let mut newcomer = Subscription::new(id, "img-new", world::PUBLISHER_TENANT);
    newcomer.providers.insert("microsoft.managedservices".to_owned(), Registration::Registered);
    newcomer.management_group = Some("mg-emea".to_owned());
    cloud.core.state.subscriptions.push(newcomer);
    router::advance(&mut cloud.core, 29 * 60);
    assert_eq!(cloud.core.state.definitions.len(), 40);
    router::advance(&mut cloud.core, 60);
    assert_eq!(cloud.core.state.definitions.len(), 41);
}

#[test]
fn missing_role_registration_tenant_and_a_disabled_subscription_are_told_apart() {
    let (mut cloud, token, principal) = assigned(4, "DoNotEnforce");
    router::advance(&mut cloud.core, 15 * 60);
    let (_, listed) = remediated(&mut cloud, &token, "one", 120);
    assert!(listed.iter().all(|one| one["error"]["code"] == "AuthorizationFailed"), "{listed:#?}");
    let message = listed[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("Microsoft.Resources/deployments/validate/action"), "{message}");
    give_owner(&mut cloud, &principal);
    let state = &mut cloud.core.state;
    let [unregistered, disabled] = [1, 2].map(fleet_subscription);
    state.subscription_mut(&unregistered).unwrap().providers.remove("microsoft.managedservices");
    state.subscription_mut(&disabled).unwrap().state = SubscriptionState::Disabled;
    let third = format!("/subscriptions/{}", fleet_subscription(3));
    let deny = json!({"properties": {
        "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6",
        "parameters": {"listOfAllowedTenants": {"value": [world::THIRD_TENANT]}}}});
    let url = format!(
        "{third}/providers/Microsoft.Authorization/policyAssignments/allowed?api-version=2023-04-01"
    );
    let (status, body) = cloud.arm(&token, "PUT", &url, &deny);
    assert_eq!(status, 201, "{body}");
    let (ended, listed) = remediated(&mut cloud, &token, "two", 120);
    assert_eq!(
        ended["deploymentStatus"],
        json!({"totalDeployments": 4, "successfulDeployments": 1, "failedDeployments": 3})
    );
    let code_of = |number: usize| {
        let id = format!("/subscriptions/{}", fleet_subscription(number));
        let own = listed.iter().find(|one| one["remediatedResourceId"] == id).unwrap();
        let error = &own["error"];
        let inner = error["details"][0]["code"].as_str().or(error["code"].as_str());
        inner.unwrap_or_default().to_owned()
    };
    assert_eq!(code_of(1), "MissingSubscriptionRegistration");
    assert_eq!(code_of(2), "ReadOnlyDisabledSubscription");
    assert_eq!(code_of(3), "RequestDisallowedByPolicy");
    assert_eq!(cloud.core.state.definitions.len(), 1);
}

#[test]
fn the_daily_cycle_marks_drift_and_repairs_nothing_and_nothing_is_ever_removed() {
    let (mut cloud, token, principal) = assigned(3, "Default");
    give_owner(&mut cloud, &principal);
    router::advance(&mut cloud.core, 15 * 60);
    remediated(&mut cloud, &token, "one", 120);
    assert_eq!(states(&mut cloud, &token, "Compliant"), 3);
    let key = cloud.core.state.definitions.keys().next().unwrap().clone();
    cloud.core.state.definitions.get_mut(&key).unwrap().authorizations[0]["roleDefinitionId"] =
        json!(roles::CONTRIBUTOR);
    assert_eq!(states(&mut cloud, &token, "Compliant"), 3, "nobody has looked yet");
    router::advance(&mut cloud.core, 25 * 3600);
    let token = cloud.deployer();
    assert_eq!(states(&mut cloud, &token, "NonCompliant"), 1);
    let role = &cloud.core.state.definitions[&key].authorizations[0]["roleDefinitionId"];
    assert_eq!(role, roles::CONTRIBUTOR, "the cycle deploys nothing");
    let (status, _) =
        cloud.arm(&token, "DELETE", &at_group("policyAssignments", "images"), &Value::Null);
    assert_eq!(status, 200);
    assert_eq!(cloud.core.state.definitions.len(), 3);
    assert!(cloud.core.state.principals.iter().all(|known| known.id != principal));
    let orphaned =
        cloud.core.state.role_assignments.iter().any(|known| known.principal == principal);
    assert!(orphaned, "the role of the identity that is gone stays");
}

#[test]
fn a_definition_in_use_stays_and_a_running_remediation_is_canceled_first() {
    let (mut cloud, token, _) = assigned(2, "DoNotEnforce");
    router::advance(&mut cloud.core, 15 * 60);
    let url = at_group("remediations", "one");
    assert_eq!(cloud.arm(&token, "PUT", &url, &remediation()).0, 201);
    assert_eq!(cloud.arm(&token, "PUT", &url, &remediation()).0, 200, "the same again");
    let mut other = remediation();
    other["properties"]["parallelDeployments"] = json!(5);
    assert_eq!(cloud.arm(&token, "PUT", &url, &other).0, 400, "nothing can be changed");
    assert_eq!(cloud.arm(&token, "DELETE", &url, &Value::Null).0, 400);
    let (status, body) = cloud.arm(&token, "POST", &url.replace('?', "/cancel?"), &Value::Null);
    assert_eq!((status, body["properties"]["provisioningState"].as_str()), (200, Some("Canceled")));
    assert_eq!(cloud.arm(&token, "DELETE", &url, &Value::Null).0, 200);
    let definition = at_group("policyDefinitions", "def-images");
    let (status, body) = cloud.arm(&token, "DELETE", &definition, &Value::Null);
    assert_eq!((status, code(&body)), (409, "PolicyDefinitionInUse"));
    assert_eq!(
        cloud.arm(&token, "DELETE", &at_group("policyAssignments", "images"), &Value::Null).0,
        200
    );
    assert_eq!(cloud.arm(&token, "DELETE", &definition, &Value::Null).0, 200);
    assert_eq!(cloud.arm(&token, "DELETE", &definition, &Value::Null).0, 204);
}
