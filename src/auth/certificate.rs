//! Signing in with a certificate: reads PEM and PFX, and signs the assertion that Entra wants.
//!
//! RSA only, PS256 with `x5t#S256`, as Entra asks for today. Source:
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64_URL};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::AuthError;
use super::key_file::open_key_file;
use crate::id::ClientId;
use crate::process::file;
use crate::secrets::exposure::{FileExposure, exposure_of};
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
    /// Reads a certificate with its key from a file, unless others can read it too.
    pub(crate) fn read_guarded(
        path: &Path,
        password: Option<&Secret>,
        warn: &dyn Fn(&str),
    ) -> Result<Certificate, AuthError> {
        Certificate::parse(&Certificate::load_guarded(path, warn)?, password)
    }

    /// Reads the content of a file that holds a private key, unless others can read it too. Where the user
    /// could not change that, it is only a warning.
    pub(crate) fn load_guarded(
        path: &Path,
        warn: &dyn Fn(&str),
    ) -> Result<Zeroizing<Vec<u8>>, AuthError> {
        let found = std::fs::metadata(path).map_err(|err| unreadable_file(path, &err))?;
        let shown = path.display().to_string();
        match exposure_of(path, &found) {
            FileExposure::Private => {}
            FileExposure::Mendable => return Err(AuthError::Exposed { path: shown }),
            FileExposure::Lasting => warn(&format!(
                "the private key in {shown} can be read by other users, and `chmod` cannot close it there; keep it in a folder of yours"
            )),
        }
        read_key_file(path)
    }

    /// Reads PEM or PFX from a file.
    pub(crate) fn read(path: &Path, password: Option<&Secret>) -> Result<Certificate, AuthError> {
        Certificate::parse(&read_key_file(path)?, password)
    }

    /// Reads the content of a file, in any form that [`super::key_file`] knows.
    pub(crate) fn parse(
        content: &[u8],
        password: Option<&Secret>,
    ) -> Result<Certificate, AuthError> {
        let found = open_key_file(content, password)?;
        Certificate::of(&found.key_der, found.certificates)
    }

    pub(super) fn of(key_der: &[u8], certificates: Vec<Vec<u8>>) -> Result<Certificate, AuthError> {
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

    /// Signs the assertion that replaces a secret, good for ten minutes from `now`.
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
        self.signed(&header, &claims, &RSA_PSS_SHA256)
    }

    /// Proves to Graph's `addKey` and `removeKey` that this certificate is the application's, good for ten minutes
    /// from `now`. `object` is the application's object id, which here is the issuer.
    ///
    /// Source: <https://learn.microsoft.com/graph/application-rollkey-prooftoken>
    pub(crate) fn key_proof(&self, object: &str, now: i64) -> Result<Secret, AuthError> {
        let thumbprint = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        let header = json!({
            "alg": "RS256",
            "typ": "JWT",
            "x5t": BASE64_URL.encode(thumbprint),
        });
        let claims = json!({
            "aud": "00000002-0000-0000-c000-000000000000",
            "iss": object,
            "nbf": now,
            "exp": now + 600,
        });
        self.signed(&header, &claims, &RSA_PKCS1_SHA256)
    }

    /// The certificate without its key, in DER and base64, as Graph takes it.
    pub(crate) fn public_text(&self) -> String {
        BASE64.encode(&self.der)
    }

    /// The SHA-1 thumbprint in base64, by which Graph reports keys apart.
    pub(crate) fn key_identifier(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        BASE64.encode(digest)
    }

    fn signed(
        &self,
        header: &serde_json::Value,
        claims: &serde_json::Value,
        padding: &'static dyn RsaEncoding,
    ) -> Result<Secret, AuthError> {
        let part = |value: &serde_json::Value| BASE64_URL.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| unfit_certificate("the private key does not sign"))?;
        Ok(Secret::new(format!("{message}.{}", BASE64_URL.encode(signature))))
    }
}

fn is_rsa(key_der: &[u8]) -> bool {
    // The object id 1.2.840.113549.1.1.1, or no PKCS#8 around the key at all.
    const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    key_der.windows(RSA.len()).any(|part| part == RSA)
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
            (fixture!("encrypted.pem"), None, "no password was given"),
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
        let refused = Certificate::read_guarded(&path, None, &|_| {});
        assert!(matches!(refused, Err(AuthError::Exposed { .. })));
        mode(0o600).unwrap();
        assert!(Certificate::read_guarded(&path, None, &|_| {}).is_ok());
    }
}
