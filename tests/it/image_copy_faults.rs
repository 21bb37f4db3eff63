//! Faults at every step of `image copy`, `image prune` and `deployment create`: each succeeds, or says what
//! stands, and the next run ends where an undisturbed one ends. A fault that takes effect and loses its answer
//! leaves what a kill between request and answer leaves.

use sandbox::world;
use serde_json::Value;

use crate::deployment_create::scale_set;
use crate::faults::{Trial, is_honest, sweep, token_went_elsewhere, trials_of};
use crate::support::copies::{copy, shared_source, shared_with_copier, with_versions};
use crate::support::lab::{Lab, Ran};
use crate::support::machines::{consumer_resources, image};

fn lab() -> Lab {
    let lab = Lab::new();
    lab.azure.knob(|knobs| {
        knobs.deployment_polls = 1;
        knobs.what_if_polls = 1;
        knobs.replication_reads = 2;
    });
    let lab = lab.with_bridge(&["--default"]);
    lab.azure.clear_journal();
    lab.env("AZ_IMAGESHARE_HTTP_TIMEOUT", "2")
}

/// The telling faults, and every fifth of the others.
fn some(mut trials: Vec<Trial>) -> Vec<Trial> {
    let mut others = 0;
    trials.retain(|trial| {
        others += u32::from(!trial.is_telling());
        trial.is_telling() || others.is_multiple_of(5)
    });
    trials
}

/// Everything in the consumer's subscription, without what differs from run to run.
fn end_state(lab: &Lab) -> Vec<(String, Value)> {
    let ids = consumer_resources(&lab.azure);
    lab.azure.state(|state| {
        let body = |id: &String| {
            let mut body = state.resources[id].body.clone();
            if let Some(profile) = body.pointer_mut("/properties/publishingProfile") {
                profile["publishedDate"] = Value::Null;
            }
            body
        };
        ids.iter().map(|id| (id.clone(), body(id))).collect()
    })
}

fn check(
    trial: &Trial,
    run: fn(&Lab) -> Ran,
    before: fn(&Lab),
    wanted: &[(String, Value)],
) -> Result<(), String> {
    let lab = lab();
    before(&lab);
    lab.azure.clear_journal();
    lab.azure.inject(trial.fault());
    let first = run(&lab);
    is_honest(&first, trial);
    lab.azure.clear_faults();
    let second = run(&lab);
    let (found, elsewhere) = (end_state(&lab), token_went_elsewhere(&lab.azure));
    if second.code == 0 && found == wanted && !elsewhere {
        return Ok(());
    }
    Err(format!("elsewhere {elsewhere}\n{found:?}\n{first:?}\n{second:?}"))
}

fn survives(run: fn(&Lab) -> Ran, before: fn(&Lab)) {
    let clean = lab();
    before(&clean);
    clean.azure.clear_journal();
    run(&clean).json();
    let wanted = end_state(&clean);
    let trials = some(trials_of(&clean.azure.journal()));
    assert!(trials.len() > 20, "{} trials", trials.len());
    sweep(&trials, |trial| check(trial, run, before, &wanted));
}

#[test]
fn a_copy_survives_the_telling_faults_at_every_step() {
    survives(|lab| copy(lab, &image(world::LINUX_IMAGE), &["--latest", "2"]), |_| {});
}

#[test]
fn a_copy_by_way_of_disks_survives_the_telling_faults_at_every_step() {
    survives(|lab| copy(lab, &shared_source(), &[]), shared_with_copier);
}

#[test]
fn a_deployment_survives_the_telling_faults_at_every_step() {
    survives(
        |lab| {
            let set = scale_set("set-01", &image(world::LINUX_IMAGE));
            let body = serde_json::json!({"contentVersion": "1.0.0.0", "resources": [set],
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"});
            let file = lab.file("main.json", &body.to_string());
            let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg"];
            lab.run(&[&["deployment", "create", "-f", &file][..], &place].concat())
        },
        |_| {},
    );
}

#[test]
fn a_pruning_survives_the_telling_faults_at_every_step() {
    survives(
        |lab| {
            let place = ["--subscription", world::CONSUMER_SUBSCRIPTION];
            lab.run(&[&["image", "prune", "--keep", "1", "--yes"][..], &place].concat())
        },
        |lab| {
            with_versions(&lab.azure, 1);
            copy(lab, &image(world::LINUX_IMAGE), &["--latest", "2"]).json();
        },
    );
}
