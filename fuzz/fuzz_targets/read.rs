//! Fuzzes JSON as Python reads it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::read_json(data));
