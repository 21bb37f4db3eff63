//! Folders and files that belong to the user alone: created so, never loosened, replaced whole.
//!
//! A write goes to a new file, to the disk, and then over the old name: a reader sees one or the other.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use lines::{behind_whole_lines, is_written, mark_as_written, open_if_left};

#[cfg(unix)]
pub(crate) use crate::process::file::effective_user;

mod lines;

/// Why a folder or a file in it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} {problem}")]
pub struct FolderError {
    /// The folder or file.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// A folder that only this user may write to.
#[derive(Clone, Debug)]
pub(crate) struct PrivateFolder {
    path: PathBuf,
}

/// A lock that is held as long as the value lives; it dies with the process.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// No file of this program comes near this many bytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// How the name of a file begins that is still being written.
pub(crate) const TEMPORARY: &str = ".tmp-";

impl PrivateFolder {
    /// Opens the folder at `path`, if it exists.
    ///
    /// # Errors
    /// If it is a link, belongs to another user, or others may write to it.
    pub(crate) fn open(path: &Path) -> Result<Option<PrivateFolder>, FolderError> {
        match fs::symlink_metadata(path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(unusable_path(path, &err)),
            Ok(found) => {
                check_folder(path, &found)?;
                let path = path.to_owned();
                Ok(Some(PrivateFolder { path }))
            }
        }
    }

    /// Opens the folder at `path`, creating it for the user alone if it is not there.
    pub(crate) fn create(path: &Path) -> Result<PrivateFolder, FolderError> {
        if let Some(folder) = PrivateFolder::open(path)? {
            return Ok(folder);
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|err| unusable_path(path, &err))?;
        let created = fs::symlink_metadata(path).map_err(|err| unusable_path(path, &err))?;
        check_folder(path, &created)?;
        Ok(PrivateFolder { path: path.to_owned() })
    }

    /// The path of a file in the folder.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens a file for reading, if it exists.
    pub(crate) fn open_file(&self, name: &str) -> Result<Option<File>, FolderError> {
        let path = self.path_of(name);
        match guarded_options().read(true).open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(unusable_path(&path, &err)),
        }
    }

    /// Reads a file, if it exists.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        self.read_up_to(name, LARGEST_FILE)
    }

    /// Reads a file that may be larger than others, if it exists: so many bytes at most.
    pub(crate) fn read_up_to(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, FolderError> {
        let Some(file) = self.open_file(name)? else {
            return Ok(None);
        };
        let path = self.path_of(name);
        let size = file.metadata().map_or(0, |found| found.len());
        let room = usize::try_from(size.min(most)).unwrap_or(0) + 1;
        let mut content = Vec::with_capacity(room);
        file.take(most).read_to_end(&mut content).map_err(|err| unusable_path(&path, &err))?;
        Ok(Some(content))
    }

    /// Opens a file of lines for more of them, without what is behind its last line feed.
    ///
    /// # Errors
    /// If it is not there, or cannot be written.
    pub(crate) fn append_whole_lines(&self, name: &str) -> Result<File, FolderError> {
        let path = self.path_of(name);
        let opened = guarded_options().read(true).write(true).open(&path).and_then(|file| {
            mark_as_written(&file);
            behind_whole_lines(file)
        });
        opened.map_err(|err| unusable_path(&path, &err))
    }

    /// As [`PrivateFolder::append_whole_lines`]; nothing where a process that lives still has the file from it or from
    /// [`PrivateFolder::create_new`], or where that cannot be known.
    ///
    /// # Errors
    /// As [`PrivateFolder::append_whole_lines`].
    pub(crate) fn append_if_left(&self, name: &str) -> Result<Option<File>, FolderError> {
        let path = self.path_of(name);
        let opened = open_if_left(&path, guarded_options())
            .and_then(|left| left.map(behind_whole_lines).transpose());
        opened.map_err(|err| unusable_path(&path, &err))
    }

    /// True if a process that lives has the file from [`PrivateFolder::append_whole_lines`] or
    /// [`PrivateFolder::create_new`].
    pub(crate) fn is_being_written(&self, name: &str) -> bool {
        is_written(&self.path_of(name), guarded_options())
    }

    /// Replaces the content of the file called `name`.
    ///
    /// # Errors
    /// If the disk does not take it; the old content is then still there.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<(), FolderError> {
        let path = self.path_of(name);
        // What is larger would never be read again.
        if u64::try_from(content.len()).is_ok_and(|length| length > LARGEST_FILE) {
            return Err(FolderError {
                path: path.display().to_string(),
                problem: format!("would be larger than {} MiB", LARGEST_FILE / (1024 * 1024)),
                fix: "Remove unused credentials: `az-imageshare credential list -o table` shows them.".to_owned(),
            });
        }
        self.replace(&path, content).map_err(|err| unusable_path(&path, &err))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        // `tempfile` creates with O_EXCL and 0600.
        let mut temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.path)?;
        temporary.write_all(content)?;
        // Before the rename: else a power cut may leave the new name with nothing behind it (ext4's delayed
        // allocation, <https://docs.kernel.org/admin-guide/ext4.html>, `auto_da_alloc`).
        temporary.as_file().sync_all()?;
        let (_, temporary) = temporary.keep()?;
        if let Err(err) = rename_over(&temporary, path) {
            let _ = fs::remove_file(&temporary);
            return Err(err);
        }
        // What is written stands, and readers see it: that a power cut might still take it back is no failure of
        // the write.
        let _ = self.sync();
        Ok(())
    }

    /// Brings a rename to the disk. Windows does so automatically and cannot open folders.
    fn sync(&self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(&self.path)?.sync_all()?;
        }
        Ok(())
    }

    /// Makes a new file, to be written line by line.
    ///
    /// # Errors
    /// If there is one of that name, or the disk does not take it.
    pub(crate) fn create_new(&self, name: &str) -> Result<File, FolderError> {
        let path = self.path_of(name);
        let file = guarded_options().append(true).create_new(true).open(&path);
        let file = file.map_err(|err| unusable_path(&path, &err))?;
        mark_as_written(&file);
        self.sync().map_err(|err| unusable_path(&path, &err))?;
        Ok(file)
    }

    /// Removes a file; one that is not there is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FolderError> {
        let path = self.path_of(name);
        match fs::remove_file(&path) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => Err(unusable_path(&path, &err)),
            _ => Ok(()),
        }
    }

    /// Gives a file another name in the same folder.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let path = self.path_of(from);
        fs::rename(&path, self.path_of(to)).map_err(|err| unusable_path(&path, &err))
    }

    /// The names of all files, and when each was written.
    pub(crate) fn files(&self) -> Vec<(String, SystemTime)> {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let written = entry.metadata().ok()?.modified().ok()?;
                Some((entry.file_name().into_string().ok()?, written))
            })
            .collect()
    }

    /// Removes what killed writers left behind: temporary files last written before `before`.
    pub(crate) fn sweep(&self, before: SystemTime) {
        for (name, written) in self.files() {
            if name.starts_with(TEMPORARY) && written <= before {
                let _ = self.remove(&name);
            }
        }
    }

    /// Takes the lock called `name` if it is free.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<Lock>, FolderError> {
        let path = self.path_of(name);
        let file = guarded_options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|err| unusable_path(&path, &err))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(err)) => Err(unusable_path(&path, &err)),
        }
    }

    /// Waits for the lock called `name`, at most for `patience`.
    pub(crate) fn lock(&self, name: &str, patience: Duration) -> Result<Lock, FolderError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(lock) = self.try_lock(name)? {
                return Ok(lock);
            }
            if started.elapsed() > patience {
                return Err(self.lock_is_kept(name, patience));
            }
            std::thread::sleep(pause);
            pause = next_pause(pause);
        }
    }

    /// Says that a lock was not to be had.
    pub(crate) fn lock_is_kept(&self, name: &str, patience: Duration) -> FolderError {
        let path = self.path_of(name).display().to_string();
        FolderError {
            problem: format!("is locked by another process for {} s", patience.as_secs()),
            fix: if cfg!(windows) {
                "End the other az-imageshare in the Task Manager, and run the command again."
                    .to_owned()
            } else {
                format!(
                    "See who holds it with `fuser {path}`, end that process, and run the command again."
                )
            },
            path,
        }
    }
}

/// Renames, where Windows may refuse as long as another process has the old file open: a reader of this program or a
/// scanner is done in a moment, and half a second is more than that.
fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    let mut pause = FIRST_PAUSE;
    loop {
        match fs::rename(from, to) {
            Err(err)
                if cfg!(windows)
                    && err.kind() == io::ErrorKind::PermissionDenied
                    && pause < Duration::from_millis(500) =>
            {
                std::thread::sleep(pause);
                pause *= 2;
            }
            done => return done,
        }
    }
}

/// How long to wait before a lock is tried for the second time.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// How long to wait before the next try.
pub(crate) fn next_pause(pause: Duration) -> Duration {
    (pause * 2).min(Duration::from_millis(50))
}

/// Options that neither follow a link nor wait for a pipe.
#[cfg(unix)]
fn guarded_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options
}

/// Windows lets only administrators make links, keeps pipes out of folders, and gives a file the permissions of its
/// folder: the user's profile belongs to the user alone.
#[cfg(not(unix))]
fn guarded_options() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn check_folder(path: &Path, found: &fs::Metadata) -> Result<(), FolderError> {
    use std::os::unix::fs::MetadataExt;
    let shown = path.display().to_string();
    let refuse = |problem: &str, fix: String| {
        Err(FolderError { path: shown.clone(), problem: problem.to_owned(), fix })
    };
    if found.is_symlink() {
        refuse(
            "is a symbolic link, and credentials are never kept behind one",
            format!("Put a real folder there: `rm {shown} && mkdir -m 700 {shown}`."),
        )
    } else if !found.is_dir() {
        refuse("is not a folder", format!("Move it away: `mv {shown} {shown}.old`."))
    } else if found.uid() != effective_user() {
        refuse(
            "belongs to another user",
            "Set AZURE_CONFIG_DIR to a folder of your own.".to_owned(),
        )
    } else if found.mode() & 0o022 != 0 {
        refuse("can be written to by other users", format!("Close it: `chmod 700 {shown}`."))
    } else {
        Ok(())
    }
}

#[cfg(not(unix))]
fn check_folder(path: &Path, found: &fs::Metadata) -> Result<(), FolderError> {
    if found.is_dir() && !found.is_symlink() {
        return Ok(());
    }
    Err(FolderError {
        path: path.display().to_string(),
        problem: "is not a folder".to_owned(),
        fix: "Move it away.".to_owned(),
    })
}

fn unusable_path(path: &Path, err: &io::Error) -> FolderError {
    FolderError {
        path: path.display().to_string(),
        problem: format!("cannot be used: {err}"),
        fix: "Check its permissions and the free space, or set AZURE_CONFIG_DIR to another folder."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;
