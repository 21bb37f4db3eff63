//! Files and folders, as shells complete them.

use std::path::PathBuf;

use super::candidate::Candidates;
use super::context::CompletionContext;

/// Puts the folders that fit, and if wanted the files, into `all`.
pub(super) fn complete_paths(
    typed: &str,
    context: &CompletionContext<'_>,
    files: bool,
    all: &mut Candidates,
) {
    let (lead, name) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let folder = match lead.strip_prefix("~/") {
        Some(rest) => context.process.home().unwrap_or_default().join(rest),
        None => PathBuf::from(lead),
    };
    let Ok(entries) = std::fs::read_dir(context.working_dir().join(folder)) else {
        return;
    };
    let mut paths = Vec::new();
    for entry in entries.flatten() {
        let Ok(found) = entry.file_name().into_string() else {
            continue;
        };
        let hidden = found.starts_with('.') && !name.starts_with('.');
        if hidden || !found.starts_with(name) || found.contains(char::is_control) {
            continue;
        }
        // Follows links: one to a folder can be gone into.
        if entry.path().is_dir() {
            paths.push(format!("{lead}{found}/"));
        } else if files {
            paths.push(format!("{lead}{found}"));
        }
    }
    paths.sort_unstable();
    paths.iter().for_each(|path| all.push(path, ""));
}
