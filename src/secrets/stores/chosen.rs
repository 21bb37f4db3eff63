//! The store in use, whichever that is: every call looks which one it is, so that a long run notices a move.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::items::{SealedItem, SealedItems};
use super::marker::{StoreChoice, StoreKind, StorePlace};
use crate::process::{Clock, HiddenPrompt};
use crate::secrets::sealed::SealKey;
use crate::secrets::{Secret, SecretStore, StoreError, kernel};

/// What the store in use needs of the run.
pub(crate) struct StoreSurroundings {
    /// The program's own folder.
    pub home: PathBuf,
    /// The operating system's keyring.
    pub keyring: Arc<dyn SecretStore>,
    /// How a passphrase is asked for, if someone is there to type it.
    pub prompt: Option<HiddenPrompt>,
    /// Keys may be put into the kernel's keyring.
    pub uses_kernel: bool,
    pub clock: Clock,
}

/// The store in use.
pub(crate) struct ChosenStore {
    pub(super) around: StoreSurroundings,
    /// The key of the place that was opened last.
    held: Mutex<Option<(StorePlace, SealKey)>>,
    /// Whether the passphrase was typed wrong as often as may be; held while someone is asked.
    refused: Mutex<bool>,
    asks_nobody: AtomicBool,
}

const TRIES: usize = 3;

impl ChosenStore {
    /// Prepares; opens nothing and asks no one.
    pub(crate) fn new(around: StoreSurroundings) -> ChosenStore {
        ChosenStore {
            around,
            held: Mutex::default(),
            refused: Mutex::default(),
            asks_nobody: AtomicBool::new(false),
        }
    }

    pub(super) fn choice(&self) -> Result<StoreChoice, StoreError> {
        StoreChoice::load(&self.around.home)
    }

    pub(super) fn place(&self) -> Result<StorePlace, StoreError> {
        Ok(self.choice()?.in_use)
    }

    pub(super) fn items(&self, place: &StorePlace) -> SealedItems {
        SealedItems::at(&self.around.home, &place.id)
    }

    /// Which kind of store is in use.
    ///
    /// # Errors
    /// If the file that says so is damaged.
    pub(crate) fn kind(&self) -> Result<StoreKind, StoreError> {
        Ok(self.place()?.kind)
    }

    /// The store in use, as people call it.
    pub(crate) fn title(&self) -> String {
        match self.kind() {
            Ok(StoreKind::Keyring) => format!("the {}", self.around.keyring.name()),
            Ok(kind) => format!("the store '{}'", kind.word()),
            Err(_) => "its store".to_owned(),
        }
    }

    /// From now on no one is asked for a passphrase: the terminal belongs to another program.
    pub(crate) fn ask_nobody(&self) {
        self.asks_nobody.store(true, Ordering::Relaxed);
    }

    /// The key of a sealed store, if it is at hand.
    fn key_at_hand(&self, place: &StorePlace) -> Option<SealKey> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, key)) = &*held
            && of == place
        {
            return Some(key.clone());
        }
        self.around.uses_kernel.then(|| kernel::load_copy(&place.kernel_name())).flatten()
    }

    /// The key of a sealed store; someone may be asked for the passphrase.
    pub(super) fn key_of(&self, place: &StorePlace) -> Result<SealKey, StoreError> {
        if let Some(key) = self.key_at_hand(place) {
            self.hold(place, &key);
            return Ok(key);
        }
        if place.kind == StoreKind::Boot {
            return Err(StoreError::KeyGone);
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if *refused {
            return Err(StoreError::WrongPassphrase);
        }
        // Somebody else may have asked while this waited for its turn.
        let found = self.key_at_hand(place).map_or_else(|| self.ask(place), Ok);
        *refused = matches!(found, Err(StoreError::WrongPassphrase));
        let key = found?;
        // Where the kernel does not take it, the next command asks again.
        let _ = self.keep_in_kernel(place, &key, kernel::LIFETIME);
        self.hold(place, &key);
        Ok(key)
    }

    pub(super) fn hold(&self, place: &StorePlace, key: &SealKey) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some((place.clone(), key.clone()));
    }

    fn ask(&self, place: &StorePlace) -> Result<SealKey, StoreError> {
        let prompt = match &self.around.prompt {
            Some(prompt) if !self.asks_nobody.load(Ordering::Relaxed) => prompt,
            _ => return Err(StoreError::Sealed),
        };
        let mut question = "Passphrase of the secrets: ";
        for _ in 0..TRIES {
            let typed = prompt(question).map_err(|_| StoreError::Sealed)?;
            match self.items(place).key(&Secret::new(typed)) {
                Err(StoreError::WrongPassphrase) => question = "Wrong. Passphrase of the secrets: ",
                other => return other,
            }
        }
        Err(StoreError::WrongPassphrase)
    }

    pub(super) fn keep_in_kernel(&self, place: &StorePlace, key: &SealKey, seconds: usize) -> bool {
        self.around.uses_kernel && kernel::keep_key(&place.kernel_name(), key, Some(seconds))
    }

    /// Makes the key of a store that only the kernel holds.
    pub(super) fn make_boot_key(&self, place: &StorePlace) -> Result<SealKey, StoreError> {
        if !self.around.uses_kernel {
            return Err(StoreError::NoKernelKeyring);
        }
        let key = SealKey::random();
        let name = place.kernel_name();
        let is_kept = kernel::keep_key(&name, &key, None)
            && kernel::load_copy(&name).is_some_and(|kept| kept.bytes() == key.bytes());
        if is_kept { Ok(key) } else { Err(StoreError::NoKernelKeyring) }
    }

    /// Opens the store in use with a passphrase, for so many seconds; the keyring opens itself.
    ///
    /// # Errors
    /// If the passphrase is wrong, or the kernel takes no key.
    pub(crate) fn unlock(
        &self,
        passphrase: Option<&Secret>,
        seconds: usize,
    ) -> Result<(), StoreError> {
        let place = self.place()?;
        match place.kind {
            StoreKind::Keyring => self.around.keyring.probe(),
            StoreKind::Boot => self.key_of(&place).map(|_| ()),
            StoreKind::Passphrase => {
                let key = match passphrase {
                    Some(passphrase) => self.items(&place).key(passphrase)?,
                    None => self.key_of(&place)?,
                };
                self.hold(&place, &key);
                let is_kept = self.keep_in_kernel(&place, &key, seconds);
                if is_kept { Ok(()) } else { Err(StoreError::NoKernelKeyring) }
            }
        }
    }

    /// Forgets the key of the store in use; true if there was one. That of a boot store is nowhere else.
    pub(crate) fn lock(&self) -> Result<bool, StoreError> {
        let place = self.place()?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if place.kind == StoreKind::Keyring {
            return Ok(false);
        }
        let had = kernel::load_copy(&place.kernel_name()).is_some();
        kernel::forget_copy(&place.kernel_name());
        Ok(had)
    }

    fn load_at(&self, place: &StorePlace, name: &str) -> Result<Option<Secret>, StoreError> {
        if place.kind == StoreKind::Keyring {
            return self.around.keyring.load(name);
        }
        let items = self.items(place);
        // What is not there needs no key, and nobody is asked for a passphrase.
        if !items.has(name) {
            return Ok(None);
        }
        match items.load(&self.key_of(place)?, name)? {
            SealedItem::Ready(secret) => Ok(Some(secret)),
            SealedItem::Absent => Ok(None),
            SealedItem::OtherKey if place.kind == StoreKind::Boot => Err(StoreError::KeyGone),
            SealedItem::OtherKey => Err(items.damage(name)),
        }
    }
}

impl SecretStore for ChosenStore {
    fn name(&self) -> &'static str {
        match self.kind() {
            Ok(StoreKind::Keyring) => self.around.keyring.name(),
            Ok(kind) => kind.word(),
            Err(_) => "unknown",
        }
    }

    fn probe(&self) -> Result<(), StoreError> {
        let place = self.place()?;
        match place.kind {
            StoreKind::Keyring => self.around.keyring.probe(),
            StoreKind::Passphrase => self.key_of(&place).map(|_| ()),
            StoreKind::Boot if self.key_at_hand(&place).is_some() => Ok(()),
            // A new secret gets a new key.
            StoreKind::Boot => self.make_boot_key(&place).map(|key| self.hold(&place, &key)),
        }
    }

    fn look(&self) -> Result<(), StoreError> {
        let place = self.place()?;
        let locked = match place.kind {
            StoreKind::Keyring => return self.around.keyring.look(),
            StoreKind::Passphrase => StoreError::Sealed,
            StoreKind::Boot => StoreError::KeyGone,
        };
        let is_open = self.key_at_hand(&place).is_some() || self.items(&place).is_empty();
        if is_open { Ok(()) } else { Err(locked) }
    }

    fn probe_removal(&self) -> Result<(), StoreError> {
        match self.kind()? {
            StoreKind::Keyring => self.around.keyring.probe(),
            StoreKind::Passphrase | StoreKind::Boot => Ok(()),
        }
    }

    fn wants_copy(&self) -> bool {
        self.kind().is_ok_and(|kind| kind == StoreKind::Keyring)
    }

    fn load(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        let place = self.place()?;
        let found = self.load_at(&place, name);
        if let Ok(Some(_)) = found {
            return found;
        }
        // Everything may have moved between the two looks.
        let now = self.place()?;
        if now == place { found } else { self.load_at(&now, name) }
    }

    fn save(&self, name: &str, secret: &Secret) -> Result<(), StoreError> {
        let place = self.place()?;
        if place.kind == StoreKind::Keyring {
            return self.around.keyring.save(name, secret);
        }
        let key = match self.key_of(&place) {
            Err(StoreError::KeyGone) => {
                let key = self.make_boot_key(&place)?;
                self.hold(&place, &key);
                key
            }
            other => other?,
        };
        self.items(&place).save(&key, name, secret)
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        let place = self.place()?;
        match place.kind {
            StoreKind::Keyring => self.around.keyring.forget(name),
            StoreKind::Passphrase | StoreKind::Boot => self.items(&place).forget(name),
        }
    }
}
