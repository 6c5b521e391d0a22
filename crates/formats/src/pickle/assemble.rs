//! The pickle assembler: text to bytes, for rule pages and tests, so that no binary fixture is needed. It writes whatever
//! it is told, also streams that no unpickler accepts. It is no disassembler; for that see the transcript.
//!
//! One opcode per line, in `pickletools`' names, with its argument: `PROTO 4`, `GLOBAL 'posix' 'system'`,
//! `SHORT_BINUNICODE 'id'`, `BINBYTES 'a\x00b'`, `BININT1 7`, `TUPLE1`, `STOP`. Strings stand in single or double quotes
//! with Python's escapes (`\n \t \r \\ \' \" \0 \xHH \uHHHH`); in byte strings `\xHH` is a byte. `RAW 80 04 95` writes
//! bytes as they are. `#` starts a comment, and blank lines are skipped.

use super::opcode::{self, Argument};
use std::fmt;

/// Why a text cannot be assembled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssembleError {
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for AssembleError {}

/// Assembles a pickle.
///
/// # Errors
/// At the first line that names no opcode or whose arguments do not fit.
pub fn assemble(text: &str) -> Result<Vec<u8>, AssembleError> {
    let mut bytes = Vec::new();
    for (index, line) in text.lines().enumerate() {
        one_line(line, &mut bytes).map_err(|message| AssembleError { line: index + 1, message })?;
    }
    Ok(bytes)
}

fn one_line(line: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let mut words = words(line)?.into_iter();
    let name = match words.next() {
        None => return Ok(()),
        Some(Word::Bare(name)) => name,
        Some(Word::Quoted(_)) => return Err("a line starts with the name of an opcode".to_owned()),
    };
    let words: Vec<Word> = words.collect();
    if name == "RAW" {
        return raw(&words, out);
    }
    let (_, code, argument) =
        opcode::ALL.iter().find(|(known, ..)| *known == name).ok_or_else(|| format!("no opcode {name}"))?;
    out.push(*code);
    match (argument, words.as_slice()) {
        (Argument::None, []) => {}
        (Argument::Number(width), [Word::Bare(number)]) => {
            let number = whole_number(number)?;
            out.extend_from_slice(&number.to_le_bytes()[..usize::from(*width)]);
        }
        (Argument::Double, [Word::Bare(number)]) => {
            let number: f64 = number.parse().map_err(|_| format!("{number} is no floating point number"))?;
            out.extend_from_slice(&number.to_be_bytes());
        }
        (Argument::Line, [Word::Bare(word)]) => {
            out.extend_from_slice(word.as_bytes());
            out.push(b'\n');
        }
        (Argument::Line, [Word::Quoted(text)]) => {
            text_bytes(text, out);
            out.push(b'\n');
        }
        (Argument::Quoted, [Word::Quoted(text)]) => {
            let mut inner = Vec::new();
            text_bytes(text, &mut inner);
            out.push(b'\'');
            out.extend(inner.iter().flat_map(|byte| std::ascii::escape_default(*byte)));
            out.extend_from_slice(b"'\n");
        }
        (Argument::RawUnicode, [Word::Quoted(text)]) => {
            raw_unicode(text, out);
            out.push(b'\n');
        }
        (Argument::LinePair, [Word::Quoted(module), Word::Quoted(name)]) => {
            text_bytes(module, out);
            out.push(b'\n');
            text_bytes(name, out);
            out.push(b'\n');
        }
        (Argument::Counted(width), [Word::Bare(number)])
            if *code == opcode::LONG1 || *code == opcode::LONG4 =>
        {
            let bytes = twos_complement(whole_number(number)?);
            counted(*width, &bytes, out)?;
        }
        (Argument::Counted(width), [Word::Quoted(text)]) => {
            let mut bytes = Vec::new();
            let is_text =
                matches!(*code, opcode::SHORT_BINUNICODE | opcode::BINUNICODE | opcode::BINUNICODE8);
            for piece in text {
                match piece {
                    Piece::Char(c) => {
                        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    Piece::Byte(byte) if is_text => {
                        bytes.extend_from_slice(char::from(*byte).encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    Piece::Byte(byte) => bytes.push(*byte),
                }
            }
            counted(*width, &bytes, out)?;
        }
        _ => return Err(format!("the arguments of {name} do not fit")),
    }
    Ok(())
}

fn raw(words: &[Word], out: &mut Vec<u8>) -> Result<(), String> {
    for word in words {
        let Word::Bare(digits) = word else { return Err("RAW takes hexadecimal digits".to_owned()) };
        let digits = digits.as_bytes();
        if digits.len() % 2 != 0 {
            return Err("RAW takes two hexadecimal digits per byte".to_owned());
        }
        for pair in digits.chunks_exact(2) {
            let byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            out.push(byte.ok_or("RAW takes hexadecimal digits")?);
        }
    }
    Ok(())
}

fn counted(width: u8, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    if width == 1 && bytes.len() > 255 {
        return Err("more than 255 bytes for a length of one byte".to_owned());
    }
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes()[..usize::from(width)]);
    out.extend_from_slice(bytes);
    Ok(())
}

fn whole_number(word: &str) -> Result<i128, String> {
    let (negative, digits) = word.strip_prefix('-').map_or((false, word), |digits| (true, digits));
    let number = match digits.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let number = number.map_err(|_| format!("{word} is no whole number"))?;
    Ok(if negative { -number } else { number })
}

/// The shortest little-endian two's complement, as Python's `encode_long` gives it.
fn twos_complement(number: i128) -> Vec<u8> {
    if number == 0 {
        return Vec::new();
    }
    let mut bytes = number.to_le_bytes().to_vec();
    while let [.., before, last] = bytes.as_slice() {
        let redundant = (*last == 0 && before & 0x80 == 0) || (*last == 0xff && before & 0x80 != 0);
        if !redundant {
            break;
        }
        bytes.pop();
    }
    bytes
}

fn text_bytes(text: &[Piece], out: &mut Vec<u8>) {
    for piece in text {
        match piece {
            Piece::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Piece::Byte(byte) => out.push(*byte),
        }
    }
}

fn raw_unicode(text: &[Piece], out: &mut Vec<u8>) {
    for piece in text {
        let number = match piece {
            Piece::Char(c) => u32::from(*c),
            Piece::Byte(byte) => u32::from(*byte),
        };
        match number {
            0 | 0x0a | 0x0d | 0x1a | 0x5c | 0x100..=0xffff => {
                out.extend_from_slice(format!("\\u{number:04x}").as_bytes());
            }
            0x1_0000.. => out.extend_from_slice(format!("\\U{number:08x}").as_bytes()),
            _ => out.push(number as u8),
        }
    }
}

enum Word {
    Bare(String),
    Quoted(Vec<Piece>),
}

#[derive(Clone, Copy)]
enum Piece {
    Char(char),
    /// From `\xHH`: a byte in a byte string, a character in a text.
    Byte(u8),
}

fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            '#' => break,
            '\'' | '"' => {
                chars.next();
                words.push(Word::Quoted(quoted(c, &mut chars)?));
            }
            // The prefix of Python's byte strings is allowed, and means nothing.
            'b' if matches!(chars.clone().nth(1), Some('\'' | '"')) => {
                chars.next();
            }
            _ if c.is_whitespace() => {
                chars.next();
            }
            _ => {
                let mut word = String::new();
                while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                    word.push(c);
                }
                words.push(Word::Bare(word));
            }
        }
    }
    Ok(words)
}

fn quoted(quote: char, chars: &mut impl Iterator<Item = char>) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    loop {
        let c = chars.next().ok_or("a string without its closing quote")?;
        if c == quote {
            return Ok(pieces);
        }
        if c != '\\' {
            pieces.push(Piece::Char(c));
            continue;
        }
        let piece = match chars.next().ok_or("a string without its closing quote")? {
            'n' => Piece::Char('\n'),
            't' => Piece::Char('\t'),
            'r' => Piece::Char('\r'),
            '0' => Piece::Byte(0),
            c @ ('\\' | '\'' | '"') => Piece::Char(c),
            'x' => Piece::Byte(hex(chars, 2)? as u8),
            'u' => Piece::Char(char::from_u32(hex(chars, 4)?).ok_or("\\u names no character")?),
            c => return Err(format!("no escape \\{c}")),
        };
        pieces.push(piece);
    }
}

fn hex(chars: &mut impl Iterator<Item = char>, count: usize) -> Result<u32, String> {
    let mut number = 0;
    for _ in 0..count {
        let digit = chars.next().and_then(|c| c.to_digit(16)).ok_or("an escape lacks hexadecimal digits")?;
        number = number * 16 + digit;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_stand_one_per_line() {
        let text =
            "PROTO 4\nGLOBAL 'posix' 'system'  # the call\n\nSHORT_BINUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP\n";
        assert_eq!(assemble(text).unwrap(), b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R.");
    }

    #[test]
    fn numbers_have_the_width_of_their_opcode() {
        let text = "BININT -1\nBININT1 0xff\nLONG1 -129\nLONG1 0\nLONG 12L\nFRAME 3\nBINFLOAT 1.5";
        let bytes =
            b"J\xff\xff\xff\xffK\xff\x8a\x02\x7f\xff\x8a\0L12L\n\x95\x03\0\0\0\0\0\0\0G?\xf8\0\0\0\0\0\0";
        assert_eq!(assemble(text).unwrap(), bytes);
    }

    #[test]
    fn strings_follow_the_encoding_of_their_opcode() {
        assert_eq!(assemble(r"STRING 'a\n'").unwrap(), b"S'a\\n'\n");
        assert_eq!(assemble(r"UNICODE 'a\n\u20ac'").unwrap(), b"Va\\u000a\\u20ac\n");
        assert_eq!(assemble(r"SHORT_BINUNICODE '\xe9'").unwrap(), b"\x8c\x02\xc3\xa9");
        assert_eq!(assemble(r"SHORT_BINBYTES b'\xe9'").unwrap(), b"C\x01\xe9");
        assert_eq!(assemble("RAW 8004 95").unwrap(), b"\x80\x04\x95");
    }

    #[test]
    fn a_mistake_names_its_line() {
        assert_eq!(assemble("STOP\nNOPE").unwrap_err().to_string(), "line 2: no opcode NOPE");
        assert_eq!(assemble("TUPLE1 3").unwrap_err().line, 1);
        assert!(assemble("GLOBAL 'os").is_err());
    }
}
