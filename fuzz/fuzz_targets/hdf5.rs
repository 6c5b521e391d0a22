//! Any bytes, read as hdf5.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modelward_fuzz::parse(modelward_formats::Format::Hdf5, bytes));
