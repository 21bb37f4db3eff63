//! The certificates to trust instead of the system's: PEM files with whatever editors and other programs leave
//! in them, and folders. A certificate that cannot be used is named and skipped; the others count.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::TransportError;
use crate::process::file;

/// Roots to trust, and what was skipped on the way to them.
pub(crate) struct CaBundle {
    pub roots: RootCertStore,
    pub warnings: Vec<String>,
}

/// Reads files and folders.
///
/// # Errors
/// If one cannot be read, or none of the certificates can be used.
pub(crate) fn read_bundle(paths: &[PathBuf]) -> Result<CaBundle, TransportError> {
    let mut bundle = CaBundle { roots: RootCertStore::empty(), warnings: Vec::new() };
    for path in paths {
        let unusable = |reason: String| {
            TransportError::Setup(format!("CA bundle {}: {reason}", path.display()))
        };
        let files = if path.is_dir() {
            certificate_files(path).map_err(|err| unusable(err.to_string()))?
        } else {
            vec![path.clone()]
        };
        for file in files {
            let content =
                file::read_regular(&file, LARGEST).map_err(|err| unusable(err.to_string()))?;
            bundle.add_file(&file, &content);
        }
    }
    if bundle.roots.is_empty() {
        let shown = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        let why = bundle.warnings.first().map_or("it holds no certificate", |first| {
            first.split_once(": ").map_or(first.as_str(), |(_, reason)| reason)
        });
        return Err(TransportError::Setup(format!("CA bundle {}: {why}", shown.join(", "))));
    }
    Ok(bundle)
}

impl CaBundle {
    fn add_file(&mut self, file: &Path, content: &[u8]) {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let is_pem = content.windows(11).any(|part| part == b"-----BEGIN ");
        let found: Vec<Result<CertificateDer<'_>, String>> = if is_pem {
            let sections = CertificateDer::pem_slice_iter(content);
            sections.map(|section| section.map_err(|err| err.to_string())).collect()
        } else if content.first() == Some(&SEQUENCE) {
            vec![Ok(CertificateDer::from(content))]
        } else {
            Vec::new()
        };
        for (n, certificate) in found.into_iter().enumerate() {
            if let Err(reason) = certificate.and_then(|der| self.add_certificate(der)) {
                self.warnings.push(format!(
                    "{}: certificate {} is skipped: {reason}",
                    file.display(),
                    n + 1
                ));
            }
        }
    }

    fn add_certificate(&mut self, der: CertificateDer<'_>) -> Result<(), String> {
        self.roots.add(der.into_owned()).map_err(|err| err.to_string())
    }
}

/// The files of a folder: those that OpenSSL, and so `az`, would look at (named by a hash, as `openssl rehash`
/// makes them); in a folder without any, all that are named like certificates.
fn certificate_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let is_hash = |name: &str| {
        let parts = name.split_once('.');
        parts.is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.chars().all(|c| c.is_ascii_hexdigit())
                && number.parse::<u32>().is_ok()
        })
    };
    let is_named = |name: &str| {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_lowercase();
        ["pem", "crt", "cer"].contains(&end.as_str())
    };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string() {
            all.push((name, entry.path()));
        }
    }
    all.sort();
    let pick = |fits: &dyn Fn(&str) -> bool| -> Vec<PathBuf> {
        all.iter().filter(|(name, _)| fits(name)).map(|(_, path)| path.clone()).collect()
    };
    let hashed = pick(&is_hash);
    Ok(if hashed.is_empty() { pick(&is_named) } else { hashed })
}

/// All certificates of all authorities that there are take less than a megabyte.
const LARGEST: u64 = 16 * file::LARGEST;
const SEQUENCE: u8 = 0x30;
#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = include_bytes!("../../tests/it/data/ca/plain.pem");
    const POLICY: &[u8] = include_bytes!("../../tests/it/data/ca/critical-policy.pem");
    const BROKEN: &[u8] = b"-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n";
    const LIMITED: &[u8] = include_bytes!("../../tests/it/data/ca/limited-names.pem");

    fn read(files: &[(&str, &[u8])]) -> (Result<CaBundle, TransportError>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        (read_bundle(&[folder.path().to_owned()]), folder)
    }

    #[test]
    fn a_root_with_critical_policies_is_a_root() {
        // bugs F13, astral-sh/uv issue 19903.
        let (bundle, _) = read(&[("ca.pem", POLICY)]);
        let bundle = bundle.unwrap_or_else(|err| panic!("{err}"));
        assert_eq!((bundle.roots.len(), bundle.warnings.len()), (1, 0));
        let (bundle, _) = read(&[("ca.pem", LIMITED)]);
        let bundle = bundle.unwrap_or_else(|err| panic!("{err}"));
        assert!(bundle.roots.roots[0].name_constraints.is_some(), "its limit holds");
    }

    #[test]
    fn one_bad_certificate_is_named_and_passed_over() {
        let mixed = [b"\xef\xbb\xbf".as_slice(), PLAIN, BROKEN, PLAIN].concat();
        let (bundle, _) = read(&[("ca.pem", &mixed)]);
        let bundle = bundle.unwrap_or_else(|err| panic!("{err}"));
        assert_eq!(bundle.roots.len(), 2);
        let warning = &bundle.warnings[0];
        assert!(warning.contains("ca.pem: certificate 2"), "{warning}");
        let (none, _) = read(&[("ca.pem", BROKEN)]);
        assert!(none.is_err());
    }

    #[test]
    fn a_folder_need_not_be_hashed() {
        let (bundle, _) = read(&[("a.crt", PLAIN), ("b.CER", PLAIN), ("notes.txt", b"x")]);
        assert_eq!(bundle.unwrap_or_else(|err| panic!("{err}")).roots.len(), 2);
        let (bundle, _) = read(&[("0a1b2c3d.0", PLAIN), ("b.pem", BROKEN)]);
        assert_eq!(bundle.unwrap_or_else(|err| panic!("{err}")).roots.len(), 1, "as OpenSSL looks");
        let (none, _) = read(&[("notes.txt", b"x")]);
        assert!(none.err().unwrap().to_string().contains("no certificate"));
    }
}
