//! `install.sh`: nothing is installed before the checksum is right, from a folder and from a server on this machine.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::support::source::root;

/// A folder with a release as `scripts/archive` packs it; the program is a script that knows its version.
struct Release {
    folder: tempfile::TempDir,
}

impl Release {
    fn new() -> Release {
        let release = Release { folder: tempfile::tempdir().unwrap() };
        let program = release.folder.path().join("program");
        std::fs::create_dir(&program).unwrap();
        std::fs::write(program.join("az-imageshare"), "#!/bin/sh\necho az-imageshare 9.9.9\n")
            .unwrap();
        let mut pack = Command::new(root().join("scripts/archive"));
        pack.arg(target()).arg(&program).arg(release.path()).env("SOURCE_DATE_EPOCH", "1700000000");
        assert!(pack.output().unwrap().status.success());
        let mut sum = Command::new("sh");
        sum.args(["-c", "sha256sum *.tar.gz >SHA256SUMS"]).current_dir(release.path());
        assert!(sum.status().unwrap().success());
        release
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn archive(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.into_iter().find(|path| path.to_string_lossy().ends_with(".tar.gz")).unwrap()
    }
}

fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

fn install(from: &str, into: &Path) -> Output {
    let mut command = Command::new("sh");
    command.arg(root().join("install.sh")).args(["--from", from, "--dir"]).arg(into);
    command.stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn assert_refused(ran: &Output, into: &Path, why: &str) {
    let text = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && text.contains(why), "{text}");
    assert!(!into.join("bin").exists(), "something was installed");
}

#[test]
fn a_release_is_installed_with_completions_and_man_pages() {
    let (release, home) = (Release::new(), tempfile::tempdir().unwrap());
    let ran = install(release.path().to_str().unwrap(), home.path());
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(String::from_utf8_lossy(&ran.stdout).contains("Installed az-imageshare 9.9.9"));
    for file in [
        "bin/az-imageshare",
        "share/man/man1/az-imageshare-delegation-create.1",
        "share/bash-completion/completions/az-imageshare",
        "share/zsh/site-functions/_az-imageshare",
        "share/fish/vendor_completions.d/az-imageshare.fish",
    ] {
        assert!(home.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn a_changed_archive_is_refused() {
    let (release, home) = (Release::new(), tempfile::tempdir().unwrap());
    let mut content = std::fs::read(release.archive()).unwrap();
    let last = content.len() - 1;
    content[last] ^= 1;
    std::fs::write(release.archive(), content).unwrap();
    assert_refused(
        &install(release.path().to_str().unwrap(), home.path()),
        home.path(),
        "checksum",
    );
}

#[test]
fn a_list_without_this_platform_is_refused() {
    let (release, home) = (Release::new(), tempfile::tempdir().unwrap());
    let sums = release.path().join("SHA256SUMS");
    let text = std::fs::read_to_string(&sums).unwrap().replace(&target(), "mips-unknown-linux-gnu");
    std::fs::write(&sums, text).unwrap();
    assert_refused(
        &install(release.path().to_str().unwrap(), home.path()),
        home.path(),
        "no archive",
    );
    std::fs::remove_file(&sums).unwrap();
    assert_refused(
        &install(release.path().to_str().unwrap(), home.path()),
        home.path(),
        "cannot get",
    );
}

#[test]
fn plain_http_is_for_this_machine_alone() {
    let home = tempfile::tempdir().unwrap();
    assert_refused(&install("http://192.0.2.1/az", home.path()), home.path(), "not an https URL");
}

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_on_this_machine_is_as_good_as_a_folder() {
    let (release, home) = (Release::new(), tempfile::tempdir().unwrap());
    let mut python = Command::new("python3");
    python
        .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"])
        .arg(release.path());
    let mut server = Server(python.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.split_whitespace().nth(5).unwrap_or_else(|| panic!("{line}"));
    let ran = install(&format!("http://127.0.0.1:{port}"), home.path());
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(home.path().join("bin/az-imageshare").is_file());
}
