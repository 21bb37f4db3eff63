//! A certificate authority below a trusted one, as far as it takes to say that the trusted one has issued it.

use rustls::crypto::CryptoProvider;
use rustls_pki_types::{CertificateDer, TrustAnchor};

use super::der::{certificate_fields, der_element};

/// What a certificate says, each part as it is in it.
pub(super) struct Authority<'a> {
    der: &'a [u8],
    /// What was signed.
    body: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    valid: (i64, i64),
    extensions: Vec<CertificateExtension<'a>>,
}

struct CertificateExtension<'a> {
    oid: &'a [u8],
    is_critical: bool,
    value: &'a [u8],
}

impl<'a> Authority<'a> {
    /// Reads a certificate; nothing if it is none that is understood.
    pub(super) fn read(der: &'a [u8]) -> Option<Authority<'a>> {
        let (_, content, _) = der_element(der)?;
        let (_, _, behind) = der_element(content)?;
        let body = &content[..content.len() - behind.len()];
        let (_, algorithm, behind) = der_element(behind)?;
        let (_, signature, _) = der_element(behind)?;
        let fields = certificate_fields(der)?;
        let (_, validity, fields) = der_element(fields)?;
        let (_, subject, fields) = der_element(fields)?;
        let (_, _, fields) = der_element(fields)?;
        Some(Authority {
            der,
            body,
            algorithm,
            signature: signature.strip_prefix(&[WHOLE_BYTES])?,
            issuer: issuer_of(body)?,
            subject,
            valid: period(validity)?,
            extensions: extensions_of(fields)?,
        })
    }

    pub(super) fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from(self.der.to_vec())
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// True if it has an extension on policies that the library would refuse.
    pub(super) fn has_policies(&self) -> bool {
        self.extensions.iter().any(|found| found.is_critical && POLICIES.contains(&found.oid))
    }

    /// True if it may issue certificates at this time, with so many other authorities below it at most.
    pub(super) fn may_issue(&self, below: usize, now: u64) -> bool {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let is_known = |found: &CertificateExtension<'_>| {
            !found.is_critical || KNOWN.contains(&found.oid) || POLICIES.contains(&found.oid)
        };
        (self.valid.0..=self.valid.1).contains(&now)
            && self.extensions.iter().all(is_known)
            && self.is_authority(below)
            && self.value(KEY_USAGE).is_none_or(signs_certificates)
            && self.value(EXTENDED_KEY_USAGE).is_none_or(is_for_servers)
    }

    /// True if an authority of this name has signed it with this key.
    pub(super) fn is_issued_by(&self, anchor: &TrustAnchor<'_>, provider: &CryptoProvider) -> bool {
        let key = || {
            let (_, algorithm, behind) = der_element(anchor.subject_public_key_info.as_ref())?;
            let (_, bits, _) = der_element(behind)?;
            Some((algorithm, bits.strip_prefix(&[WHOLE_BYTES])?))
        };
        let Some((key_algorithm, key)) = key() else { return false };
        let all = provider.signature_verification_algorithms.all;
        anchor.subject.as_ref() == self.issuer
            && all.iter().any(|known| {
                known.signature_alg_id().as_ref() == self.algorithm
                    && known.public_key_alg_id().as_ref() == key_algorithm
                    && known.verify_signature(key, self.body, self.signature).is_ok()
            })
    }

    fn value(&self, oid: &[u8]) -> Option<&'a [u8]> {
        self.extensions.iter().find(|found| found.oid == oid).map(|found| found.value)
    }

    /// `SEQUENCE { cA BOOLEAN, pathLenConstraint INTEGER OPTIONAL }`
    fn is_authority(&self, below: usize) -> bool {
        let read = || {
            let (_, content, _) = der_element(self.value(BASIC_CONSTRAINTS)?)?;
            let (tag, flag, behind) = der_element(content)?;
            if tag != BOOLEAN || flag != [TRUE] {
                return Some(false);
            }
            if behind.is_empty() {
                return Some(true);
            }
            let (_, most, _) = der_element(behind)?;
            // More than 127 would have a second byte, and nobody has so many.
            Some(most.len() > 1 || usize::from(*most.first()?) >= below)
        };
        read().unwrap_or(false)
    }
}

/// The issuer: behind version, serial number and algorithm.
fn issuer_of(body: &[u8]) -> Option<&[u8]> {
    let (_, mut fields, _) = der_element(body)?;
    if fields.first() == Some(&VERSION) {
        fields = der_element(fields)?.2;
    }
    fields = der_element(fields)?.2;
    fields = der_element(fields)?.2;
    Some(der_element(fields)?.1)
}

fn extensions_of<'a>(mut fields: &'a [u8]) -> Option<Vec<CertificateExtension<'a>>> {
    let mut found = Vec::new();
    while !fields.is_empty() {
        let (tag, content, behind) = der_element(fields)?;
        fields = behind;
        if tag != EXTENSIONS {
            continue;
        }
        let (_, mut list, _) = der_element(content)?;
        while !list.is_empty() {
            let (_, one, behind) = der_element(list)?;
            list = behind;
            let (_, oid, rest) = der_element(one)?;
            let (tag, content, behind) = der_element(rest)?;
            let (is_critical, value) = match tag {
                BOOLEAN => (content == [TRUE], der_element(behind)?.1),
                _ => (false, content),
            };
            found.push(CertificateExtension { oid, is_critical, value });
        }
    }
    Some(found)
}

/// Bit 5 of the key usage.
fn signs_certificates(value: &[u8]) -> bool {
    let bits = der_element(value).map(|(_, bits, _)| bits);
    bits.and_then(|bits| bits.get(1)).is_some_and(|first| first & 0b0000_0100 != 0)
}

fn is_for_servers(value: &[u8]) -> bool {
    let Some((_, mut list, _)) = der_element(value) else { return false };
    while let Some((_, purpose, behind)) = der_element(list) {
        if [SERVERS, ANY_PURPOSE].contains(&purpose) {
            return true;
        }
        list = behind;
    }
    false
}

/// From when to when, in seconds.
fn period(validity: &[u8]) -> Option<(i64, i64)> {
    let (tag, first, behind) = der_element(validity)?;
    let (last_tag, last, _) = der_element(behind)?;
    Some((moment(tag, first)?, moment(last_tag, last)?))
}

/// `YYMMDDHHMMSSZ`, from 2050 on with all four digits of the year.
fn moment(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        SHORT_YEAR if text.get(..2)? >= "50" => format!("19{text}"),
        SHORT_YEAR => format!("20{text}"),
        _ => text.to_owned(),
    };
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

const WHOLE_BYTES: u8 = 0;
const BOOLEAN: u8 = 0x01;
const TRUE: u8 = 0xff;
const SHORT_YEAR: u8 = 0x17;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
/// What is looked at here, or holds for the library when this authority is its root: alternative names and limits on
/// names.
const KNOWN: [&[u8]; 5] =
    [KEY_USAGE, &[0x55, 0x1d, 17], BASIC_CONSTRAINTS, &[0x55, 0x1d, 30], EXTENDED_KEY_USAGE];
/// Policies, their mappings and constraints, and whether any policy counts.
const POLICIES: [&[u8]; 4] =
    [&[0x55, 0x1d, 32], &[0x55, 0x1d, 33], &[0x55, 0x1d, 36], &[0x55, 0x1d, 54]];
/// 1.3.6.1.5.5.7.3.1
const SERVERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
/// 2.5.29.37.0
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 37, 0];
