//! What the command of `exec` is given: nothing goes through a proxy, nothing left over wins, and nothing secret
//! lies about.

use std::io::Read;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::world;

use crate::exec_clients::{client, printed};
use crate::support::az::az;
use crate::support::errand::{Errand, azcopy, claims, exec, of_both_tenants};
use crate::support::lab::Lab;

const VAULT: &str = "https://vault.azure.net";

/// A proxy that counts what it is sent for the endpoint, and answers nothing.
fn recorder() -> (String, &'static AtomicUsize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://127.0.0.2:{}", listener.local_addr().unwrap().port());
    drop(listener);
    // Another address of loopback: `NO_PROXY` is for the endpoint, and would hide a recorder at 127.0.0.1.
    let listener = TcpListener::bind(address.trim_start_matches("http://")).unwrap();
    let seen: &'static AtomicUsize = Box::leak(Box::default());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let count = (&stream).read(&mut request).unwrap_or(0);
            // azcopy asks its maker for a newer version, which is between them and the proxy.
            if String::from_utf8_lossy(&request[..count]).contains("127.0.0.1") {
                seen.fetch_add(count, Ordering::SeqCst);
            }
        }
    });
    (address, seen)
}

#[test]
fn no_client_asks_the_endpoint_through_a_proxy() {
    let (proxy, seen) = recorder();
    for no_proxy in [None, Some("corp.example")] {
        let mut lab = of_both_tenants();
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            lab = lab.env(name, &proxy);
        }
        // Our own requests go to the sandbox on loopback, and not through the recorder.
        lab = lab.env("HTTPS_PROXY", "").env("NO_PROXY", no_proxy.unwrap_or(""));
        let lab = if no_proxy.is_none() {
            lab.env("NO_PROXY", "localhost")
        } else {
            lab.env("no_proxy", "localhost,corp.example")
        };
        let errand = Errand::start(&lab, &[]);
        for name in
            ["python mi", "python default", "python msal", "javascript mi", "javascript default"]
        {
            claims(&printed(client(&errand, name, &[VAULT])));
        }
        let mut command = errand.borrower(azcopy());
        command.args(["login", "--login-type=MSI"]);
        printed(command);
        let mut command = errand.borrower(az());
        command.args(["account", "get-access-token", "-o", "none"]);
        printed(command);
        assert_eq!(seen.load(Ordering::SeqCst), 0, "{no_proxy:?}");
        assert!(errand.variable("no_proxy").ends_with("127.0.0.1,localhost"));
        assert!(errand.variable("NO_PROXY").ends_with("127.0.0.1,localhost"));
        if let Some(old) = no_proxy {
            assert!(errand.variable("no_proxy").contains(old));
        }
    }
}

#[test]
fn the_recorder_would_see_a_client_that_uses_the_proxy() {
    let (proxy, seen) = recorder();
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let mut command = client(&errand, "python mi", &[VAULT]);
    command.env("HTTP_PROXY", &proxy).env_remove("NO_PROXY").env_remove("no_proxy");
    command.output().unwrap();
    assert!(seen.load(Ordering::SeqCst) > 0);
}

/// Everything that would win over what is lent, as it may be left over in a shell.
pub(crate) const LEFT_OVER: [&str; 26] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_MSI_ENDPOINT",
    "ARM_OIDC_TOKEN",
    "ARM_SUBSCRIPTION_ID",
    "ARM_USE_AKS_WORKLOAD_IDENTITY",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
    "AZCOPY_SPA_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    "AZURE_PASSWORD",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_SECRET",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_TENANT",
    "AZURE_USERNAME",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "AZURE_TOKEN_CREDENTIALS",
];

#[test]
fn what_is_left_over_in_the_environment_does_not_win() {
    let mut lab = of_both_tenants();
    for name in LEFT_OVER {
        lab = lab.env(name, "junk-4711");
    }
    let errand = Errand::start(&lab, &[]);
    for name in
        ["python mi", "python default", "python msal", "javascript mi", "javascript default"]
    {
        let token = printed(client(&errand, name, &[VAULT]));
        assert_eq!(claims(&token)["tid"], world::PUBLISHER_TENANT, "{name}");
    }
    let mut command = errand.borrower(az());
    command.args(["account", "get-access-token", "-o", "none"]);
    printed(command);
    assert!(!errand.variables.values().any(|value| value == "junk-4711"));
    let (_, stderr) = errand.end("exit 0");
    assert!(!stderr.contains("junk-4711"), "{stderr}");
    for name in LEFT_OVER.iter().take(23).chain(&["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]) {
        assert!(stderr.contains(name), "{name}: {stderr}");
    }
}

#[test]
fn only_errors_are_shown_if_only_errors_are_wanted() {
    let lab = of_both_tenants();
    let mut quiet = exec(&lab, &["--only-show-errors"], &["sh", "-c", "echo out"]);
    let ran = quiet.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "out\n");
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
}

/// Everything that a run shows to others than its command: arguments of all processes, files, and what is said.
fn shown_during(errand: &Errand, log: &std::path::Path) -> String {
    let mut shown = String::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        shown.push_str(&String::from_utf8_lossy(&line));
    }
    let run = std::path::Path::new(errand.variable("AZURE_CONFIG_DIR")).parent().unwrap();
    for folder in [run, std::path::Path::new(errand.variable("HOME"))] {
        for (path, content) in Lab::contents(folder) {
            shown.push_str(&format!("{}: {}", path.display(), String::from_utf8_lossy(&content)));
        }
    }
    shown + &std::fs::read_to_string(log).unwrap()
}

#[test]
fn secret_and_tokens_are_nowhere_but_with_who_asks_for_them() {
    let lab = of_both_tenants();
    let log = lab.home.path().join("exec.log");
    let errand = Errand::start(&lab, &["--debug", "--log", log.to_str().unwrap()]);
    let mut tokens = vec![errand.ask(VAULT).token()];
    tokens.push(printed(client(&errand, "python default", &[lab.azure.graph_url()])));
    let mut command = errand.borrower(az());
    command.args(["group", "list", "--debug"]);
    let of_az = command.output().unwrap();
    let mut shown = shown_during(&errand, &log);
    shown.push_str(&String::from_utf8_lossy(&of_az.stderr));
    assert!(shown.contains("\"outcome\":\"lent\""), "the log was read");
    let variables = format!("{:?}", errand.variables);
    let secret = errand.secret().to_owned();
    let (_, stderr) = errand.end("exit 0");
    shown.push_str(&stderr);
    for (what, text) in
        [("the secret of the run", &secret), ("a token", &tokens[0]), ("a token", &tokens[1])]
    {
        assert!(!shown.contains(text.as_str()), "{what} is shown");
    }
    for place in [&shown, &variables] {
        assert!(!place.contains(world::MULTI_TENANT_SECRET));
    }
    assert!(variables.contains(&secret));
    assert!(!stderr.contains("eyJ") && !String::from_utf8_lossy(&of_az.stderr).contains("eyJ0"));
}
