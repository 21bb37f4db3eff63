//! Faults at every step of `builder setup` and `builder remove`: it succeeds, or says what was done,
//! and the next run finishes the job.

use sandbox::world;

use crate::faults::{Trial, is_honest, sweep, token_went_elsewhere, trials_of};
use crate::support::builder::{builder, standing};
use crate::support::lab::{Lab, Ran};

fn lab() -> Lab {
    // Long enough for a loaded machine, short enough for a hanging service.
    let lab = Lab::publisher().env("AZ_IMAGESHARE_HTTP_TIMEOUT", "2");
    lab.azure.knob(|knobs| knobs.registration_polls = 0);
    lab
}

fn setup(lab: &Lab) -> Ran {
    builder(lab, "setup", &["--distribute-to", world::IMAGES_GROUP])
}

fn remove(lab: &Lab) -> Ran {
    builder(lab, "remove", &["--yes"])
}

/// Every kind of fault is tried by `faults`; here those that differ in what they leave behind.
fn trials(lab: &Lab) -> Vec<Trial> {
    let all = trials_of(&lab.azure.journal());
    all.into_iter().filter(Trial::is_telling).collect()
}

fn judged(
    ran: [&Ran; 2],
    found: (usize, usize, usize),
    wanted: (usize, usize, usize),
    lab: &Lab,
) -> Result<(), String> {
    match (ran[1].code, found == wanted, token_went_elsewhere(&lab.azure)) {
        (0, true, false) => Ok(()),
        (_, _, elsewhere) => Err(format!("{found:?}, elsewhere {elsewhere}\n{ran:?}")),
    }
}

#[test]
fn setup_survives_faults_at_every_step() {
    let clean = lab();
    setup(&clean).json();
    assert_eq!(standing(&clean.azure), (1, 1, 1));
    sweep(&trials(&clean), |trial| {
        let lab = lab();
        lab.azure.inject(trial.fault());
        let first = setup(&lab);
        is_honest(&first, trial);
        lab.azure.clear_faults();
        let second = setup(&lab);
        judged([&first, &second], standing(&lab.azure), (1, 1, 1), &lab)
    });
}

#[test]
fn remove_survives_faults_at_every_step() {
    let clean = lab();
    setup(&clean).json();
    clean.azure.clear_journal();
    assert_eq!(remove(&clean).code, 0);
    sweep(&trials(&clean), |trial| {
        let lab = lab();
        setup(&lab).json();
        lab.azure.clear_journal();
        lab.azure.inject(trial.fault());
        let first = remove(&lab);
        is_honest(&first, trial);
        lab.azure.clear_faults();
        let second = remove(&lab);
        judged([&first, &second], standing(&lab.azure), (0, 0, 0), &lab)
    });
}
