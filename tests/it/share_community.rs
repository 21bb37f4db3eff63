//! `share community`: what the public will see is checked first; enabling, showing, closing.

use sandbox::world;

use crate::support::galleries::{FACE, gallery, shareable};
use crate::support::lab::Lab;

const SHARE: &str = "/share";

fn enable<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["share", "community", "enable", "--gallery-id", id], more].concat()
}

#[test]
fn a_gallery_is_made_opened_shown_and_closed() {
    let lab = Lab::publisher();
    let id = gallery("open");
    let args = enable(&id, &[&FACE[..], &["--location", "westeurope"]].concat());
    assert!(lab.run(&args).refused(2).contains("--yes"), "nobody opens to the world by a pipe");
    assert!(lab.run_at_terminal(&args, "y\n").refused(9).contains("Type 'open' to agree"));
    assert_eq!(lab.azure.calls("PUT", "/galleries/"), 0);
    let ran = lab.run(&[&args[..], &["--yes"]].concat());
    let shown = ran.json();
    assert_eq!((&shown["enabled"], &shown["change"]), (&true.into(), &"enable".into()));
    let name = shown["publicName"].as_str().unwrap();
    assert!(name.starts_with("contoso-"), "{name}");
    assert!(shown["imageId"].as_str().unwrap().contains(name));
    assert!(ran.stderr.contains("everyone in Azure"), "{}", ran.stderr);
    let again = lab.run(&enable(&id, &[]));
    assert_eq!(again.json()["change"], "keep");
    assert_eq!(lab.azure.calls("POST", SHARE), 1);
    let show = ["share", "community", "show", "--gallery-id", &id];
    assert_eq!(lab.run(&show).json()["eula"], "https://contoso.com/eula");
    let disable = ["share", "community", "disable", "--gallery-id", &id];
    assert!(lab.run(&disable).refused(2).contains("--yes"));
    assert!(lab.run_at_terminal(&disable, "n\n").refused(9).contains("disappears for everyone"));
    assert_eq!(lab.run_at_terminal(&disable, "y\n").code, 0);
    assert_eq!(lab.run(&show).json()["enabled"], false);
    assert_eq!(lab.run(&[&disable[..], &["--yes"]].concat()).code, 0);
    assert_eq!(lab.azure.calls("POST", SHARE), 2);
}

#[test]
fn what_nobody_should_publish_is_refused_without_a_call() {
    let lab = Lab::publisher();
    let id = gallery("open");
    let signed = "https://x.blob.core.windows.net/l/eula.txt?sv=2024&sig=abc";
    let mut face = FACE;
    face[5] = signed;
    face[7] = "not a word";
    let ran = lab.run(&enable(&id, &face));
    let stderr = ran.refused(2);
    assert!(stderr.contains("--eula") && stderr.contains("--public-name-prefix"), "{stderr}");
    assert_eq!(lab.azure.calls("GET", "/galleries/"), 0);
}

#[test]
fn what_is_missing_is_told_at_once() {
    let lab = Lab::publisher();
    let id = gallery("open");
    let ran = lab.run(&enable(&id, &["--location", "westeurope", "--eula", "free"]));
    let stderr = ran.refused(2);
    for flag in ["--publisher-uri", "--publisher-contact", "--public-name-prefix"] {
        assert!(stderr.contains(flag), "{stderr}");
    }
    assert_eq!(lab.azure.calls("PUT", "/galleries/"), 0);
}

#[test]
fn kinds_of_galleries_are_not_exchanged_but_azure_has_the_last_word() {
    let lab = Lab::publisher();
    let direct = shareable(&lab.azure, "partners");
    assert!(lab.run(&enable(&direct, &FACE)).refused(1).contains("direct sharing"));
    let private = world::gallery_id();
    let sure = [&FACE[..], &["--yes"]].concat();
    let ran = lab.run(&enable(&private, &sure));
    assert!(ran.refused(1).contains("could not be made a community gallery"), "{ran:?}");
    lab.azure.knob(|knobs| knobs.gallery_conversion = true);
    assert_eq!(lab.run(&enable(&private, &sure)).json()["enabled"], true);
}
