//! The folder of a run: the shims on the command's `PATH`, and the files of its `az`. It holds neither a secret
//! nor a token, and goes with the run; what a killed run leaves is removed by the next one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::secrets::folder::{Lock, PrivateFolder};

/// A folder that is locked as long as its run lasts.
pub(crate) struct RunFolder {
    path: PathBuf,
    lock: Option<Lock>,
}

impl RunFolder {
    /// Makes the folder, under a name no one can guess, and removes those of runs that were killed.
    pub(crate) fn create(app: &App) -> Result<RunFolder> {
        let base = base_folder(app)?;
        // Between the making of a folder and its lock nobody may sweep.
        let sweeping = base.lock(SWEEP, PATIENCE)?;
        sweep(&base);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).rand_bytes(16).disable_cleanup(true);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = builder
            .tempdir_in(base.path_of(""))
            .map_err(|err| cannot_make(&base.path_of(""), &err))?;
        let path = made.keep();
        let lock = PrivateFolder::create(&path)?.try_lock(LOCK)?;
        drop(sweeping);
        Ok(RunFolder { path, lock })
    }

    /// The folder with the shims.
    pub(crate) fn programs(&self) -> PathBuf {
        self.path.join("bin")
    }

    /// The folder of the command's `az`.
    pub(crate) fn config(&self) -> PathBuf {
        self.path.join("azure")
    }

    /// Puts the shims there: names of `program`, which looks at the one it is called by.
    pub(crate) fn put_shims(&self, program: &Path, names: &[&str]) -> Result<()> {
        let folder = self.programs();
        let failed = |err: std::io::Error| cannot_make(&folder, &err);
        std::fs::create_dir(&folder).map_err(failed)?;
        std::fs::write(folder.join(MARK), []).map_err(failed)?;
        for name in names {
            shim(program, &folder, name).map_err(failed)?;
        }
        Ok(())
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // Windows removes no file that is open.
        self.lock = None;
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

#[cfg(unix)]
fn shim(program: &Path, folder: &Path, name: &str) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, folder.join(name))
}

/// Windows gives links to administrators only, and tools start `az.cmd` there.
#[cfg(not(unix))]
fn shim(program: &Path, folder: &Path, name: &str) -> std::io::Result<()> {
    let line = format!("@\"{}\" __{name} %*\r\n", program.display());
    std::fs::write(folder.join(format!("{name}.cmd")), line)
}

/// A folder that goes with the session, if the session has one of its own.
fn base_folder(app: &App) -> Result<PrivateFolder> {
    let session = app.variables.get(std::ffi::OsStr::new("XDG_RUNTIME_DIR")).map(PathBuf::from);
    let session = session.filter(|path| path.is_absolute());
    if let Some(path) = session
        && let Ok(Some(_)) = PrivateFolder::open(&path)
        && let Ok(folder) = PrivateFolder::create(&path.join("az-imageshare"))
    {
        return Ok(folder);
    }
    Ok(PrivateFolder::create(&app.settings.home.join("runs"))?)
}

/// Removes the folders whose lock is free: the kernel gave it back when their run was killed.
fn sweep(base: &PrivateFolder) {
    for (name, _) in base.files() {
        let path = base.path_of(&name);
        if !name.starts_with(PREFIX) {
            continue;
        }
        let folder = PrivateFolder::open(&path).ok().flatten();
        let is_free = folder.is_some_and(|folder| matches!(folder.try_lock(LOCK), Ok(Some(_))));
        if is_free {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

fn cannot_make(path: &Path, err: &std::io::Error) -> Error {
    Error::new(
        Kind::Failure,
        format!("cannot make a folder for the run in {}: {err}", path.display()),
    )
    .hint("Free some space there, or set AZURE_CONFIG_DIR to another folder.")
}

/// In the folder of the shims, so that a run in a run does not take them for the real programs.
pub(crate) const MARK: &str = ".az-imageshare";
const PREFIX: &str = "run-";
const LOCK: &str = "lock";
const SWEEP: &str = "sweep.lock";
const PATIENCE: Duration = Duration::from_secs(10);
