//! Every rule that needs no call, each with the offer that breaks it.

use super::super::input::{Arguments, OfferDraft, gather};
use super::super::judge::{Surroundings, judge};
use crate::ops::change::findings::{Fault, Findings};
use crate::settings::Cloud;
use crate::settings::ini::Ini;

mod rights;
mod samples;

const TENANT: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
const OURS: &str = "3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001";
const GROUP: &str = "186b73ee-74ac-4572-92c3-85d496402501";
const OTHER: &str = "4b9ea611-a7df-48a5-85f6-b807c9732601";

fn sound() -> Arguments {
    Arguments {
        name: Some("Contoso images".into()),
        consumer_tenant: Some(TENANT.into()),
        resource_groups: vec!["images-rg".into()],
        principals: vec![(1, GROUP.into())],
        ..Arguments::default()
    }
}

fn words(text: &str) -> Vec<String> {
    text.split('|').map(str::to_owned).collect()
}

fn permanent(text: &str) -> Arguments {
    Arguments { authorizations: vec![words(&text.replace('G', GROUP))], ..sound() }
}

fn eligible(text: &str) -> Arguments {
    Arguments {
        eligible_authorizations: vec![words(&text.replace('G', GROUP).replace('O', OTHER))],
        ..sound()
    }
}

fn judged(arguments: &Arguments, cloud: &str) -> Findings {
    let mut findings = Findings::default();
    let draft: OfferDraft = gather(arguments, None, &mut findings);
    let cloud = Cloud::find(cloud, &Ini::default()).unwrap();
    let around = Surroundings { cloud: &cloud, own_tenant: OURS.parse().ok() };
    let offer = judge(&draft, around, &mut findings);
    assert!(offer.is_some() || !findings.errors.is_empty());
    assert!(findings.errors.iter().all(|found| found.fault == Fault::Input));
    assert!(
        findings.errors.iter().all(|found| found.fix.ends_with('.') || found.fix.ends_with('`')),
        "{findings:?}"
    );
    findings
}

#[track_caller]
fn refused(arguments: &Arguments, expected: &str) {
    let findings = judged(arguments, "AzureCloud");
    let told: Vec<String> =
        findings.errors.iter().map(|found| format!("{}: {}", found.place, found.rule)).collect();
    assert_eq!(told.len(), 1, "{expected}: {told:?}");
    assert!(told[0].contains(expected), "{expected}: {told:?}");
}

#[track_caller]
fn warned(arguments: &Arguments, expected: &str) {
    let findings = judged(arguments, "AzureCloud");
    assert_eq!(findings.errors, [], "{expected}");
    assert!(
        findings.warnings.iter().any(|text| text.contains(expected)),
        "{expected}: {:?}",
        findings.warnings
    );
}

#[test]
fn a_sound_offer_has_no_findings() {
    unremarked(&sound());
}

#[track_caller]
fn unremarked(arguments: &Arguments) {
    let findings = judged(arguments, "AzureCloud");
    assert_eq!((findings.errors, findings.warnings), (vec![], vec![]), "{arguments:?}");
}

/// The sound offer with one thing changed.
fn with(change: impl FnOnce(&mut Arguments)) -> Arguments {
    let mut arguments = sound();
    change(&mut arguments);
    arguments
}

#[test]
fn texts() {
    refused(&with(|offer| offer.name = None), "--name: is missing");
    for (name, expected) in
        [(" ", "--name: is empty"), ("<name>", "placeholder"), ("a\nb", "control character")]
    {
        refused(&with(|offer| offer.name = Some(name.into())), expected);
    }
    for name in ["a b", "a/b", "", &"x".repeat(65)] {
        let named = with(|offer| offer.deployment_name = Some(name.into()));
        refused(&named, "is not a valid deployment name");
    }
    let blank = with(|offer| offer.description = Some(String::new()));
    // The portal writes one into its files.
    assert_eq!(judged(&blank, "AzureCloud").errors, []);
    for place in ["west/europe", ""] {
        let nowhere = with(|offer| offer.location = Some(place.into()));
        refused(&nowhere, "is not a location");
    }
    let long = with(|offer| offer.name = Some("x".repeat(129)));
    warned(&long, "longer than 128");
    let wordy = with(|offer| offer.description = Some("x".repeat(501)));
    warned(&wordy, "longer than 500");
}

/// What is at the edge of a rule is on its sound side.
#[test]
fn texts_that_azure_takes() {
    for name in ["<3 images", "a > b > c>", &"é".repeat(128)] {
        unremarked(&with(|offer| offer.name = Some(name.into())));
    }
    unremarked(&with(|offer| offer.description = Some("é".repeat(500))));
    for name in ["images_1.(a-b)", &"x".repeat(64)] {
        unremarked(&with(|offer| offer.deployment_name = Some(name.into())));
    }
    for region in ["westeurope", "West Europe 2", "west-europe"] {
        unremarked(&with(|offer| offer.location = Some(region.into())));
    }
}

#[test]
fn scopes() {
    let many: Vec<String> = (0..801).map(|number| format!("rg{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let id = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/x";
    for (groups, expected) in [
        (&[][..], "nothing says what to delegate"),
        (&[id], "is not a valid resource group name"),
        (&["a."], "is not a valid resource group name"),
        (&[""], "is not a valid resource group name"),
        (&[&"x".repeat(91)], "is not a valid resource group name"),
        (&["a", "A"], "'A' is given twice"),
        (&many, "801 resource groups"),
    ] {
        let groups = groups.iter().map(|name| (*name).to_owned()).collect();
        refused(&with(|offer| offer.resource_groups = groups), expected);
    }
    let most: Vec<String> = (1..=800).map(|number| format!("rg{number}")).collect();
    for groups in [vec!["images_1.(a-b)".to_owned(), "x".repeat(90)], most] {
        unremarked(&with(|offer| offer.resource_groups = groups));
    }
}

#[test]
fn tenants_and_principals() {
    let tenant = |text: &str| Arguments { consumer_tenant: Some(text.into()), ..sound() };
    let principal = |text: &str| Arguments { principals: vec![(1, text.into())], ..sound() };
    let zero = "00000000-0000-0000-0000-000000000000";
    for (arguments, expected) in [
        (Arguments { consumer_tenant: None, ..sound() }, "--consumer-tenant: is missing"),
        (tenant("<insert managing tenant id>"), "placeholder that was never filled in"),
        (tenant(zero), "all-zero placeholder"),
        (tenant("fabrikam"), "neither a tenant id (GUID) nor a domain"),
        (tenant(OURS), "the tenant you are signed in to"),
        (principal("image-users"), "'image-users' is not a GUID"),
        (principal(zero), "all-zero placeholder"),
        (principal("<insert>"), "placeholder that was never filled in"),
        (principal(""), "--principal-id: is empty"),
        (
            Arguments { principals: vec![], ..sound() },
            "requires at least one permanent authorization",
        ),
        (permanent("role=Contributor"), "has no principal"),
        (permanent("principal=G"), "has no role"),
        (permanent("principal=G|role=Reader"), "already"),
        (
            Arguments {
                principals: vec![(1, GROUP.into()), (2, GROUP.to_uppercase())],
                no_delete_role: true,
                ..sound()
            },
            "already",
        ),
    ] {
        refused(&arguments, expected);
    }
}

#[test]
fn leaving_and_crowds() {
    let alone = Arguments {
        principals: vec![],
        authorizations: vec![words(&format!("principal={GROUP}|role=Reader"))],
        ..sound()
    };
    warned(&alone, "the consumer cannot leave the delegation");
    let meant = Arguments { no_delete_role: true, ..alone };
    assert!(judged(&meant, "AzureCloud").warnings.is_empty());
    // Each principal gets two: to read, and to leave.
    let crowd = |principals: usize| Arguments {
        principals: (0..principals)
            .map(|at| (at, format!("186b73ee-74ac-4572-92c3-85d4964025{at:02}")))
            .collect(),
        ..sound()
    };
    unremarked(&crowd(25));
    warned(&crowd(26), "52 authorizations");
    // Eligible ones count like permanent ones.
    let right = words(&format!("principal={GROUP}|role=Contributor"));
    let eligible_authorizations =
        vec![right, words(&format!("principal={GROUP}|role=Virtual Machine Contributor"))];
    let principals = (0..25).map(|at| (at, format!("{}{:02}", &GROUP[..34], at))).collect();
    warned(&Arguments { principals, eligible_authorizations, ..sound() }, "52 authorizations");
}

/// What could not be read may be the permission to leave.
#[test]
fn nobody_is_said_to_be_unable_to_leave_before_all_permissions_are_read() {
    let mistyped = Arguments {
        principals: vec![],
        authorizations: ["Reader", "Contributer"]
            .map(|role| words(&format!("principal={GROUP}|role={role}")))
            .to_vec(),
        ..sound()
    };
    for offer in [mistyped, Arguments { principals: vec![], ..sound() }] {
        let findings = judged(&offer, "AzureCloud");
        assert_eq!((findings.errors.len(), findings.warnings), (1, vec![]), "{offer:?}");
    }
}

#[test]
fn a_request_of_another_cloud_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.json");
    let requested = |cloud: &str| {
        let request = format!(
            r#"{{"kind": "az-imageshare/delegation-request", "version": 1, "cloud": "{cloud}",
            "consumerTenantId": "{TENANT}", "principals": [{{"principalId": "{GROUP}"}}]}}"#
        );
        std::fs::write(&path, request).unwrap();
        Arguments {
            request: path.to_str().map(str::to_owned),
            consumer_tenant: None,
            principals: vec![],
            ..sound()
        }
    };
    refused(&requested("AzureChinaCloud"), "there is no delegation between clouds");
    unremarked(&requested("azurecloud"));
}

#[test]
fn an_own_template_has_to_take_what_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.json");
    let template = |properties: serde_json::Value, assignment: serde_json::Value| {
        let names = ["mspOfferName", "managedByTenantId", "authorizations", "rgName"];
        let declared: serde_json::Map<String, serde_json::Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), serde_json::json!({"type": "string"})))
            .collect();
        let value = serde_json::json!({
            "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
            "parameters": declared, "resources": [
                {"type": "Microsoft.ManagedServices/registrationDefinitions", "properties": properties}, assignment]});
        std::fs::write(&path, value.to_string()).unwrap();
        Arguments { template_file: path.to_str().map(str::to_owned), ..sound() }
    };
    let group = |name: &str| {
        serde_json::json!({"type": "Microsoft.Resources/deployments", "resourceGroup": name, "properties": {
            "template": {"resources": [{"type": "Microsoft.ManagedServices/registrationAssignments"}]}}})
    };
    let offer = serde_json::json!({"registrationDefinitionName": "[parameters('mspOfferName')]",
        "managedByTenantId": "[parameters('managedByTenantId')]", "authorizations": "[parameters('authorizations')]"});
    let taken = template(offer.clone(), group("[parameters('rgName')]"));
    assert_eq!(judged(&taken, "AzureCloud").errors, []);
    // The last day is kept in the description.
    let ends = Arguments { expires: Some("2027-01-31".parse().unwrap()), ..taken };
    refused(&ends, "takes no description as a parameter");
    let mut literal = offer.clone();
    literal["managedByTenantId"] = OTHER.into();
    let literal = template(literal, group("[parameters('rgName')]"));
    refused_among(&literal, "no parameter of");
    refused_among(&template(offer.clone(), group("another-rg")), "delegates another-rg");
    let two = Arguments {
        resource_groups: vec!["a".into(), "b".into()],
        ..template(offer.clone(), group("[parameters('rgName')]"))
    };
    refused(&two, "takes one resource group");
    let whole = Arguments { resource_groups: vec![], whole_subscription: true, ..two.clone() };
    refused(&whole, "which takes resource groups");
    let nowhere = template(offer, serde_json::json!({"type": "x"}));
    refused_among(&nowhere, "would not be delegated anywhere");
}

#[track_caller]
fn refused_among(arguments: &Arguments, expected: &str) {
    let findings = judged(arguments, "AzureCloud");
    assert!(findings.errors.iter().any(|found| found.rule.contains(expected)), "{findings:?}");
}
