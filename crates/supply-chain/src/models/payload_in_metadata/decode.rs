//! The notations in which texts carry bytes.

/// Texts shorter than this hold no payload worth a finding.
const LEAST: usize = 16;
/// Of longer ones only the head is decoded: it tells the format.
const HEAD: usize = 64 << 10;

/// The bytes that a text could stand for, by each notation in which it can be read.
pub(super) fn candidates(text: &str) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let text = text.trim();
    let text = text.split_once(";base64,").map_or(text, |(_, data)| data);
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let enough = text.len() >= LEAST;
    [
        ("base64", enough.then(|| base64(text)).flatten()),
        ("hexadecimal", enough.then(|| hexadecimal(text)).flatten()),
        ("base32", enough.then(|| base32(text)).flatten()),
        ("plain", enough.then(|| latin1(text)).flatten()),
    ]
    .into_iter()
    .filter_map(|(notation, bytes)| Some((notation, bytes?)))
}

/// Bits of each symbol, gathered into bytes; white space and padding are stepped over.
fn gather(text: &str, bits: u32, value: impl Fn(u8) -> Option<u32>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut have) = (0u32, 0);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        held = held << bits | value(byte)?;
        have += bits;
        if have >= 8 {
            have -= 8;
            bytes.push((held >> have) as u8);
            held &= (1 << have) - 1;
        }
    }
    Some(bytes)
}

fn base64(text: &str) -> Option<Vec<u8>> {
    gather(text, 6, |byte| {
        Some(u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        }))
    })
}

fn base32(text: &str) -> Option<Vec<u8>> {
    gather(text, 5, |byte| {
        Some(u32::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        }))
    })
}

/// `80025d…`, also written as `\x80\x02` or `0x80, 0x02`.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let plain = text.replace("\\x", "").replace("0x", "").replace([',', ':', ' '], "");
    gather(&plain, 4, |byte| char::from(byte).to_digit(16))
}

/// Each character as one byte: raw bytes that were written as text.
fn latin1(text: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    // Readable text is judged as text.
    bytes.filter(|bytes| bytes.iter().any(|b| *b < 9 || *b >= 127))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notation_gives_its_bytes() {
        for text in [
            "gAJjb3MKc3lzdGVtCg==",
            "80 02 63 6f 73 0a 73 79 73 74 65 6d 0a",
            "QABGG33TBJZXS43UMVWQU===",
            "\u{80}\u{2}cos\nsystem\nxxx",
        ] {
            assert!(candidates(text).any(|(_, bytes)| bytes.starts_with(b"\x80\x02cos\nsystem\n")), "{text}");
        }
    }

    #[test]
    fn words_are_no_bytes() {
        assert_eq!(candidates("the model of the year, trained with care").count(), 0);
    }
}
