//! What each opcode would do.

use super::{end, events, transcript, transcript_of, words};
use crate::pickle::{End, EventKind, Value};

#[test]
fn a_reduce_calls_what_was_imported_with_its_arguments() {
    let transcript =
        transcript("PROTO 4\nGLOBAL 'posix' 'system'\nSHORT_BINUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP");
    let stream = &transcript.streams[0];
    assert_eq!(words(&stream.c), ["import posix.system", "#1 = call posix.system"]);
    let EventKind::Call { arguments, .. } = &stream.c.events[1].kind else { panic!("no call") };
    assert_eq!(arguments, &[Value::Text { head: "id".to_owned(), length: 2 }]);
    assert_eq!((stream.c.end.clone(), stream.protocol), (End::Stop, Some(4)));
    assert_eq!((&stream.python, &stream.peek, &stream.lenient), (&None, &None, &None));
    assert_eq!(transcript.problems, []);
}

#[test]
fn inst_and_obj_call_with_arguments_and_only_make_without() {
    assert_eq!(events("MARK\nINST 'a' 'B'\nSTOP"), ["import a.B", "#1 = new a.B"]);
    assert_eq!(events("MARK\nNONE\nINST 'a' 'B'\nSTOP"), ["import a.B", "#1 = call a.B"]);
    assert_eq!(events("MARK\nGLOBAL 'a' 'B'\nOBJ\nSTOP"), ["import a.B", "#1 = new a.B"]);
    assert_eq!(events("MARK\nGLOBAL 'a' 'B'\nNONE\nOBJ\nSTOP"), ["import a.B", "#1 = call a.B"]);
}

#[test]
fn ghsa_mxhj_88fx_4pcv_a_call_by_obj_stays_when_its_result_is_popped() {
    let text = "MARK\nGLOBAL 'posix' 'system'\nUNICODE 'id'\nOBJ\nPOP\nNONE\nSTOP";
    assert_eq!(events(text), ["import posix.system", "#1 = call posix.system"]);
}

#[test]
fn ghsa_9gvj_pp9x_gcfr_strings_of_any_opcode_name_a_stack_global() {
    for string in ["STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "BINUNICODE8"] {
        let text = format!("{string} 'os'\n{string} 'system'\nSTACK_GLOBAL\nSTOP");
        assert_eq!(events(&text), ["import os.system"], "{string}");
    }
}

#[test]
fn ghsa_mhc9_48gj_9gp3_a_trailing_build_is_an_event_of_its_own() {
    let text = "GLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\nEMPTY_DICT\nBUILD\nSTOP";
    assert_eq!(events(text), ["import posix.system", "#1 = call posix.system", "build #1"]);
}

#[test]
fn a_memo_that_is_written_twice_gives_the_last() {
    let text = "UNICODE 'os'\nBINPUT 7\nPOP\nUNICODE 'posix'\nPUT 7\nPOP\nLONG_BINGET 7\nUNICODE 'system'\nSTACK_GLOBAL\nSTOP";
    assert_eq!(events(text), ["import posix.system"]);
}

#[test]
fn memoize_counts_the_entries_not_the_highest_index() {
    let text = "PROTO 4\nUNICODE 'a'\nBINPUT 1\nUNICODE 'b'\nMEMOIZE\nBINGET 1\nBINGET 1\nSTACK_GLOBAL\nSTOP";
    assert_eq!(events(text), ["import b.b"]);
}

#[test]
fn writes_to_the_streams_own_containers_are_no_events() {
    let text =
        "EMPTY_LIST\nNONE\nAPPEND\nEMPTY_DICT\nNONE\nNONE\nSETITEM\nEMPTY_SET\nMARK\nNONE\nADDITEMS\nSTOP";
    assert_eq!((events(text), end(text)), (vec![], End::Stop));
}

#[test]
fn writes_to_what_was_imported_are() {
    let text = "GLOBAL 'sys' 'modules'\nMARK\nUNICODE 'a'\nNONE\nUNICODE 'b'\nNONE\nSETITEMS\nMARK\nNONE\nAPPENDS\nMARK\nNONE\nADDITEMS\nEMPTY_DICT\nBUILD\nSTOP";
    let written =
        ["set sys.modules", "set sys.modules", "append sys.modules", "add sys.modules", "build sys.modules"];
    assert_eq!(events(text)[1..], written);
}

#[test]
fn a_call_on_the_result_of_a_call_names_the_object() {
    let text = "GLOBAL 'operator' 'attrgetter'\nUNICODE 'system'\nTUPLE1\nREDUCE\nGLOBAL 'os' 'path'\nTUPLE1\nREDUCE\nSTOP";
    let called =
        ["import operator.attrgetter", "#1 = call operator.attrgetter", "import os.path", "#2 = call #1"];
    assert_eq!(events(text), called);
}

#[test]
fn keywords_of_newobj_ex_are_shown() {
    let text =
        "PROTO 4\nGLOBAL 'a' 'B'\nEMPTY_TUPLE\nEMPTY_DICT\nUNICODE 'k'\nBININT1 5\nSETITEM\nNEWOBJ_EX\nSTOP";
    let transcript = transcript(text);
    let EventKind::NewObject { keywords, .. } = &transcript.streams[0].c.events[1].kind else {
        panic!("none made")
    };
    assert_eq!(keywords, &[(Value::Text { head: "k".to_owned(), length: 1 }, Value::Int(5))]);
}

#[test]
fn persistent_ids_and_extensions_make_objects() {
    assert_eq!(events("PERSID 'x'\nBINPERSID\nSTOP"), ["#1 = persistent", "#2 = persistent"]);
    assert_eq!(events("PROTO 2\nEXT1 240\nSTOP"), ["#1 = extension 240"]);
    assert_eq!(end("PROTO 2\nEXT4 -1\nSTOP"), End::Error("extension-code"));
}

#[test]
fn computed_names_are_imported_in_the_lenient_run() {
    let text = "GLOBAL 'builtins' 'str'\nUNICODE 'os'\nTUPLE1\nREDUCE\nUNICODE 'system'\nSTACK_GLOBAL\nUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP";
    let transcript = transcript(text);
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.end, End::Error("name-type"));
    let lenient = stream.lenient.as_ref().expect("goes on");
    assert_eq!(words(lenient)[2..], ["import computed", "#3 = call #2"]);
}

#[test]
fn computed_arguments_are_passed_in_the_lenient_run() {
    let text = "GLOBAL 'posix' 'system'\nGLOBAL 'builtins' 'tuple'\nEMPTY_LIST\nUNICODE 'id'\nAPPEND\nTUPLE1\nREDUCE\nREDUCE\nSTOP";
    let transcript = transcript(text);
    let lenient = transcript.streams[0].lenient.as_ref().expect("goes on");
    assert_eq!(words(lenient).last().map(String::as_str), Some("#2 = call posix.system"));
}

#[test]
fn what_ran_before_an_error_stays() {
    for (tail, error) in [
        ("NONE\nNONE\nAPPEND", "attribute"),
        ("EMPTY_DICT\nEMPTY_LIST\nNONE\nSETITEM", "unhashable"),
        ("PROTO 99", "protocol"),
        ("RAW ff", "opcode"),
        ("TUPLE", "no-mark"),
        ("BINGET 9", "memo-missing"),
        ("RAW 5805000000", "truncated"),
        ("SHORT_BINSTRING '\\xff'", "string-not-ascii"),
    ] {
        let text = format!("GLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\nPOP\n{tail}\nSTOP");
        assert_eq!(events(&text).len(), 2, "{tail}");
        assert_eq!(end(&text), End::Error(error), "{tail}");
    }
}

#[test]
fn strings_of_python_2_that_are_not_ascii_are_read_on_by_the_lenient_run() {
    let text = "SHORT_BINSTRING '\\xff'\nPOP\nGLOBAL 'posix' 'system'\nUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP";
    let transcript = transcript(text);
    assert_eq!(words(&transcript.streams[0].c), Vec::<String>::new());
    assert_eq!(transcript.streams[0].lenient.as_ref().map(|run| run.events.len()), Some(2));
    assert_eq!(super::codes(&transcript), ["defaults-refuse"]);
}

#[test]
fn a_byte_array_takes_items_and_a_view_of_it_is_read_only() {
    assert_eq!(end("PROTO 5\nBYTEARRAY8 'ab'\nBININT1 7\nAPPEND\nREADONLY_BUFFER\nSTOP"), End::Stop);
    assert_eq!(end("PROTO 5\nBYTEARRAY8 'ab'\nBININT 256\nAPPEND\nSTOP"), End::Error("item-type"));
    assert_eq!(end("PROTO 5\nNEXT_BUFFER\nSTOP"), End::Error("no-buffers"));
}

#[test]
fn long_texts_and_bytes_show_their_start_and_length() {
    let mut bytes = b"\x80\x04cm\nf\nB\x00\x00\x20\x00".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 0x20_0000));
    bytes.extend_from_slice(b"\x85R.");
    let transcript = transcript_of(bytes);
    let EventKind::Call { arguments, .. } = &transcript.streams[0].c.events[1].kind else {
        panic!("no call")
    };
    let [Value::Bytes { offset, length, head }] = arguments.as_slice() else { panic!("no bytes") };
    assert_eq!((*offset, *length, head.len()), (12, 0x20_0000, 4096));
}
