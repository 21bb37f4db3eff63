//! Parameter files, requests and own templates, each problem with its place.

use std::path::PathBuf;

use super::gathered;
use crate::ops::change::findings::Findings;
use crate::ops::offer::input::{Arguments, Placed, gather};

fn file(content: &[u8]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.json");
    std::fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

const REQUEST: &str = r#"{"kind": "az-imageshare/delegation-request", "version": 1, "cloud": "AzureCloud",
    "consumerTenantId": "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002", "createdOn": "2026-01-01T00:00:00Z",
    "principals": [{"principalId": "186b73ee-74ac-4572-92c3-85d496402501", "principalName": "image-users", "principalType": "Group"}]}"#;

#[test]
fn every_official_parameter_file_is_read_as_it_is() {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sandbox/data/lighthouse-samples");
    let mut seen = 0;
    for form in
        ["delegated-resource-management", "delegated-resource-management-eligible-authorizations"]
    {
        for place in ["rg", "subscription"] {
            for entry in std::fs::read_dir(samples.join(form).join(place)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                if !name.ends_with(".parameters.json") {
                    continue;
                }
                let arguments = Arguments {
                    parameters: path.to_str().map(str::to_owned),
                    ..Arguments::default()
                };
                let (draft, told) = gathered(&arguments);
                assert_eq!(told, Vec::<String>::new(), "{name}");
                assert!(
                    draft.name.is_some() && draft.consumer.is_some() && draft.description.is_some()
                );
                assert!(draft.grants.len() >= 2, "{name}");
                assert_eq!(draft.eligible.is_empty(), !form.contains("eligible"), "{name}");
                let groups =
                    if name.starts_with("multiple") { 3 } else { usize::from(place == "rg") };
                assert_eq!(draft.groups.len(), groups, "{name}");
                let approved = draft.eligible.iter().any(|right| !right.approvers.is_empty());
                assert_eq!(approved, name.contains("approvers"), "{name}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 9);
}

#[test]
fn our_own_parameter_files_are_read_too() {
    use crate::template::{Form, Template};
    for form in [Form::Subscription, Form::ResourceGroups] {
        for eligible in [false, true] {
            let template = Template::of(form, eligible);
            let (_folder, path) = file(template.parameters_text.as_bytes());
            let arguments = Arguments { parameters: Some(path), ..Arguments::default() };
            assert_eq!(
                gathered(&arguments).1,
                Vec::<String>::new(),
                "{}",
                template.parameters_file_name
            );
        }
    }
}

#[test]
fn bare_parameters_and_flags_over_files() {
    let (_folder, path) = file(
        br#"{"mspOfferName": {"value": "file"}, "rgname": {"value": "x"},
        "authorizations": {"value": [{"principalId": "a", "roleDefinitionId": "b"}]}}"#,
    );
    let arguments = Arguments {
        name: Some("flag".into()),
        parameters: Some(path.clone()),
        ..Arguments::default()
    };
    let (draft, told) = gathered(&arguments);
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(draft.name, Some(Placed::new("flag", "--name")));
    assert_eq!(draft.groups[0].value, "x");
    assert_eq!(
        draft.grants[0].principal.as_ref().unwrap().place,
        format!("{path}: authorizations.value[0].principalId")
    );
    let whole = Arguments { whole_subscription: true, ..arguments };
    assert!(gathered(&whole).0.groups.is_empty());
}

#[test]
fn the_subscription_sample_delegates_the_subscription_and_says_so() {
    let path = "tests/it/data/lighthouse-samples/subscription.parameters.json";
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let arguments = Arguments { parameters: Some(path), ..Arguments::default() };
    let mut findings = Findings::default();
    let draft = gather(&arguments, Some("images-rg"), &mut findings);
    assert!(draft.whole_subscription && draft.groups.is_empty());
    let group = Arguments { resource_groups: vec!["images-rg".into()], ..arguments };
    let draft = gather(&group, None, &mut findings);
    assert!(!draft.whole_subscription && draft.groups.len() == 1);
}

#[test]
fn what_a_parameter_file_gets_wrong_is_named() {
    for (content, expected) in [
        (r#"{"mspOfferName": "x"}"#, "f.json: mspOfferName: has no value"),
        (
            r#"{"parameters": {"mspOfferName": {"reference": {}}}}"#,
            "f.json: parameters.mspOfferName: refers to a key vault",
        ),
        (r#"{"parameters": []}"#, "f.json: parameters: is not an object"),
        (r#"{"mspOffername2": {"value": "x"}}"#, "did you mean 'mspOfferName'?"),
        (r#"{"mspOfferName": {"value": 1}}"#, "f.json: mspOfferName.value: is not a string"),
        (r#"{"authorizations": {"value": {}}}"#, "f.json: authorizations.value: is not an array"),
        (r#"{"authorizations": {"value": ["x"]}}"#, "authorizations.value[0]: is not an object"),
        (
            r#"{"authorizations": {"value": [{"principleId": "x"}]}}"#,
            "value[0].principleId: is not a member that Azure knows: did you mean 'principalId'?",
        ),
        (
            r#"{"resourceGroups": {"value": [{"name": "x"}]}}"#,
            "resourceGroups.value[0]: has no rgName",
        ),
        (
            r#"{"eligibleAuthorizations": {"value": [{"justInTimeAccessPolicy": {"mfa": 1}}]}}"#,
            "justInTimeAccessPolicy.mfa: is not a member",
        ),
    ] {
        let (_folder, path) = file(content.as_bytes());
        let arguments = Arguments { parameters: Some(path), ..Arguments::default() };
        let told = gathered(&arguments).1.join("\n");
        assert!(told.contains(expected), "{content}: {told}");
    }
}

#[test]
fn a_request_names_the_consumer_and_its_principals() {
    let (_folder, path) = file(REQUEST.as_bytes());
    let arguments = Arguments { request: Some(path), ..Arguments::default() };
    let (draft, told) = gathered(&arguments);
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(draft.consumer.unwrap().value, "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002");
    assert_eq!(draft.grants.len(), 2);
    assert_eq!(draft.grants[0].name.as_deref(), Some("image-users"));
    let other = Arguments {
        consumer_tenant: Some("b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003".into()),
        ..arguments
    };
    assert!(gathered(&other).1[0].contains("names another tenant than"));
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    let cut = &REQUEST[..REQUEST.len() - 20];
    let cases: [(Vec<u8>, &str); 7] = [
        (cut.into(), "truncated"),
        (b"not json".to_vec(), "is not JSON"),
        (b"{}".to_vec(), "kind: is nothing"),
        (
            REQUEST.replace("delegation-request", "something").into(),
            "kind: is 'az-imageshare/something'",
        ),
        (REQUEST.replace("\"version\": 1", "\"version\": 2").into(), "version: is 2"),
        (
            REQUEST.replace("principals", "people").into(),
            "is not a complete request: missing field `principals`",
        ),
        (REQUEST.replace("\"principalId\"", "\"id\"").into(), "missing field `principalId`"),
    ];
    for (content, expected) in cases {
        let (_folder, path) = file(&content);
        let arguments = Arguments { request: Some(path.clone()), ..Arguments::default() };
        let told = gathered(&arguments).1.join("\n");
        assert!(told.contains(expected) && told.contains(&path), "{expected}: {told}");
    }
}

#[test]
fn an_own_template_gives_defaults_and_takes_extras() {
    let template = r#"{"$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "parameters": {"mspOfferName": {"type": "string", "defaultValue": "from the template"},
            "managedByTenantId": {"type": "string", "defaultValue": "[subscription().tenantId]"},
            "costCenter": {"type": "string"}, "optional": {"type": "string", "defaultValue": "x"}},
        "resources": [{"type": "Microsoft.ManagedServices/registrationDefinitions", "properties": {
                "registrationDefinitionName": "[parameters('mspOfferName')]", "managedByTenantId": "[parameters('managedByTenantId')]"}},
            {"type": "Microsoft.ManagedServices/registrationAssignments"}]}"#;
    let (_folder, template) = file(template.as_bytes());
    let mut arguments = Arguments { template_file: Some(template), ..Arguments::default() };
    let (draft, told) = gathered(&arguments);
    assert_eq!(draft.name.unwrap().value, "from the template");
    assert!(draft.consumer.is_none());
    assert!(told.join("").contains("parameters.costCenter: has no value"), "{told:?}");
    let (_other, parameters) = file(br#"{"COSTCENTER": {"value": "42"}}"#);
    arguments.parameters = Some(parameters);
    let (draft, told) = gathered(&arguments);
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(draft.extras.get("costCenter").unwrap(), "42");
}

#[test]
fn what_is_no_template_for_a_subscription_is_named() {
    for (name, content, expected) in [
        ("t.bicep", "param x string", "is Bicep"),
        ("t.json", r#"{"parameters": {}}"#, "this is not a template"),
        (
            "t.json",
            r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": []}"#,
            "can only be deployed to a subscription",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let arguments =
            Arguments { template_file: path.to_str().map(str::to_owned), ..Arguments::default() };
        let told = gathered(&arguments).1.join("\n");
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
