//! `az extension`: add, list, show, update from a file and from an index, remove.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::extension::{AzRan, python, root, wheel};
use crate::support::lab::Lab;

/// A laboratory with a folder for extensions of its own.
struct Place {
    lab: Lab,
    extensions: std::path::PathBuf,
}

impl Place {
    fn new() -> Place {
        let lab = Lab::new();
        let extensions = lab.home.path().join("extensions");
        Place { lab, extensions }
    }

    fn az(&self, args: &[&str]) -> AzRan {
        let mut command = self.lab.az_with(&self.extensions, args);
        command.output().unwrap().into()
    }

    fn version(&self) -> serde_json::Value {
        let show = ["extension", "show", "-n", "imageshare"];
        self.az(&show).json()["version"].clone()
    }

    fn add(&self, wheel: &Path) {
        let source = wheel.to_str().unwrap();
        let add = ["extension", "add", "--yes", "--upgrade", "--source", source];
        assert_eq!(self.az(&add).code, Some(0));
    }
}

#[test]
fn it_is_added_listed_shown_updated_and_removed() {
    let place = Place::new();
    let folder = place.lab.home.path();
    place.add(&wheel("1.0.0", folder));
    let listed = place.az(&["extension", "list"]).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let fields = ["name", "version", "extensionType"].map(|field| listed[0][field].clone());
    assert_eq!(fields, ["imageshare", "1.0.0", "whl"]);
    let shown = place.az(&["extension", "show", "-n", "imageshare"]).json();
    assert_eq!(shown["metadata"]["azext.minCliCoreVersion"], "2.60.0");
    assert_eq!(place.az(&["imageshare", "credential", "list"]).json(), serde_json::json!([]));
    place.add(&wheel("1.0.1", folder));
    assert_eq!(place.version(), "1.0.1");
    assert_eq!(place.az(&["imageshare", "credential", "list"]).json(), serde_json::json!([]));
    assert_eq!(place.az(&["extension", "remove", "-n", "imageshare"]).code, Some(0));
    assert_eq!(place.az(&["extension", "list"]).json(), serde_json::json!([]));
    assert_eq!(place.az(&["imageshare", "credential", "list"]).code, Some(2));
    assert!(!place.extensions.join("imageshare").exists(), "nothing is left behind");
}

#[test]
fn an_index_serves_it_and_its_updates() {
    let place = Place::new();
    let site = place.lab.home.path().join("site");
    let (mut server, address) = serve(&site);
    let index = format!("{address}/index.json");
    let publish = |versions: &[&str]| {
        let wheels: Vec<_> = versions.iter().map(|version| wheel(version, &site)).collect();
        let mut command = Command::new(python());
        command.arg(root().join("packaging/azext/index.py"));
        let made = command.args(["--url", &address]).args(wheels).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::write(site.join("index.json"), made.stdout).unwrap();
    };
    publish(&["1.0.0"]);
    let named = ["-n", "imageshare", "--index", &index];
    let added = place.az(&[&["extension", "add", "--yes"], &named[..]].concat());
    assert_eq!(added.code, Some(0), "{added:?}");
    assert_eq!(place.version(), "1.0.0");
    publish(&["1.0.0", "1.2.0"]);
    let updated = place.az(&[&["extension", "update"], &named[..]].concat());
    assert_eq!(updated.code, Some(0), "{updated:?}");
    assert_eq!(place.version(), "1.2.0");
    // The address in the index is also one that `--source` takes.
    let page = std::fs::read_to_string(site.join("index.json")).unwrap();
    let page: serde_json::Value = serde_json::from_str(&page).unwrap();
    let url = page["extensions"]["imageshare"][1]["downloadUrl"].as_str().unwrap();
    assert_eq!(place.az(&["extension", "remove", "-n", "imageshare"]).code, Some(0));
    let direct = place.az(&["extension", "add", "--yes", "--source", url]);
    assert_eq!(direct.code, Some(0), "{direct:?}");
    assert_eq!(place.version(), "1.2.0");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_platform_wheel_is_refused_for_the_index() {
    let mut command = Command::new(python());
    command.arg(root().join("packaging/azext/index.py"));
    command.args(["--url", "https://example.com", "imageshare-1.0.0-py3-none-win_amd64.whl"]);
    let refused: AzRan = command.output().unwrap().into();
    assert!(refused.refused(1).contains("az takes no platform wheel"));
}

#[test]
fn an_upgrade_does_not_disturb_a_command_that_runs() {
    let place = Place::new();
    let folder = place.lab.home.path();
    place.add(&wheel("1.0.0", folder));
    let mut command =
        place.lab.az_with(&place.extensions, &["imageshare", "output", "render", "-o", "tsv"]);
    command.env("AZURE_IMAGESHARE_HIDDEN_COMMANDS", "yes");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    // The second line is asked for when the program runs and has read the first.
    let mut typed = running.stdin.take().unwrap();
    typed.write_all(b"[1,\n").unwrap();
    crate::support::keyring::until("the program to run", || {
        super::process::programs_below(&place.extensions) > 0
    });
    place.add(&wheel("1.1.0", folder));
    typed.write_all(b"2]\n").unwrap();
    drop(typed);
    let ended: AzRan = running.wait_with_output().unwrap().into();
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "1\n2\n"), "{ended:?}");
    assert_eq!(place.version(), "1.1.0");
}

/// A web server on loopback for the files of a folder, and its address.
fn serve(folder: &Path) -> (Child, String) {
    std::fs::create_dir_all(folder).unwrap();
    let mut server = Command::new(python())
        .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    said.read_line(&mut first).unwrap();
    // Whoever does not read on would stop the server.
    std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
    let address = first.split(['(', ')']).nth(1).unwrap();
    (server, address.trim_end_matches('/').to_owned())
}
