//! `vm create` and `vmss create`: images by name and by card, new SSH keys, custom data, tags, zones, scale sets.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::{Lab, Ran};
use crate::support::machines::{KEY, card_file, image};
use crate::support::offers::{IMAGES, stand};

const PLACE: [&str; 4] = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg"];
const LOGIN: [&str; 4] = ["--admin-username", "azureuser", "--ssh-key-value", KEY];

fn lab() -> Lab {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab
}

fn make(lab: &Lab, kind: &str, name: &str, more: &[&str]) -> Ran {
    lab.run(&[&[kind, "create", "-n", name][..], &PLACE, more].concat())
}

fn resource(lab: &Lab, kind: &str, name: &str) -> Option<Value> {
    let id = format!(
        "/subscriptions/{}/resourcegroups/apps-rg/providers/{kind}/{name}",
        world::CONSUMER_SUBSCRIPTION
    );
    lab.azure.state(|state| state.resources.get(&id.to_lowercase()).map(|found| found.body.clone()))
}

fn named() -> String {
    format!("{}/{}", world::GALLERY, world::LINUX_IMAGE)
}

#[test]
fn an_image_is_named_as_the_list_shows_it() {
    let lab = lab();
    let listed = lab.run(&["image", "list"]).json();
    let row = listed.as_array().unwrap().iter().find(|row| row["name"] == world::LINUX_IMAGE);
    let reference = row.unwrap()["reference"].as_str().unwrap().to_owned();
    assert_eq!(reference, format!("{}/1.1.0", named()));
    let older = format!("{}/1.0.0", named()).to_uppercase();
    for (name, typed, version) in
        [("a", reference.as_str(), "1.1.0"), ("b", &named(), "1.1.0"), ("c", &older, "1.0.0")]
    {
        let made = make(&lab, "vm", name, &[&["--image", typed][..], &LOGIN].concat()).json();
        let id = format!("{}/versions/{version}", image(world::LINUX_IMAGE));
        assert!(made["image"].as_str().unwrap().eq_ignore_ascii_case(&id), "{made:#}");
    }
    let shown = lab.run(&["image", "show", "--image", &named()]).json();
    assert_eq!(shown["name"], world::LINUX_IMAGE);
    let missing = lab.run(&["image", "show", "--image", "sharedGallery/none"]);
    assert!(missing.refused(3).contains("image list"), "{missing:?}");
    let bare = lab.run(&["image", "show", "--image", world::LINUX_IMAGE]);
    assert!(bare.refused(2).contains("GALLERY/IMAGE"), "{bare:?}");
}

#[test]
fn a_card_names_images_without_their_gallery() {
    let lab = lab();
    let file = card_file(&lab);
    let card = ["--card", &file, "--image", world::LINUX_IMAGE];
    let made = make(&lab, "vm", "web-01", &[&card[..], &LOGIN].concat()).json();
    assert_eq!(made["image"], format!("{}/versions/1.1.0", image(world::LINUX_IMAGE)));
    assert_eq!(lab.run(&["image", "show", "--card", &file, "--image", world::LINUX_IMAGE]).code, 0);
    let set = make(&lab, "vmss", "set-01", &[&card[..], &LOGIN].concat()).json();
    assert_eq!(set["image"], made["image"]);
    let which = lab.run(&["image", "show", "--card", &file]);
    assert!(which.refused(2).contains(world::LINUX_IMAGE), "{which:?}");
}

#[test]
fn a_card_in_markdown_can_be_mailed_and_its_names_are_no_markup() {
    let lab = Lab::publisher();
    let args = ["share", "card", "--gallery-id", &world::gallery_id(), "--format", "markdown"];
    let text = lab.run(&args).stdout;
    assert!(text.starts_with("# Images of gallery sharedGallery\n"), "{text}");
    assert!(text.contains("vm create --card card.json --image ubuntu-hardened"), "{text}");
    let file = lab.home.path().join("card.md");
    let write = [&args[..], &["--output-file", file.to_str().unwrap()]].concat();
    assert_eq!(lab.run(&write).code, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(lab.run(&write).code, 0, "its own text is replaced");
    std::fs::write(&file, "mine").unwrap();
    lab.run(&write).refused(2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_card_in_markdown_names_the_publisher_where_the_name_is_known() {
    let lab = Lab::publisher();
    let gallery = world::gallery_id();
    let card = ["share", "card", "--gallery-id", &gallery];
    let drawn = |more: &[&str]| {
        lab.azure.clear_journal();
        let text = lab.run(&[&card[..], more].concat()).stdout;
        let mut calls: Vec<String> = lab
            .azure
            .journal()
            .iter()
            .map(|call| format!("{} {}", call.method, call.path))
            .collect();
        calls.sort();
        (text, calls)
    };
    let publisher = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("- Publisher's tenant: "));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    // The first signs in.
    drawn(&[]);
    let (_, asked) = drawn(&[]);
    let (text, again) = drawn(&["--format", "markdown"]);
    assert_eq!(publisher(&text), format!("`{}`", world::PUBLISHER_TENANT), "nothing is known yet");
    assert_eq!(again, asked, "nobody is asked for the name");
    // What the command reads of the delegation has it.
    stand(&lab.azure, &IMAGES);
    let named = format!("Contoso (`{}`)", world::PUBLISHER_TENANT);
    assert_eq!(publisher(&drawn(&["--format", "markdown"]).0), named);
    // From then on the index has it.
    lab.azure.state(|state| state.assignments.clear());
    assert_eq!(publisher(&drawn(&["--format", "markdown"]).0), named);
    let json = drawn(&[]).0;
    assert!(!json.contains("Contoso"), "the file for commands stays as it is: {json}");
}

#[test]
fn a_card_gives_a_credential_its_application_and_the_publishers_tenant() {
    let publisher = Lab::publisher();
    let client = ["--client-id", world::MULTI_TENANT_CLIENT];
    let gallery = world::gallery_id();
    let draw = [&["share", "card", "--gallery-id", &gallery][..], &client].concat();
    let lab = Lab::new();
    let file = lab.file("card.json", &publisher.run(&draw).stdout);
    let add = ["credential", "add", "-n", "images", "--card", &file, "--secret-stdin"];
    let args = [&add[..], &["--tenant", world::CONSUMER_TENANT]].concat();
    let kept = lab.run_with_input(&args, world::MULTI_TENANT_SECRET).json();
    assert_eq!(kept["clientId"], world::MULTI_TENANT_CLIENT);
    assert_eq!(kept["alsoTenantIds"], json!([world::PUBLISHER_TENANT]));
}

#[cfg(unix)]
#[test]
fn new_keys_are_made_once_and_ssh_reads_them() {
    use std::os::unix::fs::PermissionsExt;
    let lab = lab();
    let keys = ["--image", &named(), "--admin-username", "azureuser", "--generate-ssh-keys"];
    let private = lab.home.path().join(".ssh/id_ed25519");
    make(&lab, "vm", "dry", &[&keys[..], &["--dry-run"]].concat()).json();
    assert!(!private.exists(), "a dry run writes nothing");
    make(&lab, "vm", "web-01", &keys).json();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&private), mode(private.parent().unwrap())), (0o600, 0o700));
    let public = std::fs::read_to_string(private.with_extension("pub")).unwrap();
    let machine = resource(&lab, "Microsoft.Compute/virtualMachines", "web-01").unwrap();
    let given = &machine["properties"]["osProfile"]["linuxConfiguration"]["ssh"]["publicKeys"][0];
    assert_eq!(given["keyData"].as_str().unwrap(), public.trim());
    if let Ok(read) =
        std::process::Command::new("ssh-keygen").arg("-y").arg("-f").arg(&private).output()
    {
        let told = String::from_utf8(read.stdout).unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        assert_eq!(told.split(' ').nth(1), public.split(' ').nth(1), "{told} {public}");
    }
    // The second machine gets the same key.
    let before = std::fs::read(&private).unwrap();
    make(&lab, "vm", "web-02", &keys).json();
    assert_eq!(std::fs::read(&private).unwrap(), before);
}

#[test]
fn custom_data_tags_and_a_zone_reach_the_machine_and_no_record() {
    let lab = lab();
    let file = lab.file("cloud-init.yaml", "#cloud-config\nruncmd: [echo hidden-word]\n");
    let name = named();
    let more =
        ["--image", &name, "--custom-data", &file, "--zone", "2", "--tags", "team=web", "live"];
    make(&lab, "vm", "web-01", &[&more[..], &LOGIN].concat()).json();
    let machine = resource(&lab, "Microsoft.Compute/virtualMachines", "web-01").unwrap();
    assert_eq!(
        (&machine["zones"], &machine["tags"]),
        (&json!(["2"]), &json!({"team": "web", "live": ""}))
    );
    let network = resource(&lab, "Microsoft.Network/virtualNetworks", "web-01-vnet").unwrap();
    assert_eq!(network["tags"]["team"], "web");
    // Custom data may hold secrets: it is a secure parameter, and no file of ours has it.
    let data = "I2Nsb3VkLWNvbmZpZw";
    for entry in walk(&lab.files()) {
        let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
        assert!(!text.contains(data) && !text.contains("hidden-word"), "{}", entry.display());
    }
    for (flags, why) in [
        (&["--zone", "1", "2"][..], "one zone"),
        (&["--tags", "=x"], "no name"),
        (&["--custom-data", "absent.yaml"], "absent.yaml"),
    ] {
        let ran = make(&lab, "vm", "web-02", &[&["--image", &name][..], &LOGIN, flags].concat());
        assert!(ran.refused(2).contains(why), "{ran:?}");
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_scale_set_is_made_once_by_the_rules_of_a_machine() {
    let lab = lab();
    let name = named();
    let more =
        ["--image", &name, "--instance-count", "3", "--zones", "1", "2", "--tags", "team=web"];
    let args = [&more[..], &LOGIN].concat();
    let dry =
        make(&lab, "vmss", "workers", &[&args[..], &["--dry-run", "--detailed-exitcode"]].concat());
    assert_eq!(dry.code, 8, "{dry:?}");
    let kind = "Microsoft.Compute/virtualMachineScaleSets";
    assert!(resource(&lab, kind, "workers").is_none());
    let made = make(&lab, "vmss", "workers", &args).json();
    assert_eq!((&made["instances"], &made["change"]), (&json!(3), &json!("create")), "{made:#}");
    assert!(made["id"].as_str().unwrap().contains("/virtualMachineScaleSets/workers"));
    let set = resource(&lab, kind, "workers").unwrap();
    assert_eq!((&set["sku"]["capacity"], &set["zones"]), (&json!(3), &json!(["1", "2"])));
    let profile = &set["properties"]["virtualMachineProfile"];
    assert_eq!(profile["osProfile"]["computerNamePrefix"], "workers");
    assert_eq!(profile["securityProfile"]["securityType"], "TrustedLaunch");
    assert_eq!(make(&lab, "vmss", "workers", &args).json()["change"], "keep");
    // The quota is that of all instances.
    lab.azure.state(|state| {
        let place = (world::CONSUMER_SUBSCRIPTION, "westeurope", "cores");
        state.capacity.limit(place.0, place.1, place.2, 7);
    });
    let many = [&["--image", &name, "--instance-count", "50"][..], &LOGIN].concat();
    let refused = make(&lab, "vmss", "more", &many);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(refused.stderr.contains("quota"), "{refused:?}");
}

#[cfg(unix)]
#[test]
fn the_real_az_sees_the_scale_set() {
    let lab = lab();
    let name = named();
    let args = [&["--image", &name, "--instance-count", "3"][..], &LOGIN].concat();
    make(&lab, "vmss", "workers", &args).json();
    let who = ["-u", world::CONSUMER_CLIENT, "-p", world::CONSUMER_SECRET];
    let login = ["login", "--service-principal", "--tenant", world::CONSUMER_TENANT];
    crate::real_clients::az_json(&lab, &[&login[..], &who].concat());
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION];
    let show = [&["vmss", "show", "-g", "apps-rg", "-n", "workers"][..], &place].concat();
    let seen = crate::real_clients::az_json(&lab, &show);
    assert_eq!(
        (&seen["sku"]["capacity"], &seen["orchestrationMode"]),
        (&json!(3), &json!("Flexible"))
    );
}

#[test]
fn the_sandbox_refuses_a_scale_set_that_azure_would_refuse() {
    let lab = lab();
    let name = named();
    let args = [&["--image", &name][..], &LOGIN, &["--security-type", "Standard"]].concat();
    let refused = make(&lab, "vmss", "workers", &args);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(resource(&lab, "Microsoft.Compute/virtualMachineScaleSets", "workers").is_none());
}

#[test]
fn a_role_at_one_version_is_enough_with_what_the_definition_would_tell() {
    let lab = Lab::new().with_bridge(&["--default"]);
    let version = format!("{}/versions/1.0.0", image(world::LINUX_IMAGE));
    lab.azure.state(|state| {
        let bridge = world::MULTI_TENANT_PUBLISHER_OBJECT;
        state.role_assignments.retain(|known| known.principal != bridge);
        state.assign_role(&version, "cf7c76d2-98a3-4358-a134-615aa78bf44d", bridge);
    });
    let listed = lab.run(&["image", "list", "--query", "[].[id, via, regions[0]]"]).json();
    assert_eq!(listed, json!([[version, "rbac", "westeurope"]]));
    let shown = lab.run(&["image", "show", "--id", &version]);
    assert_eq!(shown.json()["version"], "1.0.0");
    assert!(shown.stderr.contains("only version 1.0.0"), "{shown:?}");
    let untold = make(&lab, "vm", "web-01", &[&["--image", &version][..], &LOGIN].concat());
    assert!(untold.refused(2).contains("--os-type"), "{untold:?}");
    let told =
        ["--os-type", "Linux", "--hyper-v-generation", "V2", "--security-type", "TrustedLaunch"];
    let args = [&["--image", &version][..], &LOGIN, &told].concat();
    assert_eq!(make(&lab, "vm", "web-01", &args).json()["image"], version);
}

#[test]
fn a_credential_of_both_tenants_is_named_to_who_signs_in_to_one() {
    let lab = Lab::new().with_consumer().with_bridge(&[]);
    let id = image(world::LINUX_IMAGE);
    let ran = lab.run(&["image", "show", "--id", &id, "--credential", "consumer"]);
    assert!(ran.refused(1).contains("`--credential bridge`"), "{ran:?}");
}

#[test]
fn several_machines_are_one_plan_and_a_deployment_each() {
    let lab = lab();
    let name = named();
    let args =
        [&["--image", &name, "--count", "3", "--size", "Standard_D2s_v5"][..], &LOGIN].concat();
    let dry = make(&lab, "vm", "web", &[&args[..], &["--dry-run"]].concat()).json();
    assert_eq!(dry["totals"]["create"], 12, "{dry:#}");
    let ran = make(&lab, "vm", "web", &args);
    assert_eq!(ran.stderr.matches("no public address").count(), 1, "{ran:?}");
    let made = ran.json();
    let names: Vec<&str> =
        made.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["web0", "web1", "web2"]);
    for name in names {
        assert!(resource(&lab, "Microsoft.Compute/virtualMachines", name).is_some(), "{name}");
    }
    let again = make(&lab, "vm", "web", &args).json();
    assert!(again.as_array().unwrap().iter().all(|one| one["change"] == "keep"), "{again:#}");
    let begun = make(&lab, "vm", "app", &[&args[..], &["--no-wait"]].concat());
    assert_eq!(begun.stderr.matches("Wait for it with").count(), 1, "{begun:?}");
    // What one machine has room for, three may not.
    let lab = self::lab();
    lab.azure.state(|state| {
        state.capacity.limit(world::CONSUMER_SUBSCRIPTION, "westeurope", "cores", 5);
    });
    let refused = make(&lab, "vm", "web", &args);
    assert!(refused.code != 0 && refused.stderr.contains("quota"), "{refused:?}");
}
