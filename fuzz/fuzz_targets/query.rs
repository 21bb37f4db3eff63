//! Fuzzes `--query` and what it is asked of.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::query_output(data));
