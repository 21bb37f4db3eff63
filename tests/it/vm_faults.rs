//! Every kind of fault, and a fault at every step of `vm create`: it succeeds, or says what stands now,
//! and the next run finishes the job.

use sandbox::{Listener, world};

use crate::faults::{Trial, is_honest, sweep, token_went_elsewhere, trials_of};
use crate::support::lab::{Lab, Ran};
use crate::vm::KEY;

/// The consumer behind an application that both tenants know: every request there is, is made.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.azure.knob(|knobs| {
        knobs.deployment_polls = 1;
        knobs.what_if_polls = 1;
    });
    let who = [
        "--tenant",
        world::CONSUMER_TENANT,
        "--also-tenant",
        world::PUBLISHER_TENANT,
    ];
    let add = ["credential", "add", "-n", "bridge", "--secret-stdin"];
    let client = ["--client-id", world::MULTI_TENANT_CLIENT];
    let add = [&add[..], &client, &who].concat();
    lab.run_with_input(&add, world::MULTI_TENANT_SECRET).json();
    lab.azure.clear_journal();
    // Long enough for a loaded machine, short enough for a hanging service.
    lab.env("AZ_IMAGESHARE_HTTP_TIMEOUT", "2")
}

fn create(lab: &Lab) -> Ran {
    let image = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    lab.run(&[
        "vm",
        "create",
        "--credential",
        "bridge",
        "--subscription",
        world::CONSUMER_SUBSCRIPTION,
        "-g",
        "apps-rg",
        "-n",
        "web-01",
        "--image",
        &image,
        "--admin-username",
        "azureuser",
        "--ssh-key-value",
        KEY,
    ])
}

/// What stands in the consumer's group.
fn standing(lab: &Lab) -> Vec<String> {
    let below = format!("/subscriptions/{}/", world::CONSUMER_SUBSCRIPTION);
    lab.azure.state(|state| {
        let ids = state.resources.keys();
        ids.filter(|id| id.starts_with(&below)).cloned().collect()
    })
}

fn check(trial: &Trial, wanted: &[String]) -> Result<(), String> {
    let lab = lab();
    lab.azure.inject(trial.fault());
    let first = create(&lab);
    is_honest(&first, trial);
    lab.azure.clear_faults();
    let second = create(&lab);
    let elsewhere = token_went_elsewhere(&lab.azure);
    if second.code == 0 && standing(&lab) == wanted && !elsewhere {
        return Ok(());
    }
    Err(format!(
        "{:?}, elsewhere {elsewhere}\n{first:?}\n{second:?}",
        standing(&lab)
    ))
}

#[test]
fn a_machine_survives_every_kind_of_fault_and_a_fault_at_every_step() {
    let clean = lab();
    create(&clean).json();
    let wanted = standing(&clean);
    let journal = clean.azure.journal();
    assert!(journal.iter().any(|call| call.listener == Listener::Login));
    // Every seventh: 20 kinds for each step, so that each step has another three of them, and in the end
    // each kind has hit three steps.
    let trials: Vec<Trial> = trials_of(&journal).into_iter().step_by(7).collect();
    sweep(&trials, |trial| check(trial, &wanted));
}
