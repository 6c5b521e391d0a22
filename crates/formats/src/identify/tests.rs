use super::*;

fn of(bytes: &[u8], name: &str) -> Vec<Format> {
    identify(&Source::from_vec(bytes.to_vec()), name)
}

#[test]
fn content_decides_and_a_name_only_hints() {
    assert_eq!(of(b"GGUF\x03\0\0\0", "weights.json"), [Format::Gguf]);
    assert_eq!(of(b"\x80\x04N.", "readme.txt"), [Format::Pickle]);
    assert_eq!(of(b"\x89PNG\r\n\x1a\n....", "logo.bin"), [Format::Image]);
    assert_eq!(of(b"a,b\n1,2\n", "table.csv"), [Format::Text]);
    assert_eq!(of(b"# A model\n\nText.\n", "README.md"), [Format::Markdown]);
    assert_eq!(of(b"import os\n\nprint(1)\n", "handler"), [Format::Python]);
    assert_eq!(of(b"{\"a\": 1}", "x"), [Format::Json]);
    assert_eq!(of(b"", "empty"), [Format::Text]);
    assert_eq!(of(&[7, 0, 200, 13, 0, 255], "x.bin"), [Format::Opaque]);
}

#[test]
fn a_python_script_is_source_and_another_script_is_a_program() {
    assert_eq!(of(b"#!/usr/bin/env python3\nimport os\n", "run"), [Format::Python]);
    assert_eq!(of(b"#!/bin/sh\necho x\n", "run"), [Format::Script]);
}

#[test]
fn a_zip_behind_other_bytes_is_both() {
    let mut bytes = b"\xff\xd8\xff\xe0 a picture ".to_vec();
    bytes.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(of(&bytes, "x.jpg"), [Format::Zip, Format::Image]);
}

#[test]
fn a_broken_pickle_under_the_name_of_one_is_read_for_what_it_does_before_it_breaks() {
    let source = Source::from_vec(b"chapter\none\nS'no end of the line".to_vec());
    assert!(identify(&source, "model.pkl").contains(&Format::Pickle));
    assert!(!identify(&source, "notes.txt").contains(&Format::Pickle));
}

#[test]
fn a_checkpoint_in_a_zip_archive_is_no_pickle_by_the_chance_of_its_bytes() {
    // `P`, a line, then APPEND to the object that the line stands for.
    let source = Source::from_vec(b"PK\x03\x04\nNa".to_vec());
    assert!(!identify(&source, "model.pt").contains(&Format::Pickle));
}

#[test]
fn a_local_header_is_no_persistent_id() {
    let header = b"PK\x03\x04\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\x02\0x/data.pkl\nN.";
    assert_eq!(of(header, "model.pt"), [Format::Zip]);
    assert_eq!(of(&[&b"PK\x05\x06"[..], &[0; 18]].concat(), "policy.pth"), [Format::Zip]);
}

#[test]
fn a_schema_of_skops_and_xml_in_sixteen_bits_are_told_by_their_content() {
    let schema =
        br#"{"__class__": "A", "__module__": "m", "__loader__": "ObjectNode", "_skops_version": "0.11"}"#;
    assert!(of(schema, "schema.json").contains(&Format::Skops));
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><PMML version=\"4.4\"/>";
    let wide: Vec<u8> = [0xfe_ffu16.to_be_bytes()]
        .into_iter()
        .chain(xml.encode_utf16().map(u16::to_be_bytes))
        .flatten()
        .collect();
    assert!(of(&wide, "model.xml").contains(&Format::Pmml));
}

#[test]
fn a_bracket_alone_makes_no_json() {
    for text in
        ["[[package]]\nname = \"a\"\n", "[project]\n", "[2026-11-26 10:00] started\n", "[3/10] step\n"]
    {
        assert_eq!(of(text.as_bytes(), "x"), [Format::Text], "{text}");
    }
    for text in ["[[1, 2]]", "[ 1.5e3,", "[[[[[[", "[[null]]", "[\n\"a\"]", "[]", "[-1]", "[[{"] {
        assert_eq!(of(text.as_bytes(), "x"), [Format::Json], "{text}");
    }
}
