//! Whether others can read a file that holds a secret, and whether the user could change that.
//!
//! Some file systems keep no permissions (the Windows drives of WSL, a USB stick), and some files are someone
//! else's to close (a secret that Kubernetes mounts): there `chmod 600` is not an advice.

use std::fs::Metadata;
use std::path::Path;

/// Who can read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "Windows has one answer for every file"))]
pub(crate) enum FileExposure {
    /// The user alone.
    Private,
    /// Others too, until the user closes it.
    Mendable,
    /// Others too, and `chmod` does not help.
    Lasting,
}

#[cfg(unix)]
pub(crate) fn exposure_of(path: &Path, found: &Metadata) -> FileExposure {
    use std::os::unix::fs::MetadataExt;
    if found.is_dir() || found.mode() & 0o077 == 0 {
        return FileExposure::Private;
    }
    let is_own = found.uid() == crate::process::file::effective_user();
    if is_own && keeps_rights(path) { FileExposure::Mendable } else { FileExposure::Lasting }
}

/// Windows gives a file the permissions of its folder: the user's profile belongs to the user alone.
#[cfg(not(unix))]
pub(crate) fn exposure_of(_path: &Path, _found: &Metadata) -> FileExposure {
    FileExposure::Private
}

/// What is not known counts as a file system that keeps permissions.
#[cfg(unix)]
fn keeps_rights(path: &Path) -> bool {
    let is_read_only = rustix::fs::statvfs(path)
        .is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY));
    !is_read_only && !is_without_rights(path)
}

#[cfg(target_os = "linux")]
fn is_without_rights(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|found| {
        // Only the lower half is the number; its sign depends on the system.
        let kind = u64::try_from(found.f_type).unwrap_or_default() & 0xffff_ffff;
        WITHOUT_RIGHTS.contains(&kind)
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_without_rights(_path: &Path) -> bool {
    false
}

/// Source: statfs(2) and `linux/magic.h`: 9p and drvfs (WSL), FAT, exFAT, NTFS by the kernel and by FUSE,
/// SMB in its three versions.
#[cfg(target_os = "linux")]
const WITHOUT_RIGHTS: [u64; 10] = [
    0x0102_1997,
    0x5346_4846,
    0x4d44,
    0x2011_bab0,
    0x7366_746e,
    0x5346_544e,
    0x6573_5546,
    0x517b,
    0xff53_4d42,
    0xfe53_4d42,
];

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_what_chmod_could_close_is_the_users_to_close() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        std::fs::write(&path, "x").unwrap();
        let exposed = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            exposure_of(&path, &std::fs::metadata(&path).unwrap())
        };
        assert_eq!(exposed(0o600), FileExposure::Private);
        assert_eq!(exposed(0o644), FileExposure::Mendable);
    }
}
