//! Templates of other people's making.

use super::*;

fn offer_of(reading: &TemplateReading, field: Field) -> Value {
    assert_eq!(reading.definitions.len(), 1, "{reading:?}");
    reading.definitions[0].property(field).unwrap().clone().unwrap()
}

/// The portal's "Create ARM template": Azure/Azure-Lighthouse-samples#33.
#[test]
fn the_portals_template_is_read_through_its_variables() {
    let template = json!({
        "parameters": {"mspOfferName": {"defaultValue": "Harbour"}},
        "variables": {"managedByTenantId": "t", "authorizations": [{"principalId": "p"}]},
        "resources": [
            {"type": "Microsoft.ManagedServices/registrationDefinitions", "name": "[guid(parameters('mspOfferName'))]",
             "properties": {"registrationDefinitionName": "[parameters('mspOfferName')]",
                "managedByTenantId": "[variables('managedByTenantId')]",
                "authorizations": "[variables('authorizations')]"}},
            {"type": "Microsoft.ManagedServices/registrationAssignments", "properties": {}},
        ],
    });
    let reading = read_template(&template, Map::new());
    assert_eq!(offer_of(&reading, Field::Name), "Harbour");
    assert_eq!(offer_of(&reading, Field::Tenant), "t");
    assert_eq!(offer_of(&reading, Field::Authorizations)[0]["principalId"], "p");
    assert_eq!(reading.definitions[0].property(Field::Eligible), None);
    assert_eq!(reading.targets, [Ok(None)]);
}

/// A module in Bicep, which compiles to nested deployments with parameters of their own: Azure/bicep#9980.
#[test]
fn a_bicep_modules_inner_scope_is_followed() {
    let template = json!({
        "parameters": {"groups": {"defaultValue": ["rg-a", "rg-b"]}, "msp": {"type": "string"}},
        "variables": {"copy": [{"name": "rights", "count": 1, "input": {"principalId": "[format('p{0}', copyIndex('rights'))]"}}]},
        "resources": {
            "offer": {"type": "Microsoft.Resources/deployments", "properties": {
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"tenant": {"value": "[parameters('msp')]"}, "rights": {"value": "[variables('rights')]"}},
                "template": {"parameters": {"tenant": {"type": "string"}, "rights": {"type": "array"}},
                    "resources": [{"type": "Microsoft.ManagedServices/registrationDefinitions", "properties": {
                        "managedByTenantId": "[parameters('tenant')]",
                        "copy": [{"name": "authorizations", "count": "[length(parameters('rights'))]",
                            "input": {"principalId": "[parameters('rights')[copyIndex('authorizations')].principalId]"}}]}}]}}},
            "accept": {"type": "Microsoft.Resources/deployments",
                "copy": {"name": "loop", "count": "[length(parameters('groups'))]"},
                "resourceGroup": "[parameters('groups')[copyIndex()]]",
                "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "template": {
                    "resources": [{"type": "Microsoft.ManagedServices/registrationAssignments"}]}}},
            "never": {"type": "Microsoft.ManagedServices/registrationDefinitions", "condition": "[false()]", "properties": {}},
        },
    });
    let given = json!({"msp": "t"}).as_object().unwrap().clone();
    let reading = read_template(&template, given);
    assert_eq!(offer_of(&reading, Field::Tenant), "t");
    assert_eq!(offer_of(&reading, Field::Authorizations), json!([{"principalId": "p0"}]));
    assert_eq!(reading.targets, [Ok(Some("rg-a".to_owned())), Ok(Some("rg-b".to_owned()))]);
    let unread = read_template(&template, Map::new());
    let unresolved = unread.definitions[0].property(Field::Tenant).unwrap();
    assert!(unresolved.is_err(), "{unresolved:?}");
}

#[test]
fn what_needs_azure_says_so() {
    let template = json!({"resources": [
        {"type": "Microsoft.ManagedServices/registrationDefinitions", "plan": {"name": "p"},
         "properties": {"authorizations": "[reference('x').outputs.rights.value]"}},
        {"type": "Microsoft.ManagedServices/registrationAssignments", "scope": "/subscriptions/s/resourceGroups/rg-c"},
    ]});
    let reading = read_template(&template, Map::new());
    let found = &reading.definitions[0];
    assert!(found.has_plan);
    assert_eq!(
        found.property(Field::Authorizations),
        Some(&Err(Unresolved("reference()".to_owned())))
    );
    assert_eq!(reading.targets, [Ok(Some("rg-c".to_owned()))]);
}
