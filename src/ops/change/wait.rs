//! A time that must not be passed, and pauses until then: how every wait for Azure ends.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::arm::ArmError;

/// A time that must not be passed, and growing pauses until then.
pub(crate) struct Deadline {
    started: Instant,
    limit: Duration,
    longest_pause: Duration,
    rounds: u32,
}

impl Deadline {
    /// A deadline from now on.
    pub(crate) fn new(app: &App, limit: Duration) -> Deadline {
        Deadline {
            started: Instant::now(),
            limit,
            longest_pause: app.settings.poll_interval,
            rounds: 0,
        }
    }

    /// Waits a while; from a second upwards, so that short work ends soon.
    pub(crate) async fn pause(&mut self) -> Result<(), ArmError> {
        let pause = Duration::from_secs(1 << self.rounds.min(5)).min(self.longest_pause);
        self.rounds += 1;
        // Without a pause (tests) a service that never ends would be asked for ever.
        if self.started.elapsed() + pause > self.limit || self.rounds > MOST_ROUNDS {
            return Err(ArmError::StillRunning { seconds: self.started.elapsed().as_secs() });
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// More rounds than any wait has: an hour of two-second pauses.
const MOST_ROUNDS: u32 = 2000;
