//! `builder remove` and `builder template`.

use sandbox::world;

use crate::support::builder::{builder, identity_id, standing};
use crate::support::faults::forbidden;
use crate::support::lab::{Lab, Ran};

const IMAGES: &str = world::IMAGES_GROUP;

fn set_up(lab: &Lab) {
    let network = world::build_network_id();
    let container = world::scripts_container_id();
    let args = [
        "--distribute-to",
        IMAGES,
        "--vnet",
        &network,
        "--storage-container",
        &container,
        "--submitter",
        world::READER_OBJECT,
    ];
    builder(lab, "setup", &args).json();
    assert_eq!(standing(&lab.azure), (1, 2, 4));
}

#[track_caller]
fn done(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn all_that_setup_made_goes_and_a_second_run_finds_nothing() {
    let lab = Lab::publisher();
    set_up(&lab);
    lab.azure.knob(|knobs| knobs.role_delete_refusals = 3);
    done(&builder(&lab, "remove", &["--yes"]));
    assert_eq!(standing(&lab.azure), (0, 0, 0));
    let ran = builder(&lab, "remove", &["--yes"]);
    done(&ran);
    assert!(ran.stderr.contains("nothing is left"), "{}", ran.stderr);
}

#[test]
fn the_question_says_what_goes_and_an_answer_decides() {
    let lab = Lab::publisher();
    set_up(&lab);
    let ran = builder(&lab, "remove", &[]);
    assert!(ran.refused(2).contains("Use --yes."), "{}", ran.stderr);
    let args = ["builder", "remove", "--identity", &identity_id()];
    let ran = lab.run_at_terminal(&args, "n\n");
    let stderr = ran.refused(9);
    assert!(stderr.contains("- role 'Storage Blob Data Reader' of 'aibIdentity'"), "{stderr}");
    assert!(
        stderr.contains("- custom role 'Azure Image Builder Networking (other-rg/"),
        "{stderr}"
    );
    assert!(
        stderr.contains("Remove 4 roles, 2 custom roles and 1 managed identity of identity 'aib"),
        "{stderr}"
    );
    assert_eq!(standing(&lab.azure), (1, 2, 4));
    done(&lab.run_at_terminal(&args, "y\n"));
    assert_eq!(standing(&lab.azure), (0, 0, 0));
}

#[test]
fn roles_that_others_have_stay_and_the_identity_may() {
    let lab = Lab::publisher();
    set_up(&lab);
    let other =
        ["builder", "setup", "--identity", "second", "-g", IMAGES, "--distribute-to", IMAGES];
    lab.publish(&other).json();
    let ran = builder(&lab, "remove", &["--yes", "--keep-identity"]);
    done(&ran);
    assert!(ran.stderr.contains("it stays: others have it"), "{}", ran.stderr);
    // The submitter's right on the identity stays with it.
    assert_eq!(standing(&lab.azure), (2, 1, 2));
}

#[test]
fn half_done_says_what_stands_and_the_next_run_goes_on() {
    for path in ["/roleAssignments/", "/roleDefinitions/", "/userAssignedIdentities/aibIdentity"] {
        let lab = Lab::publisher();
        set_up(&lab);
        let mut fault = forbidden("DELETE", path);
        if path == "/roleAssignments/" {
            fault = forbidden("DELETE", "/containers/scripts/providers");
        }
        lab.azure.inject(fault);
        let ran = builder(&lab, "remove", &["--yes"]);
        let stderr = ran.refused(7);
        assert!(stderr.contains(" done; not done: "), "{stderr}");
        assert!(stderr.contains(&identity_id()), "{stderr}");
        assert_eq!(standing(&lab.azure).0, 1, "{path}");
        lab.azure.clear_faults();
        let command = stderr
            .split('`')
            .find(|part| part.starts_with("az-imageshare builder remove"))
            .unwrap();
        let command: Vec<&str> = command.split(' ').skip(1).collect();
        done(&lab.run(&command));
        assert_eq!(standing(&lab.azure), (0, 0, 0), "{path}");
    }
}

#[test]
fn the_template_names_the_identity() {
    let lab = Lab::publisher();
    set_up(&lab);
    let snippet = builder(&lab, "template", &[]).json();
    assert_eq!(snippet["type"], "Microsoft.VirtualMachineImages/imageTemplates");
    let named = snippet["identity"]["userAssignedIdentities"].as_object().unwrap();
    assert_eq!(named.keys().collect::<Vec<_>>(), [&identity_id()]);
    assert_eq!(snippet["location"], "westeurope");
    let full = builder(&lab, "template", &["--distribute-to", &world::gallery_id()]).json();
    let errors = sandbox::schema::check(
        "Microsoft.VirtualMachineImages/imageTemplates",
        "2024-02-01",
        &full,
    );
    assert_eq!(errors, Ok(()), "{full}");
}

#[test]
fn the_legacy_principal_is_found_by_its_application_with_a_warning() {
    let lab = Lab::publisher();
    let ran = lab.run(&["builder", "template", "--legacy-service-principal"]);
    assert_eq!(ran.json()["objectId"], world::IMAGE_BUILDER_OBJECT);
    assert!(ran.stderr.contains("deprecated"), "{}", ran.stderr);
    lab.azure
        .state(|state| state.principals.retain(|known| known.login != world::IMAGE_BUILDER_CLIENT));
    let ran = lab.run(&["builder", "template", "--legacy-service-principal"]);
    assert!(ran.refused(3).contains("az provider register"), "{}", ran.stderr);
}
