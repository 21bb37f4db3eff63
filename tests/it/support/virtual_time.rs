//! Time that passes when the program waits: an hour of jobs in seconds, with the program's own sleeps.
//!
//! The program runs in this process on tokio's paused clock, which goes to the next timer when nothing else is to be
//! done. Its network is a value: a socket would look like idleness. Azure's clock is the same one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use az_imageshare::process::Clock;
use az_imageshare::{Transport, TransportError};
use http::{Request, Response};
use sandbox::InProcessCloud;
use tokio::time::Instant;

use super::lab::{Lab, Ran};

/// What a request to Azure takes.
const LATENCY: Duration = Duration::from_millis(100);

/// The clock of one run, over all the runtimes that the program makes.
#[derive(Debug, Default)]
struct RunClock {
    before: Duration,
    /// Since when the runtime at hand is paused, and how far it has got.
    at_hand: Option<(Instant, Duration)>,
}

impl RunClock {
    fn passed(&self) -> Duration {
        self.before + self.at_hand.map_or(Duration::ZERO, |(_, passed)| passed)
    }

    /// Pauses the clock of the runtime that asks, if it is not yet, and looks at it.
    fn look(&mut self) -> Duration {
        if !is_paused() {
            self.before = self.passed();
            tokio::time::pause();
            self.at_hand = Some((Instant::now(), Duration::ZERO));
        }
        if let Some((since, passed)) = &mut self.at_hand {
            *passed = since.elapsed();
        }
        self.passed()
    }
}

/// True if the clock stands still while the machine's goes on.
fn is_paused() -> bool {
    let (shown, real) = (Instant::now(), std::time::Instant::now());
    while real.elapsed() < Duration::from_micros(2) {}
    Instant::now() == shown
}

/// Brings requests to the sandbox; nobody answers during an outage.
#[derive(Debug)]
struct PausedNetwork {
    azure: InProcessCloud,
    clock: Arc<Mutex<RunClock>>,
    outage: std::ops::Range<Duration>,
}

#[async_trait]
impl Transport for PausedNetwork {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.clock.lock().unwrap().look();
        tokio::time::sleep(LATENCY).await;
        let now = self.clock.lock().unwrap().look();
        let host = request.uri().host().unwrap_or_default().to_owned();
        if self.outage.contains(&now) {
            return Err(TransportError::Unreachable { host, reason: "no route to host".into() });
        }
        let answer = self.azure.answer(i64::try_from(now.as_millis()).unwrap(), request);
        answer.ok_or(TransportError::BrokenOff { host, reason: "connection reset".into() })
    }
}

impl Lab {
    /// Runs the program on virtual time, with its usual pauses; gives how much passed.
    pub(crate) fn run_in_virtual_time(&self, args: &[&str]) -> (Ran, Duration) {
        self.run_through_outage(args, Duration::ZERO..Duration::ZERO)
    }

    /// The same, while nobody answers for a time.
    pub(crate) fn run_through_outage(
        &self,
        args: &[&str],
        outage: std::ops::Range<Duration>,
    ) -> (Ran, Duration) {
        let passed: Arc<Mutex<RunClock>> = Arc::default();
        let (started, seen) = (SystemTime::now(), passed.clone());
        let clock: Clock = Arc::new(move || started + seen.lock().unwrap().passed());
        let (azure, shared) = (self.azure.in_process(), passed.clone());
        let network = move |_: &_| {
            let (azure, clock, outage) = (azure.clone(), shared.clone(), outage.clone());
            Ok(Arc::new(PausedNetwork { azure, clock, outage }) as Arc<dyn Transport>)
        };
        let ran = self.run_beside(args, clock, Box::new(network));
        let passed = passed.lock().unwrap().passed();
        (ran, passed)
    }
}
