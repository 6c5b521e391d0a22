//! Looking at a document: a [`Node`] is a value with its place, cheap to copy.

use super::{Document, Entry};
use std::borrow::Cow;

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(super) document: &'a Document,
    pub(super) index: u32,
}

/// A value taken apart, for `match`.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    /// The number as it is written.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Items<'a>),
    Object(Members<'a>),
}

/// A member of an object. Of members with one key the last counts in Python; all are here.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub offset: u64,
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    fn entry(self) -> Entry {
        self.document.entries[self.index as usize]
    }

    #[must_use]
    pub fn kind(self) -> Kind {
        self.entry().kind
    }

    /// Where the value starts, in bytes.
    #[must_use]
    pub fn offset(self) -> u64 {
        u64::from(self.entry().start)
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(self) -> u64 {
        let entry = self.entry();
        u64::from(entry.end.saturating_sub(entry.start))
    }

    /// The line on which it starts, from 1.
    #[must_use]
    pub fn line(self) -> u64 {
        self.document.line(self.offset())
    }

    /// The value as it is written.
    #[must_use]
    pub fn raw(self) -> &'a [u8] {
        raw(&self.document.text, self.entry())
    }

    /// The value taken apart.
    #[must_use]
    pub fn value(self) -> Value<'a> {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Number => Value::Number(self.number().unwrap_or("")),
            Kind::String => Value::String(text(&self.document.text, self.entry())),
            Kind::Array => Value::Array(self.items()),
            Kind::Object => Value::Object(self.members()),
        }
    }

    /// The text with its escapes resolved, when this is a text; lone surrogates and bad UTF-8 as U+FFFD.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| text(&self.document.text, self.entry()))
    }

    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The number as it is written, when this is one.
    #[must_use]
    pub fn number(self) -> Option<&'a str> {
        if self.kind() == Kind::Number { std::str::from_utf8(self.raw()).ok() } else { None }
    }

    /// The number, when it is written as a whole one that fits.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        self.number()?.parse().ok()
    }

    /// The number, when it is written as a whole one that fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        self.number()?.parse().ok()
    }

    /// The nearest floating-point number, when this is a number.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        match self.number()? {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            number => number.parse().ok(),
        }
    }

    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The items, when this is an array; else none.
    #[must_use]
    pub fn items(self) -> Items<'a> {
        let entry = self.entry();
        let end = if entry.kind == Kind::Array { entry.next } else { 0 };
        Items { document: self.document, at: self.index + 1, end }
    }

    /// The members in their order, duplicates included, when this is an object; else none.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        let entry = self.entry();
        let end = if entry.kind == Kind::Object { entry.next } else { 0 };
        Members { document: self.document, at: self.index + 1, end }
    }

    /// The member called `key`: the last of that name, as in Python.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        self.members().filter(|member| member.key == key).last().map(|member| member.value)
    }

    /// Every member called `key`, in order.
    pub fn get_all(self, key: &str) -> impl Iterator<Item = Node<'a>> {
        self.members().filter(move |member| member.key == key).map(|member| member.value)
    }

    /// The text of the member called `key`.
    #[must_use]
    pub fn text(self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key)?.as_str()
    }

    /// The key under which it stands, when its parent is an object.
    #[must_use]
    pub fn key(self) -> Option<Cow<'a, str>> {
        let entry = *self.document.entries.get(self.index.checked_sub(1)? as usize)?;
        entry.key.then(|| text(&self.document.text, entry))
    }

    /// The JSON pointer (RFC 6901). Time: linear in the members on the way.
    #[must_use]
    pub fn pointer(self) -> String {
        let mut pointer = String::new();
        let mut at = Node { document: self.document, index: 0 };
        while at.index < self.index {
            let holds = |child: Node<'_>| child.index <= self.index && self.index < child.entry().next;
            let step = match at.kind() {
                Kind::Object => at
                    .members()
                    .find(|member| holds(member.value))
                    .map(|member| (member.key.replace('~', "~0").replace('/', "~1"), member.value)),
                _ => at
                    .items()
                    .enumerate()
                    .find(|(_, item)| holds(*item))
                    .map(|(position, item)| (position.to_string(), item)),
            };
            let Some((name, child)) = step else { break };
            pointer.push('/');
            pointer.push_str(&name);
            at = child;
        }
        pointer
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} at {:#x}", self.kind(), self.offset())
    }
}

/// The items of an array.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    document: &'a Document,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { document: self.document, index: self.at };
        self.at = node.entry().next;
        Some(node)
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    document: &'a Document,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        if self.at.saturating_add(1) >= self.end {
            return None;
        }
        let key = Node { document: self.document, index: self.at };
        let value = Node { document: self.document, index: self.at + 1 };
        self.at = value.entry().next;
        Some(Member { key: text(&self.document.text, key.entry()), offset: key.offset(), value })
    }
}

/// Every value of a document, parents before children.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    document: &'a Document,
    at: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Walk { document, at: 0 }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        while let Some(entry) = self.document.entries.get(self.at as usize) {
            let node = Node { document: self.document, index: self.at };
            self.at += 1;
            if !entry.key {
                return Some(node);
            }
        }
        None
    }
}

fn raw(text: &[u8], entry: Entry) -> &[u8] {
    text.get(entry.start as usize..entry.end as usize).unwrap_or(&[])
}

/// The text of a key, for comparing keys.
pub(super) fn key_text(bytes: &[u8], entry: Entry) -> Cow<'_, str> {
    text(bytes, entry)
}

fn text(bytes: &[u8], entry: Entry) -> Cow<'_, str> {
    let raw = raw(bytes, entry);
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or(&[]);
    let inner = String::from_utf8_lossy(inner);
    if entry.escaped { Cow::Owned(unescape(&inner)) } else { inner }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let Some(letter) = tail.chars().next() else { break };
        rest = &tail[letter.len_utf8()..];
        match letter {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => {
                let high = hex4(rest);
                rest = rest.get(4..).unwrap_or("");
                let low = rest.strip_prefix("\\u").map_or(0, hex4);
                if (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low) {
                    rest = rest.get(6..).unwrap_or("");
                    out.push(
                        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
                            .unwrap_or('\u{fffd}'),
                    );
                } else {
                    out.push(char::from_u32(high).unwrap_or('\u{fffd}'));
                }
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    out
}

fn hex4(text: &str) -> u32 {
    text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0xfffd)
}
