//! The files in which people have a certificate with its key: PEM, open or with a passphrase, PFX, and the base64
//! text of a PFX, which is how Key Vault hands one out.
//!
//! Source: RFC 7468 (PEM), RFC 5958 (PKCS#8), RFC 7292 (PFX);
//! <https://learn.microsoft.com/azure/key-vault/certificates/how-to-export-certificate>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as Pkcs12Error;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::error::AuthError;
use super::validity::certificate_end;
use crate::secrets::Secret;

/// A key, and the certificates that lay beside it.
pub(super) struct KeyFileContent {
    pub(super) key_der: Zeroizing<Vec<u8>>,
    pub(super) certificates: Vec<Vec<u8>>,
}

/// Opens a file that holds a certificate with its key.
pub(super) fn open_key_file(
    content: &[u8],
    password: Option<&Secret>,
) -> Result<KeyFileContent, AuthError> {
    let content = unwrapped(content);
    if is_pem(&content) { from_pem(&content, password) } else { from_pfx(&content, password) }
}

/// True if a file opens only with a password.
pub(super) fn needs_password(content: &[u8]) -> bool {
    let content = unwrapped(content);
    if is_pem(&content) {
        return has_block(&content, ENCRYPTED_KEY);
    }
    match Pkcs12Archive::from_pkcs12(&content, "") {
        Ok(_) | Err(Pkcs12Error::DerError(_)) => false,
        Err(_) => true,
    }
}

/// What a file holds once a byte order mark, PowerShell's UTF-16 and base64 are taken off.
fn unwrapped(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = match content {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Zeroizing::new(rest.to_vec()),
        other => Zeroizing::new(other.to_vec()),
    };
    if is_pem(&text) {
        return text;
    }
    let digits: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    // Key Vault's JSON output is the same text in quotes.
    let digits =
        digits.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(&digits);
    match BASE64.decode(digits) {
        Ok(decoded) if !decoded.is_empty() => Zeroizing::new(decoded),
        _ => text,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Zeroizing<Vec<u8>> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    Zeroizing::new(text.into_bytes())
}

fn is_pem(content: &[u8]) -> bool {
    content.windows(11).any(|part| part == b"-----BEGIN ")
}

fn has_block(pem: &[u8], label: &str) -> bool {
    String::from_utf8_lossy(pem).contains(&format!("-----BEGIN {label}-----"))
}

const ENCRYPTED_KEY: &str = "ENCRYPTED PRIVATE KEY";

fn from_pem(pem: &[u8], password: Option<&Secret>) -> Result<KeyFileContent, AuthError> {
    if is_traditional(pem) {
        return Err(unfit(TRADITIONAL));
    }
    let key_der = match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Zeroizing::new(key.secret_der().to_vec()),
        Err(_) if has_block(pem, ENCRYPTED_KEY) => decrypted_key(pem, password)?,
        Err(_) => return Err(keyless_pem(pem)),
    };
    let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem)
        .filter_map(|found| found.ok().map(|der| der.to_vec()))
        .collect();
    if certificates.is_empty() {
        return Err(unfit(
            "the PEM file holds a private key and no certificate; put both into one file: `cat app.crt app.key > app.pem`",
        ));
    }
    Ok(KeyFileContent { key_der, certificates })
}

/// OpenSSL's own encryption, from before PKCS#8: one round of MD5 for the key, and no library of this program reads it.
fn is_traditional(pem: &[u8]) -> bool {
    String::from_utf8_lossy(pem).contains("Proc-Type: 4,ENCRYPTED")
}

const TRADITIONAL: &str = "the private key in the PEM file is encrypted in OpenSSL's traditional form (Proc-Type: 4,ENCRYPTED); convert it with `openssl pkcs8 -topk8 -in old.pem -out new.pem && openssl x509 -in old.pem >> new.pem`";

fn decrypted_key(pem: &[u8], password: Option<&Secret>) -> Result<Zeroizing<Vec<u8>>, AuthError> {
    let Some(password) = password else {
        return Err(unfit(
            "the private key in the PEM file is encrypted, and no password was given",
        ));
    };
    let der = encrypted_der(pem).ok_or_else(|| unfit(DAMAGED))?;
    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(&der[..])
        .map_err(|_| unfit(if is_pbe_of_pkcs12(&der) { OLD_ENCRYPTION } else { DAMAGED }))?;
    let opened = info.decrypt(password.expose()).map_err(|err| match err {
        pkcs8::Error::EncryptedPrivateKey(
            pkcs8::pkcs5::Error::NoPbes1CryptSupport
            | pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. }
            | pkcs8::pkcs5::Error::AlgorithmParametersInvalid { .. },
        ) => unfit(OLD_ENCRYPTION),
        _ => unfit("the password of the PEM file is wrong"),
    })?;
    Ok(Zeroizing::new(opened.as_bytes().to_vec()))
}

/// OpenSSL's `-v1`: the object ids below 1.2.840.113549.1.12.1, from RFC 7292.
fn is_pbe_of_pkcs12(der: &[u8]) -> bool {
    const ARC: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
    der.windows(ARC.len()).any(|part| part == ARC)
}

const DAMAGED: &str = "the encrypted key in the PEM file is damaged";

const OLD_ENCRYPTION: &str = "the private key in the PEM file is encrypted by a method that is no longer safe; encrypt it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem && openssl x509 -in old.pem >> new.pem`";

/// The bytes of the encrypted block; `rustls_pki_types` knows no such label.
fn encrypted_der(pem: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = Zeroizing::new(String::from_utf8_lossy(pem).into_owned());
    let (_, rest) = text.split_once("-----BEGIN ENCRYPTED PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END ENCRYPTED PRIVATE KEY-----")?;
    let digits: Zeroizing<String> =
        Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
    BASE64.decode(digits.as_bytes()).ok().map(Zeroizing::new)
}

/// What a PEM file without a readable key is instead.
fn keyless_pem(pem: &[u8]) -> AuthError {
    for (label, problem) in [
        ("OPENSSH PRIVATE KEY", "the file holds an SSH key, which Entra does not take"),
        ("CERTIFICATE REQUEST", "the file holds a request for a certificate, not the certificate"),
        ("PGP PRIVATE KEY BLOCK", "the file holds a PGP key, which Entra does not take"),
        ("CERTIFICATE", PUBLIC),
    ] {
        if has_block(pem, label) {
            return unfit(problem);
        }
    }
    unfit("the PEM file holds no private key")
}

const PUBLIC: &str = "the file holds only the public certificate (.cer or .crt), without its private key; use the PFX or PEM that has both, as in `az keyvault secret download --vault-name VAULT -n NAME -f app.pfx --encoding base64`";

fn from_pfx(pfx: &[u8], password: Option<&Secret>) -> Result<KeyFileContent, AuthError> {
    let password = password.map_or("", Secret::expose);
    let archive = Pkcs12Archive::from_pkcs12(pfx, password).map_err(|err| match err {
        Pkcs12Error::MacError(_) => unfit("the password of the PFX file is wrong, or missing"),
        Pkcs12Error::DerError(_) => unfit(strange_file(pfx)),
        other => unfit(&format!("the PFX file cannot be read: {other}")),
    })?;
    let certificates: Vec<Vec<u8>> =
        archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
    let key = archive.keys.first().ok_or_else(|| unfit("the PFX file holds no private key"))?;
    Ok(KeyFileContent { key_der: Zeroizing::new(key.key.as_der().to_vec()), certificates })
}

/// What a file that is neither PEM nor PFX is instead.
fn strange_file(content: &[u8]) -> &'static str {
    if certificate_end(content).is_some() {
        return PUBLIC;
    }
    match content {
        [0xfe, 0xed, 0xfe, 0xed, ..] => {
            "the file is a Java keystore; convert it with `keytool -importkeystore -srckeystore old.jks -destkeystore app.pfx -deststoretype PKCS12`"
        }
        [b'{', ..] => {
            "the file is JSON; a credentials document is taken by `az-imageshare credential import --from-file FILE`"
        }
        _ => "the file is neither PEM nor PFX",
    }
}

fn unfit(problem: &str) -> AuthError {
    AuthError::Certificate(problem.to_owned())
}
