//! Linux: what state the Secret Service is in, asked over D-Bus before the keyring crate is used.
//!
//! The crate reports a locked collection, a missing one and a missing item alike; this distinguishes them, opens no
//! session for it, and unlocks only when someone is there to be asked. Source:
//! <https://specifications.freedesktop.org/secret-service-spec/latest/>

use std::time::Duration;

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::StoreError;

const SERVICE: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const NOWHERE: &str = "/";

/// While gnome-keyring writes its file anew, its collection is away for a moment.
const MOMENT: Duration = Duration::from_millis(50);
const MOMENTS: u32 = 6;

/// Finds out whether the default collection is there and unlocked.
pub(super) fn probe_service() -> Result<(), StoreError> {
    let bus = connect_bus()?;
    for _ in 0..MOMENTS {
        match check_unlocked(&bus) {
            Err(StoreError::NoCollection) => std::thread::sleep(MOMENT),
            answer => return answer,
        }
    }
    Err(StoreError::NoCollection)
}

fn check_unlocked(bus: &Connection) -> Result<(), StoreError> {
    let collection = default_collection(bus)?;
    let properties = Proxy::new(bus, SERVICE, collection, "org.freedesktop.DBus.Properties")
        .map_err(|err| bus_failure(&err))?;
    let locked: Result<OwnedValue, zbus::Error> =
        properties.call("Get", &("org.freedesktop.Secret.Collection", "Locked"));
    match locked.map(bool::try_from) {
        Ok(Ok(false)) => Ok(()),
        Ok(Ok(true)) => Err(StoreError::Locked),
        // The alias may point to a collection that is gone.
        Ok(Err(_)) | Err(zbus::Error::MethodError(..)) => Err(StoreError::NoCollection),
        Err(err) => Err(bus_failure(&err)),
    }
}

/// Has the person at the screen unlock the default collection; waits as long as they take.
pub(super) fn unlock_service() -> Result<(), StoreError> {
    let bus = connect_bus()?;
    let collection = default_collection(&bus)?;
    let service = service_proxy(&bus)?;
    let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
        service.call("Unlock", &(vec![collection],)).map_err(|err| bus_failure(&err))?;
    if prompt.as_str() == NOWHERE {
        return Ok(());
    }
    let prompt = Proxy::new(&bus, SERVICE, prompt, "org.freedesktop.Secret.Prompt")
        .map_err(|err| bus_failure(&err))?;
    // Subscribed before asking, or a quick answer is missed.
    let mut completed = prompt.receive_signal("Completed").map_err(|err| bus_failure(&err))?;
    let () = prompt.call("Prompt", &("",)).map_err(|err| bus_failure(&err))?;
    let Some(answer) = completed.next() else {
        return Err(StoreError::Failed("it ended while it was asking".to_owned()));
    };
    let (dismissed, _): (bool, OwnedValue) =
        answer.body().deserialize().map_err(|err| bus_failure(&err))?;
    if dismissed {
        return Err(StoreError::Declined);
    }
    Ok(())
}

fn connect_bus() -> Result<Connection, StoreError> {
    let bus = Connection::session()
        .map_err(|_| StoreError::Absent("this session has no D-Bus".to_owned()))?;
    if is_there(&bus)? {
        Ok(bus)
    } else {
        Err(StoreError::Absent("no program offers the Secret Service on D-Bus".to_owned()))
    }
}

/// True if the service runs, or could be started. A service without a file to start it by (KeePassXC)
/// cannot be "started" even while it runs, so its owner is looked for first.
fn is_there(bus: &Connection) -> Result<bool, StoreError> {
    let daemon =
        Proxy::new(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
            .map_err(|err| bus_failure(&err))?;
    let has_owner = || answered(daemon.call::<_, _, bool>("NameHasOwner", &(SERVICE,)));
    let started = || answered(daemon.call::<_, _, u32>("StartServiceByName", &(SERVICE, 0_u32)));
    Ok(has_owner()?.unwrap_or(false) || started()?.is_some())
}

/// What the bus answered; none if it refused, as a sandbox may. Without an answer it stays open whether there is a
/// service.
fn answered<T>(answer: Result<T, zbus::Error>) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(zbus::Error::MethodError(..)) => Ok(None),
        Err(err) => Err(bus_failure(&err)),
    }
}

fn default_collection(bus: &Connection) -> Result<OwnedObjectPath, StoreError> {
    let found: OwnedObjectPath =
        service_proxy(bus)?.call("ReadAlias", &("default",)).map_err(|err| bus_failure(&err))?;
    if found.as_str() == NOWHERE {
        return Err(StoreError::NoCollection);
    }
    Ok(found)
}

fn service_proxy(bus: &Connection) -> Result<Proxy<'static>, StoreError> {
    Proxy::new(bus, SERVICE, PATH, "org.freedesktop.Secret.Service")
        .map_err(|err| bus_failure(&err))
}

fn bus_failure(err: &zbus::Error) -> StoreError {
    StoreError::Failed(err.to_string())
}
