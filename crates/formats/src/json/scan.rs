//! From text to the flat list of entries, without recursion. Stops at the first syntax error and closes what is open.

use super::{Entry, Kind};
use crate::{Problem, ProblemKind};
use std::collections::BTreeSet;

/// Of one code at most this many problems are kept: the first ones say enough.
const PER_CODE: usize = 16;

pub(super) fn scan(text: &[u8], depth: u32, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut scanner = Scanner { text, at: 0, entries: Vec::new(), open: Vec::new(), problems };
    if let Err(what) = scanner.document(depth) {
        let at = scanner.at;
        scanner.problem(ProblemKind::Malformed, "json-syntax", what, at);
    }
    scanner.close_all();
    scanner.check_utf8();
    scanner.entries
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    entries: Vec<Entry>,
    /// The entries of the arrays and objects that are open, from the outermost inwards.
    open: Vec<u32>,
    problems: &'a mut Vec<Problem>,
}

/// What may come next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Expect {
    Value,
    /// A value, or the end of the array that was just opened.
    FirstItem,
    /// A key, or the end of the object that was just opened.
    FirstKey,
    Key,
    /// A comma, or the end of what is open.
    Separator,
}

impl Scanner<'_> {
    fn document(&mut self, depth: u32) -> Result<(), String> {
        let mut expect = Expect::Value;
        let mut deep = false;
        loop {
            self.skip_space();
            if expect == Expect::Separator && self.open.is_empty() {
                break;
            }
            let Some(&byte) = self.text.get(self.at) else {
                return Err("the text ends within a value".into());
            };
            expect = self.step(byte, expect)?;
            if !deep && self.open.len() > depth as usize {
                deep = true;
                self.problem(
                    ProblemKind::Hostile,
                    "json-depth",
                    format!("values are nested more than {depth} deep"),
                    self.at,
                );
            }
        }
        if self.at < self.text.len() {
            self.problem(ProblemKind::Malformed, "json-trailing", "bytes follow the value", self.at);
        }
        Ok(())
    }

    fn step(&mut self, byte: u8, expect: Expect) -> Result<Expect, String> {
        match (expect, byte) {
            (Expect::FirstItem, b']') | (Expect::FirstKey, b'}') => self.close(),
            (Expect::Separator, b',' | b']' | b'}') => {
                let object = self.open.last().is_some_and(|&i| self.entries[i as usize].kind == Kind::Object);
                match (byte, object) {
                    (b',', true) => {
                        self.at += 1;
                        return Ok(Expect::Key);
                    }
                    (b',', false) => {
                        self.at += 1;
                        return Ok(Expect::Value);
                    }
                    (b'}', true) | (b']', false) => self.close(),
                    _ => return Err("a bracket closes what it did not open".into()),
                }
            }
            (Expect::Separator, _) => return Err("a comma or a closing bracket was expected".into()),
            (Expect::FirstKey | Expect::Key, b'"') => {
                self.string(true)?;
                self.skip_space();
                if self.text.get(self.at) != Some(&b':') {
                    return Err("a colon was expected after a key".into());
                }
                self.at += 1;
                return Ok(Expect::Value);
            }
            (Expect::FirstKey | Expect::Key, _) => return Err("a key was expected".into()),
            (Expect::Value | Expect::FirstItem, b'{') => {
                self.push_open(Kind::Object);
                return Ok(Expect::FirstKey);
            }
            (Expect::Value | Expect::FirstItem, b'[') => {
                self.push_open(Kind::Array);
                return Ok(Expect::FirstItem);
            }
            (Expect::Value | Expect::FirstItem, b'"') => self.string(false)?,
            (Expect::Value | Expect::FirstItem, _) => self.scalar()?,
        }
        Ok(Expect::Separator)
    }

    fn skip_space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = self.entries.len() as u32 + 1;
        self.entries.push(Entry {
            kind,
            escaped: false,
            key: false,
            start: start as u32,
            end: end as u32,
            next,
        });
    }

    fn push_open(&mut self, kind: Kind) {
        self.open.push(self.entries.len() as u32);
        self.push(kind, self.at, self.at + 1);
        self.at += 1;
    }

    fn close(&mut self) {
        self.at += 1;
        self.finish();
    }

    fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.finish();
        }
        // A key without its value would be a member without one.
        if self.entries.last().is_some_and(|entry| entry.key) {
            let (at, next) = (self.at.min(self.text.len()), self.entries.len() as u32);
            self.push(Kind::Null, at, at);
            for entry in &mut self.entries {
                if entry.next == next && matches!(entry.kind, Kind::Object | Kind::Array) {
                    entry.next += 1;
                }
            }
        }
    }

    fn finish(&mut self) {
        let Some(index) = self.open.pop() else { return };
        let next = self.entries.len() as u32;
        let end = self.at.min(self.text.len()) as u32;
        let Some(entry) = self.entries.get_mut(index as usize) else { return };
        entry.next = next;
        entry.end = end;
        if entry.kind == Kind::Object {
            self.find_duplicates(index);
        }
    }

    /// Sorts the keys of an object that was just closed and reports those that stand twice.
    fn find_duplicates(&mut self, object: u32) {
        let end = self.entries[object as usize].next;
        let mut keys = Vec::new();
        let mut index = object + 1;
        while index < end {
            keys.push(index);
            index = self.entries.get(index as usize + 1).map_or(end, |value| value.next);
        }
        if keys.len() < 2 {
            return;
        }
        let key = |index: &u32| super::node::key_text(self.text, self.entries[*index as usize]);
        keys.sort_by(|a, b| key(a).cmp(&key(b)).then(a.cmp(b)));
        let repeated: BTreeSet<u32> = keys
            .windows(2)
            .filter(|pair| key(&pair[0]) == key(&pair[1]))
            .map(|pair| pair[1])
            .take(PER_CODE)
            .collect();
        for index in repeated {
            let entry = self.entries[index as usize];
            let name: String = super::node::key_text(self.text, entry).chars().take(80).collect();
            self.problem(
                ProblemKind::Differential,
                "duplicate-key",
                format!("the key `{name}` stands twice in one object: readers differ in which they take"),
                entry.start as usize,
            );
        }
    }

    fn string(&mut self, key: bool) -> Result<(), String> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match self.text.get(self.at) {
                None => {
                    self.at = start;
                    return Err("a text does not end".into());
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(byte) => {
                    if *byte < 0x20 {
                        self.problem(
                            ProblemKind::Note,
                            "json-control",
                            "a control character stands unescaped in a text, which strict readers refuse",
                            self.at,
                        );
                    }
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        self.push(Kind::String, start, self.at);
        if let Some(entry) = self.entries.last_mut() {
            entry.escaped = escaped;
            entry.key = key;
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u')
                if self
                    .text
                    .get(self.at + 2..self.at + 6)
                    .is_some_and(|x| x.iter().all(u8::is_ascii_hexdigit)) =>
            {
                self.at += 6;
            }
            _ => return Err("a backslash is followed by what is no escape".into()),
        }
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), String> {
        const WORDS: [(&[u8], Kind); 6] = [
            (b"true", Kind::True),
            (b"false", Kind::False),
            (b"null", Kind::Null),
            (b"NaN", Kind::Number),
            (b"Infinity", Kind::Number),
            (b"-Infinity", Kind::Number),
        ];
        let rest = &self.text[self.at..];
        if let Some((word, kind)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            if *kind == Kind::Number {
                self.problem(
                    ProblemKind::Note,
                    "json-constant",
                    "a number is `NaN` or infinite, which strict readers refuse",
                    self.at,
                );
            }
            self.push(*kind, self.at, self.at + word.len());
            self.at += word.len();
            return Ok(());
        }
        let length = number_length(rest).ok_or("a value was expected")?;
        self.push(Kind::Number, self.at, self.at + length);
        self.at += length;
        Ok(())
    }

    fn check_utf8(&mut self) {
        if let Err(error) = std::str::from_utf8(self.text) {
            // A cut within a character at the end of what was read is no fault of the text.
            let kind = if error.error_len().is_none() { ProblemKind::Note } else { ProblemKind::Malformed };
            self.problem(kind, "json-utf8", "the text is no UTF-8", error.valid_up_to());
        }
    }

    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>, at: usize) {
        if self.problems.iter().filter(|p| p.code == code).count() < PER_CODE {
            self.problems.push(Problem::new(kind, code, message).at(at as u64));
        }
    }
}

/// The length of the number that `text` starts with, by the grammar of RFC 8259.
fn number_length(text: &[u8]) -> Option<usize> {
    let digits =
        |from: usize| text.get(from..).map_or(0, |t| t.iter().take_while(|b| b.is_ascii_digit()).count());
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = if text.get(at) == Some(&b'0') { 1 } else { digits(at) };
    if whole == 0 {
        return None;
    }
    at += whole;
    if text.get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    Some(at)
}
