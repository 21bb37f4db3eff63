//! kill -9 at each request of a renewal, before it takes effect and after, and what other programs say of the
//! certificate's proof. The secrets are in a store that needs no desktop, so the built program runs as on a server.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::{Call, Fault, FaultKind, world};

use crate::credential_renew::{certificates, certified, renewable, secrets};
use crate::exec_environment::LEFT_OVER;
use crate::stores::PASSPHRASE;
use crate::support::lab::Lab;
use crate::support::{errand, program};

const RENEW: [&str; 5] = ["credential", "renew", "-n", "app", "--yes"];

/// A computer without a desktop, on which `prepare` makes the credential `app`.
fn server(prepare: fn(&Lab)) -> Lab {
    let lab = Lab::new()
        .env("AZ_IMAGESHARE_KEY_CACHE", "on")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    lab.run(&["credential", "store", "use", "boot", "--yes"]).json();
    prepare(&lab);
    lab
}

fn start(lab: &Lab) -> Child {
    let mut command = Command::new(program::path());
    command.args(RENEW).env_clear().envs(lab.variables()).current_dir(lab.home.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the request is there; false if the program ended without it.
fn arrives(lab: &Lab, request: usize, child: &mut Child) -> bool {
    let started = Instant::now();
    while lab.azure.journal().len() < request {
        if child.try_wait().unwrap().is_some() || started.elapsed() > Duration::from_secs(120) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

/// What other tools, or somebody who plants variables, may have left in the shell.
fn hostile(mut command: Command, lab: &Lab) -> std::process::Output {
    let noise = [
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_TENANT_ID",
        "ARM_TENANT_ID",
        "LC_ALL",
        "TZ",
    ];
    command.env_clear().envs(lab.variables()).current_dir("/");
    command.envs(LEFT_OVER.iter().chain(&noise).map(|name| (name, "junk-4711")));
    command.envs([
        ("TMPDIR", "/nonexistent"),
        ("IFS", "/"),
        ("LD_LIBRARY_PATH", "."),
        ("PATH", ""),
    ]);
    assert_cmd::Command::from_std(command).write_stdin(PASSPHRASE).output().unwrap()
}

#[test]
fn what_is_left_over_in_the_environment_changes_neither_a_renewal_nor_a_store() {
    for (prepare, keys) in [
        (renewable as fn(&Lab), (|lab| secrets(lab).len()) as fn(&Lab) -> usize),
        (certified, |lab| certificates(lab).len()),
    ] {
        let lab = server(prepare);
        for words in [
            &RENEW[..],
            &["credential", "store", "use", "passphrase", "--passphrase-stdin", "--yes"],
            &["unlock", "--passphrase-stdin"],
            &RENEW[..],
            &["credential", "store", "use", "boot", "--yes"],
            &["credential", "store", "show"],
        ] {
            let mut command = Command::new(program::path());
            command.args(words);
            let ran = hostile(command, &lab);
            let said = format!("{words:?}: {ran:?}");
            assert!(ran.status.success() && !said.contains("junk-4711"), "{said}");
        }
        assert!(signs_in(&lab) && keys(&lab) == 1);
    }
}

fn signs_in(lab: &Lab) -> bool {
    lab.run(&["token", "clear", "--all"]);
    lab.run(&["token", "get", "--credential", "app"]).code == 0
}

/// What a kill at the n-th request leaves behind that it should not.
fn complaint(
    prepare: fn(&Lab),
    keys: fn(&Lab) -> usize,
    (request, call, applied): (usize, &Call, bool),
) -> Option<String> {
    let lab = server(prepare);
    let mut fault = Fault::new(FaultKind::Hang).nth(u32::try_from(request).unwrap());
    fault.applied = applied;
    lab.azure.inject(fault);
    let mut child = start(&lab);
    let reached = arrives(&lab, request, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    lab.azure.clear_faults();
    let (works_between, orphans) = (signs_in(&lab), keys(&lab).saturating_sub(1));
    let again = lab.run(&RENEW);
    let fine = reached
        && works_between
        && orphans <= 1
        && again.code == 0
        && keys(&lab) == 1
        && signs_in(&lab);
    let when = if applied { "after" } else { "before" };
    (!fine).then(|| {
        let Call { method, path, .. } = call;
        let keys = keys(&lab);
        format!("{when} request {request} ({method} {path}), reached {reached}: works between {works_between}, {orphans} more between, {keys} at the end: {again:?}")
    })
}

/// Kills at each request of an undisturbed renewal.
fn sweep(prepare: fn(&Lab), keys: fn(&Lab) -> usize) {
    let clean = server(prepare);
    assert!(start(&clean).wait().unwrap().success());
    let calls = clean.azure.journal();
    assert!(calls.len() >= 4, "{calls:?}");
    let mut complaints = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let writes = call.method != "GET" && !call.path.ends_with("/token");
        for applied in [false, true].into_iter().take(1 + usize::from(writes)) {
            complaints.extend(complaint(prepare, keys, (at + 1, call, applied)));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_secret_can_be_killed_at_each_request_of_its_renewal() {
    sweep(renewable, |lab| secrets(lab).len());
}

#[test]
fn a_certificate_can_be_killed_at_each_request_of_its_renewal() {
    sweep(certified, |lab| certificates(lab).len());
}

/// Checks the proof as Graph is documented to: by the old certificate, for Graph's old name, for ten minutes.
const CHECK: &str = "\
import json, jwt, sys
from cryptography import x509
from cryptography.x509.oid import NameOID
cert = x509.load_pem_x509_certificate(open(sys.argv[1], 'rb').read())
asked = json.load(sys.stdin)
claims = jwt.decode(asked['proof'], cert.public_key(), algorithms=['RS256', 'PS256'],
    audience='00000002-0000-0000-c000-000000000000', issuer=asked['object'],
    options={'require': ['aud', 'iss', 'nbf', 'exp']})
assert 0 < claims['exp'] - claims['nbf'] <= 600, claims
head = jwt.get_unverified_header(asked['proof'])
import base64, hashlib
der = cert.public_bytes(__import__('cryptography').hazmat.primitives.serialization.Encoding.DER)
wanted = base64.urlsafe_b64encode(hashlib.sha1(der).digest()).rstrip(b'=').decode()
assert head.get('x5t', wanted) == wanted, head
new = x509.load_der_x509_certificate(base64.b64decode(asked['key']))
new.public_key().verify(new.signature, new.tbs_certificate_bytes,
    __import__('cryptography').hazmat.primitives.asymmetric.padding.PKCS1v15(), new.signature_hash_algorithm)
print(head['alg'], new.public_key().key_size)
";

#[test]
fn the_proof_is_one_that_pyjwt_and_cryptography_accept() {
    let lab = Lab::new();
    certified(&lab);
    lab.run(&RENEW).json();
    let journal = lab.azure.journal();
    let sent = journal.iter().find(|call| call.path.ends_with("/addKey")).unwrap();
    let object = lab
        .azure
        .state(|state| state.application(world::CERTIFICATE_CLIENT).unwrap().object_id.clone());
    let asked = serde_json::json!({"proof": sent.body["proof"], "object": object,
        "key": sent.body["keyCredential"]["key"]});
    let check = |asked: &serde_json::Value| {
        let mut python = Command::new(errand::python());
        python.args(["-c", CHECK]).arg(lab.home.path().join("cert.pem"));
        assert_cmd::Command::from_std(python).write_stdin(asked.to_string()).output().unwrap()
    };
    let ran = check(&asked);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).trim().ends_with(" 2048"), "{ran:?}");
    let mut other = asked.clone();
    other["object"] = "acdd72a7-3385-48ef-bd42-f606fba81ae7".into();
    assert!(!check(&other).status.success(), "the check would see another issuer");
}
