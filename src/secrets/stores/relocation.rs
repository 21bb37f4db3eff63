//! From one store to another. The new place is whole and read back before `store.json` names it; what is left of
//! the old one is in that file until it is gone. So a kill leaves the old store or the new one, and at worst
//! a place that the next change removes.

use super::chosen::ChosenStore;
use super::items::SealedItem;
use super::marker::{AbandonedPlace, StoreChoice, StoreKind, StorePlace};
use crate::secrets::sealed::SealKey;
use crate::secrets::{Secret, SecretStore, StoreError, kernel};

/// Where everything is to go.
pub(crate) struct Relocation<'a> {
    pub to: StoreKind,
    /// The passphrase of the new store.
    pub passphrase: Option<&'a Secret>,
    /// The names of the secrets that must come along.
    pub items: &'a [String],
    /// The name of what comes along if it can be had, and is made anew if not.
    pub spare: &'a str,
}

impl ChosenStore {
    /// Moves everything, and says why something of the old store is still there. The caller holds the lock of
    /// the records.
    ///
    /// # Errors
    /// If a secret cannot be read, or is not given back by the new store: then nothing has changed.
    pub(crate) fn relocate(
        &self,
        wanted: &Relocation<'_>,
    ) -> Result<Option<StoreError>, StoreError> {
        let mut choice = self.choice()?;
        self.clear_abandoned(&mut choice)?;
        let secrets = self.secrets_to_move(wanted)?;
        let names = || secrets.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let place = StorePlace::new(wanted.to);
        choice.abandoned.push(AbandonedPlace { place: place.clone(), items: names() });
        choice.save(&self.around.home)?;
        if let Err(err) = self.furnish(&place, wanted.passphrase, &secrets) {
            // What was begun goes again; what cannot go now stays noted.
            let _ = self.clear_abandoned(&mut choice);
            return Err(err);
        }
        let old = AbandonedPlace { place: choice.in_use.clone(), items: names() };
        let was_empty = old.place.kind == StoreKind::Keyring && old.items.is_empty();
        choice.abandoned = if was_empty { Vec::new() } else { vec![old] };
        choice.in_use = place;
        choice.save(&self.around.home)?;
        Ok(self.clear_abandoned(&mut choice).err())
    }

    /// True if a move that was interrupted left something behind.
    ///
    /// # Errors
    /// If the file that says so is damaged.
    pub(crate) fn has_leftovers(&self) -> Result<bool, StoreError> {
        Ok(!self.choice()?.abandoned.is_empty())
    }

    /// Removes what earlier moves left behind, and temporary files of killed writers.
    ///
    /// # Errors
    /// If a place does not let go; it stays noted.
    pub(crate) fn tidy(&self) -> Result<(), StoreError> {
        let mut choice = self.choice()?;
        if choice.in_use.kind != StoreKind::Keyring {
            self.items(&choice.in_use).sweep((self.around.clock)());
        }
        self.clear_abandoned(&mut choice)
    }

    fn secrets_to_move(
        &self,
        wanted: &Relocation<'_>,
    ) -> Result<Vec<(String, Secret)>, StoreError> {
        let mut secrets = Vec::new();
        for name in wanted.items {
            // One that is gone already is no reason to leave the others where they are.
            let found = match self.load(name) {
                Err(StoreError::KeyGone) => None,
                other => other?,
            };
            secrets.extend(found.map(|secret| (name.clone(), secret)));
        }
        // With nothing else to fetch nobody is asked for the sake of this one.
        if (!wanted.items.is_empty() || self.look().is_ok())
            && let Ok(Some(spare)) = self.load(wanted.spare)
        {
            secrets.push((wanted.spare.to_owned(), spare));
        }
        Ok(secrets)
    }

    /// Fills a new place and reads everything back from it.
    fn furnish(
        &self,
        place: &StorePlace,
        passphrase: Option<&Secret>,
        secrets: &[(String, Secret)],
    ) -> Result<(), StoreError> {
        if place.kind == StoreKind::Keyring {
            let keyring = &self.around.keyring;
            keyring.probe()?;
            for (name, secret) in secrets {
                keyring.save(name, secret)?;
            }
            return check_each(secrets, |name| keyring.load(name));
        }
        let items = self.items(place);
        let key = match place.kind {
            StoreKind::Boot => self.make_boot_key(place)?,
            _ => SealKey::random(),
        };
        if place.kind == StoreKind::Passphrase {
            items.keep_key(passphrase.ok_or(StoreError::Sealed)?, &key)?;
        }
        for (name, secret) in secrets {
            items.save(&key, name, secret)?;
        }
        // From the disk and the kernel, as the next command will.
        let again = match (place.kind, passphrase) {
            (StoreKind::Passphrase, Some(passphrase)) => items.key(passphrase)?,
            _ => kernel::load_copy(&place.kernel_name()).ok_or(StoreError::NoKernelKeyring)?,
        };
        check_each(secrets, |name| match items.load(&again, name)? {
            SealedItem::Ready(secret) => Ok(Some(secret)),
            SealedItem::Absent | SealedItem::OtherKey => Ok(None),
        })?;
        if place.kind == StoreKind::Passphrase {
            let _ = self.keep_in_kernel(place, &again, kernel::LIFETIME);
        }
        self.hold(place, &again);
        Ok(())
    }

    fn clear_abandoned(&self, choice: &mut StoreChoice) -> Result<(), StoreError> {
        while let Some(gone) = choice.abandoned.last() {
            if gone.place != choice.in_use {
                self.wipe(gone)?;
            }
            choice.abandoned.pop();
            choice.save(&self.around.home)?;
        }
        Ok(())
    }

    fn wipe(&self, gone: &AbandonedPlace) -> Result<(), StoreError> {
        if gone.place.kind == StoreKind::Keyring {
            return gone.items.iter().try_for_each(|name| self.around.keyring.forget(name));
        }
        kernel::forget_copy(&gone.place.kernel_name());
        self.items(&gone.place).wipe()
    }
}

fn check_each(
    secrets: &[(String, Secret)],
    load: impl Fn(&str) -> Result<Option<Secret>, StoreError>,
) -> Result<(), StoreError> {
    for (name, secret) in secrets {
        if load(name)?.as_ref() != Some(secret) {
            let what = "it took a secret but does not give it back".to_owned();
            return Err(StoreError::Failed(what));
        }
    }
    Ok(())
}
