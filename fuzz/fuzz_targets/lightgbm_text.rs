//! Any bytes, read as lightgbm text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modelward_fuzz::parse(modelward_formats::Format::LightgbmText, bytes));
