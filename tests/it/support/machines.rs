//! The machine that tests make of an image, and what the consumer's subscription holds of it.

use sandbox::{Sandbox, world};
use serde_json::Value;

use super::lab::{Lab, Ran};

/// A public key that logs in to a machine.
pub(crate) const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2cN5zr6oEVRqVxVnZbWqQBY0mQe7Jv0rjS5bVw8m2T ada@contoso";

/// The id of an image definition in the publisher's gallery.
pub(crate) fn image(name: &str) -> String {
    format!("{}/images/{name}", world::gallery_id())
}

/// Makes the machine `web-01` in the consumer's group.
pub(crate) fn create(lab: &Lab, image: &str, more: &[&str]) -> Ran {
    create_named(lab, "web-01", image, more)
}

/// The same under another name.
pub(crate) fn create_named(lab: &Lab, name: &str, image: &str, more: &[&str]) -> Ran {
    let place = [
        "--subscription",
        world::CONSUMER_SUBSCRIPTION,
        "-g",
        "apps-rg",
        "-n",
        name,
        "--image",
        image,
    ];
    lab.run(&[&["vm", "create"][..], &place[..], more].concat())
}

/// The same for Linux.
pub(crate) fn linux(lab: &Lab, image: &str) -> Ran {
    create(lab, image, &["--admin-username", "azureuser", "--ssh-key-value", KEY])
}

/// The machine as the cloud has it.
pub(crate) fn standing(lab: &Lab) -> Option<Value> {
    let id = format!(
        "/subscriptions/{}/resourcegroups/apps-rg/providers/microsoft.compute/virtualmachines/web-01",
        world::CONSUMER_SUBSCRIPTION
    );
    lab.azure.state(|state| state.resources.get(&id).map(|found| found.body.clone()))
}

/// The ids of everything in the consumer's subscription.
pub(crate) fn consumer_resources(azure: &Sandbox) -> Vec<String> {
    let below = format!("/subscriptions/{}/", world::CONSUMER_SUBSCRIPTION);
    azure.state(|state| {
        let ids = state.resources.keys();
        ids.filter(|id| id.starts_with(&below)).cloned().collect()
    })
}

/// The publisher's card, in a file of the lab.
pub(crate) fn card_file(lab: &Lab) -> String {
    let publisher = Lab::publisher();
    let card = publisher.run(&["share", "card", "--gallery-id", &world::gallery_id()]).stdout;
    lab.file("card.json", &card)
}
