//! Any bytes, read as xgboost binary.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modelward_fuzz::parse(modelward_formats::Format::XgboostBinary, bytes));
