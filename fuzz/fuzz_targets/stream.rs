//! Any bytes, read as every compressed stream that is not gzip.
#![no_main]

use modelward_formats::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Zlib, Format::Bzip2, Format::Xz, Format::Lzma, Format::Lz4, Format::Zstd] {
        modelward_fuzz::parse(format, bytes);
    }
});
