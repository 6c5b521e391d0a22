//! What the reader understands, and what it explains.

use super::*;
use proptest::prelude::*;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn read(header: &str, data: &[u8]) -> Array {
    parse(&Source::from_vec(file(header, data)), &Context::default())
}

fn codes(array: &Array) -> Vec<&'static str> {
    array.problems.iter().map(|p| p.code).collect()
}

const PLAIN: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n";

#[test]
fn numbers_have_a_type_a_shape_and_no_pickle() {
    let array = read(PLAIN, &[0; 24]);
    assert_eq!(
        (array.element, array.shape.as_slice(), array.pickle_offset),
        (Some(Element::F32), &[2, 3][..], None)
    );
    assert_eq!(array.problems, []);
}

#[test]
fn objects_are_a_pickle_after_the_header_however_the_type_is_written() {
    for descr in [
        "'|O'",
        "'O'",
        "'O8'",
        "'object'",
        "'O,O'",
        "'f4,O'",
        "'\\x4f'",
        "'\\117'",
        "[('a', '<f4'), ('b', '|O')]",
        "('|O', (2,))",
        "[('a', [('b', 'O')])]",
        "u'|O'",
        "{}",
        "None",
    ] {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}");
        let array = read(&header, b"\x80\x02.");
        assert_eq!(array.pickle_offset, Some(10 + header.len() as u64), "{descr}");
    }
}

#[test]
fn of_a_type_given_twice_the_last_counts_as_in_python_and_it_is_a_differential() {
    let array = read("{'descr': '<f4', 'descr': '|O', 'fortran_order': False, 'shape': ()}", b"\x80\x02.");
    assert!(array.pickle_offset.is_some());
    assert_eq!(codes(&array), ["duplicate-key"]);
}

#[test]
fn records_are_measured() {
    let array = read(
        "{'descr': [('a', '<i2'), ('b', '<f8', (2, 2)), ('c', '|S3')], 'fortran_order': False, 'shape': (2,)}",
        &[0; 74],
    );
    assert_eq!((array.item_bytes, codes(&array)), (Some(37), vec![]));
}

#[test]
fn cve_2019_6446_an_array_of_objects_says_where_its_pickle_starts() {
    let header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
    let bytes = file(header, b"cos\nsystem\n(S'id'\ntR.");
    assert_eq!(pickle_offset(&Source::from_vec(bytes)), Some(10 + header.len() as u64));
}

#[test]
fn headers_that_attack_an_evaluator_are_hostile() {
    for header in
        ["__import__('os').system('id')", "{'descr': exec('x')}", "{'shape': (9**9**9,)}", "[].__class__"]
    {
        let codes = codes(&read(header, &[]));
        assert!(codes == ["header-code"] || codes == ["header-literal"], "{header}: {codes:?}");
    }
    assert_eq!(codes(&read(&"(".repeat(9000), &[])), ["header-depth"]);
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    bytes.extend_from_slice(&(2_000_000u32).to_le_bytes());
    bytes.extend_from_slice(&vec![b'['; 2_000_000]);
    let array = parse(&Source::from_vec(bytes), &Context::default());
    assert_eq!(codes(&array), ["header-too-large", "header-depth"]);
}

#[test]
fn shapes_that_attack_the_reader_are_hostile() {
    let with = |shape: &str| {
        codes(&read(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}"), &[0; 24]))
    };
    assert_eq!(with("(4294967296, 4294967296)"), ["array-overflow"]);
    assert_eq!(with("(100000000000,)"), ["array-beyond-file"]);
    for shape in ["(-1,)", "(True,)", "6", "('6',)", "(18446744073709551616,)"] {
        assert_eq!(with(shape)[0], "array-shape", "{shape}");
    }
}

#[test]
fn bytes_after_the_array_are_a_differential_unless_they_are_another_array() {
    assert_eq!(codes(&read(PLAIN, &[0; 25])), ["data-trailing"]);
    let mut data = vec![0; 24];
    data.extend_from_slice(&file(PLAIN, &[0; 24]));
    assert_eq!(codes(&read(PLAIN, &data)), ["data-another-array"]);
}

#[test]
fn a_header_that_lies_about_its_length_is_hostile() {
    let mut bytes = file(PLAIN, &[]);
    bytes[8..10].copy_from_slice(&u16::MAX.to_le_bytes());
    assert_eq!(parse(&Source::from_vec(bytes), &Context::default()).problems[0].code, "header-beyond-file");
}

proptest! {
    #[test]
    fn any_header_is_read(header in r#"[{}()\[\],:'"\\ldescrshapeO<f48xu0-9. -]{0,120}"#, data in proptest::collection::vec(any::<u8>(), 0..40)) {
        let _ = read(&header, &data);
    }

    #[test]
    fn any_bytes_after_the_magic_are_read(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend_from_slice(&tail);
        let _ = parse(&Source::from_vec(bytes), &Context::default());
    }

    #[test]
    fn a_sound_file_with_any_byte_changed_is_read(at in 0usize..100, byte: u8) {
        let mut bytes = file(PLAIN, &[0; 24]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = parse(&Source::from_vec(bytes), &Context::default());
    }
}
