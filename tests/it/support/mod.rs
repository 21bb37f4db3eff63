//! What tests share: the built program, a keyring of their own, the real `az`, the source.

pub(crate) mod applications;
pub(crate) mod az;
#[cfg(target_os = "linux")]
pub(crate) mod browser;
pub(crate) mod builder;
pub(crate) mod change;
pub(crate) mod copies;
#[cfg(target_os = "linux")]
pub(crate) mod errand;
pub(crate) mod extension;
pub(crate) mod faults;
pub(crate) mod fleets;
#[cfg(target_os = "linux")]
pub(crate) mod forbid;
pub(crate) mod galleries;
#[cfg(target_os = "linux")]
pub(crate) mod keyring;
#[cfg(target_os = "linux")]
mod keyring_proof;
#[cfg(target_os = "linux")]
pub(crate) mod kill;
pub(crate) mod lab;
#[cfg(target_os = "linux")]
pub(crate) mod lent;
pub(crate) mod machines;
pub(crate) mod memory_store;
pub(crate) mod modules;
pub(crate) mod offers;
#[cfg(target_os = "linux")]
pub(crate) mod outside;
pub(crate) mod program;
pub(crate) mod sign_in_page;
pub(crate) mod source;
#[cfg(unix)]
pub(crate) mod terminal;
pub(crate) mod virtual_time;

use std::path::{Path, PathBuf};

/// The program `name` from the search path.
///
/// A test never skips because something is absent: it fails, and says what brings it.
pub(crate) fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("`{name}` is missing: run `make tools`, which installs it"))
}

/// Where `make tools` puts what no system package brings.
pub(crate) fn tools_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

#[test]
#[should_panic(expected = "`no-such-program` is missing: run `make tools`")]
fn a_missing_tool_is_no_silent_skip() {
    tool("no-such-program");
}

/// Makes a file look as if nobody had written it for an hour: leftovers are kept while others may still be writing.
pub(crate) fn make_old(path: &std::path::Path) {
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
}
