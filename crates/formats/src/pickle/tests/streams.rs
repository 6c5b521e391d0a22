//! Several streams in one file, what lies between and behind them, and pickles inside byte strings.

use super::{codes, transcript, transcript_of, words};
use crate::pickle::{End, RawKind, assemble};

fn offsets(bytes: Vec<u8>) -> Vec<u64> {
    transcript_of(bytes).streams.iter().map(|stream| stream.offset).collect()
}

#[test]
fn streams_follow_one_another() {
    assert_eq!(offsets(b"N.\x80\x02N.N.".to_vec()), [0, 2, 6]);
}

#[test]
fn bytes_behind_the_last_stream_are_kept_as_such() {
    let transcript = transcript_of(b"\x80\x02N.just some bytes".to_vec());
    assert_eq!(transcript.streams.len(), 1);
    assert_eq!(codes(&transcript), ["trailing-bytes"]);
    assert_eq!(transcript.raw[0].kind, RawKind::Unexplained);
}

#[test]
fn a_pickle_behind_bytes_or_an_error_is_found() {
    let payload = assemble("GLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP").unwrap();
    let garbage = [b"\x80\x02N.garbage \xff\xff".as_slice(), &payload].concat();
    assert_eq!(offsets(garbage), [0, 14]);
    let broken = [b"\x80\x04\x8c\x01aK\x01\xffgarbage".as_slice(), b"\x80\x02", &payload].concat();
    assert_eq!(offsets(broken), [0, 15]);
    let inst = [b"\x80\x02N.garbage".as_slice(), b"(Vid\niposix\nsystem\n."].concat();
    assert_eq!(offsets(inst), [0, 11]);
}

#[test]
fn torchs_legacy_storages_are_stepped_over() {
    let object = assemble(
        "PROTO 2\nMARK\nBINUNICODE 'storage'\nGLOBAL 'torch' 'FloatStorage'\nBINUNICODE '0'\nBINUNICODE 'cpu'\nBININT1 3\nNONE\nTUPLE\nBINPERSID\nSTOP",
    );
    let keys = assemble("PROTO 2\nEMPTY_LIST\nBINUNICODE '0'\nAPPEND\nSTOP").unwrap();
    let mut bytes = assemble("PROTO 2\nLONG1 119547037146038801333356\nSTOP\nPROTO 2\nBININT2 1001\nSTOP\nPROTO 2\nEMPTY_DICT\nSTOP").unwrap();
    bytes.extend(object.unwrap());
    bytes.extend(keys);
    let storage = bytes.len() as u64 + 8;
    bytes.extend(3u64.to_le_bytes());
    bytes.extend([0x80, 2, b'c', b'o', b's', b'\n', 0, 0, 0, 0, 0, 0]);
    let transcript = transcript_of(bytes.clone());
    assert_eq!(transcript.streams.len(), 5);
    assert_eq!(transcript.problems, []);
    assert_eq!((transcript.raw[0].offset, transcript.raw[0].length), (storage, 12));
    assert_eq!(transcript.raw[0].kind, RawKind::Storage { key: "0".to_owned() });

    bytes[storage as usize - 8] = 2;
    assert!(codes(&transcript_of(bytes)).contains(&"storage-count"));
}

#[test]
fn the_storages_of_torchs_tar_format_lie_between_pickles() {
    let storage =
        "PROTO 2\nMARK\nBINUNICODE '0'\nBINUNICODE 'cpu'\nGLOBAL 'torch' 'FloatStorage'\nTUPLE\nSTOP";
    let mut bytes = assemble("PROTO 2\nBININT1 2\nSTOP").unwrap();
    for _ in 0..2 {
        bytes.extend(assemble(storage).unwrap());
        bytes.extend(2u64.to_le_bytes());
        bytes.extend([0xee; 8]);
    }
    let transcript = transcript_of(bytes);
    assert_eq!((transcript.streams.len(), transcript.raw.len()), (3, 2));
    assert_eq!(transcript.problems, []);
}

/// A wrapper as joblib writes it, up to its BUILD, for `shape` of `dtype`.
fn wrapper(dtype: &str, alignment: &str) -> String {
    format!(
        "PROTO 4\nSHORT_BINUNICODE 'joblib.numpy_pickle'\nSHORT_BINUNICODE 'NumpyArrayWrapper'\nSTACK_GLOBAL\nEMPTY_TUPLE\nNEWOBJ\nEMPTY_DICT\nMARK\n\
         SHORT_BINUNICODE 'shape'\nBININT1 2\nTUPLE1\n\
         SHORT_BINUNICODE 'dtype'\nGLOBAL 'numpy' 'dtype'\nSHORT_BINUNICODE '{dtype}'\nNEWFALSE\nNEWTRUE\nTUPLE3\nREDUCE\n\
         {alignment}SETITEMS\nBUILD\n"
    )
}

#[test]
fn joblibs_array_bytes_are_stepped_over() {
    let mut bytes = assemble(&wrapper("f8", "")).unwrap();
    let start = bytes.len() as u64;
    bytes.extend([0xee; 16]);
    bytes.extend(assemble("POP\nGLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP").unwrap());
    let transcript = transcript_of(bytes);
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.end, End::Stop);
    assert_eq!(words(&stream.c).last().map(String::as_str), Some("#3 = call posix.system"));
    assert_eq!((transcript.raw[0].offset, transcript.raw[0].length), (start, 16));
    assert_eq!(stream.plain, None);
}

#[test]
fn aligned_arrays_have_padding_before_them() {
    let mut bytes =
        assemble(&wrapper("f8", "SHORT_BINUNICODE 'numpy_array_alignment_bytes'\nBININT1 16\n")).unwrap();
    bytes.extend([3, 0, 0, 0]);
    bytes.extend([0xee; 16]);
    bytes.extend(b".");
    assert_eq!(transcript_of(bytes).streams[0].c.end, End::Stop);
}

#[test]
fn array_bytes_that_are_opcodes_to_another_unpickler_are_read_as_such_too() {
    let mut bytes = assemble(&wrapper("f8", "")).unwrap();
    bytes.extend(b"cos\nsystem\n(Vid\n");
    bytes.extend(b".");
    let transcript = transcript_of(bytes);
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.end, End::Stop);
    let plain = stream.plain.as_ref().expect("differs");
    assert_eq!(words(plain).last().map(String::as_str), Some("import os.system"));
}

#[test]
fn an_array_of_objects_is_a_pickle_between_opcodes() {
    let mut bytes = assemble(&wrapper("O8", "")).unwrap();
    let start = bytes.len() as u64;
    bytes.extend(assemble("PROTO 2\nGLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP").unwrap());
    bytes.extend(b".");
    let transcript = transcript_of(bytes);
    assert_eq!(transcript.streams[0].c.end, End::Stop);
    assert_eq!(transcript.streams[1].offset, start);
    assert_eq!(words(&transcript.streams[1].c), ["import posix.system", "#1 = call posix.system"]);
}

#[test]
fn a_pickle_in_the_arguments_of_a_call_is_found_with_the_call() {
    let text =
        "PROTO 4\nGLOBAL '_pickle' 'loads'\nBINBYTES 'cposix\\nsystem\\n(Vid\\ntR.'\nTUPLE1\nREDUCE\nSTOP";
    let transcript = transcript(text);
    let nested = &transcript.streams[0].nested;
    assert_eq!((nested.len(), nested[0].event), (1, Some(1)));
    assert_eq!(words(&nested[0].transcript.streams[0].c).len(), 2);
}

#[test]
fn a_pickle_kept_as_data_is_found_without_a_call() {
    let transcript = transcript("PROTO 4\nBINBYTES '\\x80\\x04cposix\\nsystem\\n(Vid\\ntR.'\nSTOP");
    assert_eq!(transcript.streams[0].nested[0].event, None);
}

#[test]
fn a_pickle_as_latin_1_text_is_found() {
    let text = "PROTO 2\nGLOBAL '_codecs' 'encode'\nBINUNICODE '\\x80\\x04cposix\\nsystem\\n(Vid\\ntR.'\nBINUNICODE 'latin1'\nTUPLE2\nREDUCE\nSTOP";
    let transcript = transcript(text);
    assert_eq!(transcript.streams[0].nested[0].event, Some(1));
}

#[test]
fn pickles_within_pickles_end_at_a_depth() {
    let mut bytes = b"cposix\nsystem\n(Vid\ntR.".to_vec();
    for _ in 0..20 {
        let length = (bytes.len() as u32).to_le_bytes();
        bytes = [b"\x80\x04B".as_slice(), &length, &bytes, b"\x85."].concat();
    }
    let mut depth = 0;
    let transcript = transcript_of(bytes);
    let mut inner = &transcript.streams[0];
    while let Some(nested) = inner.nested.first() {
        depth += 1;
        inner = &nested.transcript.streams[0];
    }
    assert_eq!(depth, 4);
}

#[test]
fn the_objects_of_an_array_start_behind_its_header() {
    let mut bytes = b"\x93NUMPY\x01\x00\x46\x00".to_vec();
    let header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
    bytes.extend(format!("{header:<69}\n").bytes());
    let start = bytes.len() as u64;
    bytes.extend(b"cposix\nsystem\n(Vid\ntR.");
    let transcript = transcript_of(bytes);
    assert_eq!((transcript.streams[0].offset, transcript.streams[0].c.events.len()), (start, 2));
}
