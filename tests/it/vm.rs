//! `vm create`: one machine for each way an image can be shared, and what speaks against one.

use sandbox::{Fault, FaultKind, world};
use serde_json::json;

use crate::support::galleries::shareable;
use crate::support::lab::Lab;
use crate::support::machines::{KEY, create, image, linux, standing};
use crate::support::offers::{IMAGES, stand};

/// The app that both tenants know, as a credential for both.
pub(crate) fn bridge() -> Lab {
    Lab::new().with_bridge(&["--default"])
}

pub(crate) fn puts(lab: &Lab) -> usize {
    lab.azure.journal().iter().filter(|call| call.method == "PUT").count()
}

#[test]
fn a_delegated_image_needs_no_token_of_its_tenant() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let made = linux(&lab, &image(world::LINUX_IMAGE)).json();
    assert_eq!(
        (&made["via"], &made["change"]),
        (&json!("delegation"), &json!("create")),
        "{made:#}"
    );
    assert_eq!(made["image"], format!("{}/versions/1.1.0", image(world::LINUX_IMAGE)));
    let machine = standing(&lab).unwrap();
    assert_eq!(machine["properties"]["securityProfile"]["securityType"], "TrustedLaunch");
    assert_eq!(made["provisioningState"], "Succeeded");
    let second = linux(&lab, &image(world::LINUX_IMAGE));
    assert_eq!(second.json()["change"], "keep");
    assert_eq!(puts(&lab), 1, "the second run must not write");
}

#[test]
fn an_image_of_another_tenant_goes_with_a_token_of_that_tenant() {
    let lab = bridge();
    let made = linux(&lab, &image(world::LINUX_IMAGE)).json();
    assert_eq!(made["via"], "rbac", "{made:#}");
    assert_eq!(made["publisherTenantId"], world::PUBLISHER_TENANT);
    assert!(standing(&lab).is_some());
    // The header goes with what refers to the image, and with nothing else.
    let carried: Vec<String> = lab
        .azure
        .journal()
        .iter()
        .filter(|call| call.header("x-ms-authorization-auxiliary").is_some())
        .map(|call| call.path.clone())
        .collect();
    assert!(carried.iter().all(|path| path.contains("/deployments/")), "{carried:?}");
    assert!(!carried.is_empty());
}

#[test]
fn a_directly_shared_image_is_used_by_its_public_id() {
    let lab = Lab::consumer();
    let shared = shareable(&lab.azure, "partners");
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&shared.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] =
            json!([{"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]}]);
    });
    let id = format!("/SharedGalleries/{}-PARTNERS/Images/shared", world::PUBLISHER_SUBSCRIPTION);
    let made = linux(&lab, &id).json();
    assert_eq!(made["via"], "direct", "{made:#}");
    let machine = standing(&lab).unwrap();
    let reference = &machine["properties"]["storageProfile"]["imageReference"];
    assert_eq!(reference["sharedGalleryImageId"], format!("{id}/Versions/1.0.0"));
    // Taken back, it can no longer be used: nothing is written.
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&shared.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] = json!([]);
        state.resources.retain(|id, _| !id.contains("virtualmachines"));
    });
    linux(&lab, &id).refused(3);
    assert!(standing(&lab).is_none());
}

#[test]
fn nobody_uses_what_was_not_shared() {
    let lab = Lab::consumer();
    let refused = linux(&lab, &image(world::LINUX_IMAGE));
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("belongs to tenant"), "{}", refused.stderr);
    assert_eq!(puts(&lab), 0);
}

#[test]
fn everything_wrong_is_told_at_once_before_anything_is_written() {
    let lab = Lab::consumer();
    let private = lab.file("id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n");
    let wrong = ["--admin-username", "root", "--ssh-key-value", &private];
    let told = create(&lab, &image(world::LINUX_IMAGE), &wrong);
    let text = told.refused(2);
    assert!(
        text.contains("2 things are wrong")
            && text.contains("private key")
            && text.contains("refuses"),
        "{text}"
    );
    assert!(lab.azure.journal().is_empty(), "no call may be made");
    stand(&lab.azure, &IMAGES);
    let told = create(
        &lab,
        &image(world::LINUX_IMAGE),
        &["-l", "westus", "--size", "Standard_D2ps_v5", "--security-type", "Standard"],
    );
    let text = told.refused(2);
    for part in
        ["westus", "Arm64", "--security-type Standard", "--admin-username", "--ssh-key-value"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(puts(&lab), 0);
}

#[test]
fn a_specialized_image_takes_no_user_and_a_windows_image_a_password() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let definition = image(world::LINUX_IMAGE).to_lowercase();
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&definition).unwrap();
        found.body["properties"]["osState"] = json!("Specialized");
    });
    assert!(linux(&lab, &image(world::LINUX_IMAGE)).refused(2).contains("specialized"));
    create(&lab, &image(world::LINUX_IMAGE), &[]).json();
    assert!(standing(&lab).unwrap()["properties"]["osProfile"].is_null());

    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let definition = image(world::WINDOWS_IMAGE).to_lowercase();
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&definition).unwrap();
        found.body["properties"]["osState"] = json!("Generalized");
    });
    let canary = "Canary-7f3a9d!";
    let password = lab.file("password.txt", canary);
    let by_password =
        ["--admin-username", "azureuser", "--admin-password-file", &password, "--debug"];
    let made = create(&lab, &image(world::WINDOWS_IMAGE), &by_password);
    made.json();
    assert!(!made.stderr.contains(canary) && !made.stdout.contains(canary), "{made:?}");
    assert!(
        create(&lab, &image(world::WINDOWS_IMAGE), &["--admin-username", "azureuser"])
            .refused(2)
            .contains("password")
    );
}

#[test]
fn a_machine_from_another_image_is_not_touched() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    linux(&lab, &image(world::LINUX_IMAGE)).json();
    let older = format!("{}/versions/1.0.0", image(world::LINUX_IMAGE));
    let told = linux(&lab, &older);
    assert!(told.refused(2).contains("exists already and was made from"), "{told:?}");
}

#[test]
fn a_broken_deployment_says_what_stands_and_the_next_run_finishes() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    // Somebody else changes the group at the same moment.
    lab.azure.inject(Fault::status(409).method("PUT").path("/deployments/").times(1));
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    assert_ne!(told.code, 0, "{told:?}");
    assert!(standing(&lab).is_none());
    assert_eq!(linux(&lab, &image(world::LINUX_IMAGE)).json()["change"], "create");
}

#[test]
fn a_deployment_whose_answer_is_lost_is_taken_up_and_not_sent_twice() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    // It takes effect, and the answer breaks off.
    let lost = Fault::new(FaultKind::Truncate).method("PUT").path("/deployments/").times(1);
    lab.azure.inject(lost);
    let made = linux(&lab, &image(world::LINUX_IMAGE)).json();
    assert_eq!(made["provisioningState"], "Succeeded");
    assert_eq!(made["deployment"]["provisioningState"], "Succeeded");
    // The connection may be tried once more, and that is refused: the deployment is under way.
    assert!(lab.azure.calls("PUT", "/deployments/") <= 2);
}

#[test]
fn whoever_does_not_wait_goes_on_with_the_same_command() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let login = ["--admin-username", "azureuser", "--ssh-key-value", KEY, "--no-wait"];
    let begun = create(&lab, &image(world::LINUX_IMAGE), &login);
    let told = begun.stderr.clone();
    begun.json();
    let command = told.split('`').nth(1).unwrap_or_default();
    assert!(command.starts_with("az-imageshare vm create --subscription"), "{told}");
    assert!(command.contains("'ssh-ed25519 ") && !command.contains("--no-wait"), "{told}");
    assert_eq!(linux(&lab, &image(world::LINUX_IMAGE)).json()["provisioningState"], "Succeeded");
}
