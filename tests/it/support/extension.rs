//! The Azure CLI extension, in the real `az`: packed with the built program, installed once for all tests.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::az::{az, az_command};
use super::lab::Lab;
use super::program;

/// What a run of `az` left behind.
#[derive(Debug)]
pub(crate) struct AzRan {
    /// The exit code; none after a signal.
    pub(crate) code: Option<i32>,
    /// All of standard output.
    pub(crate) stdout: String,
    /// All of standard error.
    pub(crate) stderr: String,
}

impl From<Output> for AzRan {
    fn from(output: Output) -> AzRan {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        AzRan {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl AzRan {
    /// The result, of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        match self.stdout.trim() {
            "" => serde_json::Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|err| panic!("{err}: {self:?}")),
        }
    }

    /// The standard error of a run that must have ended with this exit code.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        &self.stderr
    }
}

impl Lab {
    /// `az` with the extension, in this laboratory.
    pub(crate) fn az(&self, args: &[&str]) -> Command {
        self.az_with(&installed(), args)
    }

    /// `az` with the extensions of a folder, in this laboratory.
    pub(crate) fn az_with(&self, extensions: &Path, args: &[&str]) -> Command {
        self.place(az_command(&self.home.path().join(".azure")), extensions, args)
    }

    /// A Python program beside the real `az`, with its modules, in this laboratory.
    pub(crate) fn az_python(&self, args: &[&str]) -> Command {
        self.python(&python(), args)
    }

    /// Any Python with `az`'s modules, in this laboratory.
    pub(crate) fn python(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = az_command(&self.home.path().join(".azure"));
        command = {
            let mut python = Command::new(program);
            python
                .env_clear()
                .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            python
        };
        self.place(command, &installed(), args)
    }

    fn place(&self, mut command: Command, extensions: &Path, args: &[&str]) -> Command {
        command
            .args(args)
            .envs(self.variables())
            .env("AZURE_EXTENSION_DIR", extensions)
            .stdin(Stdio::null())
            .current_dir(self.home.path());
        command
    }

    /// Runs `az` with the extension.
    pub(crate) fn run_az(&self, args: &[&str]) -> AzRan {
        self.az(args).output().unwrap().into()
    }

    /// Signs `az` in as an application.
    pub(crate) fn az_login(self, tenant: &str, client: &str, secret: &str) -> Lab {
        let fixed = ["login", "--service-principal", "-u", client, "-p", secret];
        let rest = ["--tenant", tenant, "--allow-no-subscriptions"];
        self.run_az(&[&fixed[..], &rest[..]].concat()).json();
        self
    }
}

/// The Python that the real `az` runs in.
pub(crate) fn python() -> PathBuf {
    az().with_file_name("python3")
}

/// Packs the extension with the built program; gives the wheel.
pub(crate) fn wheel(version: &str, folder: &Path) -> PathBuf {
    let script = root().join("packaging/azext/wheel.py");
    let program = format!("{}={}", platform(), program::path().display());
    let packed = Command::new(python())
        .arg(script)
        .args(["--store", "--version", version, "--out"])
        .arg(folder)
        .arg(program)
        .output()
        .unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    PathBuf::from(String::from_utf8(packed.stdout).unwrap().trim())
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "macos",
        "windows" => "windows",
        _ => "linux",
    };
    format!("{system}-{}", std::env::consts::ARCH)
}

/// A folder with the extension in it, added by `az extension add`. The first test makes it, the others, which are
/// processes of their own, find it; another program or shim makes another.
pub(crate) fn installed() -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(all).unwrap();
    let folder = all.join(format!("azext-{:016x}", fingerprint()));
    let lock = File::create(all.join("azext.lock")).unwrap();
    lock.lock().unwrap();
    if folder.join("imageshare").is_dir() {
        return folder;
    }
    for old in fs::read_dir(all).unwrap().flatten() {
        if old.file_name().to_string_lossy().starts_with("azext-") {
            let _ = fs::remove_dir_all(old.path());
        }
    }
    let home = tempfile::tempdir_in(all).unwrap();
    let packed = wheel(env!("CARGO_PKG_VERSION"), home.path());
    let fresh = home.path().join("extensions");
    let added: AzRan = az_command(home.path())
        .env("AZURE_EXTENSION_DIR", &fresh)
        .args(["extension", "add", "--yes", "--source", packed.to_str().unwrap()])
        .output()
        .unwrap()
        .into();
    assert_eq!(added.code, Some(0), "{added:?}");
    fs::rename(fresh, &folder).unwrap();
    folder
}

fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    az().hash(&mut hasher);
    let program = fs::metadata(program::path()).unwrap();
    (program.len(), program.modified().unwrap()).hash(&mut hasher);
    let shim = root().join("packaging/azext/azext_imageshare");
    let mut files: Vec<PathBuf> = fs::read_dir(shim)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    for file in files {
        fs::read(file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}
