//! Any bytes, read as marshalled code, with and without the header of a `.pyc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = modelward_formats::marshal::walk(bytes);
    let _ = modelward_formats::marshal::walk_pyc(bytes);
});
