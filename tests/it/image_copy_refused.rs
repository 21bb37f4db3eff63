//! What `image copy` refuses before anything is written: each with its rule and its fix.

use sandbox::world;
use serde_json::json;

use crate::support::copies::{change, copied, copy};
use crate::support::lab::Lab;
use crate::support::machines::image;
use crate::vm::{bridge, puts};

const SET: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/keys/providers/Microsoft.Compute/diskEncryptionSets/des";

/// Nothing was written, and each of these is said.
#[track_caller]
fn refuses(lab: &Lab, more: &[&str], code: u8, parts: &[&str]) {
    let before = puts(lab);
    let told = copy(lab, &image(world::LINUX_IMAGE), more);
    let text = told.refused(code);
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("Hint: "), "{text}");
    assert_eq!(puts(lab), before, "nothing may be written");
}

fn linux(rest: &str) -> String {
    format!("/images/{}{rest}", world::LINUX_IMAGE)
}

#[test]
fn an_encrypted_version() {
    let lab = bridge();
    change(&lab.azure, &linux("/versions/1.1.0"), |version| {
        version["publishingProfile"]["targetRegions"][0]["encryption"] =
            json!({"osDiskImage": {"diskEncryptionSetId": SET}});
    });
    refuses(&lab, &[], 1, &["disk encryption set", "without --target-region-encryption"]);
}

#[test]
fn a_confidential_image() {
    let lab = bridge();
    change(&lab.azure, &linux(""), |image| {
        image["features"] = json!([{"name": "SecurityType", "value": "ConfidentialVM"}]);
    });
    refuses(&lab, &[], 1, &["confidential", "TrustedLaunchAndConfidentialVmSupported"]);
}

#[test]
fn a_plan_whose_terms_are_not_accepted() {
    let lab = bridge();
    change(&lab.azure, &linux(""), |image| {
        image["purchasePlan"] =
            json!({"publisher": "contoso", "product": "hardened", "name": "gen2"});
    });
    refuses(&lab, &[], 1, &["purchase plan contoso/hardened/gen2", "az vm image terms accept"]);
    let accepted = format!("{}/contoso/hardened/gen2", world::CONSUMER_SUBSCRIPTION);
    lab.azure.state(|state| state.accepted_terms.push(accepted));
    copy(&lab, &image(world::LINUX_IMAGE), &[]).json();
}

#[test]
fn a_region_without_the_source_and_one_that_is_none() {
    let lab = bridge();
    refuses(
        &lab,
        &["--regions", "westus"],
        1,
        &["westeurope, northeurope, not in westus", "--regions westeurope"],
    );
    refuses(
        &lab,
        &["--regions", "westeurope", "atlantis"],
        2,
        &["--regions atlantis", "az account list-locations"],
    );
}

#[test]
fn a_source_that_is_still_on_its_way() {
    let lab = bridge();
    change(&lab.azure, &linux("/versions/1.1.0"), |version| {
        version["provisioningState"] = json!("Creating")
    });
    let id = format!("{}/versions/1.1.0", image(world::LINUX_IMAGE)).to_lowercase();
    lab.azure.state(|state| {
        state.replicating.insert(id, 1000);
    });
    refuses(&lab, &[], 1, &["the source is in"]);
}

#[test]
fn a_region_without_quota() {
    let lab = bridge();
    lab.azure.state(|state| {
        state.capacity.limit(world::CONSUMER_SUBSCRIPTION, "westeurope", "galleryImageVersions", 0);
    });
    refuses(&lab, &[], 1, &["region westeurope", "image prune --keep 3"]);
}

#[test]
fn a_definition_that_does_not_match() {
    let lab = bridge();
    copy(&lab, &image(world::LINUX_IMAGE), &[]).json();
    change(&lab.azure, &linux(""), |image| image["hyperVGeneration"] = json!("V1"));
    let more = ["--all-versions"];
    refuses(
        &lab,
        &more,
        1,
        &["hyperVGeneration is V2, and the source has V1", "--to copies/ubuntu-copy"],
    );
}

#[test]
fn what_is_wrong_with_the_words() {
    let lab = bridge();
    let source = image(world::LINUX_IMAGE);
    for to in ["copies", "copies/ubuntu/1", "-x/y", "copies/ubuntu/latest"] {
        let to = format!("--to={to}");
        lab.run(&["image", "copy", "--id", &source, &to]).refused(2);
    }
    let version = format!("{}/versions/1.0.0", copied());
    let told = lab.run(&["image", "copy", "--id", &source, "--to", &version, "--latest", "2"]);
    assert!(told.refused(2).contains("several are copied"), "{told:?}");
    lab.run(&["image", "copy", "--id", &source, "--to", "a/b", "--latest", "2", "--all-versions"])
        .refused(2);
    assert!(lab.azure.calls("PUT", "/galleries/") == 0);
    // A gallery that is to be made needs a group, and a group has to be there.
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "--to", "new/ubuntu"];
    let told = lab.run(&[&["image", "copy", "--id", &source][..], &place].concat());
    assert!(told.refused(2).contains("--resource-group NAME"), "{told:?}");
    let told = lab.run(&[&["image", "copy", "--id", &source, "-g", "no-rg"][..], &place].concat());
    assert!(told.refused(3).contains("az group create -n no-rg"), "{told:?}");
}

#[test]
fn a_subscription_that_has_not_registered_the_provider() {
    let lab = bridge();
    lab.azure.state(|state| {
        let own = state.subscription_mut(world::CONSUMER_SUBSCRIPTION).unwrap();
        own.providers.remove("microsoft.compute");
    });
    let dry = copy(&lab, &image(world::LINUX_IMAGE), &["--plan"]).json();
    assert_eq!(dry["steps"][0]["kind"], "resourceProvider", "{dry:#}");
    copy(&lab, &image(world::LINUX_IMAGE), &[]).json();
    assert_eq!(lab.azure.calls("POST", "/providers/Microsoft.Compute/register"), 1);
    let again = copy(&lab, &image(world::LINUX_IMAGE), &["--plan"]).json();
    assert_eq!(again["steps"].as_array().unwrap().len(), 1, "{again:#}");
}

#[test]
fn a_writer_who_may_not_register_the_provider() {
    let lab = bridge();
    lab.azure.state(|state| {
        let own = state.subscription_mut(world::CONSUMER_SUBSCRIPTION).unwrap();
        own.providers.remove("microsoft.compute");
        let bridge = world::MULTI_TENANT_CONSUMER_OBJECT;
        state.role_assignments.retain(|known| known.principal != bridge);
        let subscription = format!("/subscriptions/{}", world::CONSUMER_SUBSCRIPTION);
        let group = format!("{subscription}/resourceGroups/apps-rg");
        state.assign_role(&subscription, crate::support::offers::READER, bridge);
        state.assign_role(&group, crate::support::offers::CONTRIBUTOR, bridge);
    });
    refuses(
        &lab,
        &[],
        1,
        &["lacks Microsoft.Compute/register/action", "az provider register -n Microsoft.Compute"],
    );
}

#[test]
fn a_writer_without_the_right() {
    let lab = bridge();
    lab.azure.state(|state| {
        let bridge = world::MULTI_TENANT_CONSUMER_OBJECT;
        state.role_assignments.retain(|known| known.principal != bridge);
        state.assign_role(
            &format!("/subscriptions/{}", world::CONSUMER_SUBSCRIPTION),
            crate::support::offers::READER,
            bridge,
        );
    });
    refuses(
        &lab,
        &[],
        1,
        &["lacks Microsoft.Compute/galleries", "Compute Gallery Artifacts Publisher"],
    );
}
