//! `modelward transcript`: what loading each pickle would do, without judging it.

use super::work;
use crate::{arguments::Transcript, failure::Failure, output};
use modelward_assessment::{Request, transcripts};
use modelward_policy::Policy;
use modelward_report::hostile::{shortened, visible};
use serde_json::Value;
use std::io::{self, Write};

pub(super) fn run(arguments: &Transcript) -> Result<u8, Failure> {
    let request = Request {
        target: work::target(&arguments.target),
        options: work::options(&arguments.work, &Policy::default())?,
        progress: None,
    };
    let lines = transcripts(&request).map_err(|error| work::failure(&error))?;
    if lines.is_empty() && arguments.format == "terminal" {
        return output::print_text("no pickle was found\n").map(|()| 0);
    }
    output::print(|out| {
        for line in &lines {
            if arguments.format == "jsonl" {
                writeln!(out, "{line}")?;
            } else {
                stream(line, out)?;
            }
        }
        Ok(())
    })?;
    Ok(0)
}

/// One stream as a person reads it: where it is, then its events, of both semantics where they differ.
fn stream(line: &str, out: &mut dyn Write) -> io::Result<()> {
    let Ok(stream) = serde_json::from_str::<Value>(line) else { return writeln!(out, "{}", visible(line)) };
    let text = |key: &str| stream[key].as_str().map(visible);
    let place: Vec<String> = [text("file"), text("member")].into_iter().flatten().collect();
    let offset = stream["offset"].as_u64().map_or_else(String::new, |at| format!(" at {at:#x}"));
    writeln!(out, "{}{offset}", if place.is_empty() { "stream".to_owned() } else { place.join("!") })?;
    if stream["py"].is_null() || stream["c"] == stream["py"] {
        events(&stream["c"], out)?;
    } else {
        writeln!(out, "  C unpickler")?;
        events(&stream["c"], out)?;
        writeln!(out, "  Python unpickler, which sees something else")?;
        events(&stream["py"], out)?;
    }
    writeln!(out)
}

/// Events of whatever shape, one a line.
fn events(side: &Value, out: &mut dyn Write) -> io::Result<()> {
    let list = side.get("events").unwrap_or(side);
    let Some(list) = list.as_array() else { return writeln!(out, "    {}", visible(&side.to_string())) };
    if list.is_empty() {
        writeln!(out, "    nothing")?;
    }
    for event in list {
        let words: Vec<String> = match event {
            Value::Array(words) => words.iter().map(word).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| format!("{}={}", visible(key), word(value))).collect()
            }
            other => vec![word(other)],
        };
        writeln!(out, "    {}", shortened(&words.join("  "), 200))?;
    }
    if let Some(error) = side.get("error").and_then(Value::as_str) {
        writeln!(out, "    then it stops: {}", visible(error))?;
    }
    Ok(())
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| visible(&value.to_string()), visible)
}
