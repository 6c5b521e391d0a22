//! Any bytes, told apart by content, then read as each format that they could be.
#![no_main]

use modelward_formats::Source;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for format in modelward_formats::identify(&Source::from_vec(bytes.to_vec()), "model.bin") {
        modelward_fuzz::parse(format, bytes);
    }
});
