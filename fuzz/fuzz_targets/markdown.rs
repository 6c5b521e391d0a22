//! Any bytes, read as markdown.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| modelward_fuzz::parse(modelward_formats::Format::Markdown, bytes));
