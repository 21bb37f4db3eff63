//! Every list in a world without anything to list: each says what it looked at and what to try. The commands are
//! taken from the grammar, so that a new list has its row here.

use az_imageshare::process::Terminals;
use sandbox::world;

use crate::examples::{Leaf, for_each, leaves};
use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, Standing, stand};

/// A list as it is called, who calls it, and what it says that it looked at.
type Row = (&'static str, fn() -> Lab, &'static str);

const ROWS: &[Row] = &[
    ("credential list", Lab::new, "credential"),
    ("credential test --all", Lab::new, "credential"),
    ("delegation list", Lab::consumer, "the subscriptions that this identity sees"),
    ("delegation list --all", Lab::consumer, "1 subscription that 'environment'"),
    ("gallery list", Lab::consumer, "1 subscription that 'environment'"),
    ("gallery list --all", Lab::consumer, "1 subscription that 'environment'"),
    ("history list", Lab::new, "No run is recorded here"),
    ("image list", Lab::consumer, "by any of your identities"),
    ("image list --copies", Lab::consumer, "None of your identities"),
    ("image list --location westeurope", Lab::consumer, "in westeurope by any"),
    ("image prune --keep 1", Lab::consumer, "copies"),
    ("share direct list -g images-rg --gallery sharedGallery", at_home, "The gallery"),
    ("share list", Lab::consumer, "the galleries of /subscriptions/"),
    ("share list --all", Lab::consumer, "0 galleries in 1 tenant"),
    ("share list --all --expiring 1d", at_home, "1 gallery in 1 tenant"),
    ("share list -g images-rg --gallery sharedGallery", without_roles, "gallery 'sharedGallery'"),
    ("share prune", Lab::consumer, "that this identity sees"),
    ("share rbac list -g images-rg --gallery sharedGallery", without_roles, "No role"),
    ("token list", Lab::new, "token"),
];

/// The consumer at the publisher's gallery, which a delegation lets it read, and on which nobody has a role.
fn without_roles() -> Lab {
    let lab = Lab::new().with_consumer();
    stand(&lab.azure, &Standing { groups: &[world::IMAGES_GROUP], ..IMAGES });
    lab.azure.state(|state| state.role_assignments.clear());
    lab.run(&[
        "credential",
        "update",
        "-n",
        "consumer",
        "--subscription",
        world::PUBLISHER_SUBSCRIPTION,
    ]);
    lab.run(&["credential", "use", "-n", "consumer"]);
    lab
}

/// The publisher, whose gallery is shared with nobody.
fn at_home() -> Lab {
    Lab::publisher().env("AZURE_SUBSCRIPTION_ID", world::PUBLISHER_SUBSCRIPTION)
}

#[test]
fn every_list_has_a_row_and_each_of_its_switches() {
    let has_row = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        ROWS.iter()
            .any(|(row, ..)| words.iter().all(|word| row.split(' ').any(|known| known == *word)))
    };
    let is_list = |leaf: &&Leaf| leaf.name.ends_with(" list") || leaf.name.ends_with(" prune");
    for leaf in leaves().iter().filter(is_list) {
        assert!(has_row(&leaf.name), "`{}` has no row", leaf.name);
        for wider in ["all", "copies"] {
            let is_flag = leaf.command.get_arguments().any(|known| known.get_long() == Some(wider));
            let line = format!("{} --{wider}", leaf.name);
            assert!(!is_flag || has_row(&line), "`{line}` has no row");
        }
    }
}

#[test]
fn an_empty_list_says_what_it_looked_at_and_what_to_try() {
    for_each(
        ROWS,
        4,
        |(line, ..)| (*line).to_owned(),
        |(line, lab, looked_at)| {
            let words: Vec<&str> = line.split(' ').collect();
            let at_terminal = Terminals { stdin: false, stdout: true, stderr: true };
            for (format, terminals) in
                [(&[][..], at_terminal), (&["-o", "table"], Terminals::default())]
            {
                let ran = lab().run_in(&[&words[..], format].concat(), "", terminals);
                let is_empty = matches!(ran.stdout.trim(), "[]" | "");
                let is_said =
                    ran.stderr.lines().any(|line| line.contains(looked_at) && line.contains('`'));
                if ran.code != 0 || !is_empty || !is_said {
                    return Some(format!("{format:?}: {ran:?}"));
                }
            }
            None
        },
    );
}
