//! What is a pickle, and what only starts like one.

use crate::{
    Source,
    pickle::{assemble, looks_like},
};

fn is_pickle(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    looks_like(head, &Source::from_vec(bytes.to_vec()))
}

fn assembled(text: &str) -> bool {
    is_pickle(&assemble(text).unwrap())
}

#[test]
fn every_protocol_is_recognised() {
    assert!(assembled("PROTO 2\nEMPTY_DICT\nBINPUT 0\nSTOP"));
    assert!(assembled("PROTO 5\nFRAME 2\nNONE\nSTOP"));
    assert!(is_pickle(b"(lp0\nI1\naI2\na."));
    assert!(is_pickle(b"]q\x00(K\x01K\x02e."));
}

#[test]
fn a_stream_that_only_announces_a_huge_argument_is_recognised() {
    assert!(is_pickle(b"\x80\x04\x8e\0\0\0\0\0\0\0\x40x."));
    assert!(is_pickle(b"\x80\x02\x8b\xff\xff\xff\x7f\x01."));
}

#[test]
fn a_frame_that_breaks_the_stream_for_one_unpickler_only_is_recognised() {
    assert!(is_pickle(b"\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."));
}

#[test]
fn a_pickle_for_the_pure_python_unpickler_alone_is_recognised() {
    assert!(is_pickle(b"F1e400\n0cos\nsystem\n(Vid\ntR."));
    assert!(is_pickle(b"\x95\x05\0\0\0\0\0\0\0\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."));
}

#[test]
fn a_payload_before_a_broken_tail_is_recognised() {
    assert!(is_pickle(b"cos\nsystem\n(Vid\ntR\xff\xff\xff"));
    assert!(is_pickle(b"(Vid\nios\nsystem\nbroken"));
    assert!(is_pickle(b"\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R"));
    assert!(is_pickle(b"(S'id'\nios\nsystem\n."));
}

#[test]
fn a_payload_behind_padding_is_recognised() {
    let mut bytes = b"N0".repeat(20_000);
    bytes.extend_from_slice(b"cos\nsystem\n(Vid\ntR.");
    assert!(is_pickle(&bytes));
    let mut bytes = b"Vword\n".repeat(20_000);
    bytes.extend_from_slice(b"cos\nsystem\n(Vid\ntR.");
    assert!(is_pickle(&bytes));
}

#[test]
fn text_is_no_pickle() {
    for text in [
        "city,country\nParis,France\n",
        "city\nParis\nLondon\nSydney\n",
        "cat\ncow\ncod\n",
        "cat\ndog\ncow\nbee\nant\n",
        "const util = require('util')\nconst a = 1\nconst b = 2\nconst c = 3\nasync function f() {}\n",
        "(in progress)\nsecond line\n",
        "import os\nos.system('id')\n",
        "N. Korea\n",
        "Peter\nPaul\n",
        "# Model card\n",
        "{\"a\": [1, 2]}",
        "[1, 2, 3]",
        "I am a text.\n",
        "Some text\n.",
        "}\n",
        "",
    ] {
        assert!(!is_pickle(text.as_bytes()), "{text:?}");
    }
}

#[test]
fn a_list_of_words_that_start_with_c_is_no_pickle() {
    assert!(!is_pickle("count\n".repeat(20_000).as_bytes()));
    assert!(!is_pickle("Village\n".repeat(20_000).as_bytes()));
}

#[test]
fn weights_and_pictures_are_no_pickle() {
    assert!(!is_pickle(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
    assert!(!is_pickle(b"\xff\xd8\xff\xe0\0\x10JFIF"));
    assert!(!is_pickle(&[0x4e; 4096]));
    let floats: Vec<u8> = (0..4096).flat_map(|i| (i as f32 * 0.37).sin().to_le_bytes()).collect();
    assert!(!is_pickle(&floats));
}
