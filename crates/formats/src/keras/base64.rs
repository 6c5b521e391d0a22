//! Base64 as Python's decoder takes it: bytes outside the alphabet are skipped, and padding ends it.

/// Bytes that are decoded at most.
pub(super) const MOST: usize = 1 << 20;

pub(super) fn decode(text: &str, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
            if bytes.len() >= most {
                break;
            }
        }
    }
    bytes
}

/// Whether the bytes start as a marshalled code object does: its type, then small counts of arguments.
pub(super) fn is_code(bytes: &[u8]) -> bool {
    matches!(bytes, [b'c' | 0xe3, _, 0, 0, 0, _, _, 0, 0, _, _, 0, 0, ..]) && bytes.len() > 30
}
