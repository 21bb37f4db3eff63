//! The little of DER (X.690) that is needed to look into certificates without a library for all of it.

/// Tag, content and what follows of the first element.
pub(crate) fn der_element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first & LONG != 0 {
        let bytes = usize::from(first & !LONG);
        if bytes > 4 {
            return None;
        }
        let (written, behind) = rest.split_at_checked(bytes)?;
        length = written.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte));
        rest = behind;
    }
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

/// The fields of a certificate behind serial number, algorithm and issuer: validity, subject, key, extensions.
///
/// Source: RFC 5280, 4.1.
pub(crate) fn certificate_fields(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = der_element(certificate)?;
    let (_, mut fields, _) = der_element(certificate)?;
    // A version (context tag 0) may come first.
    if fields.first() == Some(&VERSION) {
        fields = der_element(fields)?.2;
    }
    for _ in 0..3 {
        fields = der_element(fields)?.2;
    }
    Some(fields)
}

const LONG: u8 = 0x80;
const VERSION: u8 = 0xa0;
