//! Fuzzes texts, written as YAML and in color.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::write_yaml(data));
