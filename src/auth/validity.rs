//! When a certificate ends: those few bytes of X.509, read without a library for all the rest.
//!
//! Source: RFC 5280, 4.1; the encoding is DER (X.690).

use crate::transport::der::{certificate_fields, der_element};

/// When the certificate ends, in seconds since 1970.
pub(crate) fn certificate_end(certificate: &[u8]) -> Option<i64> {
    let (_, validity, _) = der_element(certificate_fields(certificate)?)?;
    let (_, _, after_begin) = der_element(validity)?;
    let (tag, text, _) = der_element(after_begin)?;
    der_moment(tag, std::str::from_utf8(text).ok()?)
}

fn der_moment(tag: u8, text: &str) -> Option<i64> {
    let text = match tag {
        // Two digits of the year, 1950 to 2049.
        UTC_TIME if text.get(..2)?.parse::<u8>().ok()? < 50 => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let at = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse::<i16>().ok()?;
    let day = jiff::civil::DateTime::new(
        year,
        at(4, 6)?,
        at(6, 8)?,
        at(8, 10)?,
        at(10, 12)?,
        at(12, 14)?,
        0,
    );
    let zoned = day.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::certificate::Certificate;

    #[test]
    fn the_end_of_a_real_certificate_is_read() {
        let pem = include_bytes!("../../tests/it/data/certificate/rsa.pem");
        // As openssl prints it for the second certificate of the file, whose key is in it.
        assert_eq!(Certificate::parse(pem, None).unwrap().ends(), Some(END));
    }

    #[test]
    fn both_forms_of_time_are_read_and_garbage_is_not() {
        assert_eq!(der_moment(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(der_moment(GENERALIZED_TIME, "20500101000000Z"), Some(2_524_608_000));
        assert_eq!(der_moment(UTC_TIME, "4"), None);
        for garbage in [&b""[..], b"\x30", b"\x30\x85\x01", b"\x30\x03\x30\x01\xa0"] {
            assert_eq!(certificate_end(garbage), None);
        }
    }

    const END: i64 = 4_948_972_653;
}
