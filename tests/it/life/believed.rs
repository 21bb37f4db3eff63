//! An answer is not believed for its status alone (adversary A5): a proxy or a cache may answer 200 with `{}`, or 404
//! for what is there. Whatever is answered so, at each request of each verb: the command does not say that it is done
//! when it is not, and the same command again finishes the job.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::{Call, Fault, FaultKind, Listener};

use super::digest::{digest, unlikeness};
use super::rows::{ROWS, Row};

/// A request of a row, and what it is answered with.
struct Lie<'a> {
    row: &'a Row,
    request: u32,
    call: Call,
    kind: FaultKind,
}

impl Lie<'_> {
    fn name(&self) -> String {
        let Call { method, path, .. } = &self.call;
        format!("{}: {:?} at request {}: {method} {path}", self.row.verb, self.kind, self.request)
    }

    fn complaint(&self, wanted: &BTreeSet<String>) -> Option<String> {
        let lab = self.row.lab().env("AZ_IMAGESHARE_HTTP_TIMEOUT", "5");
        lab.azure.clear_journal();
        lab.azure.inject(Fault::new(self.kind.clone()).nth(self.request));
        let first = self.row.run(&lab, &["--yes"]);
        lab.azure.clear_faults();
        let told = unlikeness(wanted, &digest(&lab));
        if first.code == 0 && !told.is_empty() {
            return Some(format!("said to be done:\n{told}\n{first:?}"));
        }
        let again = self.row.run(&lab, &["--yes"]);
        let told = unlikeness(wanted, &digest(&lab));
        (![0, 7].contains(&again.code) || !told.is_empty())
            .then(|| format!("not mended:\n{told}\n{first:?}\n{again:?}"))
    }
}

/// What may be answered to a request of this sort without the service's having done anything.
fn lies(row: &Row) -> Vec<Lie<'_>> {
    let lab = row.lab();
    lab.azure.clear_journal();
    row.run(&lab, &["--yes"]);
    let mut all = Vec::new();
    for (at, call) in lab.azure.journal().into_iter().enumerate() {
        if call.listener == Listener::Login {
            continue;
        }
        let mut kinds = vec![FaultKind::EmptyObject];
        // A version that was listed and is gone when it is looked at makes room for the one before it, and the plan
        // says which.
        let is_version = call.method == "GET" && call.path.contains("/versions/");
        if ["GET", "DELETE"].contains(&&*call.method) && !is_version {
            kinds.push(FaultKind::Status { status: 404, retry_after: None, code: None });
        }
        let request = u32::try_from(at + 1).unwrap();
        all.extend(kinds.into_iter().map(|kind| Lie { row, request, call: call.clone(), kind }));
    }
    all
}

fn sweep(third: usize) {
    let rows =
        ROWS.iter().enumerate().filter(|(at, row)| at % 3 == third && !row.who.needs_keyring());
    let mut complaints = Vec::new();
    let mut count = 0;
    for (_, row) in rows {
        let undisturbed = row.lab();
        row.run(&undisturbed, &["--yes"]);
        let wanted = digest(&undisturbed);
        let (all, next, told) = (lies(row), AtomicUsize::new(0), Mutex::new(Vec::new()));
        count += all.len();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(lie) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Some(complaint) = lie.complaint(&wanted) {
                            told.lock().unwrap().push(format!("{}\n{complaint}", lie.name()));
                        }
                    }
                });
            }
        });
        complaints.extend(told.into_inner().unwrap());
    }
    let shown = complaints.join("\n\n");
    assert!(complaints.is_empty(), "{} of {count}:\n{shown}", complaints.len());
}

#[test]
fn nothing_is_done_because_somebody_says_so_first_third() {
    sweep(0);
}

#[test]
fn nothing_is_done_because_somebody_says_so_second_third() {
    sweep(1);
}

#[test]
fn nothing_is_done_because_somebody_says_so_last_third() {
    sweep(2);
}
