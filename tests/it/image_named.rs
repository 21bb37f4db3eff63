//! An image by its names: Resource Graph is asked for that one, and the galleries only where it cannot know.

use sandbox::{Fault, FaultKind, world};

use crate::support::lab::Lab;
use crate::support::machines::{card_file, image};
use crate::support::offers::{IMAGES, stand};

fn lab() -> Lab {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab
}

fn named() -> String {
    format!("{}/{}", world::GALLERY, world::LINUX_IMAGE)
}

/// Shows the image; gives how often the journal has a path with this part.
fn shown(lab: &Lab, parts: &[&str]) -> Vec<usize> {
    lab.azure.clear_journal();
    let ran = lab.run(&["image", "show", "--image", &named()]);
    let id = format!("{}/versions/1.1.0", image(world::LINUX_IMAGE));
    assert!(ran.json()["id"].as_str().unwrap().eq_ignore_ascii_case(&id), "{ran:?}");
    let journal = lab.azure.journal();
    let count = |part: &&str| journal.iter().filter(|call| call.path.contains(part)).count();
    parts.iter().map(count).collect()
}

#[test]
fn one_question_finds_it() {
    let lab = lab();
    let counts = shown(&lab, &["Microsoft.ResourceGraph", "sharedGalleries", "/locations"]);
    assert_eq!(counts, [1, 0, 0], "by names");
}

#[test]
fn without_resource_graph_the_galleries_of_that_name_are_asked() {
    let lab = lab();
    let code = Some("DisallowedLogicalTableName".to_owned());
    let kind = FaultKind::Status { status: 400, retry_after: None, code };
    lab.azure.inject(Fault::new(kind).path("ResourceGraph").always());
    assert_eq!(shown(&lab, &["sharedGalleries"]), [0]);
}

#[test]
fn an_image_that_resource_graph_does_not_know_yet_is_found() {
    let lab = lab();
    lab.azure.knob(|knobs| {
        knobs.graph_lag_seconds = 3600;
        knobs.graph_lag_queries = u32::MAX;
    });
    let new = image("just-made");
    let made = |lab: &Lab| {
        lab.azure.state(|state| {
            let old = image(world::LINUX_IMAGE).to_lowercase();
            let mut found = state.resources.get(&old).unwrap().clone();
            found.body["id"] = new.clone().into();
            found.body["name"] = "just-made".into();
            state.resources.insert(new.to_lowercase(), found);
        });
    };
    // The first question takes the snapshot that the lag is about.
    shown(&lab, &[]);
    made(&lab);
    let typed = format!("{}/just-made", world::GALLERY);
    let ran = lab.run(&["image", "show", "--image", &typed]);
    assert!(ran.json()["id"].as_str().unwrap().eq_ignore_ascii_case(&new), "{ran:?}");
}

#[test]
fn the_unique_name_of_a_shared_gallery_is_its_id() {
    let lab = lab();
    let gallery = format!("{}-NOBODYS", world::PUBLISHER_SUBSCRIPTION);
    let ran = lab.run(&["image", "show", "--image", &format!("{gallery}/ubuntu")]);
    let told = ran.refused(3);
    assert!(told.contains(&format!("/SharedGalleries/{gallery}/Images/ubuntu")), "{told}");
}

#[test]
fn a_name_that_is_nearly_right_is_answered_with_a_command_to_paste() {
    let lab = lab();
    let bare = lab.run(&["image", "show", "--id", "sharedGallery/ubuntu-hardened2"]);
    assert!(!bare.refused(3).contains("nearest"), "nothing is known yet: {bare:?}");
    lab.run(&["image", "list"]).json();
    let linux = image(world::LINUX_IMAGE);
    let slips = [
        ("sharedGallery/ubuntu-hardened2", named()),
        ("sharedGalery/Ubuntu-hardened", named()),
        ("sharedgalery/ubuntu-hardened2/1.0.0", format!("{}/1.0.0", named())),
        (&linux.replace("hardened", "hardnd"), linux.clone()),
    ];
    for (typed, meant) in slips {
        let ran = lab.run(&["image", "show", "--id", typed, "--query", "name"]);
        let told = ran.refused(3);
        let nearest = told.lines().next().unwrap().rsplit_once("; the nearest is '").unwrap().1;
        assert!(nearest.eq_ignore_ascii_case(&format!("{meant}'")), "{told}");
        let command = told.split("Did you mean `az-imageshare ").nth(1).unwrap();
        let words: Vec<&str> = command.split('`').next().unwrap().split(' ').collect();
        assert_eq!(lab.run(&words).json(), world::LINUX_IMAGE, "{told}");
    }
    for other in ["sharedGallery/none", "otherGallery/ubuntu-hardened2"] {
        let ran = lab.run(&["image", "show", "--id", other]);
        assert!(!ran.refused(3).contains("nearest"), "{ran:?}");
    }
    let gone = lab.run(&["image", "show", "--id", &format!("{linux}/versions/9.9.9")]);
    assert!(!gone.refused(3).contains("nearest"), "the image itself is there: {gone:?}");
}

#[test]
fn a_name_that_is_nearly_right_is_known_from_the_card_as_well() {
    let lab = lab();
    let file = card_file(&lab);
    let ran = lab.run(&["image", "show", "--card", &file, "--image=ubuntu-hardened2"]);
    let meant = format!("--image={}`?", world::LINUX_IMAGE);
    assert!(ran.refused(3).contains(&meant), "{ran:?}");
}
