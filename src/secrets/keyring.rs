//! The operating system's keyring, with a time limit and a closed set of outcomes.
//!
//! Every call runs on a thread of its own, so that a keyring that hangs cannot hang the program. The
//! first failure is remembered: a process waits for a broken keyring once. All silent calls
//! together have one budget; only a person at a prompt may take as long as they like.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use keyring::Entry;
use keyring_core::Error as EntryError;
use zeroize::Zeroizing;

use super::{Secret, SecretStore, StoreError};

/// The service all this program's items belong to.
const SERVICE: &str = "az-imageshare";

/// The operating system's keyring.
pub(crate) struct Keyring {
    timeout: Duration,
    attended: bool,
    state: Mutex<KeyringState>,
}

#[derive(Default)]
struct KeyringState {
    probed: Option<Result<(), StoreError>>,
    spent: Duration,
}

type StoreResult<T> = Result<T, StoreError>;

impl Keyring {
    /// Makes a keyring that may take `timeout` in all while no one is asked anything; if `attended`,
    /// a person is there to unlock it.
    pub(crate) fn new(timeout: Duration, attended: bool) -> Keyring {
        Keyring { timeout, attended, state: Mutex::default() }
    }

    /// Runs `work` on its own thread. The lock is held meanwhile: one call at a time.
    fn run<T: Send + 'static>(
        &self,
        work: impl Fn() -> StoreResult<T> + Send + Sync + 'static,
    ) -> StoreResult<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.ready(&mut state)?;
        let work = Arc::new(work);
        let first = self.within_budget(&mut state, &work);
        if !matches!(first, Err(StoreError::Failed(_))) {
            return self.remembered(&mut state, first);
        }
        // It may have died meanwhile: whoever answers now may be locked, or may answer better.
        state.probed = None;
        self.ready(&mut state)?;
        let second = self.within_budget(&mut state, &work);
        self.remembered(&mut state, second)
    }

    fn remembered<T>(&self, state: &mut KeyringState, outcome: StoreResult<T>) -> StoreResult<T> {
        if let Err(err) = &outcome {
            state.probed = Some(Err(err.clone()));
        }
        outcome
    }

    fn ready(&self, state: &mut KeyringState) -> StoreResult<()> {
        if let Some(known) = &state.probed {
            return known.clone();
        }
        let found = self.open(state);
        state.probed = Some(found.clone());
        found
    }

    #[cfg(target_os = "linux")]
    fn open(&self, state: &mut KeyringState) -> StoreResult<()> {
        match self.silently(state) {
            Err(StoreError::Locked) if self.attended => {
                without_limit(super::secret_service::unlock_service)
            }
            other => other,
        }
    }

    #[cfg(target_os = "linux")]
    fn silently(&self, state: &mut KeyringState) -> StoreResult<()> {
        self.within_budget(state, &Arc::new(super::secret_service::probe_service))
    }

    #[cfg(not(target_os = "linux"))]
    fn open(&self, state: &mut KeyringState) -> StoreResult<()> {
        self.silently(state)
    }

    #[cfg(not(target_os = "linux"))]
    fn silently(&self, state: &mut KeyringState) -> StoreResult<()> {
        self.within_budget(
            state,
            &Arc::new(|| match Entry::store_status() {
                Ok(()) => Ok(()),
                Err(err) => Err(StoreError::Absent(err.to_string())),
            }),
        )
    }

    fn within_budget<T, W>(&self, state: &mut KeyringState, work: &Arc<W>) -> StoreResult<T>
    where
        T: Send + 'static,
        W: Fn() -> StoreResult<T> + Send + Sync + 'static,
    {
        // macOS and Windows ask by themselves; with a person there, they may take their time.
        if self.attended && !cfg!(target_os = "linux") {
            let work = work.clone();
            return without_limit(move || work());
        }
        let left = self.timeout.saturating_sub(state.spent);
        let started = Instant::now();
        let answer = on_a_thread(work.clone()).recv_timeout(left);
        state.spent += started.elapsed();
        let milliseconds = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => Err(StoreError::Timeout(milliseconds)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(keyring_gone()),
        }
    }
}

fn without_limit<T: Send + 'static>(
    work: impl Fn() -> StoreResult<T> + Send + Sync + 'static,
) -> StoreResult<T> {
    on_a_thread(Arc::new(work)).recv().unwrap_or_else(|_| Err(keyring_gone()))
}

fn keyring_gone() -> StoreError {
    StoreError::Failed("it ended the conversation".to_owned())
}

fn on_a_thread<T, W>(work: Arc<W>) -> mpsc::Receiver<StoreResult<T>>
where
    T: Send + 'static,
    W: Fn() -> StoreResult<T> + Send + Sync + 'static,
{
    let (answer, answers) = mpsc::sync_channel(1);
    let spawned = std::thread::Builder::new().name("keyring".to_owned()).spawn({
        let answer = answer.clone();
        move || {
            let _ = answer.send(work());
        }
    });
    if let Err(err) = spawned {
        let _ = answer.send(Err(StoreError::Failed(format!("no thread for it: {err}"))));
    }
    answers
}

impl SecretStore for Keyring {
    fn name(&self) -> &'static str {
        if cfg!(target_os = "macos") {
            "Keychain"
        } else if cfg!(windows) {
            "Credential Manager"
        } else {
            "Secret Service"
        }
    }

    fn probe(&self) -> StoreResult<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.ready(&mut state)
    }

    fn look(&self) -> StoreResult<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.silently(&mut state)
    }

    fn load(&self, name: &str) -> StoreResult<Option<Secret>> {
        let name = name.to_owned();
        self.run(move || load_item(&name))
    }

    fn save(&self, name: &str, secret: &Secret) -> StoreResult<()> {
        let (name, secret) = (name.to_owned(), secret.clone());
        self.run(move || save_item(&name, &secret))
    }

    fn forget(&self, name: &str) -> StoreResult<()> {
        let name = name.to_owned();
        self.run(move || forget_item(&name))
    }
}

fn load_item(name: &str) -> StoreResult<Option<Secret>> {
    let found = match keyring_entry(name)?.get_secret() {
        Ok(found) => found,
        Err(EntryError::NoEntry) => return Ok(None),
        Err(EntryError::Ambiguous(twins)) => return the_one_of(name, &twins).map(Some),
        Err(err) => return Err(keyring_failure(&err)),
    };
    item_text(found).map(Some)
}

/// Reads the secret back, because some keyrings take a write and keep nothing.
fn save_item(name: &str, secret: &Secret) -> StoreResult<()> {
    let entry = keyring_entry(name)?;
    let bytes = secret.expose().as_bytes();
    let mut written = entry.set_secret(bytes);
    if let Err(EntryError::Ambiguous(twins)) = written {
        remove_twins(&twins)?;
        written = entry.set_secret(bytes);
    }
    written.map_err(|err| keyring_failure(&err))?;
    match load_item(name)? {
        Some(kept) if kept == *secret => Ok(()),
        _ => Err(StoreError::Failed("it took the secret but does not give it back".to_owned())),
    }
}

fn forget_item(name: &str) -> StoreResult<()> {
    match keyring_entry(name)?.delete_credential() {
        Ok(()) | Err(EntryError::NoEntry) => Ok(()),
        Err(EntryError::Ambiguous(twins)) => remove_twins(&twins),
        Err(err) => Err(keyring_failure(&err)),
    }
}

fn keyring_entry(name: &str) -> StoreResult<Entry> {
    if let Err(err) = Entry::store_status() {
        return Err(keyring_failure(err));
    }
    Entry::new(SERVICE, name).map_err(|err| keyring_failure(&err))
}

/// Several items carry this program's attributes: some other program copied or extended its item. The right one has
/// these attributes and no more; equal copies are as good.
fn the_one_of(name: &str, twins: &[keyring_core::Entry]) -> StoreResult<Secret> {
    let own = |twin: &&keyring_core::Entry| {
        twin.get_attributes().is_ok_and(|attributes| {
            attributes
                .keys()
                .all(|key| matches!(key.as_str(), "service" | "username" | "xdg:schema"))
        })
    };
    let ours: Vec<_> = twins.iter().filter(own).collect();
    let candidates = if ours.is_empty() { twins.iter().collect() } else { ours };
    let mut secrets = Vec::new();
    for candidate in candidates {
        let found = candidate.get_secret().map_err(|err| keyring_failure(&err))?;
        secrets.push(item_text(found)?);
    }
    secrets.dedup();
    match secrets.pop() {
        Some(only) if secrets.is_empty() => Ok(only),
        _ => Err(StoreError::Failed(format!(
            "{} different items are called '{name}'",
            secrets.len() + 1
        ))),
    }
}

fn remove_twins(twins: &[keyring_core::Entry]) -> StoreResult<()> {
    for twin in twins {
        match twin.delete_credential() {
            Ok(()) | Err(EntryError::NoEntry) => {}
            Err(err) => return Err(keyring_failure(&err)),
        }
    }
    Ok(())
}

fn item_text(found: Vec<u8>) -> StoreResult<Secret> {
    let found = Zeroizing::new(found);
    match std::str::from_utf8(&found) {
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => {
            Err(StoreError::Failed("the item is not from this program: it is not text".to_owned()))
        }
    }
}

/// An error's text never holds the secret: `BadEncoding` and its like carry it only as data.
fn keyring_failure(err: &EntryError) -> StoreError {
    match err {
        EntryError::TooLong(_, limit) => {
            StoreError::Failed(format!("it keeps at most {limit} characters"))
        }
        EntryError::PlatformFailure(cause) | EntryError::NoStorageAccess(cause) => {
            StoreError::Failed(cause.to_string())
        }
        EntryError::NoDefaultStore => StoreError::Failed("it could not be opened".to_owned()),
        other => StoreError::Failed(other.to_string()),
    }
}
