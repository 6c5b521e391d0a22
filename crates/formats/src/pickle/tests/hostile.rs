//! Streams that attack their reader.

use super::{codes, end, transcript, transcript_of};
use crate::{
    Context, Source, Spool,
    limits::{Limits, MemoryBudget},
    pickle::{End, EventKind, Value, opcode, parse},
};

fn repeated(before: &[u8], unit: &[u8], count: usize, after: &[u8]) -> Vec<u8> {
    let mut bytes = before.to_vec();
    for _ in 0..count {
        bytes.extend_from_slice(unit);
    }
    bytes.extend_from_slice(after);
    bytes
}

#[test]
fn a_million_nested_tuples_do_not_exhaust_the_stack() {
    let transcript = transcript_of(repeated(b"cm\nf\nN", &[opcode::TUPLE1], 1_000_000, b"R."));
    assert_eq!((transcript.streams[0].c.end.clone(), transcript.streams[0].c.events.len()), (End::Stop, 2));
}

#[test]
fn a_million_marks_do_not_either() {
    let transcript = transcript_of(repeated(b"", b"(", 1_000_000, &[b't'; 1_000_000]));
    assert_eq!(transcript.streams[0].c.end, End::Error("no-stop"));
}

#[test]
fn doubling_a_list_forty_times_costs_forty_opcodes() {
    let transcript = transcript_of(repeated(b"cm\nf\nN", &[opcode::DUP, opcode::TUPLE2], 40, b"\x85R."));
    assert_eq!(transcript.streams[0].c.events.len(), 2);
}

#[test]
fn values_deeper_than_any_pickler_goes_are_an_attack() {
    let nested = |depth: usize| transcript_of(repeated(b"N", &[opcode::TUPLE1], depth, b"."));
    assert_eq!(codes(&nested(900)), Vec::<&str>::new());
    assert_eq!(codes(&nested(20_000)), ["deep-nesting"]);
    assert_eq!(codes(&transcript_of(repeated(b"", b"(", 20_000, &[b'1'; 20_000])))[0], "deep-nesting");
}

#[test]
fn shared_parts_that_multiply_are_an_attack() {
    let laughs = |levels: usize| {
        let level: Vec<u8> = [b"(".as_slice(), &b"h\x00".repeat(10), b"lq\x00"].concat();
        transcript_of(repeated(b"Nq\x00", &level, levels, b"."))
    };
    assert_eq!(codes(&laughs(4)), Vec::<&str>::new());
    assert_eq!(codes(&laughs(12)), ["expansion-bomb"]);
}

#[test]
fn a_list_that_contains_itself_is_shown_to_a_depth() {
    assert_eq!(
        end("EMPTY_LIST\nBINPUT 0\nBINGET 0\nAPPEND\nGLOBAL 'a' 'b'\nBINGET 0\nTUPLE1\nREDUCE\nSTOP"),
        End::Stop
    );
}

#[test]
fn a_memo_index_beyond_any_memory_is_an_attack_and_costs_nothing() {
    let transcript = transcript("NONE\nLONG_BINPUT 4294967295\nPUT 999999999\nSTOP");
    assert!(codes(&transcript).contains(&"memo-bomb"));
    assert_eq!(transcript.streams[0].c.end, End::Stop);
}

#[test]
fn a_length_beyond_any_memory_is_an_attack() {
    for code in ["8d", "8e", "96", "95"] {
        let transcript = transcript(&format!("PROTO 5\nRAW {code}0000000000000040\nSTOP"));
        assert!(codes(&transcript).contains(&"absurd-length"), "{code}");
    }
    assert_eq!(end("PROTO 5\nRAW 8d0000000000000080\nSTOP"), End::Error("length"));
    assert_eq!(end("PROTO 2\nRAW 8bffffffff\nSTOP"), End::Error("negative-length"));
}

#[test]
fn a_number_of_a_hundred_thousand_digits_is_an_attack() {
    let transcript = transcript_of(repeated(b"L", b"9", 100_000, b"L\n."));
    assert!(codes(&transcript).contains(&"absurd-number"));
    assert!(transcript.streams[0].lenient.is_some());
}

#[test]
fn the_limit_of_opcodes_ends_a_run_as_a_budget() {
    let memory = MemoryBudget::new(64 << 20);
    let limits = Limits { opcodes: 1000, ..Limits::default() };
    let context = Context::new(limits, memory.clone(), Spool::new(memory, None));
    let transcript = parse(&Source::from_vec(repeated(b"", b"N0", 10_000, b"N.")), &context);
    assert_eq!(transcript.streams[0].c.end, End::Budget);
    assert_eq!(codes(&transcript), ["pickle-budget"]);
}

#[test]
fn memory_ends_a_run_as_a_budget() {
    let memory = MemoryBudget::new(8 << 20);
    let context = Context::new(Limits::default(), memory.clone(), Spool::new(memory, None));
    let transcript = parse(&Source::from_vec(repeated(b"(", b"]", 2_000_000, b"t.")), &context);
    assert_eq!(transcript.streams[0].c.end, End::Budget);
}

#[test]
fn a_column_of_dates_is_folded_and_a_call_among_them_is_not() {
    let date = b"cdatetime\ndate\n(M\xe4\x07K\x01K\x01tR0";
    let mut bytes = repeated(b"", date, 150_000, b"cposix\nsystem\nVid\n\x85R0");
    bytes.extend(repeated(b"", date, 50_000, b"N."));
    let transcript = transcript_of(bytes);
    let stream = &transcript.streams[0];
    assert_eq!(stream.c.end, End::Stop);
    assert!(stream.c.events.len() < 110_000);
    assert!(super::words(&stream.c).iter().any(|word| word.ends_with("call posix.system")));
}

#[test]
fn many_streams_that_each_look_far_ahead_share_one_budget_of_bytes() {
    // Each stream makes an unpickler that ignores frames look for the end of a line that never ends.
    let stream = b"\x80\x04\x95\x04\0\0\0\0\0\0\0NNMxaV.";
    let mut bytes = repeated(b"", stream, 5_000, b"");
    bytes.extend(std::iter::repeat_n(b'x', 4 << 20));
    let transcript = transcript_of(bytes);
    assert!(transcript.streams.len() > 100);
}

#[test]
fn a_text_that_is_used_a_million_times_is_not_read_a_million_times() {
    let transcript = transcript_of(repeated(b"(lp0\nNcm\nf\nq\x01", b"h\x01h\x00\x85R0", 300_000, b"."));
    assert!(matches!(transcript.streams[0].c.end, End::Stop | End::Budget));
}

/// `calls` calls, each with its number and with the same long text sixteen times.
fn one_text_in_many_calls(calls: i32) -> Vec<u8> {
    let mut bytes = b"\x80\x04X\x88\x13\x00\x00".to_vec();
    bytes.extend([b'a'; 5000]);
    bytes.extend(b"q\x01cm\nf\nq\x00");
    for number in 0..calls {
        bytes.extend(b"h\x00(J");
        bytes.extend(number.to_le_bytes());
        bytes.extend(b"h\x01".repeat(16));
        bytes.extend(b"tR0");
    }
    bytes.extend(b"N.");
    bytes
}

/// Bytes of texts and names that the events hold: the budget of 8 MiB, and what comes between two looks at it.
fn shown_bytes(transcript: &crate::pickle::Transcript) -> usize {
    let of = |value: &Value| match value {
        Value::Text { head, .. } => head.len(),
        Value::Global { module, name } => module.len() + name.len(),
        _ => 0,
    };
    let runs = transcript.streams.iter().map(|stream| &stream.c);
    runs.flat_map(|run| &run.events)
        .map(|event| match &event.kind {
            EventKind::Import { module, name } => module.len() + name.len(),
            EventKind::Call { arguments, .. } => arguments.iter().map(of).sum(),
            EventKind::Append { item: Value::Tuple { items, .. }, .. } => items.iter().map(of).sum(),
            _ => 0,
        })
        .sum()
}

fn under(memory: u64, bytes: Vec<u8>) -> crate::pickle::Transcript {
    let memory = MemoryBudget::new(memory);
    let context = Context::new(Limits::default(), memory.clone(), Spool::new(memory, None));
    parse(&Source::from_vec(bytes), &context)
}

#[test]
fn a_text_that_a_thousand_calls_show_counts_a_thousand_times() {
    let transcript = under(8 << 20, one_text_in_many_calls(2000));
    assert_eq!(transcript.streams[0].c.end, End::Budget);
    assert!(shown_bytes(&transcript) <= 10 << 20);
}

#[test]
fn one_opcode_that_appends_ten_thousand_long_items_is_ended_in_its_midst() {
    let mut bytes = b"\x80\x04X\x88\x13\x00\x00".to_vec();
    bytes.extend([b'a'; 5000]);
    bytes.extend(b"q\x01(");
    bytes.extend(b"h\x01".repeat(16));
    bytes.extend(b"tq\x02cm\nf\n(");
    bytes.extend(b"h\x02".repeat(10_000));
    bytes.extend(b"e.");
    let transcript = under(8 << 20, bytes);
    assert_eq!(transcript.streams[0].c.end, End::Budget);
    assert!(shown_bytes(&transcript) <= 10 << 20);
}

#[test]
fn the_events_of_all_streams_of_a_file_share_the_budget() {
    let transcript = under(8 << 20, one_text_in_many_calls(15).repeat(100));
    assert!(shown_bytes(&transcript) <= 10 << 20);
    assert!(codes(&transcript).contains(&"pickle-budget"));
}

#[test]
fn long_names_are_counted_like_texts() {
    let mut bytes = b"\x80\x04X\x88\x13\x00\x00".to_vec();
    bytes.extend([b'a'; 5000]);
    bytes.extend(b"q\x01h\x01h\x01\x93q\x00");
    bytes.extend(b"h\x00(".iter().chain(&b"h\x00".repeat(200)).chain(b"tR0").copied().collect::<Vec<u8>>());
    bytes.extend(b"h\x01h\x01\x930".repeat(10_000));
    bytes.extend(b"N.");
    let transcript = under(8 << 20, bytes);
    assert_eq!(transcript.streams[0].c.end, End::Budget);
    assert!(shown_bytes(&transcript) <= 10 << 20);
}
