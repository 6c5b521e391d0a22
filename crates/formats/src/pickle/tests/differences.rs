//! Where CPython's unpicklers differ, each run is kept.

use super::{codes, transcript, transcript_of, words};
use crate::pickle::{End, assemble};

const CALL: &str = "GLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\n";

#[test]
fn cpython_154848_a_call_hidden_behind_a_frame_that_ends_within_an_argument() {
    // The frame ends within the argument of BINBYTES. From a file the C unpickler drops the rest of the frame and reads
    // the length behind it; `loads` reads on; the pure-Python unpickler stops.
    let hidden = assemble(&format!("{CALL}STOP")).unwrap();
    let mut bytes = b"\x80\x04\x95\x02\0\0\0\0\0\0\0NX".to_vec();
    bytes.extend_from_slice(b"\x00\x00\x00\x000");
    bytes.extend_from_slice(&hidden);
    let whole = transcript_of(bytes);
    assert_eq!(whole.streams[0].python, None);

    let mut bytes = b"\x80\x04\x95\x03\0\0\0\0\0\0\0NX\xff".to_vec();
    bytes.extend_from_slice(b"\x00\x00\x00\x000");
    bytes.extend_from_slice(&hidden);
    let crossed = transcript_of(bytes);
    let stream = &crossed.streams[0];
    assert_eq!(words(&stream.c), ["import posix.system", "#1 = call posix.system"]);
    assert_eq!(stream.python.as_ref().map(|run| run.end.clone()), Some(End::Error("frame-exhausted")));
    assert_eq!(stream.peek.as_ref().map(|run| run.events.len()), Some(0));
    assert!(codes(&crossed).contains(&"frame-crossed"));
}

#[test]
fn a_frame_within_a_frame_is_fine_for_c_alone() {
    let transcript = transcript(&format!("PROTO 4\nFRAME 100\nFRAME 4\n{CALL}STOP"));
    assert_eq!(transcript.streams[0].c.end, End::Error("truncated"));
    let inner = assemble(&format!("{CALL}STOP")).unwrap().len();
    let text = format!("PROTO 4\nFRAME {}\nFRAME {inner}\n{CALL}STOP", inner + 9);
    let transcript = super::transcript(&text);
    let stream = &transcript.streams[0];
    assert_eq!((stream.c.end.clone(), stream.c.events.len()), (End::Stop, 2));
    assert_eq!(stream.python.as_ref().map(|run| run.end.clone()), Some(End::Error("frame-nested")));
    assert!(codes(&transcript).contains(&"frame-nested"));
}

#[test]
fn a_frame_longer_than_the_file_is_fine_for_python_alone() {
    let transcript = transcript(&format!("PROTO 4\nFRAME 1000\n{CALL}STOP"));
    let stream = &transcript.streams[0];
    assert_eq!((stream.c.end.clone(), stream.c.events.len()), (End::Error("truncated"), 0));
    assert_eq!(stream.python.as_ref().map(|run| run.events.len()), Some(2));
}

#[test]
fn bytes_behind_stop_within_its_frame_are_remarked() {
    let text = "PROTO 4\nFRAME 4\nNONE\nSTOP\nNONE\nSTOP";
    assert!(codes(&transcript(text)).contains(&"stop-within-frame"));
}

#[test]
fn octal_numbers_are_for_c_alone() {
    let transcript = transcript(&format!("INT 010\n{CALL}STOP"));
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.events.len(), 2);
    assert_eq!(stream.python.as_ref().map(|run| run.end.clone()), Some(End::Error("number")));
}

#[test]
fn an_infinite_float_is_for_python_alone() {
    let transcript = transcript(&format!("FLOAT 1e400\n{CALL}STOP"));
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.end, End::Error("number"));
    assert_eq!(stream.python.as_ref().map(|run| run.events.len()), Some(2));
}

#[test]
fn arguments_in_a_list_are_for_python_alone() {
    let transcript = transcript("GLOBAL 'posix' 'system'\nMARK\nUNICODE 'id'\nLIST\nREDUCE\nSTOP");
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.end, End::Error("arguments-type"));
    let python = stream.python.as_ref().expect("differs");
    assert_eq!(words(python), ["import posix.system", "#1 = call posix.system"]);
}

#[test]
fn inst_without_a_mark_imports_in_python_alone() {
    let transcript = transcript("INST 'posix' 'system'\nSTOP");
    let stream = &transcript.streams[0];
    assert_eq!((stream.c.end.clone(), stream.c.events.len()), (End::Error("no-mark"), 0));
    assert_eq!(stream.python.as_ref().map(words), Some(vec!["import posix.system".to_owned()]));
}

#[test]
fn appending_nothing_to_nothing_is_for_c_alone() {
    let transcript = transcript(&format!("NONE\nMARK\nAPPENDS\n{CALL}STOP"));
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.events.len(), 2);
    assert_eq!(stream.python.as_ref().map(|run| run.events.len()), Some(0));
}

#[test]
fn a_module_on_a_last_line_without_line_feed_loses_a_letter_in_python() {
    let transcript = transcript("GLOBAL 'os' ''\nRAW 636f730a73797374656d73");
    let _ = transcript;
    let transcript = transcript_of(b"cos\nsystems".to_vec());
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.events.len(), 0);
    assert_eq!(stream.python.as_ref().map(words), Some(vec!["import os.system".to_owned()]));
}

#[test]
fn a_protocol_that_changes_in_the_middle_is_remarked() {
    assert!(codes(&transcript("PROTO 4\nNONE\nPROTO 0\nSTOP")).contains(&"protocol-changes"));
}
