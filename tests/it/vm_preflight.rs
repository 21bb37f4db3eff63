//! `vm create`: sizes, quota, purchase plans, encryption and subnets, each judged before anything is written.

use sandbox::{Fault, FaultKind, State, world};
use serde_json::{Value, json};

use crate::support::lab::Lab;
use crate::support::machines::{KEY, create, image, linux, standing};
use crate::support::offers::{CONTRIBUTOR, IMAGES, stand};
use crate::vm::puts;

const REGION: &str = "westeurope";

/// The consumer, to whom the publisher's images are delegated.
fn lab() -> Lab {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab
}

fn with(lab: &Lab, more: &[&str]) -> crate::support::lab::Ran {
    let login = ["--admin-username", "azureuser", "--ssh-key-value", KEY];
    create(lab, &image(world::LINUX_IMAGE), &[&login[..], more].concat())
}

/// Changes the properties of something in the publisher's gallery.
fn change(lab: &Lab, rest: &str, edit: impl Fn(&mut Value)) {
    let id = format!("{}{rest}", image(world::LINUX_IMAGE)).to_lowercase();
    lab.azure.state(|state: &mut State| {
        edit(&mut state.resources.get_mut(&id).unwrap().body["properties"])
    });
}

#[test]
fn a_size_is_judged_by_what_azure_says_of_it() {
    let lab = lab();
    lab.azure.state(|state| {
        let whose = world::CONSUMER_SUBSCRIPTION;
        state.capacity.close(whose, REGION, "Standard_D4s_v5");
    });
    for (size, words) in [
        ("Standard_D2s_v55", &["did you mean 'Standard_D2s_v5'"][..]),
        ("Standard_D1_v2", &["of generation V1", "as TrustedLaunch"]),
        ("Standard_NC6s_v3", &["cannot start machines as TrustedLaunch"]),
        ("Standard_D2ps_v5", &["Arm64"]),
        ("Standard_D4s_v5", &["not open to this subscription"]),
    ] {
        let told = with(&lab, &["--size", size]);
        let text = told.refused(2);
        for word in words.iter().chain(&["az vm list-skus -l westeurope"]) {
            assert!(text.contains(word), "{size}: {text}");
        }
    }
    assert_eq!(puts(&lab), 0);
    // Azure's spelling is taken, whoever wrote it otherwise.
    let made = with(&lab, &["--size", "standard_e2S_v5"]).json();
    assert_eq!(made["size"], "Standard_E2s_v5");
}

#[test]
fn where_nobody_says_a_size_is_taken_that_can_be_had() {
    let lab = lab();
    lab.azure.state(|state| {
        let whose = world::CONSUMER_SUBSCRIPTION;
        state.capacity.close(whose, REGION, "Standard_D2s_v5");
        state.capacity.limit(whose, REGION, "standardDASv5Family", 1);
    });
    let made = linux(&lab, &image(world::LINUX_IMAGE)).json();
    assert_eq!(made["size"], "Standard_D2s_v3", "{made:#}");
    let confidential = self::lab();
    change(&confidential, "", |body| {
        body["features"][0]["value"] = json!("ConfidentialVM");
    });
    let made = linux(&confidential, &image(world::LINUX_IMAGE)).json();
    assert_eq!(made["size"], "Standard_DC2as_v5", "{made:#}");
}

#[test]
fn what_the_quota_lacks_is_told_and_a_machine_that_stands_needs_none() {
    let lab = lab();
    let limit = |most| {
        lab.azure.state(|state| {
            let whose = world::CONSUMER_SUBSCRIPTION;
            state.capacity.limit(whose, REGION, "cores", most);
        });
    };
    limit(1);
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    let text = told.refused(1);
    for part in [
        "quota of westeurope",
        "needs 2 of 'Total Regional vCPUs', and 0 of 1 are in use",
        "az vm list-usage --location westeurope",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(puts(&lab), 0);
    limit(2);
    assert_eq!(linux(&lab, &image(world::LINUX_IMAGE)).json()["change"], "create");
    // Now it is used up.
    assert_eq!(linux(&lab, &image(world::LINUX_IMAGE)).json()["change"], "keep");
}

#[test]
fn a_role_on_the_group_alone_is_enough() {
    let lab = lab();
    lab.azure.state(|state| {
        let own = world::CONSUMER_OBJECT;
        state.role_assignments.retain(|known| known.principal != own);
        let group =
            format!("/subscriptions/{}/resourceGroups/apps-rg", world::CONSUMER_SUBSCRIPTION);
        state.assign_role(&group, CONTRIBUTOR, own);
        // Only Azure itself finds this one out.
        let whose = world::CONSUMER_SUBSCRIPTION;
        state.capacity.limit(whose, REGION, "cores", 1);
    });
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    let text = told.refused(7);
    assert!(text.contains("does not show this identity westeurope which sizes"), "{text}");
    assert!(
        text.contains("the quota of the subscription is used up") && text.contains("list-usage"),
        "{text}"
    );
    lab.azure.state(|state| {
        let whose = world::CONSUMER_SUBSCRIPTION;
        state.capacity.limit(whose, REGION, "cores", 100);
    });
    let made = linux(&lab, &image(world::LINUX_IMAGE)).json();
    assert_eq!(made["size"], "Standard_D2s_v5", "{made:#}");
}

/// adversary A17: what another tenant wrote into its image was worked out by the consumer's deployment.
#[test]
fn a17_a_text_of_the_image_is_no_expression() {
    let lab = lab();
    let plan = "[concat('gen', '2')]";
    change(&lab, "", |body| {
        body["purchasePlan"] = json!({"publisher": "contoso", "product": "hardened", "name": plan});
    });
    lab.azure.state(|state| {
        let own = state.subscription_mut(world::CONSUMER_SUBSCRIPTION).unwrap();
        own.providers.remove("microsoft.marketplaceordering");
        let terms = format!("{}/contoso/hardened/{plan}", world::CONSUMER_SUBSCRIPTION);
        state.accepted_terms.push(terms);
    });
    linux(&lab, &image(world::LINUX_IMAGE)).json();
}

#[test]
fn terms_that_nobody_accepted_are_told_with_the_command_that_does() {
    let lab = lab();
    change(&lab, "", |body| {
        body["purchasePlan"] =
            json!({"publisher": "contoso", "product": "hardened", "name": "gen2"});
    });
    let accept = format!(
        "az vm image terms accept --publisher contoso --offer hardened --plan gen2 --subscription {}",
        world::CONSUMER_SUBSCRIPTION
    );
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    assert!(told.refused(1).contains(&accept), "{told:?}");
    assert_eq!(puts(&lab), 0);
    let registered = |is: bool| {
        lab.azure.state(|state| {
            let own = state.subscription_mut(world::CONSUMER_SUBSCRIPTION).unwrap();
            let name = "microsoft.marketplaceordering".to_owned();
            if is {
                own.providers.insert(name, sandbox::Registration::Registered)
            } else {
                own.providers.remove(&name)
            };
        });
    };
    // Whoever cannot know says so, and Azure's own refusal is explained.
    registered(false);
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    let text = told.refused(1);
    assert!(
        text.contains(&accept) && text.contains("terms of the image's purchase plan"),
        "{text}"
    );
    assert!(!text.contains("goes on in Azure"), "adversary A16, it has failed: {text}");
    registered(true);
    lab.azure.state(|state| {
        let terms = format!("{}/contoso/hardened/gen2", world::CONSUMER_SUBSCRIPTION);
        state.accepted_terms.push(terms);
    });
    let made = linux(&lab, &image(world::LINUX_IMAGE));
    assert!(!made.stderr.contains("terms accept"), "{}", made.stderr);
    assert_eq!(standing(&lab).unwrap()["plan"]["name"], "gen2");
}

#[test]
fn a_version_is_bound_to_its_encryption_set_only_where_it_has_one() {
    let lab = lab();
    let set = format!(
        "/subscriptions/{}/resourceGroups/images-rg/providers/Microsoft.Compute/diskEncryptionSets/keys",
        world::PUBLISHER_SUBSCRIPTION
    );
    change(&lab, "/versions/1.1.0", |body| {
        let profile = &mut body["publishingProfile"];
        profile["targetRegions"][0]["encryption"] =
            json!({"osDiskImage": {"diskEncryptionSetId": set}});
        profile["targetRegions"][1]["encryption"] = json!({"osDiskImage": {"securityProfile": {"confidentialVMEncryptionType": "EncryptedVMGuestStateOnlyWithPmk"}}});
        profile["endOfLifeDate"] = json!("2020-01-01T00:00:00+00:00");
    });
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    assert!(
        told.refused(1).contains(&format!("disk encryption set {set} of another subscription")),
        "{told:?}"
    );
    let made = with(&lab, &["-l", "northeurope"]);
    assert_eq!(made.json()["change"], "create");
    assert!(made.stderr.contains("stopped caring for version 1.1.0"), "{}", made.stderr);
}

#[test]
fn a_subnet_has_to_be_where_the_machine_is() {
    let lab = lab();
    let foreign = format!("{}/subnets/builds", world::build_network_id());
    assert!(with(&lab, &["--subnet", &foreign]).refused(2).contains("another subscription"));
    let network = format!(
        "/subscriptions/{}/resourceGroups/apps-rg/providers/Microsoft.Network/virtualNetworks/apps-vnet",
        world::CONSUMER_SUBSCRIPTION
    );
    let subnet = format!("{network}/subnets/web");
    assert!(with(&lab, &["--subnet", &subnet]).refused(2).contains("there is no subnet"));
    let put = |location: &str| {
        lab.azure.state(|state| {
            let part = json!({"properties": {"addressPrefix": "10.1.0.0/24"}});
            state.put_resource(&subnet, "Microsoft.Network/virtualNetworks/subnets", part);
            let whole = json!({"location": location, "properties": {"subnets": []}});
            state.put_resource(&network, "Microsoft.Network/virtualNetworks", whole);
        });
    };
    put("northeurope");
    let told = with(&lab, &["--subnet", &subnet]);
    assert!(
        told.refused(2).contains("is in northeurope, and the machine would be in westeurope"),
        "{told:?}"
    );
    put(REGION);
    let made = with(&lab, &["--subnet", &subnet]).json();
    assert_eq!(made["privateIpAddress"], "10.1.0.4", "{made:#}");
    let own = format!("{}web-01-vnet", network.trim_end_matches("apps-vnet")).to_lowercase();
    assert!(!lab.azure.state(|state| state.resources.contains_key(&own)));
}

#[test]
fn a_password_that_azure_refuses_is_refused_before_any_call() {
    let lab = lab();
    let password = lab.file("password.txt", "P@ssw0rd");
    let login = ["--admin-username", "azureuser", "--admin-password-file", &password];
    let told = create(&lab, &image(world::WINDOWS_IMAGE), &login);
    assert!(told.refused(2).contains("attackers try first") && !told.stderr.contains("P@ssw0rd"));
    assert!(lab.azure.journal().is_empty(), "no call may be made");
}

#[test]
fn an_image_that_is_closed_to_the_request_is_told_before_anything_is_written() {
    let lab = lab();
    let closed = FaultKind::Status {
        status: 403,
        retry_after: None,
        code: Some("LinkedAuthorizationFailed".to_owned()),
    };
    lab.azure.inject(Fault::new(closed).method("POST").path("/whatIf"));
    let told = linux(&lab, &image(world::LINUX_IMAGE));
    let text = told.refused(1);
    assert!(text.contains("nothing was changed") && text.contains("share rbac add"), "{text}");
    assert_eq!(puts(&lab), 0);
}

#[test]
fn who_does_not_wait_is_told_how_to() {
    let lab = lab();
    let ran = with(&lab, &["--no-wait"]);
    assert_eq!(ran.json()["provisioningState"], "Running");
    assert!(ran.stderr.contains("Wait for it with `az-imageshare vm create"), "{}", ran.stderr);
}
