//! Files that one side hands to the other: written whole, and never over something else.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Kind, Result};

/// Writes a file whose member `kind` says what it is; replaces only files of the same kind.
pub(crate) fn write(value: &impl Serialize, path: &Path, kind: &str, what: &str) -> Result<()> {
    if !may_replace(path, kind) {
        return Err(occupied(path, what));
    }
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|err| Error::new(Kind::Failure, err.to_string()))?;
    text.push('\n');
    put_text(path, &text)
}

/// Writes a text that begins with `head`; replaces only another text that does.
pub(crate) fn write_text(text: &str, path: &Path, head: &str, what: &str) -> Result<()> {
    let exists = path.symlink_metadata().is_ok();
    let is_same = || std::fs::read_to_string(path).is_ok_and(|known| known.starts_with(head));
    if exists && !is_same() {
        return Err(occupied(path, what));
    }
    put_text(path, text)
}

fn occupied(path: &Path, what: &str) -> Error {
    Error::usage(format!("{} exists and is not a {what}", path.display()))
        .hint("Choose another --output-file, or remove that file.")
}

fn put_text(path: &Path, text: &str) -> Result<()> {
    replace_file(path, text.as_bytes(), Readers::Everyone).map_err(|err| {
        Error::new(Kind::Failure, format!("cannot write {}", path.display()))
            .caused_by(err)
            .hint("Give --output-file a folder that exists and that you may write to.")
    })
}

fn may_replace(path: &Path, kind: &str) -> bool {
    if path.symlink_metadata().is_err() {
        return true;
    }
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    value.is_some_and(|value| value.get("kind").and_then(|kind| kind.as_str()) == Some(kind))
}

/// Who may read a file that this program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// It is meant to be handed on.
    Everyone,
    /// The user, who decides whom to give it.
    Owner,
}

/// Writes a file. Who reads it meanwhile sees the old one or the new one, never half of it.
pub(crate) fn replace_file(path: &Path, bytes: &[u8], readers: Readers) -> std::io::Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    if readers == Readers::Everyone {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(readable)?;
    }
    #[cfg(not(unix))]
    let _ = readers;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
