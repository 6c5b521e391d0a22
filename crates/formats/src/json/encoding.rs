//! From the bytes of a file to UTF-8, as Python's `json.loads` detects it: a byte order mark, or where the NULs stand.

use crate::{Problem, ProblemKind};

/// UTF-16 and UTF-32 are rewritten; UTF-8 is kept, without its byte order mark's effect on offsets (the mark stays as
/// three spaces, so that offsets are those of the file).
pub(super) fn to_utf8(bytes: &[u8], problems: &mut Vec<Problem>) -> Vec<u8> {
    let (name, skip, width, big) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => ("UTF-32", 4, 4, false),
        [0, 0, 0xfe, 0xff, ..] => ("UTF-32", 4, 4, true),
        [0xff, 0xfe, ..] => ("UTF-16", 2, 2, false),
        [0xfe, 0xff, ..] => ("UTF-16", 2, 2, true),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            let mut text = b"   ".to_vec();
            text.extend_from_slice(rest);
            note(problems, "the text starts with a byte order mark, which strict readers refuse");
            return text;
        }
        [0, 0, 0, b, ..] if *b != 0 => ("UTF-32", 0, 4, true),
        [a, 0, 0, 0, ..] if *a != 0 => ("UTF-32", 0, 4, false),
        [0, b, ..] if *b != 0 => ("UTF-16", 0, 2, true),
        [a, 0, ..] if *a != 0 => ("UTF-16", 0, 2, false),
        _ => return bytes.to_vec(),
    };
    note(problems, format!("the text is {name}, which strict readers refuse"));
    let bytes = &bytes[skip..];
    let mut text = String::with_capacity(bytes.len());
    if width == 2 {
        let units = bytes.chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        });
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    } else {
        text.extend(bytes.chunks_exact(4).map(|four| {
            let four = [four[0], four[1], four[2], four[3]];
            let code = if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) };
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }));
    }
    text.into_bytes()
}

fn note(problems: &mut Vec<Problem>, message: impl Into<String>) {
    problems.push(Problem::new(ProblemKind::Note, "json-encoding", message).at(0));
}
