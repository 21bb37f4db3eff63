//! Signing in with a certificate: reads PEM and PFX, and signs the assertion that Entra wants.
//!
//! RSA only, PS256 with `x5t#S256`, as Entra asks for today. Source:
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64_URL};
use p12_keystore::Pkcs12Archive;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::AuthError;
use crate::id::ClientId;
use crate::process::file;
use crate::secrets::{Secret, input};

/// A certificate with its private key.
pub(crate) struct Certificate {
    key: RsaKeyPair,
    key_der: Zeroizing<Vec<u8>>,
    der: Vec<u8>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.thumbprint())
    }
}

/// How a certificate lies in its sealed file.
#[derive(Serialize, Deserialize)]
struct StoredCertificate {
    key: Zeroizing<String>,
    certificate: String,
}

impl Certificate {
    /// Reads PEM or PFX from a file, unless others can read it too.
    pub(crate) fn read_guarded(
        path: &Path,
        password: Option<&Secret>,
    ) -> Result<Certificate, AuthError> {
        Certificate::parse(&Certificate::load_guarded(path)?, password)
    }

    /// Reads the content of a file that holds a private key, unless others can read it too.
    pub(crate) fn load_guarded(path: &Path) -> Result<Zeroizing<Vec<u8>>, AuthError> {
        let found = std::fs::metadata(path).map_err(|err| unreadable_file(path, &err))?;
        if !found.is_dir() && is_open_to_others(&found) {
            return Err(AuthError::Exposed { path: path.display().to_string() });
        }
        read_key_file(path)
    }

    /// Reads PEM or PFX from a file.
    pub(crate) fn read(path: &Path, password: Option<&Secret>) -> Result<Certificate, AuthError> {
        Certificate::parse(&read_key_file(path)?, password)
    }

    /// Reads PEM or PFX.
    pub(crate) fn parse(
        content: &[u8],
        password: Option<&Secret>,
    ) -> Result<Certificate, AuthError> {
        if is_pem(content) {
            // Notepad puts a byte order mark in front, and the first line is then none of PEM's.
            let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
            Certificate::from_pem(content)
        } else {
            Certificate::from_pfx(content, password)
        }
    }

    fn from_pem(pem: &[u8]) -> Result<Certificate, AuthError> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            let text = String::from_utf8_lossy(pem);
            if text.contains("ENCRYPTED") {
                unfit_certificate("the private key in the PEM file is encrypted; make a PFX of it with `openssl pkcs12 -export`")
            } else {
                unfit_certificate("the PEM file holds no private key")
            }
        })?;
        let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem)
            .filter_map(|found| found.ok().map(|der| der.to_vec()))
            .collect();
        Certificate::of(key.secret_der(), certificates)
    }

    fn from_pfx(pfx: &[u8], password: Option<&Secret>) -> Result<Certificate, AuthError> {
        let password = password.map_or("", Secret::expose);
        let archive = Pkcs12Archive::from_pkcs12(pfx, password).map_err(|err| match err {
            p12_keystore::error::Error::MacError(_) => {
                unfit_certificate("the password of the PFX file is wrong, or missing")
            }
            p12_keystore::error::Error::DerError(_) => {
                unfit_certificate("the file is neither PEM nor PFX")
            }
            other => unfit_certificate(&format!("the PFX file cannot be read: {other}")),
        })?;
        let certificates: Vec<Vec<u8>> =
            archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
        let key = archive
            .keys
            .first()
            .ok_or_else(|| unfit_certificate("the PFX file holds no private key"))?;
        Certificate::of(key.key.as_der(), certificates)
    }

    fn of(key_der: &[u8], certificates: Vec<Vec<u8>>) -> Result<Certificate, AuthError> {
        let key = RsaKeyPair::from_pkcs8(key_der)
            .or_else(|err| RsaKeyPair::from_der(key_der).map_err(|_| err))
            .map_err(|err| {
                if err.to_string() == "TooSmall" {
                    unfit_certificate(
                        "the RSA key has fewer than 2048 bits, which is too few to be safe",
                    )
                } else if is_rsa(key_der) {
                    unfit_certificate(&format!("the private key cannot be used: {err}"))
                } else {
                    unfit_certificate(
                        "the private key is not RSA, and Entra takes only RSA certificates here",
                    )
                }
            })?;
        // A chain may come along; ours is the one that holds the public half of the key.
        let public = key.public().as_ref();
        let der = certificates
            .into_iter()
            .find(|der| der.windows(public.len()).any(|part| part == public))
            .ok_or_else(|| {
                unfit_certificate("no certificate in the file belongs to its private key")
            })?;
        Ok(Certificate { key_der: Zeroizing::new(key_der.to_vec()), key, der })
    }

    /// Gives the content of the sealed file.
    pub(crate) fn to_kept(&self) -> Zeroizing<Vec<u8>> {
        let kept = StoredCertificate {
            key: Zeroizing::new(BASE64.encode(&*self.key_der)),
            certificate: BASE64.encode(&self.der),
        };
        Zeroizing::new(serde_json::to_vec(&kept).expect("two texts are JSON"))
    }

    /// Reads the content of the sealed file.
    pub(crate) fn from_kept(content: &[u8]) -> Result<Certificate, AuthError> {
        let broken = || unfit_certificate("the stored certificate cannot be read");
        let kept: StoredCertificate = serde_json::from_slice(content).map_err(|_| broken())?;
        let key = Zeroizing::new(BASE64.decode(kept.key.as_bytes()).map_err(|_| broken())?);
        let certificate = BASE64.decode(kept.certificate).map_err(|_| broken())?;
        Certificate::of(&key, vec![certificate])
    }

    /// The certificate's SHA-256 thumbprint, as Entra's portal shows it in hexadecimal.
    pub(crate) fn thumbprint(&self) -> String {
        crate::secrets::sealed::hex_digits(&Sha256::digest(&self.der)).to_uppercase()
    }

    /// When the certificate ends, in seconds since 1970; `None` if that cannot be read.
    pub(crate) fn ends(&self) -> Option<i64> {
        super::validity::certificate_end(&self.der)
    }

    /// Signs the assertion that stands in for a secret, good for ten minutes from `now`.
    pub(crate) fn assertion(
        &self,
        audience: &str,
        client: ClientId,
        now: i64,
    ) -> Result<Secret, AuthError> {
        let header = json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": BASE64_URL.encode(Sha256::digest(&self.der)),
        });
        let claims = json!({
            "aud": audience,
            "iss": client.to_string(),
            "sub": client.to_string(),
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": now,
            "iat": now,
            "exp": now + 600,
        });
        let part = |value: &serde_json::Value| BASE64_URL.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| unfit_certificate("the private key does not sign"))?;
        Ok(Secret::new(format!("{message}.{}", BASE64_URL.encode(signature))))
    }
}

/// True if a file is PEM rather than PFX.
pub(crate) fn is_pem(content: &[u8]) -> bool {
    content.windows(11).any(|part| part == b"-----BEGIN ")
}

fn is_rsa(key_der: &[u8]) -> bool {
    // The object id 1.2.840.113549.1.1.1, or no PKCS#8 around the key at all.
    const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    key_der.windows(RSA.len()).any(|part| part == RSA)
}

#[cfg(unix)]
fn is_open_to_others(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_found: &std::fs::Metadata) -> bool {
    false
}

fn read_key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, AuthError> {
    let content = file::read_named(path, file::LARGEST);
    Ok(Zeroizing::new(content.map_err(|err| unreadable_file(path, &err))?))
}

fn unreadable_file(path: &Path, err: &std::io::Error) -> AuthError {
    AuthError::Unreadable { path: input::shown_missing(path, err), reason: err.to_string() }
}

fn unfit_certificate(problem: &str) -> AuthError {
    AuthError::Certificate(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/it/data/certificate/",
                $name
            ))
        };
    }

    const THUMBPRINT: &str = "00450B1C5E1767E2333B55D19943C41FC39325509ADEF980910EBDB7FDCAFE58";

    fn password(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn every_form_of_the_same_key_is_read() {
        let secret = password("test-only");
        let table: [(&[u8], Option<&Secret>); 5] = [
            (fixture!("rsa.pem"), None),
            (fixture!("pkcs1.pem"), None),
            (fixture!("open.pfx"), None),
            (fixture!("modern.pfx"), Some(&secret)),
            (fixture!("legacy.pfx"), Some(&secret)),
        ];
        for (content, password) in table {
            let read = Certificate::parse(content, password).unwrap();
            assert_eq!(read.thumbprint(), THUMBPRINT);
            let again = Certificate::from_kept(&read.to_kept()).unwrap();
            assert_eq!(again.thumbprint(), THUMBPRINT);
        }
    }

    #[test]
    fn a_byte_order_mark_before_pem_is_skipped() {
        let marked = [b"\xef\xbb\xbf".as_slice(), fixture!("rsa.pem")].concat();
        let read = Certificate::parse(&marked, None).unwrap();
        assert_eq!(read.thumbprint(), THUMBPRINT);
    }

    #[test]
    fn a_key_in_the_place_of_its_file_is_not_repeated() {
        let pasted = Path::new("-----BEGIN PRIVATE KEY-----\nCANARY");
        let err = Certificate::read(pasted, None).unwrap_err();
        assert!(!err.to_string().contains("CANARY"), "{err}");
    }

    #[test]
    fn what_cannot_sign_in_is_refused_with_its_reason() {
        let wrong = password("wrong");
        let table: [(&[u8], Option<&Secret>, &str); 6] = [
            (fixture!("ec.pem"), None, "not RSA"),
            (fixture!("encrypted.pem"), None, "encrypted"),
            (fixture!("strangers.pem"), None, "no certificate"),
            (fixture!("modern.pfx"), Some(&wrong), "password"),
            (fixture!("modern.pfx"), None, "password"),
            (b"neither", None, "neither PEM nor PFX"),
        ];
        for (content, password, reason) in table {
            let err = Certificate::parse(content, password).unwrap_err();
            assert!(err.to_string().contains(reason), "{err}");
        }
    }

    #[test]
    fn the_assertion_is_what_entra_asks_for() {
        let certificate = Certificate::parse(fixture!("rsa.pem"), None).unwrap();
        let client = "2b0de10d-6f29-4736-9952-f4a99e684c35".parse().unwrap();
        let audience = "https://login.example/t/oauth2/v2.0/token";
        let signed = certificate.assertion(audience, client, 1000).unwrap();
        let parts: Vec<&str> = signed.expose().split('.').collect();
        let json = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&BASE64_URL.decode(part).unwrap()).unwrap()
        };
        let header = json(parts[0]);
        assert_eq!(header["alg"], "PS256");
        let thumbprint = BASE64_URL.decode(header["x5t#S256"].as_str().unwrap()).unwrap();
        assert_eq!(crate::secrets::sealed::hex_digits(&thumbprint).to_uppercase(), THUMBPRINT);
        let claims = json(parts[1]);
        assert_eq!(
            (&claims["aud"], &claims["nbf"], &claims["exp"]),
            (&audience.into(), &1000.into(), &1600.into())
        );
        assert_eq!(claims["iss"], claims["sub"]);
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(certificate.key.public());
        let message = format!("{}.{}", parts[0], parts[1]);
        let signature = BASE64_URL.decode(parts[2]).unwrap();
        public.verify(&RSA_PSS_2048_8192_SHA256, message.as_bytes(), &signature).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        std::fs::write(&path, fixture!("rsa.pem")).unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
        mode(0o640).unwrap();
        let refused = Certificate::read_guarded(&path, None);
        assert!(matches!(refused, Err(AuthError::Exposed { .. })));
        mode(0o600).unwrap();
        assert!(Certificate::read_guarded(&path, None).is_ok());
    }
}
