//! The text form of protocol buffers, turned into the wire form for the messages that a table describes.
//!
//! TensorFlow loads `saved_model.pbtxt` as readily as the binary file, and ONNX reads `.textproto`: one reader for both
//! forms is what keeps them judged alike. Source: Protocol Buffers, "Text Format Language Specification". Fields that the
//! table lacks are skipped with what they hold. Bounds: memory twice the text, time linear, at most [`DEPTH`] messages
//! within messages, on a list and not by recursion. Offsets of the result mean nothing in the text.

use crate::Source;

/// Messages within messages.
const DEPTH: usize = 100;

/// One field of a message: its name, its number, and what it holds.
pub(crate) type FieldOf = (&'static str, u32, Holds);

/// A message of the table: its name and its fields.
pub(crate) type MessageOf = (&'static str, &'static [FieldOf]);

/// What a field holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Holds {
    /// A message of the table.
    Message(&'static str),
    Text,
    /// A whole number, or a name of an enumeration that [`word`] knows.
    Number,
}

/// Bytes of a text that are looked at to tell what it is, when remarks or spaces come first.
const START: usize = 1 << 20;

/// The start of a text behind its remarks and spaces; empty when the file is no text.
pub(crate) fn start(head: &[u8], source: &Source) -> Vec<u8> {
    if head.contains(&0) || !matches!(head.first(), Some(b'#' | b' ' | b'\t' | b'\r' | b'\n' | b'a'..=b'z')) {
        return Vec::new();
    }
    let long =
        matches!(head.first(), Some(byte) if !byte.is_ascii_lowercase()).then(|| source.read_vec(0, START));
    let mut tokens = Tokens { rest: long.as_deref().unwrap_or(head) };
    tokens.skip();
    tokens.rest.to_vec()
}

/// Turns `text` into the wire form of the message `root`. What breaks the syntax ends it: what came before stays.
pub(crate) fn to_wire(text: &[u8], root: &'static str, table: &'static [MessageOf]) -> Vec<u8> {
    let mut writing = Writing {
        tokens: Tokens { rest: text },
        table,
        open: vec![Open { fields: fields(table, root), number: 0, body: Vec::new() }],
    };
    while writing.field().is_some() {}
    while writing.open.len() > 1 {
        writing.close();
    }
    writing.open.pop().map(|open| open.body).unwrap_or_default()
}

fn fields(table: &'static [MessageOf], name: &str) -> &'static [FieldOf] {
    table.iter().find(|(own, _)| *own == name).map_or(&[], |(_, fields)| *fields)
}

/// A message that is being written; without fields when it is skipped.
struct Open {
    fields: &'static [FieldOf],
    number: u32,
    body: Vec<u8>,
}

struct Writing<'a> {
    tokens: Tokens<'a>,
    table: &'static [MessageOf],
    open: Vec<Open>,
}

impl Writing<'_> {
    /// One field, or the end of a message.
    fn field(&mut self) -> Option<()> {
        let name = match self.tokens.next()? {
            Token::Sign(b'}' | b'>') => {
                if self.open.len() > 1 {
                    self.close();
                }
                return Some(());
            }
            Token::Sign(b'[') => {
                // The name of an extension, or of what an `Any` holds.
                while !matches!(self.tokens.next()?, Token::Sign(b']')) {}
                String::new()
            }
            Token::Word(name) => name,
            Token::Sign(_) | Token::Text(_) => return Some(()),
        };
        let own = self.open.last()?.fields.iter().find(|(own, ..)| *own == name).copied();
        self.value(own)
    }

    fn value(&mut self, own: Option<FieldOf>) -> Option<()> {
        let mut token = self.tokens.next()?;
        if token == Token::Sign(b':') {
            token = self.tokens.next()?;
        }
        let listed = token == Token::Sign(b'[');
        if listed {
            token = self.tokens.next()?;
        }
        loop {
            match token {
                Token::Sign(b'{' | b'<') => {
                    self.message(own)?;
                    // A list of messages goes on behind its first: its commas and its end are skipped as fields are read.
                    return Some(());
                }
                Token::Sign(b']') if listed => return Some(()),
                Token::Sign(b',') => {}
                Token::Text(text) => {
                    let text = self.tokens.joined(text);
                    self.write(own, Value::Text(&text));
                }
                Token::Word(word) => self.write(own, Value::Word(&word)),
                Token::Sign(_) => return Some(()),
            }
            if !listed {
                return Some(());
            }
            token = self.tokens.next()?;
        }
    }

    fn message(&mut self, own: Option<FieldOf>) -> Option<()> {
        if self.open.len() > DEPTH {
            return None;
        }
        let (number, fields) = match own {
            Some((_, number, Holds::Message(name))) => (number, fields(self.table, name)),
            // Skipped: a message without fields knows none.
            _ => (0, [].as_slice()),
        };
        self.open.push(Open { fields, number, body: Vec::new() });
        Some(())
    }

    fn close(&mut self) {
        let Some(done) = self.open.pop() else { return };
        if let Some(parent) = self.open.last_mut().filter(|_| done.number != 0) {
            bytes(done.number, &done.body, &mut parent.body);
        }
    }

    fn write(&mut self, own: Option<FieldOf>, value: Value<'_>) {
        let (Some((_, number, holds)), Some(open)) = (own, self.open.last_mut()) else { return };
        match (holds, value) {
            (Holds::Text, Value::Text(text)) => bytes(number, text, &mut open.body),
            (Holds::Number, Value::Word(text)) => {
                if let Some(value) = word(text) {
                    varint(u64::from(number) << 3, &mut open.body);
                    varint(value, &mut open.body);
                }
            }
            _ => {}
        }
    }
}

enum Value<'a> {
    Text(&'a [u8]),
    Word(&'a str),
}

/// A number, or what the names of enumerations in these formats stand for.
fn word(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number as u64);
    }
    Some(match text {
        "EXTERNAL" | "DT_FLOAT" | "true" => 1,
        "DT_DOUBLE" => 2,
        "DT_INT32" => 3,
        "DT_STRING" => 7,
        "DT_INT64" => 9,
        _ => text.parse::<u64>().ok()?,
    })
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn bytes(number: u32, body: &[u8], out: &mut Vec<u8>) {
    varint(u64::from(number) << 3 | 2, out);
    varint(body.len() as u64, out);
    out.extend_from_slice(body);
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Token {
    Word(String),
    Text(Vec<u8>),
    Sign(u8),
}

struct Tokens<'a> {
    rest: &'a [u8],
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        self.skip();
        let (first, tail) = self.rest.split_first()?;
        if matches!(first, b'"' | b'\'') {
            self.rest = tail;
            return Some(Token::Text(self.quoted(*first)));
        }
        let word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.+-".contains(byte) || **byte >= 0x80;
        let length = self.rest.iter().take_while(word).count();
        if length == 0 {
            self.rest = tail;
            return Some(Token::Sign(*first));
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(Token::Word(String::from_utf8_lossy(word).into_owned()))
    }

    /// Spaces and remarks.
    fn skip(&mut self) {
        while let Some((first, tail)) = self.rest.split_first() {
            match first {
                b'#' => {
                    let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
                    self.rest = &self.rest[end..];
                }
                b' ' | b'\t' | b'\r' | b'\n' | b';' | 0x0b | 0x0c => self.rest = tail,
                _ => return,
            }
        }
    }

    /// Texts that stand one behind another are one.
    fn joined(&mut self, mut text: Vec<u8>) -> Vec<u8> {
        loop {
            self.skip();
            match self.rest.split_first() {
                Some((quote @ (b'"' | b'\''), tail)) => {
                    self.rest = tail;
                    text.extend(self.quoted(*quote));
                }
                _ => return text,
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Vec<u8> {
        let mut text = Vec::new();
        while let Some((first, tail)) = self.rest.split_first() {
            self.rest = tail;
            match first {
                b'\\' => self.escaped(&mut text),
                byte if *byte == quote => break,
                byte => text.push(*byte),
            }
        }
        text
    }

    fn escaped(&mut self, text: &mut Vec<u8>) {
        let Some((first, tail)) = self.rest.split_first() else { return };
        self.rest = tail;
        match first {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'x' | b'X' => self.digits(16, 2, text),
            b'u' => self.digits(16, 4, text),
            b'U' => self.digits(16, 8, text),
            b'0'..=b'7' => {
                // The digit belongs to the number.
                let number = std::iter::once(first).chain(self.rest.iter().take(2));
                let number: Vec<u8> =
                    number.take_while(|digit| matches!(digit, b'0'..=b'7')).copied().collect();
                self.rest = &self.rest[number.len() - 1..];
                text.push(number.iter().fold(0u32, |sum, digit| sum * 8 + u32::from(digit - b'0')) as u8);
            }
            other => text.push(*other),
        }
    }

    fn digits(&mut self, base: u32, most: usize, text: &mut Vec<u8>) {
        let digits: Vec<u32> =
            self.rest.iter().take(most).map_while(|byte| char::from(*byte).to_digit(base)).collect();
        self.rest = &self.rest[digits.len()..];
        let number = digits.iter().fold(0u32, |sum, digit| sum.wrapping_mul(base).wrapping_add(*digit));
        if most == 2 {
            text.push(number as u8);
        } else if let Some(letter) = char::from_u32(number) {
            text.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}
