//! This program's folder: its owner, its modes, and nothing in it that is a link.

use std::path::{Path, PathBuf};

use super::check::Check;
use crate::app::App;
use crate::secrets::folder::PrivateFolder;

const NAME: &str = "files";

/// Judges the folder and everything in it.
pub(super) fn checks(app: &App) -> Vec<Check> {
    let home = &app.settings.home;
    match PrivateFolder::open(home) {
        Err(err) => return vec![Check::refused(NAME, err)],
        Ok(None) => {
            return vec![Check::skipped(NAME, format!("{} is not there yet", home.display()))];
        }
        Ok(Some(_)) => {}
    }
    let all = below(home);
    let mut checks: Vec<Check> = all.iter().filter_map(|path| complaint(path)).collect();
    if checks.is_empty() {
        let detail =
            format!("{} and {} things in it are yours alone", home.display(), all.len() - 1);
        checks.push(Check::ok(NAME, detail));
    }
    checks
}

#[cfg(unix)]
fn complaint(path: &Path) -> Option<Check> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::symlink_metadata(path).ok()?;
    let shown = path.display();
    if found.is_symlink() {
        return Some(Check::failed(
            NAME,
            format!("{shown} is a symbolic link"),
            format!("`rm {shown}`"),
        ));
    }
    if found.uid() != crate::secrets::folder::effective_user() {
        return Some(Check::failed(
            NAME,
            format!("{shown} belongs to another user"),
            format!("`sudo chown $(id -u) {shown}`"),
        ));
    }
    let (mode, wanted) = if found.is_dir() { (found.mode(), "700") } else { (found.mode(), "600") };
    (mode & 0o077 != 0).then(|| {
        Check::warning(
            NAME,
            format!("{shown} has mode {:03o}: others of this computer may look", mode & 0o777),
            format!("`chmod {wanted} {shown}`"),
        )
    })
}

#[cfg(not(unix))]
fn complaint(path: &Path) -> Option<Check> {
    let found = std::fs::symlink_metadata(path).ok()?;
    let shown = path.display();
    found
        .is_symlink()
        .then(|| Check::failed(NAME, format!("{shown} is a symbolic link"), "Remove it."))
}

/// A folder and everything in it; links are named and not followed.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            found.extend(below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}
