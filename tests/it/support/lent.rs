//! A run of `exec` whose clock a test moves, held open while the test asks its endpoint.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use az_imageshare::process::Clock;

use super::lab::Lab;

/// A clock, and how many seconds it is ahead.
pub(crate) fn movable_clock() -> (Arc<AtomicU64>, Clock) {
    let ahead: Arc<AtomicU64> = Arc::default();
    let moved = ahead.clone();
    let now = move || SystemTime::now() + Duration::from_secs(moved.load(Ordering::SeqCst));
    (ahead, Arc::new(now))
}

/// Does `work` with the address and the secret of a run's endpoint; the run has to end well afterwards.
pub(crate) fn while_lent(lab: &Lab, clock: Clock, work: impl FnOnce(&str, &str)) {
    let (told, done) = (lab.home.path().join("told"), lab.home.path().join("done"));
    for fifo in [&told, &done] {
        assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    }
    let script = format!(
        "echo $IDENTITY_ENDPOINT $IDENTITY_HEADER > {}; read x < {}",
        told.display(),
        done.display()
    );
    std::thread::scope(|scope| {
        let run =
            scope.spawn(move || lab.run_with_clock(&["exec", "--", "sh", "-c", &script], clock));
        let told = std::fs::read_to_string(&told).unwrap();
        let (url, secret) = told.trim().split_once(' ').unwrap();
        work(url, secret);
        std::fs::write(&done, "\n").unwrap();
        assert_eq!(run.join().unwrap().code, 0);
    });
}
