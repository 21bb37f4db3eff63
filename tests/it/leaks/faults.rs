//! Every command, with every kind of fault: error texts are where secrets slip out.
//!
//! A test for each kind, so that they run side by side. In each, every command runs: half of them meet the fault at
//! sign-in, half at Azure and Microsoft Graph, and the next kind turns that round. With `AZ_IMAGESHARE_TEST_LEAKS=both`
//! every command meets it at both. Which of a command's examples it is changes with the kind, so that all have
//! their turn.

use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::{Fault, FaultKind, Listener};

use super::search::{Search, seen};
use super::{gives_tokens, without_asked_secret};
use crate::examples::{Leaf, for_each, leaves, stage};
use crate::support::lab::Lab;

/// As often as one request is tried: it fails for good, and what comes after it goes well.
const TIMES: u32 = 5;

const HISTORY: &str = "AZ_IMAGESHARE_HISTORY";

/// Most of the time goes into waiting for the next try.
const THREADS: usize = 64;

macro_rules! kinds {
    ($($name:ident: $kind:expr,)*) => {
        const KINDS: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            under(stringify!($name), &$kind, "on");
        })*
    };
}

kinds! {
    status_400: status(400, None),
    status_401: status(401, None),
    status_403: status(403, None),
    status_429: status(429, Some("0")),
    status_500: status(500, Some("0")),
    retry_after_date: FaultKind::RetryAfterDate { status: 503, seconds: 0 },
    reset: FaultKind::Reset,
    close: FaultKind::Close,
    truncate: FaultKind::Truncate,
    chunk_truncate: FaultKind::ChunkTruncate,
    empty: FaultKind::Empty,
    empty_object: FaultKind::EmptyObject,
    hang: FaultKind::Hang,
    slow: FaultKind::Slow { every_ms: 0 },
    html: FaultKind::Html { status: 403 },
    invalid_json: FaultKind::InvalidJson,
    redirect_elsewhere: FaultKind::RedirectElsewhere { status: 307 },
    next_link_elsewhere: FaultKind::NextLinkElsewhere,
    location_elsewhere: FaultKind::LocationElsewhere,
    huge: FaultKind::Huge,
    clock_skew: FaultKind::ClockSkew { seconds: 7200 },
}

fn status(status: u16, retry_after: Option<&str>) -> FaultKind {
    FaultKind::Status { status, retry_after: retry_after.map(str::to_owned), code: None }
}

/// The test that covers a kind. A kind that is not here does not compile: give it a test above.
fn test_of(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Status { .. } => "status_500",
        FaultKind::RetryAfterDate { .. } => "retry_after_date",
        FaultKind::Reset => "reset",
        FaultKind::Close => "close",
        FaultKind::Truncate => "truncate",
        FaultKind::ChunkTruncate => "chunk_truncate",
        FaultKind::Empty => "empty",
        FaultKind::EmptyObject => "empty_object",
        FaultKind::Hang => "hang",
        FaultKind::Slow { .. } => "slow",
        FaultKind::Html { .. } => "html",
        FaultKind::InvalidJson => "invalid_json",
        FaultKind::RedirectElsewhere { .. } => "redirect_elsewhere",
        FaultKind::NextLinkElsewhere => "next_link_elsewhere",
        FaultKind::LocationElsewhere => "location_elsewhere",
        FaultKind::Huge => "huge",
        FaultKind::ClockSkew { .. } => "clock_skew",
    }
}

/// One run: a command, one of its examples, and who answers wrongly.
struct Trial<'a> {
    leaf: &'a Leaf,
    line: &'a str,
    listeners: &'static [Listener],
}

/// What a run does without a record must not show more.
#[test]
fn status_500_without_history() {
    under("status_500", &status(500, Some("0")), "off");
}

/// Every command under a kind of fault, with the history `on` or `off`.
fn under(name: &str, kind: &FaultKind, history: &str) {
    assert!(KINDS.contains(&test_of(kind)));
    let turn = KINDS.iter().position(|known| *known == name).unwrap();
    let leaves = leaves();
    let mut trials = Vec::new();
    let sides = [&[Listener::Login][..], &[Listener::Management, Listener::Graph]];
    let takes_turns = std::env::var("AZ_IMAGESHARE_TEST_LEAKS").as_deref() != Ok("both");
    for (side, listeners) in sides.into_iter().enumerate() {
        // A command without examples is named by the tests of examples.
        trials.extend(leaves.iter().enumerate().filter_map(|(number, leaf)| {
            if takes_turns && (number + turn) % 2 != side {
                return None;
            }
            let line = leaf.examples.iter().cycle().nth(turn)?;
            Some(Trial { leaf, line, listeners })
        }));
    }
    let name = |trial: &Trial| format!("`{}` with {:?}", trial.line, trial.listeners);
    let hit = AtomicUsize::new(0);
    for_each(&trials, THREADS, name, |trial| leak(trial, kind, history, &hit));
    let hit = hit.into_inner();
    assert!(hit * 3 > trials.len(), "only {hit} of {} runs met the fault", trials.len());
}

/// What a call gets besides its own words: a browser that met the fault never comes back, and nobody waits for it.
fn more_of(trial: &Trial) -> &'static [&'static str] {
    let opens_browser =
        trial.line.contains("--sign-in browser") || trial.leaf.name == "credential login";
    if opens_browser { &["--debug", "--timeout", "5s"] } else { &["--debug"] }
}

/// What a run under this fault shows that it must not.
fn leak(trial: &Trial, kind: &FaultKind, history: &str, hit: &AtomicUsize) -> Option<String> {
    let mut stage = stage(&trial.leaf.name, Lab::new().env(HISTORY, history));
    // What comes before the fault may take its time on a busy machine.
    stage.lab = stage.lab.env("AZ_IMAGESHARE_HTTP_TIMEOUT", "1");
    let lab = &stage.lab;
    for listener in trial.listeners {
        let fault = Fault::new(kind.clone()).on(*listener).times(TIMES);
        lab.azure.inject(fault);
    }
    lab.azure.clear_journal();
    let search = Search::begin(lab);
    let ran = stage.run(trial.leaf, trial.line, more_of(trial));
    let asked = lab.azure.journal();
    let was_hit = asked.iter().any(|call| trial.listeners.contains(&call.listener));
    hit.fetch_add(usize::from(was_hit), Ordering::Relaxed);
    let gives = gives_tokens(trial.leaf);
    let stdout = without_asked_secret(trial.line, &ran.stdout);
    search.end(lab, &[seen("stdout", &stdout, gives), seen("stderr", &ran.stderr, false)])
}
