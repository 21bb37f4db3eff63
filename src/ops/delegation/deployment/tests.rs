//! What is deployed, evaluated as Azure would: the ids are those that were derived beforehand.

use sandbox::template::{Context, Resource, expand};
use serde_json::Map;

use super::*;
use crate::arm::managed_services::{
    self, Authorization, EligibleAuthorization, RegistrationDefinitionProperties,
};
use crate::id::{TenantId, TenantRef};
use crate::ops::access::role::{READER, RoleRef};
use crate::ops::offer::Eligible;
use crate::ops::offer::input::Placed;
use crate::ops::offer::{assignment_name, definition_name};

const TENANT: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
const SUBSCRIPTION: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";
const GROUP: &str = "186b73ee-74ac-4572-92c3-85d496402501";
const NAME: &str = "Contoso's images, 2026";

fn offer(groups: &[&str], eligible: bool) -> Offer {
    let right = Eligible {
        place: String::new(),
        principal: GROUP.parse().unwrap(),
        name: None,
        role: Placed::new(RoleRef::Id(READER.parse().unwrap()), ""),
        duration: None,
        mfa: None,
        approvers: Vec::new(),
    };
    Offer {
        name: NAME.into(),
        description: None,
        consumer: Placed::new(TENANT.parse::<TenantRef>().unwrap(), ""),
        groups: groups.iter().map(|group| Placed::new(*group, "")).collect(),
        grants: Vec::new(),
        eligible: eligible.then_some(right).into_iter().collect(),
        template: None,
        extras: Map::new(),
        location: None,
        deployment_name: None,
        adopts: false,
    }
}

fn deployment(groups: &[&str], eligible: bool) -> (Deployment, Vec<Scope>) {
    let subscription: SubscriptionId = SUBSCRIPTION.parse().unwrap();
    let consumer: TenantId = TENANT.parse().unwrap();
    let guid = definition_name(consumer, subscription, NAME);
    let right = EligibleAuthorization {
        principal_id: GROUP.into(),
        role_definition_id: READER.into(),
        ..EligibleAuthorization::default()
    };
    let wanted = RegistrationDefinition {
        id: managed_services::definition_id(subscription, guid).into(),
        name: guid.to_string(),
        properties: RegistrationDefinitionProperties {
            registration_definition_name: Some(NAME.into()),
            description: Some("text".into()),
            managed_by_tenant_id: TENANT.into(),
            authorizations: vec![Authorization {
                principal_id: GROUP.into(),
                role_definition_id: READER.into(),
                ..Authorization::default()
            }],
            eligible_authorizations: eligible.then_some(right).into_iter().collect(),
            ..RegistrationDefinitionProperties::default()
        },
        plan: None,
    };
    let scopes: Vec<Scope> = match groups {
        [] => vec![Scope::subscription(subscription)],
        groups => groups.iter().map(|name| Scope::resource_group(subscription, name)).collect(),
    };
    let location = Location { name: "westeurope".into(), because: String::new(), is_chosen: false };
    let offer = offer(groups, eligible);
    (Deployment::of(&offer, &wanted, &scopes, location, guid, None), scopes)
}

fn expanded(deployment: &Deployment) -> Vec<Resource> {
    let context = Context {
        tenant_id: "3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001".into(),
        subscription_id: SUBSCRIPTION.into(),
        subscription_name: "Contoso Images".into(),
        deployment_name: deployment.name.clone(),
        location: Some(deployment.location.name.clone()),
        ..Context::default()
    };
    let expansion = expand(&deployment.template, &deployment.parameters, &context).unwrap();
    let flat = |resource: Resource| match resource.nested {
        Some(nested) => nested.resources,
        None => vec![resource],
    };
    expansion.resources.into_iter().flat_map(flat).collect()
}

#[test]
fn the_templates_compute_the_ids_that_were_derived() {
    for groups in [&[][..], &["images-rg"], &["images-rg", "Other.RG_(2)", "x"]] {
        for eligible in [false, true] {
            let (deployment, scopes) = deployment(groups, eligible);
            let resources = expanded(&deployment);
            let definition = managed_services::definition_id(
                SUBSCRIPTION.parse().unwrap(),
                definition_name(TENANT.parse().unwrap(), SUBSCRIPTION.parse().unwrap(), NAME),
            );
            assert_eq!(resources[0].id, definition);
            assert_eq!(resources[0].api_version, managed_services::API);
            let properties = &resources[0].body["properties"];
            assert_eq!(properties["managedByTenantId"], TENANT);
            assert_eq!(properties.get("eligibleAuthorizations").is_some(), eligible);
            let found: Vec<&String> = resources[1..].iter().map(|found| &found.id).collect();
            let expected: Vec<String> = scopes
                .iter()
                .map(|scope| {
                    managed_services::assignment_id(scope, assignment_name(&definition, scope))
                })
                .collect();
            assert_eq!(found, expected.iter().collect::<Vec<_>>());
            for assignment in &resources[1..] {
                assert_eq!(assignment.body["properties"]["registrationDefinitionId"], definition);
                assert_eq!(assignment.api_version, managed_services::API);
            }
        }
    }
}

#[test]
fn every_template_and_its_parameter_file_fit_together() {
    for form in [Form::Subscription, Form::ResourceGroups] {
        for eligible in [false, true] {
            let template = Template::of(form, eligible);
            let deployment = Deployment {
                name: "x".into(),
                location: Location {
                    name: "westeurope".into(),
                    because: String::new(),
                    is_chosen: true,
                },
                template: template.value(),
                parameters: template.parameters()["parameters"].clone(),
            };
            assert_eq!(expanded(&deployment).len(), 2, "{}", template.file_name);
            let schema = template.value()["$schema"].as_str().unwrap().to_owned();
            assert!(schema.contains("subscriptionDeploymentTemplate.json"));
            for resource in template.value()["resources"].as_array().unwrap() {
                for dependency in resource["dependsOn"].as_array().into_iter().flatten() {
                    assert!(dependency.as_str().unwrap().starts_with("[resourceId('"));
                }
            }
        }
    }
}

#[test]
fn an_own_template_gets_what_it_declares() {
    let mut own = offer(&["images-rg"], false);
    let template = json!({
    "parameters": {"OFFER": {"type": "string"}, "where": {"type": "string"}, "costCenter": {"type": "string"}},
    "resources": [
        {"type": "Microsoft.ManagedServices/registrationDefinitions",
         "properties": {"registrationDefinitionName": "[parameters('offer')]"}},
        {"type": "Microsoft.Resources/deployments", "resourceGroup": "[parameters('where')]", "properties": {
            "template": {"resources": [{"type": "Microsoft.ManagedServices/registrationAssignments"}]}}},
    ]});
    own.template = Some(OwnTemplate::understood("t.json".into(), template));
    own.extras.insert("costCenter".into(), json!("42"));
    let (like, scopes) = deployment(&["images-rg"], false);
    let wanted = RegistrationDefinition {
        properties: RegistrationDefinitionProperties {
            registration_definition_name: Some(NAME.into()),
            ..RegistrationDefinitionProperties::default()
        },
        ..RegistrationDefinition::default()
    };
    let made = Deployment::of(&own, &wanted, &scopes, like.location, Uuid::nil(), None);
    assert_eq!(
        made.parameters,
        json!({"OFFER": {"value": NAME}, "where": {"value": "images-rg"}, "costCenter": {"value": "42"}})
    );
}

#[test]
fn the_location_says_who_chose_it() {
    let process = crate::process::Process::made_up(
        [("HOME", "/nonexistent")],
        std::sync::Arc::new(std::sync::Mutex::new(std::io::empty())),
        std::sync::Arc::new(std::sync::Mutex::new(Vec::new())),
        std::sync::Arc::new(std::sync::Mutex::new(Vec::new())),
    );
    let mut settings = Settings::merge(crate::settings::Flags::default(), &process).unwrap();
    let group = ResourceGroup { name: "images-rg".into(), location: "northeurope".into() };
    let mut offer = offer(&["images-rg"], false);
    let ask = |offer: &Offer, settings: &Settings, group: Option<&ResourceGroup>| {
        location(offer, settings, group).map(|found| (found.name, found.is_chosen))
    };
    let told = |name: &str, chosen| Some((name.to_owned(), chosen));
    assert_eq!(ask(&offer, &settings, None), told("westeurope", false));
    assert_eq!(ask(&offer, &settings, Some(&group)), told("northeurope", false));
    settings.location = Some("swedencentral".into());
    assert_eq!(ask(&offer, &settings, Some(&group)), told("swedencentral", false));
    offer.location = Some(Placed::new("uksouth", "--location"));
    assert_eq!(ask(&offer, &settings, Some(&group)), told("uksouth", true));
}
