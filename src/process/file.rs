//! Reads files that steer a run: never for ever, never more than they may hold, and never a stranger's.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// No configuration file, key or token comes near this many bytes.
pub(crate) const LARGEST: u64 = 1024 * 1024;

/// Reads a file that the user named; a pipe such as `<(pass show app.pem)` is as good.
pub(crate) fn read_named(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_limited(File::open(path)?, largest)
}

/// Reads a file that is looked at without being asked: only a regular one, so that no pipe and no device
/// keeps the run waiting.
pub(crate) fn read_regular(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let (file, _) = open_regular(path)?;
    read_limited(file, largest)
}

/// Reads a file that belongs to the user, to root or to `also`, and that no one else may write to.
pub(crate) fn read_own(path: &Path, largest: u64, also: Option<u32>) -> io::Result<Vec<u8>> {
    let (file, found) = open_regular(path)?;
    if let Some(problem) = strange(&found, also) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
    }
    read_limited(file, largest)
}

/// The text of such a file; a byte order mark is taken off.
pub(crate) fn own_text(path: &Path, also: Option<u32>) -> io::Result<String> {
    let text = String::from_utf8(read_own(path, LARGEST, also)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Why what lies there may be another user's doing, if it may.
#[cfg(unix)]
pub(crate) fn strange(found: &Metadata, also: Option<u32>) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    let (owner, user) = (found.uid(), effective_user());
    if owner != user && owner != 0 && Some(owner) != also {
        return Some("it belongs to another user");
    }
    // Where everybody has a group of their own, as on Debian and Fedora, it may write by default (umask 002).
    let private_group = owner == user && found.gid() == effective_group();
    let shared = if private_group { 0o002 } else { 0o022 };
    // In a sticky folder, such as /tmp, others cannot replace what they do not own.
    let sticky = found.is_dir() && found.mode() & 0o1000 != 0;
    (found.mode() & shared != 0 && !sticky).then_some("other users can write to it")
}

/// Windows gives a file the permissions of its folder: the user's profile belongs to the user alone.
#[cfg(not(unix))]
pub(crate) fn strange(_found: &Metadata, _also: Option<u32>) -> Option<&'static str> {
    None
}

/// Whose a file or folder is, where the system says so by a number.
pub(crate) fn owner_of(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    return std::fs::metadata(path).ok().map(|found| std::os::unix::fs::MetadataExt::uid(&found));
    #[cfg(not(unix))]
    return std::fs::metadata(path).ok().and(None);
}

fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = File::options();
    options.read(true);
    // Without it, opening a pipe waits until somebody writes.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok((file, found))
}

/// One byte more than is allowed shows that there is too much.
fn read_limited(file: File, largest: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(largest + 1).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length > largest) {
        let problem = format!("it is larger than {} KiB", largest / 1024);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(content)
}

/// The user whose permissions this process has.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(crate) fn effective_user() -> u32 {
    // SAFETY: the call takes nothing, touches no memory and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn effective_group() -> u32 {
    // SAFETY: the call takes nothing, touches no memory and cannot fail.
    unsafe { libc::getegid() }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn devices_pipes_and_endless_files_are_refused_at_once() {
        // adversary A21: /dev/zero ate the memory, and a pipe kept every command waiting.
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            assert!(read_regular(path, LARGEST).is_err(), "{}", path.display());
        }
        assert!(read_named(Path::new("/dev/zero"), LARGEST).is_err());
        let large = folder.path().join("large");
        std::fs::write(&large, vec![b'x'; 1025]).unwrap();
        assert!(read_regular(&large, 1024).is_err());
        assert_eq!(read_regular(&large, 1025).unwrap().len(), 1025);
    }

    #[test]
    fn what_others_may_write_is_not_the_users() {
        // adversary A1: a folder or file open to others sent tokens elsewhere.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, "x").unwrap();
        for (mode, is_own) in [(0o600, true), (0o644, true), (0o666, false), (0o602, false)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_own(&file, LARGEST, None).is_ok(), is_own, "{mode:o}");
        }
    }
}
