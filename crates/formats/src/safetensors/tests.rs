//! What the reader understands, and what it explains.

use super::*;
use proptest::prelude::*;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn read(header: &str, data: usize) -> Safetensors {
    parse(&Source::from_vec(file(header, &vec![0; data])), &Context::default())
}

fn codes(header: &str, data: usize) -> Vec<&'static str> {
    read(header, data).problems.iter().map(|p| p.code).collect()
}

const TWO: &str = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}  "#;

#[test]
fn a_sound_file_has_tensors_metadata_and_no_problem() {
    let file = read(TWO, 22);
    assert_eq!(file.problems, []);
    assert_eq!(file.metadata[0].value, "pt");
    let b = &file.tensors[1];
    assert_eq!((b.name.as_str(), b.element, b.shape.as_slice()), ("b", Some(Element::BF16), &[3][..]));
    assert_eq!(b.end - b.start, 6);
}

#[test]
fn it_is_recognised_by_its_bytes() {
    let bytes = file(TWO, &[0; 22]);
    assert!(looks_like(&bytes, &Source::from_vec(bytes.clone())));
    for other in [&b"{\"a\": 1}"[..], b"", &[0; 4096]] {
        assert!(!looks_like(other, &Source::from_vec(other.to_vec())));
    }
}

#[test]
fn a_name_that_stands_twice_is_a_differential() {
    let twice = r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#;
    assert_eq!(codes(twice, 8), ["duplicate-key"]);
    let inner = r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"data_offsets":[4,8]}}"#;
    assert!(codes(inner, 8).contains(&"duplicate-key"));
    let metadata =
        r#"{"__metadata__":{"x":"1","x":"2"},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#;
    assert_eq!(codes(metadata, 4), ["duplicate-key"]);
}

#[test]
fn holes_overlaps_and_bytes_after_the_end_are_differentials() {
    let at = |a: &str, b: &str| {
        format!(
            r#"{{"a":{{"dtype":"U8","shape":[4],"data_offsets":{a}}},"b":{{"dtype":"U8","shape":[4],"data_offsets":{b}}}}}"#
        )
    };
    assert_eq!(codes(&at("[0,4]", "[8,12]"), 12), ["data-gap"]);
    assert_eq!(codes(&at("[4,8]", "[8,12]"), 12), ["data-gap"]);
    assert_eq!(codes(&at("[0,4]", "[2,6]"), 6), ["tensor-overlap"]);
    assert_eq!(codes(&at("[0,4]", "[0,4]"), 4), ["tensor-overlap"]);
    assert_eq!(codes(&at("[0,4]", "[4,8]"), 9), ["data-trailing"]);
    let file = read(&at("[0,4]", "[8,12]"), 20);
    assert_eq!(file.gaps.iter().map(|gap| gap.length).collect::<Vec<_>>(), [4, 8]);
}

#[test]
fn numbers_that_attack_the_reader_are_hostile() {
    let with = |shape: &str, offsets: &str| {
        format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    assert_eq!(codes(&with("[8589934592,8589934592]", "[0,16]"), 16), ["tensor-overflow"]);
    assert_eq!(codes(&with("[0,8589934592,8589934592]", "[0,0]"), 0), ["tensor-overflow"]);
    assert_eq!(codes(&with("[4]", "[16,0]"), 16)[0], "tensor-reversed");
    assert_eq!(codes(&with("[4]", "[0,12]"), 12), ["tensor-size"]);
    assert_eq!(codes(&with("[274877906944]", "[0,1099511627776]"), 16), ["tensor-beyond-file"]);
    assert_eq!(codes(&with("[4]", "[0,18446744073709551615]"), 16)[0], "tensor-beyond-file");
    for shape in ["[-1]", "[4.0]", "[1e3]", "4", "[18446744073709551616]", "[true]"] {
        assert!(codes(&with(shape, "[0,16]"), 16).contains(&"tensor-numbers"), "{shape}");
    }
}

#[test]
fn a_header_that_lies_about_its_length_is_hostile() {
    let mut bytes = file("{}", &[]);
    bytes[..8].copy_from_slice(&1_000_000u64.to_le_bytes());
    let parsed = parse(&Source::from_vec(bytes.clone()), &Context::default());
    assert_eq!(parsed.problems[0].code, "header-beyond-file");
    bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let parsed = parse(&Source::from_vec(bytes), &Context::default());
    assert_eq!(parsed.problems[0].code, "header-too-large");
}

#[test]
fn bytes_within_the_header_after_its_json_are_a_differential() {
    assert_eq!(codes("{}  hidden", 0), ["header-trailing"]);
}

#[test]
fn a_header_of_brackets_is_hostile_and_costs_nothing() {
    assert!(codes(&"[".repeat(1_000_000), 0).contains(&"json-depth"));
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&Source::from_vec(bytes), &Context::default());
    }

    #[test]
    fn a_sound_file_with_any_byte_changed_is_read(at in 0usize..180, byte: u8) {
        let mut bytes = file(TWO, &[0; 22]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let source = Source::from_vec(bytes);
        let parsed = parse(&source, &Context::default());
        for tensor in &parsed.tensors {
            prop_assert!(tensor.end <= source.len() || !parsed.problems.is_empty());
        }
    }
}
