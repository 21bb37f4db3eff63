//! The official Lighthouse templates expand to what Azure deploys.

use crate::schema;
use crate::template::{Context, Expansion, Resource, expand, guid, parse_jsonc};
use serde_json::{Value, json};
use std::path::PathBuf;

const SUBSCRIPTION: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
const DEFINITIONS: &str = "Microsoft.ManagedServices/registrationDefinitions";
const ASSIGNMENTS: &str = "Microsoft.ManagedServices/registrationAssignments";
const TENANT: &str = "22222222-2222-2222-2222-222222222222";
const PRINCIPAL: &str = "33333333-3333-3333-3333-333333333333";
const ZERO: &str = "00000000-0000-0000-0000-000000000000";

fn context() -> Context {
    Context {
        tenant_id: "44444444-4444-4444-4444-444444444444".to_owned(),
        subscription_id: SUBSCRIPTION.trim_start_matches("/subscriptions/").to_owned(),
        subscription_name: "Owner".to_owned(),
        deployment_name: "delegation".to_owned(),
        location: Some("westeurope".to_owned()),
        ..Context::default()
    }
}

fn read(path: &str) -> Value {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/lighthouse-samples");
    let text = std::fs::read_to_string(root.join(path)).unwrap();
    parse_jsonc(&text.replace(ZERO, PRINCIPAL)).unwrap()
}

/// The parameters of a sample with the managing tenant filled in.
fn parameters(path: &str) -> Value {
    let mut parameters = read(path)["parameters"].take();
    if let Some(tenant) = parameters.get_mut("managedByTenantId") {
        *tenant = json!({"value": TENANT});
    }
    parameters
}

fn expanded(folder: &str, template: &str, sent: &Value) -> Expansion {
    expand(&read(&format!("{folder}/{template}.json")), sent, &context())
        .unwrap_or_else(|error| panic!("{folder}/{template}: {error}"))
}

fn definition_id(name: &str) -> String {
    format!("{SUBSCRIPTION}/providers/{DEFINITIONS}/{name}")
}

fn definition_body(sent: &Value) -> Value {
    let mut properties = json!({
        "registrationDefinitionName": sent["mspOfferName"]["value"],
        "description": sent["mspOfferDescription"]["value"],
        "managedByTenantId": TENANT,
        "authorizations": sent["authorizations"]["value"],
    });
    if let Some(eligible) = sent.get("eligibleAuthorizations") {
        properties["eligibleAuthorizations"] = eligible["value"].clone();
    }
    json!({"properties": properties})
}

fn check_definition(resource: &Resource, name: &str, version: &str, sent: &Value) {
    assert_eq!(resource.id, definition_id(name));
    assert_eq!((resource.type_.as_str(), resource.name.as_str()), (DEFINITIONS, name));
    assert_eq!((resource.api_version.as_str(), resource.scope.as_str()), (version, SUBSCRIPTION));
    assert_eq!(resource.body, definition_body(sent));
    assert_eq!(resource.depends_on, Vec::<String>::new());
    assert!(resource.nested.is_none() && resource.location.is_none());
    assert_eq!(schema::check(DEFINITIONS, version, &resource.body), Ok(()));
}

fn check_assignment(resource: &Resource, scope: &str, name: &str, version: &str) {
    assert_eq!(resource.id, format!("{scope}/providers/{ASSIGNMENTS}/{name}"));
    assert_eq!((resource.type_.as_str(), resource.name.as_str()), (ASSIGNMENTS, name));
    assert_eq!((resource.api_version.as_str(), resource.scope.as_str()), (version, scope));
    // The definition is named at the subscription even inside a resource group's nested template.
    assert_eq!(
        resource.body,
        json!({"properties": {"registrationDefinitionId": definition_id(name)}})
    );
    assert_eq!(schema::check(ASSIGNMENTS, version, &resource.body), Ok(()));
}

fn check_outputs(expansion: &Expansion, sent: &Value) {
    let offer = sent["mspOfferName"]["value"].as_str().unwrap();
    let mut expected = json!({
        "mspOfferName": {"type": "String", "value": format!("Managed by {offer}")},
        "authorizations": {"type": "Array", "value": sent["authorizations"]["value"]},
    });
    if let Some(eligible) = sent.get("eligibleAuthorizations") {
        expected["eligibleAuthorizations"] = json!({"type": "Array", "value": eligible["value"]});
    }
    assert_eq!(expansion.outputs(&|_| None).unwrap(), expected);
    for (name, parameter) in sent.as_object().unwrap() {
        let type_ = if parameter["value"].is_string() { "String" } else { "Array" };
        assert_eq!(expansion.parameters[name], json!({"type": type_, "value": parameter["value"]}));
    }
}

const PLAIN: &str = "delegated-resource-management";
const ELIGIBLE: &str = "delegated-resource-management-eligible-authorizations";

#[test]
fn a_subscription_is_delegated() {
    let cases = [
        (PLAIN, "subscription", "2019-09-01"),
        (ELIGIBLE, "subscription", "2020-02-01-preview"),
        (ELIGIBLE, "subscription-managing-tenant-approvers", "2020-02-01-preview"),
    ];
    for (folder, name, version) in cases {
        let folder = format!("{folder}/subscription");
        let sent = parameters(&format!("{folder}/{name}.parameters.json"));
        let expansion = expanded(&folder, name, &sent);
        let id = guid(&["Relecloud Managed Services"]);
        let [definition, assignment] = &expansion.resources[..] else {
            panic!("{:?}", expansion.resources);
        };
        check_definition(definition, &id, version, &sent);
        check_assignment(assignment, SUBSCRIPTION, &id, version);
        assert_eq!(assignment.depends_on, [definition_id(&id)]);
        check_outputs(&expansion, &sent);
    }
}

#[test]
fn a_resource_group_is_delegated_by_a_nested_deployment() {
    let cases = [
        (PLAIN, "rg", "2019-06-01"),
        (ELIGIBLE, "rg", "2020-02-01-preview"),
        (ELIGIBLE, "rg-managing-tenant-approvers", "2020-02-01-preview"),
    ];
    for (folder, name, version) in cases {
        let folder = format!("{folder}/rg");
        let sent = parameters(&format!("{folder}/{name}.parameters.json"));
        let expansion = expanded(&folder, name, &sent);
        let id = guid(&[sent["mspOfferName"]["value"].as_str().unwrap()]);
        let [definition, deployment] = &expansion.resources[..] else {
            panic!("{:?}", expansion.resources);
        };
        check_definition(definition, &id, version, &sent);
        check_nested(deployment, "rgAssignment", "test", &id, version);
        check_outputs(&expansion, &sent);
    }
}

fn check_nested(deployment: &Resource, name: &str, group: &str, definition: &str, version: &str) {
    let scope = format!("{SUBSCRIPTION}/resourceGroups/{group}");
    assert_eq!(deployment.id, format!("{scope}/providers/Microsoft.Resources/deployments/{name}"));
    assert_eq!(deployment.type_, "Microsoft.Resources/deployments");
    assert_eq!((deployment.name.as_str(), deployment.scope.as_str()), (name, scope.as_str()));
    assert_eq!((deployment.api_version.as_str(), &deployment.location), ("2018-05-01", &None));
    assert_eq!(deployment.depends_on, [definition_id(definition)]);
    assert_eq!(deployment.body["properties"]["mode"], "Incremental");
    assert_eq!(deployment.body.as_object().unwrap().len(), 1, "{}", deployment.body);
    assert_eq!(schema::check(&deployment.type_, &deployment.api_version, &deployment.body), Ok(()));
    let nested = deployment.nested.as_ref().unwrap();
    assert_eq!(nested.parameters, json!({}));
    let [assignment] = &nested.resources[..] else {
        panic!("{:?}", nested.resources);
    };
    check_assignment(assignment, &scope, definition, version);
    assert_eq!(nested.outputs(&|_| None).unwrap(), json!({}));
}

#[test]
fn many_resource_groups_are_delegated_by_two_loops_of_one_name() {
    let cases = [
        (PLAIN, "multi-rg", "multiple-rg", "2019-06-01"),
        (ELIGIBLE, "multiple-rg", "multiple-rg", "2020-02-01-preview"),
        (
            ELIGIBLE,
            "multiple-rg-managing-tenant-approvers",
            "multiple-rg-managing-tenant-approvers",
            "2020-02-01-preview",
        ),
    ];
    for (folder, name, sent, version) in cases {
        let folder = format!("{folder}/rg");
        let sent = parameters(&format!("{folder}/{sent}.parameters.json"));
        let expansion = expanded(&folder, name, &sent);
        assert_eq!(expansion.resources.len(), 6);
        for (index, group) in ["test", "test2", "test3"].into_iter().enumerate() {
            check_definition(&expansion.resources[index], &guid(&[group]), version, &sent);
            let deployment = &expansion.resources[3 + index];
            check_nested(
                deployment,
                &format!("rgAssignment{index}"),
                group,
                &guid(&[group]),
                version,
            );
        }
        check_outputs(&expansion, &sent);
    }
}

#[test]
fn the_policy_that_delegates_management_groups_keeps_its_inner_expressions() {
    let folder = "policy-delegate-management-groups";
    let sent =
        parameters(&format!("{folder}/deployLighthouseIfNotExistsManagementGroup.parameters.json"));
    let expansion = expanded(folder, "deployLighthouseIfNotExistManagementGroup", &sent);
    let [policy] = &expansion.resources[..] else {
        panic!("{:?}", expansion.resources);
    };
    assert_eq!(policy.type_, "Microsoft.Authorization/policyDefinitions");
    assert_eq!(policy.name, "Enable-Azure-Lighthouse");
    let properties = &policy.body["properties"];
    assert_eq!(schema::check(&policy.type_, &policy.api_version, &policy.body), Ok(()));
    let authorizations = &properties["parameters"]["managedByAuthorizations"];
    assert_eq!(authorizations["defaultValue"], sent["managedByAuthorizations"]["value"]);
    let details = &properties["policyRule"]["then"]["details"];
    assert_eq!(
        details["roleDefinitionIds"],
        json!([
            "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
        ])
    );
    let deployment = &details["deployment"]["properties"];
    assert_eq!(deployment["parameters"]["managedByName"]["value"], "[parameters('managedByName')]");
    let inner = &deployment["template"];
    assert_eq!(
        inner["variables"]["managedByAssignmentName"],
        "[guid(parameters('managedByName'))]"
    );
    assert_eq!(inner["resources"][0]["name"], "[variables('managedByRegistrationName')]");
    assert_eq!(expansion.outputs(&|_| None).unwrap(), json!({}));
}

#[test]
fn the_policy_that_allows_tenants_depends_on_a_bare_name() {
    let folder = "policy-allow-certain-managing-tenants";
    let sent = parameters(&format!("{folder}/policyAllowCertainTenantIds.parameters.json"));
    let expansion = expanded(folder, "policyAllowCertainTenantIds", &sent);
    let [definition, assignment] = &expansion.resources[..] else {
        panic!("{:?}", expansion.resources);
    };
    let id = format!(
        "{SUBSCRIPTION}/providers/Microsoft.Authorization/policyDefinitions/Enforce-Managing-Tenant-IDs-def"
    );
    assert_eq!(definition.id, id);
    let rule = &definition.body["properties"]["policyRule"]["if"]["allOf"][1]["not"];
    assert_eq!(rule["in"], "[parameters('listOfAllowedTenants')]");
    for resource in &expansion.resources {
        assert_eq!(schema::check(&resource.type_, &resource.api_version, &resource.body), Ok(()));
    }
    assert_eq!(assignment.depends_on, std::slice::from_ref(&id));
    let properties = &assignment.body["properties"];
    assert_eq!(properties["policyDefinitionId"], id.as_str());
    assert_eq!(properties["scope"], SUBSCRIPTION);
    assert_eq!(
        properties["parameters"]["listOfAllowedTenants"]["value"],
        json!(["tenantID1", "tenantID2"])
    );
}

#[test]
fn an_expansion_can_be_kept_by_another_thread() {
    fn is_shared<T: Send + Sync + Clone>() {}
    is_shared::<Expansion>();
}
