//! Fuzzes the manifest of a fleet.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::read_manifest(data));
