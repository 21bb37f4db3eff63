//! Faults at every step of `vm create`: it succeeds, or says what stands now, and the next run finishes the job.
//!
//! Every step meets the faults that leave something different behind (refused, down, somebody else's page, cut
//! off before and after it took effect, a redirect, a page's link elsewhere). Of the others every third is tried,
//! which moves on from step to step, so that each of them meets every third step. Every fault at every step is
//! tried in `faults.rs`, with `delegation create` and `delete`.

use sandbox::{Listener, world};

use crate::faults::{Trial, is_honest, sweep, token_went_elsewhere, trials_of};
use crate::support::lab::{Lab, Ran};
use crate::support::machines::{self, KEY, consumer_resources, image};

/// The consumer behind an application that both tenants know: every request there is, is made.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.azure.knob(|knobs| {
        knobs.deployment_polls = 1;
        knobs.what_if_polls = 1;
    });
    let lab = lab.with_bridge(&[]);
    lab.azure.clear_journal();
    // Long enough for a loaded machine, short enough for a hanging service.
    lab.env("AZ_IMAGESHARE_HTTP_TIMEOUT", "2")
}

fn create(lab: &Lab) -> Ran {
    let login = ["--admin-username", "azureuser", "--ssh-key-value", KEY];
    let who = ["--credential", "bridge"];
    machines::create(lab, &image(world::LINUX_IMAGE), &[&who[..], &login].concat())
}

fn check(trial: &Trial, wanted: &[String]) -> Result<(), String> {
    let lab = lab();
    lab.azure.inject(trial.fault());
    let first = create(&lab);
    is_honest(&first, trial);
    lab.azure.clear_faults();
    let second = create(&lab);
    let elsewhere = token_went_elsewhere(&lab.azure);
    if second.code == 0 && consumer_resources(&lab.azure) == wanted && !elsewhere {
        return Ok(());
    }
    Err(format!(
        "{:?}, elsewhere {elsewhere}\n{first:?}\n{second:?}",
        consumer_resources(&lab.azure)
    ))
}

#[test]
fn a_machine_survives_the_telling_faults_at_every_step_and_every_kind_of_fault() {
    let clean = lab();
    create(&clean).json();
    let wanted = consumer_resources(&clean.azure);
    let journal = clean.azure.journal();
    assert!(journal.iter().any(|call| call.listener == Listener::Login));
    for read in ["/skus", "/usages"] {
        assert!(journal.iter().any(|call| call.path.ends_with(read)), "{read}");
    }
    let mut trials = trials_of(&journal);
    let mut others = 0;
    trials.retain(|trial| {
        others += u32::from(!trial.is_telling());
        trial.is_telling() || others.is_multiple_of(3)
    });
    sweep(&trials, |trial| check(trial, &wanted));
}
