//! Who may log in to a new machine: names and keys that Azure takes, checked before it is asked.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/linux/faq> and
//! <https://learn.microsoft.com/azure/virtual-machines/linux/ssh-from-windows>

use super::ssh_key_pair::SshKeyPair;
use crate::error::{Error, Result};
use crate::ops::change::findings::Findings;
use crate::secrets::{Secret, input};

/// Who may log in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Login {
    pub username: Option<String>,
    /// Public keys, one line each.
    pub ssh_keys: Vec<String>,
    /// A pair that is written before the machine is made.
    pub fresh_key: Option<SshKeyPair>,
    /// The password that Windows needs.
    pub password: Option<Secret>,
}

/// Makes a password of what was read.
pub(crate) fn password(read: Vec<u8>) -> Result<Secret> {
    input::password_by(read, wrong_password).map_err(|err| {
        let hint = match err {
            input::InputError::Rule(_) => {
                "Choose another one, for example that of `openssl rand -base64 18`."
            }
            _ => "Put the password alone, on one line, into the file of --admin-password-file.",
        };
        Error::usage(format!("the password cannot be used: {err}")).hint(hint)
    })
}

/// What Azure has against the password of a Windows machine. Source:
/// <https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update#osprofile>
fn wrong_password(text: &str) -> Option<&'static str> {
    if !(8..=123).contains(&text.chars().count()) {
        return Some("it has to have 8 to 123 characters");
    }
    let kinds: [fn(char) -> bool; 4] =
        [char::is_lowercase, char::is_uppercase, |c| c.is_ascii_digit(), |c| !c.is_alphanumeric()];
    if kinds.iter().filter(|kind| text.chars().any(kind)).count() < 3 {
        return Some(
            "it has to have three of: small letters, capital letters, digits, other characters",
        );
    }
    COMMON.contains(&text).then_some("it is one that attackers try first, which Azure refuses")
}

/// Judges what can be judged without knowing the image.
pub(crate) fn check(login: &Login, findings: &mut Findings) {
    if let Some(name) = &login.username
        && let Some(rule) = wrong_name(name)
    {
        findings.input(
            format!("--admin-username '{name}'"),
            rule,
            "Choose another name, for example azureuser.",
        );
    }
    for key in &login.ssh_keys {
        if let Some(rule) = wrong_key(key) {
            findings.input(
                "--ssh-key-value",
                rule,
                "Make a key with `ssh-keygen -t ed25519` and name its .pub file.",
            );
        }
    }
}

/// Judges whether the login is what the image needs.
pub(super) fn check_fit(
    login: &Login,
    is_windows: bool,
    is_specialized: bool,
    findings: &mut Findings,
) {
    let none_given =
        login.username.is_none() && login.ssh_keys.is_empty() && login.password.is_none();
    let name = login.username.as_deref().unwrap_or_default();
    if is_windows && name.chars().count() > 20 {
        findings.input(
            format!("--admin-username '{name}'"),
            "has to have 1 to 20 characters on Windows",
            "Choose another name, for example azureuser.",
        );
    }
    if is_specialized {
        if !none_given {
            findings.input(
                "--admin-username",
                "the image is specialized: it has its own users, and Azure takes no other",
                "Leave out --admin-username, --ssh-key-value and the password.",
            );
        }
        return;
    }
    if login.username.is_none() {
        findings.input(
            "--admin-username",
            "is missing: the image is generalized, so its first user has to be made",
            "Add --admin-username azureuser.",
        );
    }
    match (is_windows, login.password.is_some(), login.ssh_keys.is_empty()) {
        (true, false, _) => findings.input(
            "--admin-password-file",
            "is missing: a Windows image needs a password",
            "Name a file with --admin-password-file, or pipe it in with --admin-password-stdin.",
        ),
        (true, true, false) => findings.input(
            "--ssh-key-value",
            "Azure puts SSH keys only on Linux",
            "Leave out --ssh-key-value.",
        ),
        (false, _, true) => findings.input(
            "--ssh-key-value",
            "is missing: a Linux machine is logged in to by key",
            "Add --generate-ssh-keys, or --ssh-key-value ~/.ssh/id_ed25519.pub.",
        ),
        (false, true, false) => findings.input(
            "--admin-password-file",
            "passwords are only for Windows here: a Linux machine is logged in to by key",
            "Leave out the password.",
        ),
        _ => {}
    }
}

fn wrong_name(name: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.chars().count() > 64 {
        return Some("has to have 1 to 64 characters");
    }
    if !name.chars().all(plain) || name.ends_with('.') || name.starts_with('-') {
        return Some("may hold letters, digits, '-', '_' and '.', without a dot at its end");
    }
    let lower = name.to_lowercase();
    RESERVED.contains(&lower.as_str()).then_some("is one of the names that Azure refuses")
}

fn wrong_key(key: &str) -> Option<&'static str> {
    if key.contains("PRIVATE KEY") {
        return Some("holds a private key, which must never leave this computer");
    }
    let mut words = key.split_whitespace();
    let (kind, body) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !["ssh-rsa", "ssh-ed25519"].contains(&kind) {
        return Some("is not an RSA or ED25519 public key, the only kinds that Azure accepts");
    }
    let told = base64_prefix(kind);
    // Source: <https://learn.microsoft.com/azure/virtual-machines/linux/mac-create-ssh-keys#supported-ssh-key-formats>
    if kind == "ssh-rsa" && body.starts_with(&told) && (100..LEAST_RSA).contains(&body.len()) {
        return Some("is an RSA key of less than 2048 bits, and Azure takes none so short");
    }
    (body.len() < 60 || !body.starts_with(&told) || !body.chars().all(is_base64))
        .then_some("is cut off or damaged: it is not a public key")
}

/// A key's body starts with the length and the name of its kind.
fn base64_prefix(kind: &str) -> String {
    match kind {
        "ssh-rsa" => "AAAAB3NzaC1yc2E".to_owned(),
        _ => "AAAAC3NzaC1lZDI1NTE5".to_owned(),
    }
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=".contains(c)
}

/// What Azure refuses as the name of an administrator. Source:
/// <https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update#osprofile>
const RESERVED: [&str; 30] = [
    "administrator",
    "admin",
    "user",
    "user1",
    "test",
    "user2",
    "test1",
    "user3",
    "admin1",
    "1",
    "123",
    "a",
    "actuser",
    "adm",
    "admin2",
    "aspnet",
    "backup",
    "console",
    "david",
    "guest",
    "john",
    "owner",
    "root",
    "server",
    "sql",
    "support",
    "support_388945a0",
    "sys",
    "test2",
    "test3",
];

/// The base64 characters of an RSA key of 2048 bits, whichever exponent it has.
const LEAST_RSA: usize = 370;

const COMMON: [&str; 10] = [
    "abc@123",
    "P@$$w0rd",
    "P@ssw0rd",
    "P@ssword123",
    "Pa$$word",
    "pass@word1",
    "Password!",
    "Password1",
    "Password22",
    "iloveyou!",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_those_azure_takes() {
        for good in ["Canary-7f3a9d!", "kurz1-GE", "ganz ohne Ziffern X"] {
            assert_eq!(wrong_password(good), None, "{good}");
        }
        for bad in ["", "aB1-xyz", "alllowercase1", "P@ssw0rd", &"aB1".repeat(42)] {
            assert!(wrong_password(bad).is_some(), "{bad}");
        }
        let told = password(b"P@ssw0rd".to_vec()).unwrap_err().to_string();
        assert!(!told.contains("P@ssw0rd"), "{told}");
    }

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2cN5zr6oEVRqVxVnZbWqQBY0mQe7Jv0rjS5bVw8m2T ada@contoso";

    #[test]
    fn names_that_azure_refuses_are_refused() {
        assert_eq!(wrong_name("azureuser"), None);
        for bad in ["", "Admin", "root", "a b", "über", "name.", "-x", &"a".repeat(65)] {
            assert!(wrong_name(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn only_whole_public_keys_pass() {
        assert_eq!(wrong_key(KEY), None);
        let rsa = |bytes: usize| format!("ssh-rsa AAAAB3NzaC1yc2E{}", "A".repeat(bytes));
        assert_eq!(wrong_key(&rsa(372 - 15)), None);
        assert!(wrong_key(&rsa(208 - 15)).unwrap().contains("2048 bits"));
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----";
        assert!(wrong_key(private).unwrap().contains("private"));
        for bad in ["", "ssh-ed25519", "ssh-dss AAAA", &KEY[..40], &KEY.replace("AAAAC3", "AAAAX3")]
        {
            assert!(wrong_key(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_login_has_to_fit_the_image() {
        let fits = |login: &Login, windows, specialized| {
            let mut findings = Findings::default();
            check_fit(login, windows, specialized, &mut findings);
            findings.errors.len()
        };
        let by_key =
            Login { username: Some("ada".into()), ssh_keys: vec![KEY.into()], ..Login::default() };
        let by_password = Login {
            username: Some("ada".into()),
            password: Some(Secret::new("x".into())),
            ..Login::default()
        };
        assert_eq!(fits(&by_key, false, false), 0);
        assert_eq!(fits(&by_password, true, false), 0);
        assert_eq!(fits(&Login::default(), false, true), 0);
        assert_eq!(fits(&by_key, false, true), 1);
        let long = Login { username: Some("a".repeat(21)), ..by_key.clone() };
        assert_eq!(fits(&long, false, false), 0);
        let long = Login { username: Some("a".repeat(21)), ..by_password.clone() };
        assert_eq!(fits(&long, true, false), 1);
        assert_eq!(fits(&by_password, false, false), 1);
        assert_eq!(fits(&Login::default(), true, false), 2);
    }
}
