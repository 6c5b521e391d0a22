//! Bytes to text, as readers of source and configuration files take it: a byte order mark is dropped, UTF-16 is
//! recognised by its mark, and bytes that are no UTF-8 become U+FFFD with a problem.
//! Memory: at most three times the bytes.

use crate::{Problem, ProblemKind};

/// The text of `bytes`; `code` names the problem when it is not clean UTF-8.
#[must_use]
pub fn decode(bytes: &[u8], code: &'static str, problems: &mut Vec<Problem>) -> String {
    let utf16 = |little: bool| {
        let units = bytes[2..].chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => return utf16(true),
        [0xfe, 0xff, ..] => return utf16(false),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match String::from_utf8_lossy(bytes) {
        std::borrow::Cow::Borrowed(text) => text.to_owned(),
        std::borrow::Cow::Owned(text) => {
            problems.push(Problem::new(
                ProblemKind::Note,
                code,
                "some bytes are no UTF-8; they were read as U+FFFD",
            ));
            text
        }
    }
}

/// `head` without a character that was cut in two at its end.
#[must_use]
pub fn whole_characters(head: &[u8]) -> &[u8] {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => &head[..error.valid_up_to()],
        _ => head,
    }
}
