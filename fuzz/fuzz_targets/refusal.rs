//! Fuzzes bodies of refusals.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| az_imageshare::fuzzing::explain_refusal(data));
