//! Fuzzes the file of names for completion.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::search_index(data));
