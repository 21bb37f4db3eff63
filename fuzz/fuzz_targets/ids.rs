//! Fuzzes ids of resources, scopes and tenants.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::parse_ids(data));
