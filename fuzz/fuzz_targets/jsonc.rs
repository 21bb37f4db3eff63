//! Fuzzes files that describe an offer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::read_offer(data));
