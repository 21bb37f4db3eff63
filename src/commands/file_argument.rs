//! The file that an argument names, as az understands it: a leading `@` is not part of the name, and
//! `~` is the home folder also where no shell has expanded it (Azure/azure-cli#20632).

use std::ffi::OsString;
use std::path::PathBuf;

use crate::app::App;

/// A file on the command line. Every argument that takes a file has this type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileArgument(PathBuf);

impl From<OsString> for FileArgument {
    fn from(typed: OsString) -> FileArgument {
        FileArgument(typed.into())
    }
}

impl FileArgument {
    /// The file's path.
    pub(crate) fn path(&self, app: &App) -> PathBuf {
        // What is not Unicode cannot have come from a shell that knows `@` or `~`.
        self.0.to_str().map_or_else(|| self.0.clone(), |typed| expanded_path(typed, app).into())
    }

    /// The file's path where a text is wanted.
    pub(crate) fn text(&self, app: &App) -> String {
        self.path(app).to_string_lossy().into_owned()
    }
}

/// A path with `@` taken off and `~` in full; also for arguments that take a file or something else.
pub(crate) fn expanded_path(typed: &str, app: &App) -> String {
    let path = typed.strip_prefix('@').filter(|rest| !rest.is_empty()).unwrap_or(typed);
    let is_separator = |c: char| c == '/' || cfg!(windows) && c == '\\';
    let below =
        path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(is_separator));
    match (below, &app.settings.user_home) {
        (Some(below), Some(home)) => {
            home.join(below.trim_start_matches(is_separator)).to_string_lossy().into_owned()
        }
        _ => path.to_owned(),
    }
}
