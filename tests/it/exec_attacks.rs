//! The endpoint of `exec` under attack: nobody without the secret gets a token, nobody keeps the command from
//! getting one, and nobody who takes over the port is believed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use sandbox::world;

use crate::support::errand::{BOTH, Errand, exec, of_both_tenants, request};
use crate::support::forbid::forbidding;

const VAULT: &str = "resource=https://vault.azure.net";

fn target(errand: &Errand) -> String {
    format!("{}?api-version=2019-08-01&{VAULT}", errand.path())
}

/// Requests with something wrong, each with the statuses that may answer it; 0 is a closed connection.
fn attacks(errand: &Errand) -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    let (host, good) = (errand.host(), format!("X-IDENTITY-HEADER: {}", errand.secret()));
    let (port, path, target) = (errand.port(), errand.path(), target(errand));
    let get = |lines: &[&str]| request(&target, lines).into_bytes();
    let to = |target: &str| request(target, &[&host, &good]).into_bytes();
    let by = |method: &str| {
        format!("{method} {target} HTTP/1.1\r\n{host}\r\n{good}\r\n\r\n").into_bytes()
    };
    let long = format!("X-IDENTITY-HEADER: {}", "a".repeat(4000));
    let body = |head: &str, body: &str| {
        format!("GET {target} HTTP/1.1\r\n{host}\r\n{good}\r\n{head}\r\n\r\n{body}").into_bytes()
    };
    vec![
        ("no secret", get(&[&host]), &[403]),
        ("a wrong secret", get(&[&host, "X-IDENTITY-HEADER: x"]), &[403]),
        ("a long secret", get(&[&host, &long]), &[403]),
        ("two secrets", get(&[&host, &good, &good]), &[403]),
        (
            "the secret as a bearer",
            get(&[&host, &format!("Authorization: Bearer {}", errand.secret())]),
            &[403],
        ),
        ("a host by name", get(&[&format!("Host: localhost:{port}"), &good]), &[403]),
        ("another port", get(&["Host: 127.0.0.1:80", &good]), &[403]),
        ("no port", get(&["Host: 127.0.0.1", &good]), &[403]),
        ("no host", get(&[&good]), &[400, 403]),
        ("two hosts", get(&[&host, &host, &good]), &[400, 403]),
        ("an origin", get(&[&host, &good, "Origin: https://evil.example"]), &[403]),
        ("a null origin", get(&[&host, &good, "Origin: null"]), &[403]),
        ("a referer", get(&[&host, &good, "Referer: https://evil.example/"]), &[403]),
        ("a page's fetch", get(&[&host, &good, "Sec-Fetch-Site: cross-site"]), &[403]),
        ("OPTIONS", by("OPTIONS"), &[405]),
        ("POST", by("POST"), &[405]),
        ("HEAD", by("HEAD"), &[405]),
        ("PUT", by("PUT"), &[405]),
        ("CONNECT", by("CONNECT"), &[400, 405]),
        ("an absolute target", to(&format!("http://127.0.0.1:{port}{target}")), &[400]),
        ("a doubled slash", to(&format!("/{target}")), &[400, 403]),
        ("an encoded slash", to(&format!("%2f{}", &target[1..])), &[0, 400, 403]),
        ("dots", to(&format!("/token/..{target}")), &[403]),
        ("another path", to("/"), &[403]),
        ("the shim's path", to("/about"), &[403]),
        ("two lengths", body("Content-Length: 0\r\nContent-Length: 5", "hello"), &[0, 400]),
        ("a long body", body("Content-Length: 40000", &"x".repeat(40_000)), &[0, 413]),
        (
            "a head of 9 KiB",
            get(&[&host, &good, &format!("X: {}", "a".repeat(9000))]),
            &[0, 400, 431],
        ),
        ("a NUL byte in the path", to(&format!("{path}\0")), &[0, 400]),
        ("a NUL byte in a header", get(&[&host, &good, "X: \0"]), &[0, 400]),
        (
            "HTTP/1.0",
            format!("GET {target} HTTP/1.0\r\n{host}\r\n{good}\r\n\r\n").into_bytes(),
            &[400],
        ),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), &[0, 400]),
        ("no version", format!("GET {target}\r\n\r\n").into_bytes(), &[0, 400]),
        ("TLS", vec![0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0, b'\r', b'\n', b'\r', b'\n'], &[0, 400]),
    ]
}

#[test]
fn nothing_but_a_good_request_with_the_secret_gets_a_token() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    for (what, bytes, statuses) in attacks(&errand) {
        let reply = errand.send(bytes);
        assert!(statuses.contains(&reply.status), "{what}: {reply:?}");
        assert!(!reply.body.contains("eyJ"), "{what}: {reply:?}");
        assert!(!reply.head.to_lowercase().contains("access-control"), "{what}: {reply:?}");
        assert!(!reply.body.contains(errand.secret()), "{what}: {reply:?}");
    }
    errand.ask("https://vault.azure.net").token();
    let (_, stderr) = errand.end("exit 0");
    assert_eq!(stderr.matches("without the secret").count(), 1, "{stderr}");
}

#[test]
fn a_chunked_body_that_nobody_needs_changes_nothing() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let secret = format!("X-IDENTITY-HEADER: {}", errand.secret());
    let head = request(&target(&errand), &[&errand.host(), &secret, "Transfer-Encoding: chunked"]);
    errand.send(format!("{head}3\r\nabc\r\n0\r\n\r\n")).token();
    let broken = errand.send(format!("{head}zz\r\nabc\r\n"));
    assert_ne!(broken.status, 200, "{broken:?}");
}

/// Bytes that differ in one place from a good request, as a fuzzer would try them.
#[test]
fn a_request_with_any_byte_changed_is_answered_or_refused_and_the_endpoint_lives() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let secret = format!("X-IDENTITY-HEADER: {}", errand.secret());
    let good = request(&target(&errand), &[&errand.host(), &secret]);
    let shown = good.find(errand.secret()).unwrap();
    let secret = shown..shown + errand.secret().len();
    for at in (0..good.len()).step_by(3) {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 0x15;
        // Where it lacks its end the other side waits for more: we are not to.
        let mut stream = TcpStream::connect(("127.0.0.1", errand.port())).unwrap();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(!secret.contains(&at) || !answer.contains("eyJ"), "byte {at}: {answer}");
    }
    errand.ask("https://vault.azure.net").token();
}

#[test]
fn connections_that_send_nothing_do_not_shut_the_command_out() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let mut slow: Vec<TcpStream> =
        (0..64).map(|_| TcpStream::connect(("127.0.0.1", errand.port())).unwrap()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HT").unwrap();
    }
    errand.ask("https://vault.azure.net").token();
    // The oldest had to go, and the others were not waited for: their five seconds are not over.
    assert_eq!(slow[0].read(&mut [0]).unwrap_or(0), 0);
    slow[63].set_nonblocking(true).unwrap();
    let still_there = slow[63].read(&mut [0]).unwrap_err();
    assert_eq!(still_there.kind(), std::io::ErrorKind::WouldBlock);
}

/// The status that a user gets who knows the secret: ourselves, or another one.
fn status_for(errand: &Errand, user: Option<&str>) -> String {
    let url = format!("{}?api-version=2019-08-01&{VAULT}", errand.variable("IDENTITY_ENDPOINT"));
    let script = "import sys, urllib.request as r, urllib.error as e\n\
        q = r.Request(sys.argv[1], headers={'X-IDENTITY-HEADER': sys.stdin.read()})\n\
        try: print(r.urlopen(q).status)\nexcept e.HTTPError as x: print(x.code)";
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new(crate::support::tool("setpriv"));
            command.args(["--reuid", user, "--clear-groups", "/usr/bin/python3"]);
            command
        }
        None => Command::new("/usr/bin/python3"),
    };
    command.args(["-c", script, &url]).env_clear();
    let ran = assert_cmd::Command::from_std(command).write_stdin(errand.secret()).output();
    String::from_utf8_lossy(&ran.unwrap().stdout).trim().to_owned()
}

#[test]
fn another_user_is_refused_even_with_the_secret_as_far_as_the_kernel_names_users() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    assert_eq!(status_for(&errand, None), "200");
    // Without the kernel's table of sockets nobody is known to be another: the secret alone decides.
    let run = exec(&lab, &[], &Errand::waiting());
    let unnamed = Errand::of(forbidding(libc::SYS_socket, Some(NETLINK), &run));
    assert_eq!(status_for(&unnamed, None), "200");
    // Only root can become another user; without root there is no other user to be.
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout == b"0\n" {
        assert_eq!(status_for(&errand, Some("65534")), "403");
        assert_eq!(status_for(&unnamed, Some("65534")), "200");
    } else {
        let refused = Command::new(crate::support::tool("setpriv"))
            .args(["--reuid", "65534", "true"])
            .output();
        assert!(!refused.unwrap().status.success(), "we could be another user: try it");
    }
}

/// `AF_NETLINK`
const NETLINK: u32 = 16;

/// Answers one connection with what `answer` makes of the request.
fn stranger(listener: TcpListener, answer: impl FnOnce(&str) -> String + Send + 'static) {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let count = stream.read(&mut request).unwrap();
        let answer = answer(&String::from_utf8_lossy(&request[..count]));
        let _ = stream.write_all(answer.as_bytes());
    });
}

#[test]
fn who_takes_over_the_port_is_not_believed_and_does_not_learn_the_secret() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &BOTH);
    let az = format!("{}/az", errand.variable("PATH").split(':').next().unwrap());
    let program = std::fs::read_link(&az).unwrap();
    let (variables, port) = (errand.variables.clone(), errand.port());
    let secret = errand.secret().to_owned();
    assert_eq!(errand.end("exit 0").0, Some(0));
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (sender, seen) = std::sync::mpsc::channel();
    stranger(listener, move |request| {
        sender.send(request.to_owned()).unwrap();
        let body = format!(
            r#"{{"status":"success","token":"HIS","expiresOn":"2030-01-01T00:00:00Z","expires_on":1893456000,"tenant":"{}"}}"#,
            world::THIRD_TENANT
        );
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nx-az-imageshare-proof: AAAA\r\n\r\n{body}",
            body.len()
        )
    });
    let mut command = Command::new(program);
    std::os::unix::process::CommandExt::arg0(&mut command, "az");
    command.env_clear().envs(&variables);
    command.args(["account", "get-access-token", "--scope", "https://vault.azure.net/.default"]);
    let ran = command.output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("another program answers"), "{ran:?}");
    assert!(!seen.recv().unwrap().contains(&secret));
}
