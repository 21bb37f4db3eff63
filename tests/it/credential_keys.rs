//! The key files that people have, made by the real OpenSSL: each signs in, or is refused by its name with the
//! command that converts it.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sandbox::world;

use crate::support::lab::{Lab, Ran};
use crate::support::tool;

/// Searched for in everything that is printed or kept.
const PASSPHRASE: &str = "Canary-7f3a9d pass phrase";

/// A key and its certificate, which the sandbox's application knows.
struct Desk {
    lab: Lab,
    folder: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let lab = Lab::new();
        let folder = lab.home.path().join("keys");
        std::fs::create_dir(&folder).unwrap();
        let desk = Desk { lab, folder };
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"];
        let rest = ["-subj", "/CN=keys", "-keyout", "key.pem", "-out", "cert.pem"];
        desk.openssl(&[&request[..], &rest[..]].concat());
        let certificate = std::fs::read_to_string(desk.path("cert.pem")).unwrap();
        desk.lab.azure.register_certificate(world::CERTIFICATE_CLIENT, &certificate).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn openssl(&self, args: &[&str]) {
        let mut command = Command::new(tool("openssl"));
        command.args(args).current_dir(&self.folder).env("PASSPHRASE", PASSPHRASE);
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// The key in another form, and the certificate behind it, as most people keep both.
    fn pem(&self, name: &str, args: &[&str]) -> PathBuf {
        self.openssl(&[args, &["-in", "key.pem", "-out", name]].concat());
        let both = [self.read(name), self.read("cert.pem")].concat();
        self.write(name, &both)
    }

    fn pfx(&self, name: &str, password: &str) -> PathBuf {
        let export = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", name];
        self.openssl(&[&export[..], &["-passout", password]].concat());
        self.path(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn add(&self, file: &Path, more: &[&str], input: &str) -> Ran {
        close(file, 0o600);
        self.add_as_it_is(file, more, input)
    }

    fn add_as_it_is(&self, file: &Path, more: &[&str], input: &str) -> Ran {
        let _ = self.lab.run(&["credential", "remove", "-n", "app", "--yes"]);
        let fixed = ["credential", "add", "-n", "app", "--tenant", world::PUBLISHER_TENANT];
        let rest = ["--client-id", world::CERTIFICATE_CLIENT, "--certificate"];
        let words = [&fixed[..], &rest[..], &[file.to_str().unwrap()], more].concat();
        let ran = self.lab.run_with_input(&words, input);
        assert!(!ran.stderr.contains(PASSPHRASE) && !ran.stdout.contains(PASSPHRASE), "{ran:?}");
        ran
    }
}

fn close(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn utf16(text: &[u8]) -> Vec<u8> {
    let units = text.iter().flat_map(|byte| [*byte, 0]);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

#[test]
fn encrypted_keys_sign_in_with_their_passphrase() {
    let desk = Desk::new();
    let pkcs8 = ["pkcs8", "-topk8", "-passout", "env:PASSPHRASE", "-v2"];
    let files = [
        desk.pem("aes.pem", &[&pkcs8[..], &["aes-256-cbc"]].concat()),
        desk.pem("sha1.pem", &[&pkcs8[..], &["aes-128-cbc", "-v2prf", "hmacWithSHA1"]].concat()),
        desk.pem("des3.pem", &[&pkcs8[..], &["des3"]].concat()),
        desk.pem("scrypt.pem", &["pkcs8", "-topk8", "-passout", "env:PASSPHRASE", "-scrypt"]),
        desk.pfx("app.pfx", "env:PASSPHRASE"),
    ];
    for file in files {
        let added = desk.add(&file, &["--secret-stdin"], PASSPHRASE);
        assert_eq!(added.json()["kind"], "certificate", "{}", file.display());
        let missing = desk.add(&file, &[], "");
        assert!(missing.refused(2).contains("AZURE_CLIENT_CERTIFICATE_PASSWORD"), "{missing:?}");
        let wrong = desk.add(&file, &["--secret-stdin"], "wrong");
        assert!(wrong.refused(2).contains("wrong"), "{}: {wrong:?}", file.display());
    }
    for (path, content) in Lab::contents(&desk.lab.files()) {
        assert!(!String::from_utf8_lossy(&content).contains(PASSPHRASE), "{}", path.display());
    }
}

#[test]
fn the_passphrase_comes_by_each_door() {
    let mut desk = Desk::new();
    let pkcs8 = ["pkcs8", "-topk8", "-passout", "env:PASSPHRASE", "-v2", "aes-256-cbc"];
    let file = desk.pem("aes.pem", &pkcs8);
    let phrase = desk.write("phrase", format!("{PASSPHRASE}\n").as_bytes());
    close(&phrase, 0o600);
    desk.add(&file, &["--secret-file", phrase.to_str().unwrap()], "").json();
    let lab = std::mem::replace(&mut desk.lab, Lab::new());
    desk.lab = lab.env("AZURE_CLIENT_CERTIFICATE_PASSWORD", PASSPHRASE);
    desk.add(&file, &[], "").json();
    // And for the sign-in that the environment describes.
    let lab = std::mem::replace(&mut desk.lab, Lab::new());
    desk.lab = lab
        .env("AZURE_TENANT_ID", world::PUBLISHER_TENANT)
        .env("AZURE_CLIENT_ID", world::CERTIFICATE_CLIENT)
        .env("AZURE_CLIENT_CERTIFICATE_PATH", file.to_str().unwrap());
    desk.lab.run(&["credential", "remove", "-n", "app", "--yes"]);
    desk.lab.run(&["token", "get"]).json();
}

#[test]
fn what_key_vault_hands_out_is_read_as_it_comes() {
    let desk = Desk::new();
    let pfx = desk.pfx("app.pfx", "pass:");
    let text = BASE64.encode(std::fs::read(pfx).unwrap());
    let wrapped = text.as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\r\n"[..]);
    for (name, content) in [
        ("plain", text.clone().into_bytes()),
        ("line", format!("{text}\n").into_bytes()),
        ("wrapped", wrapped),
        ("json", format!("\"{text}\"\n").into_bytes()),
        ("powershell", utf16(format!("{text}\r\n").as_bytes())),
    ] {
        let file = desk.write(name, &content);
        assert_eq!(desk.add(&file, &[], "").json()["kind"], "certificate", "{name}");
    }
}

#[test]
fn what_is_no_key_is_named_with_the_way_out() {
    let desk = Desk::new();
    desk.openssl(&["x509", "-in", "cert.pem", "-outform", "DER", "-out", "public.cer"]);
    let ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";
    let old = ["rsa", "-traditional", "-aes256", "-passout", "env:PASSPHRASE"];
    let weak = ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-passout", "env:PASSPHRASE"];
    let table: [(PathBuf, &str); 8] = [
        (desk.path("public.cer"), "only the public certificate"),
        (desk.path("cert.pem"), "only the public certificate"),
        (
            desk.write("public.b64", BASE64.encode(desk.read("public.cer")).as_bytes()),
            "only the public",
        ),
        (desk.path("key.pem"), "cat app.crt app.key > app.pem"),
        (desk.pem("old.pem", &old), "openssl pkcs8 -topk8 -in old.pem -out new.pem"),
        (desk.pem("weak.pem", &weak), "-v2 aes-256-cbc"),
        (desk.write("id_rsa", ssh.as_bytes()), "an SSH key"),
        (
            desk.write("sp.json", br#"{"clientId": "x", "clientSecret": "y"}"#),
            "credential import --from-file",
        ),
    ];
    for (file, expected) in table {
        let told = desk.add(&file, &["--secret-stdin"], PASSPHRASE);
        let text = told.refused(2);
        assert!(text.contains(expected), "{}: {text}", file.display());
    }
}

#[test]
fn the_command_that_converts_an_old_key_makes_one_that_signs_in() {
    let desk = Desk::new();
    let old = ["rsa", "-traditional", "-aes256", "-passout", "env:PASSPHRASE"];
    let told = desk.add(&desk.pem("old.pem", &old), &["--secret-stdin"], PASSPHRASE);
    let command = told.refused(2).split('`').nth(1).unwrap().to_owned();
    let asked = "openssl pkcs8 -topk8";
    assert!(command.starts_with(asked), "{command}");
    // The passphrase is typed twice there; here it comes from the environment.
    let quiet = command.replace(asked, &format!("{asked} -passin env:P -passout env:P"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &quiet]).current_dir(&desk.folder).env("P", PASSPHRASE);
    assert!(shell.status().unwrap().success(), "{quiet}");
    desk.add(&desk.path("new.pem"), &["--secret-stdin"], PASSPHRASE).json();
}

#[test]
fn a_key_that_only_its_owner_could_close_is_a_warning_to_others() {
    let desk = Desk::new();
    let both = [desk.read("key.pem"), desk.read("cert.pem")].concat();
    let file = desk.write("app.pem", &both);
    close(&file, 0o644);
    assert!(desk.add_as_it_is(&file, &[], "").refused(2).contains("chmod 600"));
    // Only root can give a file away, as Kubernetes does when it mounts a secret.
    if std::os::unix::fs::chown(&file, Some(65534), None).is_ok() {
        let added = desk.add_as_it_is(&file, &[], "");
        assert!(added.stderr.contains("`chmod` cannot close it there"), "{added:?}");
        added.json();
    }
}
