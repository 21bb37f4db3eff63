//! Text that comes from Azure or Entra is data: on a terminal it is shown escaped wherever it turns up (adversary A6,
//! A7), and through a pipe it is byte for byte what `az` prints.

use sandbox::{Fault, FaultKind, Listener, world};
use serde_json::{Value, json};

use crate::support::lab::{Lab, Ran};
use crate::support::offers::{IMAGES, Standing, stand};

/// Sets the title, writes the clipboard, goes to the next line, turns the direction, takes no room, has tags.
const HOSTILE: &str = "evil\u{1b}]0;t\u{7}\u{1b}]52;c;eA==\u{7}\u{9b}2J\n  = nothing is granted\r\nERROR: x\u{202e}cba\u{2066}\u{200b}\u{feff}\u{e0041}\u{ad}end";

/// A world in which everything that others may name is called so.
fn hostile_lab() -> Lab {
    let lab = Lab::publisher().with_consumer().env("NO_COLOR", "1");
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { name: "other", groups: &[], ..IMAGES });
    lab.publish(&[
        "share",
        "rbac",
        "add",
        "--gallery",
        world::GALLERY,
        "--assignee",
        world::CONTRIBUTOR_OBJECT,
        "--yes",
    ])
    .json();
    lab.azure.state(|state| {
        state
            .tenants
            .iter_mut()
            .for_each(|tenant| tenant.name = format!("{HOSTILE}{}", tenant.domain));
        state.principals.iter_mut().for_each(|one| one.name = format!("{HOSTILE}{}", one.login));
        state
            .applications
            .iter_mut()
            .for_each(|one| one.name = format!("{HOSTILE}{}", one.client_id));
        for offer in state.definitions.values_mut() {
            let name = offer.registration_definition_name.take().unwrap_or_default();
            offer.registration_definition_name = Some(format!("{HOSTILE}{name}"));
            offer.description = Some(HOSTILE.to_owned());
            for right in &mut offer.authorizations {
                right["principalIdDisplayName"] = json!(HOSTILE);
            }
        }
        for one in &mut state.role_assignments {
            one.description = Some(HOSTILE.to_owned());
        }
        for resource in state.resources.values_mut() {
            poison(&mut resource.body);
        }
    });
    lab
}

/// Puts the text into what the owner of a resource writes freely.
fn poison(body: &mut Value) {
    body["tags"] = json!({ "note": HOSTILE, HOSTILE: "x" });
    for place in ["/properties/description", "/properties/eula", "/properties/releaseNoteUri"] {
        if let Some(value) = body.pointer_mut(place) {
            *value = json!(HOSTILE);
        }
    }
    if let Some(Value::Object(identifier)) = body.pointer_mut("/properties/identifier") {
        for name in ["publisher", "offer", "sku"] {
            identifier.insert(name.to_owned(), json!(HOSTILE));
        }
    }
}

fn is_harmless(text: &str) -> bool {
    let hides = |c: char| matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe_0000..=0xe_0fff);
    !text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || hides(c))
}

/// No line begins with what the text wants to begin one.
fn forges(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("  = nothing is granted") || line == "ERROR: x")
}

const READS: &[&[&str]] = &[
    &["delegation", "list"],
    &["delegation", "list", "--all"],
    &["gallery", "list", "--all"],
    &["image", "list"],
    &["share", "list"],
    &["share", "list", "--all"],
    &["share", "rbac", "list", "--gallery", world::GALLERY],
    &["share", "app", "show", "--client-id", world::MULTI_TENANT_CLIENT],
    &["status", "--online"],
    &["doctor", "--online"],
    &["credential", "test", "--all"],
    &["token", "list"],
    &["history", "list"],
];

fn on_terminal(lab: &Lab, args: &[&str]) -> Ran {
    let subscription = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    lab.run_at_terminal(&[args, &subscription].concat(), "")
}

#[test]
fn on_a_terminal_it_is_escaped_in_every_format_of_every_list() {
    let lab = hostile_lab();
    let mut shown = 0;
    for args in READS {
        for format in [
            &[][..],
            &["-o", "table"],
            &["-o", "json"],
            &["-o", "yaml"],
            &["-o", "tsv"],
            &["-o", "jsonc"],
        ] {
            let ran = on_terminal(&lab, &[args, format].concat());
            assert!(
                is_harmless(&ran.stdout) && is_harmless(&ran.stderr),
                "{args:?} {format:?}: {ran:?}"
            );
            assert!(!forges(&ran.stdout) && !forges(&ran.stderr), "{args:?} {format:?}: {ran:?}");
            shown += usize::from(ran.stdout.contains("evil") || ran.stderr.contains("evil"));
        }
    }
    assert!(shown > 20, "the text turned up in {shown} answers only: nothing was tried");
}

#[test]
fn plans_questions_and_records_show_it_escaped() {
    let lab = hostile_lab();
    let name = format!("{HOSTILE}images");
    let right = format!("principal={} role=Reader", world::CONSUMER_GROUP);
    let right: Vec<&str> = right.split(' ').collect();
    let plan = [
        &[
            "delegation",
            "plan",
            "--adopt",
            "-n",
            "offer",
            "-g",
            world::IMAGES_GROUP,
            "--consumer-tenant",
        ][..],
        &[world::CONSUMER_TENANT, "--authorization"],
        &right,
    ]
    .concat();
    for args in [
        plan.as_slice(),
        &["delegation", "delete", "-n", &name],
        &["delegation", "show", "-n", &name],
        &["delegation", "verify", "-n", &name, "--as", "consumer", "--timeout", "0"],
        &[
            "share",
            "revoke",
            "--gallery",
            world::GALLERY,
            "--tenant",
            world::CONSUMER_TENANT,
            "--dry-run",
        ],
        &["share", "revoke", "--all", "--tenant", world::CONSUMER_TENANT, "--dry-run"],
        &["share", "prune", "--dry-run"],
    ] {
        let ran = on_terminal(&lab, args);
        assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{args:?}: {ran:?}");
        assert!(!forges(&ran.stdout) && !forges(&ran.stderr), "{args:?}: {ran:?}");
    }
}

#[test]
fn errors_of_every_service_and_progress_show_it_escaped() {
    for listener in [Listener::Login, Listener::Management, Listener::Graph] {
        for status in [400, 403, 409, 429, 500] {
            let lab = Lab::publisher().env("NO_COLOR", "1").env("AZ_IMAGESHARE_HTTP_TIMEOUT", "2");
            let kind =
                FaultKind::Status { status, retry_after: None, code: Some(HOSTILE.to_owned()) };
            lab.azure.inject(Fault::new(kind).on(listener).times(3));
            let args =
                ["share", "rbac", "add", "--gallery", world::GALLERY, "--assignee", "image-reader"];
            let ran = on_terminal(&lab, &args);
            assert!(
                is_harmless(&ran.stderr) && !forges(&ran.stderr),
                "{listener:?} {status}: {ran:?}"
            );
        }
    }
}

#[test]
fn through_a_pipe_every_byte_is_as_az_prints_it() {
    let lab = hostile_lab();
    let name = "[?starts_with(name, 'evil')].name | [0]";
    let list = ["delegation", "list", "--query", name];
    let json: Value = serde_json::from_str(&lab.publish(&list).stdout).unwrap();
    let held = json.as_str().unwrap();
    assert!(held.starts_with(HOSTILE), "{held:?}");
    let tsv = lab.publish(&[&list[..], &["-o", "tsv"]].concat());
    assert_eq!(tsv.stdout, format!("{held}\n"));
}
