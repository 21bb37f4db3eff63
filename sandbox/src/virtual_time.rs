//! Time that passes when everybody waits: as soon as each participant sleeps, Azure's clock goes to the first who
//! wants to wake. With the knob `virtual_time`, nothing else moves it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::core::Core;

/// The clock of a sandbox as its clients share it.
#[derive(Clone)]
pub struct VirtualTime {
    core: Arc<Mutex<Core>>,
    sleepers: Arc<Mutex<Sleepers>>,
    moved: Arc<Notify>,
}

#[derive(Default)]
struct Sleepers {
    participants: usize,
    /// When each sleeper wants to wake, in milliseconds of Azure's clock.
    wake_at: Vec<i64>,
}

/// Somebody without whom time does not pass; it stops counting when dropped.
pub struct Participant {
    time: VirtualTime,
}

impl VirtualTime {
    pub(crate) fn new(core: Arc<Mutex<Core>>) -> VirtualTime {
        VirtualTime { core, sleepers: Arc::default(), moved: Arc::default() }
    }

    /// Azure's clock in milliseconds since 1970.
    pub fn now_millis(&self) -> i64 {
        lock(&self.core).now_millis()
    }

    /// Takes part: from now on time waits for this one too.
    pub fn join(&self) -> Participant {
        lock(&self.sleepers).participants += 1;
        Participant { time: self.clone() }
    }

    /// Moves the clock to the first who wants to wake, if nobody is awake.
    fn move_on(&self) {
        let sleepers = lock(&self.sleepers);
        let mut core = lock(&self.core);
        let now = core.now_millis();
        // Whose time has come is awake, although its task may not have noticed yet.
        let asleep: Vec<i64> = sleepers.wake_at.iter().copied().filter(|at| *at > now).collect();
        let first = asleep.iter().min().filter(|_| asleep.len() >= sleepers.participants);
        if let Some(first) = first {
            core.knobs.clock_advance_millis += first - now;
            self.moved.notify_waiters();
        }
    }
}

impl Participant {
    /// Sleeps on Azure's clock.
    pub async fn sleep(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2);
        let wake_at = self.time.now_millis() + millis;
        lock(&self.time.sleepers).wake_at.push(wake_at);
        loop {
            // Listening begins before the look at the clock, so that no move is missed.
            let moved = self.time.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            self.time.move_on();
            if self.time.now_millis() >= wake_at {
                break;
            }
            moved.await;
        }
        let mut sleepers = lock(&self.time.sleepers);
        if let Some(at) = sleepers.wake_at.iter().position(|at| *at == wake_at) {
            sleepers.wake_at.swap_remove(at);
        }
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        lock(&self.time.sleepers).participants -= 1;
        self.time.move_on();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;

    #[tokio::test]
    async fn time_passes_when_all_sleep_and_not_before() {
        let mut core = Core::new(seed::contoso_and_fabrikam());
        core.knobs.virtual_time = true;
        let time = VirtualTime::new(Arc::new(Mutex::new(core)));
        let start = time.now_millis();
        let (one, other) = (time.join(), time.join());
        let early = tokio::spawn(async move {
            one.sleep(Duration::from_secs(30)).await;
            one.time.now_millis()
        });
        tokio::task::yield_now().await;
        // The other one is awake: the first waits however often it is asked.
        assert_eq!(time.now_millis(), start);
        other.sleep(Duration::from_secs(3_600)).await;
        assert_eq!(early.await.unwrap(), start + 30_000);
        assert_eq!(time.now_millis(), start + 3_600_000);
    }
}
