//! Transcripts as lines of JSON, for people and tools that compare unpicklers: one object per stream, with the events in
//! the short notation of `["import", module, name]`, `["call", who, [arguments], {"ret": 1}]` and so on.

use super::transcript::{Callee, End, Event, EventKind, Nested, Run, Stream, Transcript, Value};
use serde_json::{Map, Value as Json, json};

/// Bytes of a text that a line shows.
const SHOWN: usize = 512;

/// One line per stream of `transcript`, those nested in byte strings after the stream that holds them. `file` is the name
/// within a folder, `member` the chain of members within an archive.
#[must_use]
pub fn jsonl(transcript: &Transcript, file: Option<&str>, member: Option<&str>) -> String {
    let mut start = String::new();
    ascii(&format!("{{\"file\":{},\"member\":{},", json!(file), json!(member)), &mut start);
    let fields = transcript.streams.iter().flat_map(stream_fields);
    fields.map(|fields| format!("{start}{fields}\n")).collect()
}

/// The lines of one stream, and of the streams nested in it, without their start: from `"offset"` to the closing brace of
/// the object. A nested stream has, instead, `"within"`, the places of the byte strings around it, and `"nested_offset"`.
#[must_use]
pub fn stream_fields(stream: &Stream) -> Vec<String> {
    let mut lines = vec![fields(stream, &[])];
    let nested = |stream: &Stream, within: &[u64]| -> Vec<(Vec<u64>, usize)> {
        (0..stream.nested.len()).map(|i| ([within, &[stream.nested[i].offset]].concat(), i)).rev().collect()
    };
    let mut open: Vec<(Vec<u64>, &Nested)> =
        nested(stream, &[]).into_iter().map(|(within, i)| (within, &stream.nested[i])).collect();
    while let Some((within, found)) = open.pop() {
        for stream in &found.transcript.streams {
            lines.push(fields(stream, &within));
            open.extend(nested(stream, &within).into_iter().map(|(within, i)| (within, &stream.nested[i])));
        }
    }
    lines
}

fn fields(stream: &Stream, within: &[u64]) -> String {
    let mut object = Map::new();
    if within.is_empty() {
        object.insert("offset".to_owned(), json!(stream.offset));
    } else {
        object.insert("within".to_owned(), json!(within));
        object.insert("nested_offset".to_owned(), json!(stream.offset));
    }
    object.insert("c".to_owned(), run(&stream.c));
    let others = [
        ("py", &stream.python),
        ("c_peek", &stream.peek),
        ("lenient", &stream.lenient),
        ("plain", &stream.plain),
    ];
    for (key, other) in others {
        if let Some(other) = other {
            object.insert(key.to_owned(), run(other));
        }
    }
    let mut text = String::new();
    ascii(&Json::Object(object).to_string()[1..], &mut text);
    text
}

/// JSON with every character beyond ASCII escaped: a line stays a line for every reader, and no mark of direction gets
/// through to a terminal.
fn ascii(json: &str, text: &mut String) {
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
}

fn run(run: &Run) -> Json {
    let (end, error) = match &run.end {
        End::Stop => ("stop", None),
        End::Error(word) => ("error", Some(*word)),
        End::RawArray => ("joblib_array", None),
        End::Budget => ("budget", None),
    };
    let events: Vec<Json> = run.events.iter().map(event).collect();
    let mut object = Map::new();
    object.insert("end".to_owned(), json!(end));
    if let Some(error) = error {
        object.insert("error".to_owned(), json!(error));
    }
    object.insert("pos".to_owned(), json!(run.position));
    object.insert("n".to_owned(), json!(events.len()));
    object.insert("events".to_owned(), Json::Array(events));
    Json::Object(object)
}

fn event(event: &Event) -> Json {
    match &event.kind {
        EventKind::Import { module, name } => json!(["import", cut(module), cut(name)]),
        EventKind::ComputedImport { module, name, result } => {
            json!(["import", value(module, 1), value(name, 1), {"ret": result}])
        }
        EventKind::Call { callee, arguments, keywords, result } => {
            call("call", callee, arguments, keywords, *result)
        }
        EventKind::NewObject { callee, arguments, keywords, result } => {
            call("newobj", callee, arguments, keywords, *result)
        }
        EventKind::Build { target, state } => json!(["build", who(target), value(state, 1)]),
        EventKind::SetItem { target, key, value: set } => {
            json!(["setitem", who(target), value(key, 1), value(set, 1)])
        }
        EventKind::Append { target, item } => json!(["append", who(target), value(item, 1)]),
        EventKind::Add { target, item } => json!(["add", who(target), value(item, 1)]),
        EventKind::PersistentId { id, result } => json!(["persid", value(id, 2), {"ret": result}]),
        EventKind::Extension { code, result } => json!(["extension", code, {"ret": result}]),
        EventKind::Buffer { result } => json!(["buffer", {"ret": result}]),
    }
}

fn call(word: &str, callee: &Callee, arguments: &[Value], keywords: &[(Value, Value)], result: u32) -> Json {
    let mut parts = vec![json!(word), who(callee), arguments.iter().map(|a| value(a, 1)).collect()];
    if !keywords.is_empty() {
        parts.push(keywords.iter().map(|(key, set)| (key_text(key), value(set, 1))).collect());
    }
    parts.push(json!({"ret": result}));
    Json::Array(parts)
}

fn key_text(key: &Value) -> String {
    match key {
        Value::Text { head, .. } => cut(head).to_owned(),
        other => value(other, 0).to_string(),
    }
}

fn who(callee: &Callee) -> Json {
    match callee {
        Callee::Global { module, name } => json!({"global": format!("{} {}", cut(module), cut(name))}),
        Callee::Object(id) => json!({"obj": id}),
        Callee::Data => json!({"data": true}),
    }
}

/// A text cut at a character.
fn cut(text: &str) -> &str {
    if text.len() <= SHOWN {
        return text;
    }
    let end = (0..=SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// A value, its containers `depth` levels deep.
fn value(value: &Value, depth: u32) -> Json {
    let items = |items: &[Value], length: u64, key: &str| {
        let shown: Json = match depth.checked_sub(1) {
            Some(depth) => items.iter().take(16).map(|item| self::value(item, depth)).collect(),
            None => json!("..."),
        };
        json!({key: shown, "len": length})
    };
    match value {
        Value::None => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::BigInt { negative, bits } => json!({"int": {"bits": bits, "negative": negative}}),
        Value::Float(value) if value.is_finite() => json!(value),
        Value::Float(value) => json!({"float": value.to_string()}),
        Value::Text { head, length } if head.len() as u64 >= *length && head.len() <= SHOWN => json!(head),
        Value::Text { head, length } => json!({"str": cut(head), "len": length}),
        Value::Bytes { offset, length, head } => {
            let hex: String = head.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
            json!({"bytes": hex, "len": length, "offset": offset})
        }
        Value::List { items: list, length } => items(list, *length, "list"),
        Value::Tuple { items: list, length } => items(list, *length, "tuple"),
        Value::Set { items: list, length } => items(list, *length, "set"),
        Value::Dict { entries, length } => {
            let shown: Json = match depth.checked_sub(1) {
                Some(depth) => {
                    let pairs = entries.iter().take(16);
                    pairs
                        .map(|(key, set)| json!([self::value(key, depth), self::value(set, depth)]))
                        .collect()
                }
                None => json!("..."),
            };
            json!({"dict": shown, "len": length})
        }
        Value::Global { module, name } => json!({"global": format!("{} {}", cut(module), cut(name))}),
        Value::Object(id) => json!({"obj": id}),
        Value::Cut => json!("..."),
    }
}
