//! The text encodings of pickle's opcodes: which bytes Python accepts, and what they say.

use super::feed::Feed;

/// How an opcode's text is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    /// UTF-8 with lone surrogates (`surrogatepass`).
    Utf8,
    /// `raw-unicode-escape` (UNICODE).
    RawUnicode,
    /// Python 2's string escapes (STRING), decoded as ASCII.
    Escaped,
    /// Bytes of a Python 2 string (BINSTRING), decoded as ASCII.
    Ascii,
}

/// What is wrong with a text, if anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Fine,
    /// Every decoder refuses it.
    Broken,
    /// Only the default encoding of Python 2 strings, ASCII, refuses it.
    NotAscii,
}

/// Checks the bytes from `start`, buffer by buffer.
pub(super) fn check(feed: &mut Feed<'_>, encoding: Encoding, start: u64, length: u64) -> Verdict {
    let mut checker = Checker::new(encoding);
    let mut done = 0;
    while done < length {
        let bytes = feed.look(start + done, length - done);
        if bytes.is_empty() {
            return Verdict::Broken;
        }
        done += bytes.len() as u64;
        if !checker.take(bytes) {
            return Verdict::Broken;
        }
    }
    checker.finish()
}

struct Checker {
    encoding: Encoding,
    /// The begun character or escape that the last buffer left open.
    open: Vec<u8>,
    ascii: bool,
}

impl Checker {
    fn new(encoding: Encoding) -> Self {
        Checker { encoding, open: Vec::new(), ascii: true }
    }

    fn take(&mut self, bytes: &[u8]) -> bool {
        match self.encoding {
            Encoding::Ascii => {
                self.ascii &= bytes.is_ascii();
                true
            }
            Encoding::Utf8 => {
                if self.open.is_empty() {
                    return self.utf8(bytes);
                }
                let joined = [std::mem::take(&mut self.open).as_slice(), bytes].concat();
                self.utf8(&joined)
            }
            Encoding::RawUnicode | Encoding::Escaped => {
                if self.encoding == Encoding::Escaped {
                    self.ascii &= bytes.is_ascii();
                }
                if self.open.is_empty() && memchr::memchr(b'\\', bytes).is_none() {
                    return true;
                }
                let joined = [std::mem::take(&mut self.open).as_slice(), bytes].concat();
                self.escapes(&joined)
            }
        }
    }

    fn utf8(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let Err(error) = std::str::from_utf8(bytes) else { return true };
            let rest = &bytes[error.valid_up_to()..];
            match rest {
                [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] => bytes = rest,
                [0xed, 0xa0..=0xbf] => {
                    self.open = rest.to_vec();
                    return true;
                }
                _ if error.error_len().is_none() => {
                    self.open = rest.to_vec();
                    return true;
                }
                _ => return false,
            }
        }
    }

    fn escapes(&mut self, bytes: &[u8]) -> bool {
        let mut at = 0;
        while let Some(next) = memchr::memchr(b'\\', &bytes[at..]) {
            at += next;
            match escape(self.encoding, &bytes[at..]) {
                Escape::Char(number, length) => {
                    self.ascii &= number < 0x80 || self.encoding == Encoding::RawUnicode;
                    at += length;
                }
                Escape::Verbatim(length) => at += length,
                Escape::Broken => return false,
                Escape::Open => {
                    self.open = bytes[at..].to_vec();
                    return true;
                }
            }
        }
        true
    }

    fn finish(self) -> Verdict {
        let broken = match self.encoding {
            Encoding::RawUnicode => self.open.len() > 1,
            _ => !self.open.is_empty(),
        };
        match (broken, self.ascii) {
            (true, _) => Verdict::Broken,
            (false, true) => Verdict::Fine,
            (false, false) => Verdict::NotAscii,
        }
    }
}

enum Escape {
    /// A character and how many bytes it took.
    Char(u32, usize),
    /// So many bytes stand for themselves.
    Verbatim(usize),
    Broken,
    /// It goes on behind the end.
    Open,
}

/// The escape at the start of `bytes`, which is a backslash.
fn escape(encoding: Encoding, bytes: &[u8]) -> Escape {
    let Some(&letter) = bytes.get(1) else { return Escape::Open };
    if encoding == Encoding::RawUnicode {
        return match letter {
            b'u' => hex_escape(bytes, 4),
            b'U' => hex_escape(bytes, 8),
            _ => Escape::Verbatim(2),
        };
    }
    match letter {
        b'\n' => Escape::Verbatim(2),
        b'\\' | b'\'' | b'"' => Escape::Char(u32::from(letter), 2),
        b'a' => Escape::Char(7, 2),
        b'b' => Escape::Char(8, 2),
        b't' => Escape::Char(9, 2),
        b'n' => Escape::Char(10, 2),
        b'v' => Escape::Char(11, 2),
        b'f' => Escape::Char(12, 2),
        b'r' => Escape::Char(13, 2),
        b'x' => hex_escape(bytes, 2),
        b'0'..=b'7' => {
            let digits = bytes[1..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(*digit));
            let (number, count) = digits.fold((0, 0), |(n, c), d| (n * 8 + u32::from(d - b'0'), c + 1));
            if count < 3 && bytes.len() == 1 + count {
                // More digits may follow in the next buffer; at the very end there are none.
                return Escape::Char(number & 0xff, 1 + count);
            }
            Escape::Char(number & 0xff, 1 + count)
        }
        _ => Escape::Verbatim(2),
    }
}

fn hex_escape(bytes: &[u8], count: usize) -> Escape {
    let digits = &bytes[2..bytes.len().min(2 + count)];
    let mut number: u32 = 0;
    for digit in digits {
        match char::from(*digit).to_digit(16) {
            Some(value) => number = number.wrapping_mul(16).wrapping_add(value),
            None => return Escape::Broken,
        }
    }
    if digits.len() < count {
        return Escape::Open;
    }
    if number > 0x10_ffff { Escape::Broken } else { Escape::Char(number, 2 + count) }
}

/// The text that `bytes` say; what is cut or cannot be shown becomes U+FFFD. Bytes that are not ASCII are taken as
/// Latin-1 where Python 2 strings are concerned.
pub(super) fn decode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Ascii => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Encoding::RawUnicode | Encoding::Escaped => {
            let mut text = String::with_capacity(bytes.len());
            let mut at = 0;
            while at < bytes.len() {
                if bytes[at] != b'\\' {
                    text.push(char::from(bytes[at]));
                    at += 1;
                    continue;
                }
                match escape(encoding, &bytes[at..]) {
                    Escape::Char(number, length) => {
                        text.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
                        at += length;
                    }
                    Escape::Verbatim(length) => {
                        let end = (at + length).min(bytes.len());
                        // A backslash before a line feed continues the line.
                        if bytes[at + 1..end] != [b'\n'] || encoding == Encoding::RawUnicode {
                            text.extend(bytes[at..end].iter().map(|byte| char::from(*byte)));
                        }
                        at = end;
                    }
                    Escape::Broken => {
                        text.push(char::REPLACEMENT_CHARACTER);
                        at += 2;
                    }
                    Escape::Open => break,
                }
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, pickle::feed::Semantics};

    fn verdict(encoding: Encoding, bytes: &[u8]) -> Verdict {
        let source = Source::from_vec(bytes.to_vec());
        let mut feed = Feed::new(&source, 0, Semantics::C);
        check(&mut feed, encoding, 0, bytes.len() as u64)
    }

    #[test]
    fn utf8_passes_lone_surrogates_and_nothing_else_beyond_the_standard() {
        assert_eq!(verdict(Encoding::Utf8, b"a\xed\xa0\x80b"), Verdict::Fine);
        assert_eq!(verdict(Encoding::Utf8, b"a\xed\xa0"), Verdict::Broken);
        assert_eq!(verdict(Encoding::Utf8, b"\xff"), Verdict::Broken);
        assert_eq!(verdict(Encoding::Utf8, b"\xc0\x80"), Verdict::Broken);
    }

    #[test]
    fn a_character_may_lie_across_two_buffers() {
        let mut bytes = vec![b'a'; 65_535];
        bytes.extend_from_slice("é\u{ac00}".as_bytes());
        assert_eq!(verdict(Encoding::Utf8, &bytes), Verdict::Fine);
        let mut bytes = vec![b'a'; 65_533];
        bytes.extend_from_slice(b"\\u20acb");
        assert_eq!(verdict(Encoding::RawUnicode, &bytes), Verdict::Fine);
    }

    #[test]
    fn escapes_are_those_of_their_opcode() {
        assert_eq!(decode(Encoding::RawUnicode, b"a\\u0062\\n\xe9"), "ab\\né");
        assert_eq!(decode(Encoding::Escaped, b"a\\x62\\n\\101\\q"), "ab\nA\\q");
        assert_eq!(verdict(Encoding::RawUnicode, b"\\u12"), Verdict::Broken);
        assert_eq!(verdict(Encoding::RawUnicode, b"\\"), Verdict::Fine);
        assert_eq!(verdict(Encoding::Escaped, b"\\"), Verdict::Broken);
        assert_eq!(verdict(Encoding::Escaped, b"\\xff"), Verdict::NotAscii);
        assert_eq!(verdict(Encoding::Ascii, b"\xff"), Verdict::NotAscii);
    }
}
