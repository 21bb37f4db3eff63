//! Fuzzes the DER of a certificate.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::read_certificate(data));
