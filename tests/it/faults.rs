//! Every fault at every step of `delegation create` and `delegation delete`: it succeeds, or says
//! what stands in Azure now, and the next run finishes the job.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::{Call, Fault, FaultKind, Listener, Sandbox, world};

use crate::support::lab::{Lab, Ran};

const OFFER: &str = "Contoso images";

fn create(lab: &Lab) -> Ran {
    let fixed = ["delegation", "create", "-n", OFFER, "--consumer-tenant", world::CONSUMER_TENANT];
    let rest = ["-g", world::IMAGES_GROUP, "--principal-id", world::CONSUMER_GROUP];
    lab.publish(&[&fixed[..], &rest[..]].concat())
}

fn delete(lab: &Lab) -> Ran {
    lab.publish(&["delegation", "delete", "-n", OFFER, "--yes"])
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, retry_after: None, code: None }
}

fn kinds() -> Vec<FaultKind> {
    vec![
        FaultKind::Status { status: 429, retry_after: Some("0".into()), code: None },
        FaultKind::RetryAfterDate { status: 429, seconds: 1 },
        status(500),
        status(503),
        status(403),
        FaultKind::Reset,
        FaultKind::Close,
        FaultKind::Truncate,
        FaultKind::ChunkTruncate,
        FaultKind::Empty,
        FaultKind::Hang,
        FaultKind::Slow { every_ms: 0 },
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 404 },
        FaultKind::Html { status: 502 },
        FaultKind::InvalidJson,
        FaultKind::RedirectElsewhere { status: 307 },
        FaultKind::NextLinkElsewhere,
        FaultKind::LocationElsewhere,
        FaultKind::ClockSkew { seconds: 7200 },
    ]
}

/// One thing to try: this fault, at this request of the run, taking effect or not.
pub(crate) struct Trial {
    step: Call,
    nth: u32,
    kind: FaultKind,
    applied: bool,
}

impl Trial {
    /// True for the kinds that leave something different behind: refused, lost on the way, lost on
    /// the way back, answered by somebody else.
    pub(crate) fn is_telling(&self) -> bool {
        match &self.kind {
            FaultKind::Status { status, .. } => [403, 503].contains(status),
            FaultKind::Html { status } => *status == 404,
            FaultKind::Reset | FaultKind::RedirectElsewhere { .. } => true,
            FaultKind::NextLinkElsewhere => self.step.method == "GET",
            _ => false,
        }
    }

    /// The fault to inject.
    pub(crate) fn fault(&self) -> Fault {
        let mut fault = Fault::new(self.kind.clone())
            .on(self.step.listener)
            .method(&self.step.method)
            .path(lasting(&self.step.path))
            .nth(self.nth);
        fault.applied = self.applied;
        fault
    }

    fn name(&self) -> String {
        let Call { method, path, .. } = &self.step;
        format!(
            "{:?} (applied: {}) at request {} of {method} {path}",
            self.kind, self.applied, self.nth
        )
    }
}

/// The steps of a run as its journal has them, each with how often its path had been asked for.
pub(crate) fn trials_of(journal: &[Call]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (at, step) in journal.iter().enumerate() {
        let same = |call: &&Call| {
            call.method == step.method
                && call.path.to_lowercase().contains(&lasting(&step.path).to_lowercase())
        };
        let nth = u32::try_from(journal[..=at].iter().filter(same).count()).unwrap();
        for kind in kinds() {
            let writes = !matches!(step.method.as_str(), "GET" | "HEAD");
            let lost =
                matches!(kind, FaultKind::Reset | FaultKind::Status { status: 500 | 503, .. });
            if writes && lost {
                trials.push(Trial { step: step.clone(), nth, kind: kind.clone(), applied: true });
            }
            trials.push(Trial { step: step.clone(), nth, kind, applied: false });
        }
    }
    trials
}

/// A path without the token that an operation's status address ends in: it differs from run to run.
fn lasting(path: &str) -> &str {
    let marks = ["operationStatuses/", "/operations/"];
    let ends = marks.iter().filter_map(|mark| Some(path.find(mark)? + mark.len()));
    ends.min().map_or(path, |end| &path[..end])
}

fn lab() -> Lab {
    let lab = Lab::publisher();
    lab.azure.knob(|knobs| {
        knobs.deployment_polls = 1;
        knobs.definition_delete_refusals = 1;
    });
    // Long enough for a loaded machine, short enough for a hanging service.
    lab.env("AZ_IMAGESHARE_HTTP_TIMEOUT", "2")
}

/// What stands in Azure, as far as delegations go.
fn standing(azure: &Sandbox) -> (usize, usize) {
    azure.state(|state| (state.definitions.len(), state.assignments.len()))
}

/// A run with a fault succeeds, or says what is wrong and what to do.
#[track_caller]
pub(crate) fn is_honest(ran: &Ran, trial: &Trial) {
    let name = trial.name();
    assert!([0, 1, 4, 7, 12, 13].contains(&ran.code), "{name}: {ran:?}");
    if ran.code != 0 {
        assert!(ran.stderr.contains("ERROR: "), "{name}: {ran:?}");
        assert!(ran.stderr.contains("Hint: "), "{name}: {ran:?}");
    }
}

/// Whether anything was sent to a host that is not Azure.
pub(crate) fn token_went_elsewhere(azure: &Sandbox) -> bool {
    azure.journal().iter().any(|call| call.listener == Listener::Elsewhere)
}

/// Runs every trial on its own cloud, six in parallel, as most of them wait for a timeout; gives the failures.
pub(crate) fn sweep(trials: &[Trial], check: impl Fn(&Trial) -> Result<(), String> + Sync) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(trial) {
                        failures.lock().unwrap().push(format!("{}: {failure}", trial.name()));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {} trials:\n{}",
        failures.len(),
        trials.len(),
        failures.join("\n")
    );
}

#[test]
fn create_survives_every_fault_at_every_step() {
    let clean = lab();
    create(&clean).json();
    let wanted = standing(&clean.azure);
    sweep(&trials_of(&clean.azure.journal()), |trial| {
        let lab = lab();
        lab.azure.inject(trial.fault());
        let first = create(&lab);
        is_honest(&first, trial);
        lab.azure.clear_faults();
        let second = create(&lab);
        match (second.code, standing(&lab.azure), token_went_elsewhere(&lab.azure)) {
            (0, found, false) if found == wanted => Ok(()),
            (_, found, elsewhere) => {
                Err(format!("{found:?}, elsewhere {elsewhere}\n{first:?}\n{second:?}"))
            }
        }
    });
}

#[test]
fn delete_survives_every_fault_at_every_step() {
    let clean = lab();
    create(&clean).json();
    clean.azure.clear_journal();
    assert_eq!(delete(&clean).code, 0);
    sweep(&trials_of(&clean.azure.journal()), |trial| {
        let lab = lab();
        create(&lab).json();
        lab.azure.clear_journal();
        lab.azure.inject(trial.fault());
        let first = delete(&lab);
        is_honest(&first, trial);
        lab.azure.clear_faults();
        let second = delete(&lab);
        // The second run finds nothing left to do (3) where the first one did it all.
        match (second.code, standing(&lab.azure), token_went_elsewhere(&lab.azure)) {
            (0 | 3, (0, 0), false) => Ok(()),
            (_, found, elsewhere) => {
                Err(format!("{found:?}, elsewhere {elsewhere}\n{first:?}\n{second:?}"))
            }
        }
    });
}
