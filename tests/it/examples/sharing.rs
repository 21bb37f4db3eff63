//! Worlds in which galleries are shared, for the examples of `share` and `vm`.

use sandbox::world;

use super::stage::Stage;
use crate::support::galleries::{admit_foreigners, community, gallery, shareable};
use crate::support::lab::Lab;
use crate::support::offers::READER;

const PARTNERS: &str = "partners";
const OPEN: &str = "open";
const OURS: [&str; 4] = ["-g", world::IMAGES_GROUP, "--gallery", world::GALLERY];

/// Ada and `image-reader` have roles on the gallery, and the delegation stands.
pub(super) fn shared(lab: Lab) -> Stage {
    let stage = Stage::delegated(lab);
    admit_foreigners(&stage.lab.azure);
    let add = |who| [&["share", "rbac", "add", "--assignee", who][..], &OURS].concat();
    let reader = [&add("image-reader")[..], &["--role", "Reader"]].concat();
    stage.after(&add(world::PUBLISHER_USER_NAME)).after(&reader)
}

/// The application has a role on the gallery, and the consumer's tenant has accepted it.
pub(super) fn granted(lab: Lab) -> Stage {
    let application = ["--client-id", world::MULTI_TENANT_CLIENT];
    let grant = [&["share", "app", "grant"][..], &application, &OURS].concat();
    Stage::signed_in(lab).after(&grant)
}

/// The publisher has registered an application, and keeps its secret.
pub(super) fn registered(lab: Lab) -> Stage {
    Stage::signed_in(lab).after(&["share", "app", "create", "-n", "bridge"])
}

/// A role's last day has passed.
pub(super) fn ended(lab: Lab) -> Stage {
    let stage = Stage::signed_in(lab);
    stage.lab.azure.state(|state| {
        state.assign_role(&world::gallery_id(), READER, world::READER_OBJECT);
        let made = state.role_assignments.last_mut().unwrap();
        made.description = Some("az-imageshare expires=2020-01-31".to_owned());
    });
    stage
}

/// A gallery that may be shared directly.
pub(super) fn may_share(lab: Lab) -> Stage {
    let stage = Stage::signed_in(lab);
    shareable(&stage.lab.azure, PARTNERS);
    stage
}

/// A gallery that is shared with the consumer's tenant and subscription.
pub(super) fn direct(lab: Lab) -> Stage {
    let (id, add) = (gallery(PARTNERS), ["share", "direct", "add"]);
    let whom = [
        "--consumer-tenant",
        world::CONSUMER_TENANT,
        "--consumer-subscription",
        world::CONSUMER_SUBSCRIPTION,
    ];
    may_share(lab).after(&[&add[..], &["--gallery-id", &id], &whom].concat())
}

/// A community gallery that is not enabled.
pub(super) fn may_open(lab: Lab) -> Stage {
    let stage = Stage::delegated(lab);
    community(&stage.lab.azure, OPEN, world::WINDOWS_IMAGE);
    stage
}

/// A community gallery.
pub(super) fn open(lab: Lab) -> Stage {
    let enable = ["share", "community", "enable", "--yes", "--gallery-id"];
    may_open(lab).after(&[&enable[..], &[&gallery(OPEN)]].concat())
}

/// The consumer may use a delegated image and one of the community, and has what a machine needs.
pub(super) fn for_machines(lab: Lab) -> Stage {
    open(lab)
        .at_consumer()
        .file(".ssh/id_ed25519.pub", KEY)
        .file("password.txt", world::DEPLOYER_SECRET)
}

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2cN5zr6oEVRqVxVnZbWqQBY0mQe7Jv0rjS5bVw8m2T grace";
