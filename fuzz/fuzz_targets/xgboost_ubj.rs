//! Any bytes, read as xgboost ubj.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modelward_fuzz::parse(modelward_formats::Format::XgboostUbj, bytes));
