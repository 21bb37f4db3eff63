//! Certificates of companies' own authorities whose critical extensions are about policies.
//!
//! The library for chains refuses every critical extension that it does not know. Policy extensions are such ones, and
//! proxies that look into TLS often have them (astral-sh/uv#19903). No one here asks for a policy, so they hold as in
//! OpenSSL, and with it in curl and Python: they are understood, and decide nothing. Whatever else is critical and not
//! known still ends the connection. What the library can judge it does; here an authority below a trusted one is only
//! made one to begin with. Source: RFC 5280, 4.2.1 and 6.1.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};

use super::authority::Authority;

/// Judges chains as the library does, and those with policies besides.
#[derive(Debug)]
pub(crate) struct PolicyAwareVerifier {
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
    library: Arc<WebPkiServerVerifier>,
}

impl PolicyAwareVerifier {
    /// A verifier that trusts these roots.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn new(
        roots: RootCertStore,
        provider: Arc<CryptoProvider>,
    ) -> Result<PolicyAwareVerifier, String> {
        let library = library_verifier(roots.clone(), &provider)?;
        Ok(PolicyAwareVerifier { roots, provider, library })
    }

    /// The roots, and the authorities below them that have policies.
    fn roots_below(
        &self,
        presented: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Option<RootCertStore> {
        let mut rest: Vec<Authority<'_>> =
            presented.iter().filter_map(|der| Authority::read(der)).collect();
        rest.retain(|authority| !authority.is_self_issued());
        if !rest.iter().any(Authority::has_policies) {
            return None;
        }
        let mut roots = self.roots.clone();
        // Each round takes those that an authority of the round before has issued.
        loop {
            let below = rest.len().saturating_sub(1);
            let fits = |authority: &Authority<'_>| {
                let issued = |anchor: &TrustAnchor<'_>| {
                    // A limit on names would not reach what is below an authority that counts for itself.
                    anchor.name_constraints.is_none()
                        && authority.is_issued_by(anchor, &self.provider)
                };
                authority.may_issue(below, now.as_secs()) && roots.roots.iter().any(issued)
            };
            let Some(at) = rest.iter().position(fits) else { return Some(roots) };
            roots.add(rest.swap_remove(at).der()).ok()?;
        }
    }
}

fn library_verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, String> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|err| err.to_string())
}

impl ServerCertVerifier for PolicyAwareVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = |library: &WebPkiServerVerifier| {
            library.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let refused = match judged(&self.library) {
            Ok(verified) => return Ok(verified),
            Err(refused) => refused,
        };
        let below = self.roots_below(intermediates, now);
        match below.and_then(|roots| library_verifier(roots, &self.provider).ok()) {
            Some(library) => judged(&library),
            None => Err(refused),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.library.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.library.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.library.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::pem::PemObject;

    use super::*;

    macro_rules! certificate {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/it/data/ca/chain/", $name, ".pem")).as_slice()
        };
    }

    fn der(pem: &[u8]) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem).unwrap()
    }

    /// Whether a server is believed that presents these, the first its own, to one who trusts the root.
    fn is_believed(root: &[u8], presented: &[&[u8]], name: &str, seconds: u64) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(der(root)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = PolicyAwareVerifier::new(roots, provider).unwrap();
        let chain: Vec<_> = presented.iter().map(|pem| der(pem)).collect();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let name = ServerName::try_from(name).unwrap();
        verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], now).is_ok()
    }

    /// 2030, when all of them are valid.
    const NOW: u64 = 1_900_000_000;
    const ROOT: &[u8] = certificate!("root");
    const POLICY: &[u8] = certificate!("policy");
    const LEAF: &[u8] = certificate!("leaf");

    #[test]
    fn an_authority_with_critical_policies_is_believed() {
        // bugs F13, astral-sh/uv#19903: curl and Python go on.
        assert!(is_believed(ROOT, &[LEAF, POLICY], "login.example", NOW));
        assert!(is_believed(ROOT, &[LEAF, ROOT, POLICY], "login.example", NOW), "in any order");
    }

    #[test]
    fn nothing_else_is_believed_for_it() {
        for (why, root, presented, name, now) in [
            ("another name", ROOT, vec![LEAF, POLICY], "other.example", NOW),
            ("another root", certificate!("stranger"), vec![LEAF, POLICY], "login.example", NOW),
            ("before its time", ROOT, vec![LEAF, POLICY], "login.example", 1_000_000_000),
            ("after its time", ROOT, vec![LEAF, POLICY], "login.example", 9_000_000_000),
            ("without the authority", ROOT, vec![LEAF], "login.example", NOW),
            (
                "something else is critical",
                ROOT,
                vec![certificate!("leaf-unknown"), certificate!("unknown")],
                "login.example",
                NOW,
            ),
            (
                "no authority",
                ROOT,
                vec![certificate!("leaf-noca"), certificate!("noca")],
                "login.example",
                NOW,
            ),
            (
                "names of the root are limited",
                certificate!("limited"),
                vec![certificate!("leaf-limited"), certificate!("limited-policy")],
                "login.example",
                NOW,
            ),
            (
                "one authority more than allowed",
                ROOT,
                vec![certificate!("leaf-below"), certificate!("below"), POLICY],
                "login.example",
                NOW,
            ),
        ] {
            assert!(!is_believed(root, &presented, name, now), "{why}");
        }
    }

    #[test]
    fn one_changed_byte_ends_it() {
        let pem = String::from_utf8(POLICY.to_vec()).unwrap();
        let good = der(POLICY);
        let mut roots = RootCertStore::empty();
        roots.add(der(ROOT)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = PolicyAwareVerifier::new(roots, provider).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW));
        let name = ServerName::try_from("login.example").unwrap();
        assert!(pem.contains("BEGIN"));
        for at in 0..good.len() {
            let mut bytes = good.to_vec();
            bytes[at] ^= 1;
            let chain = [CertificateDer::from(bytes)];
            let judged = verifier.verify_server_cert(&der(LEAF), &chain, &name, &[], now);
            assert!(judged.is_err(), "byte {at}");
        }
    }
}
