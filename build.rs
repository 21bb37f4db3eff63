//! Tells the program which commit it is built from: the variable AZ_IMAGESHARE_COMMIT says so, else the file that
//! `cargo package` puts into a crate, else git. A development build is rebuilt all the time, and is named for that alone.

#![allow(clippy::disallowed_methods, reason = "a build script is told by variables")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=AZ_IMAGESHARE_COMMIT");
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let told = std::env::var("AZ_IMAGESHARE_COMMIT").ok().filter(|commit| !commit.is_empty());
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = told
        .or_else(|| packaged(&folder))
        .or_else(|| if is_release { checked_out(&folder) } else { None });
    let built_from = match commit.filter(|commit| is_hash(commit)) {
        Some(commit) => format!("commit {}", &commit[..12.min(commit.len())]),
        None if is_release => "commit unknown".to_owned(),
        None => "development build".to_owned(),
    };
    println!("cargo:rustc-env=AZ_IMAGESHARE_BUILT_FROM={built_from}");
}

fn is_hash(commit: &str) -> bool {
    commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `cargo package` writes `{"git": {"sha1": "…"}}` beside the manifest.
fn packaged(folder: &str) -> Option<String> {
    let text = std::fs::read_to_string(Path::new(folder).join(".cargo_vcs_info.json")).ok()?;
    let (_, behind) = text.split_once("\"sha1\"")?;
    behind.split('"').nth(1).map(str::to_owned)
}

/// The commit of a repository whose top is this folder: a crate unpacked inside another one is not of that.
fn checked_out(folder: &str) -> Option<String> {
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    let same = Path::new(&top).canonicalize().ok()? == Path::new(folder).canonicalize().ok()?;
    let head = git(folder, &["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo:rerun-if-changed={}", Path::new(folder).join(head).display());
    if same { git(folder, &["rev-parse", "HEAD"]) } else { None }
}

fn git(folder: &str, args: &[&str]) -> Option<String> {
    let ran = Command::new("git").arg("-C").arg(folder).args(args).output().ok()?;
    let text = String::from_utf8(ran.stdout).ok()?;
    ran.status.success().then(|| text.trim().to_owned())
}
