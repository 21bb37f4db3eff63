//! A new key with a certificate that it signs itself: what an application proves itself with from now on.
//!
//! RSA of 2048 bits, because Entra takes no other kind. Source:
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use jiff::civil::Date;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256};
use rsa::pkcs8::EncodePrivateKey;
use rustls_pki_types::PrivatePkcs8KeyDer;

use super::certificate::Certificate;
use super::error::AuthError;

const BITS: usize = 2048;

impl Certificate {
    /// Makes a key, and a certificate named `name` that is good from `first` to `last`.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub(crate) fn generate(name: &str, first: Date, last: Date) -> Result<Certificate, AuthError> {
        let failed = |reason: String| AuthError::Certificate(format!("no new key: {reason}"));
        let key = rsa::PrivateKey::new(&mut getrandom::SysRng, BITS)
            .map_err(|err| failed(err.to_string()))?;
        let der = key.to_pkcs8_der().map_err(|err| failed(err.to_string()))?;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(der.as_bytes()),
            &PKCS_RSA_SHA256,
        )
        .map_err(|err| failed(err.to_string()))?;
        let moment = |day: Date| {
            let part = |number: i8| u8::try_from(number).unwrap_or(1);
            rcgen::date_time_ymd(day.year().into(), part(day.month()), part(day.day()))
        };
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = (moment(first), moment(last));
        let made = params.self_signed(&pair).map_err(|err| failed(err.to_string()))?;
        Certificate::of(der.as_bytes(), vec![made.der().to_vec()])
    }
}
