//! What a `descr` says: a type string such as `<f4`, a list of fields, or a type with a shape of its own.

use super::Literal;
use crate::{Element, element::Class};

/// What is known about the elements.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Kind {
    pub(super) element: Option<Element>,
    pub(super) big_endian: bool,
    pub(super) bytes: Option<u64>,
    /// An element is, or holds, a Python object.
    pub(super) objects: bool,
    pub(super) understood: bool,
}

pub(super) fn read(descr: &Literal) -> Kind {
    match descr {
        Literal::Text(text) => type_string(text),
        // (name, type), (name, type, shape): the fields of a record.
        Literal::List(fields) => {
            let mut whole = Kind { bytes: Some(0), understood: true, ..Kind::default() };
            for field in fields {
                let Literal::Tuple(parts) = field else { return unknown() };
                let Some(kind) = parts.get(1).map(read) else { return unknown() };
                let times = parts.get(2).map_or(Some(1), times);
                whole.objects |= kind.objects;
                whole.understood &= kind.understood && parts.len() <= 3;
                whole.bytes = whole
                    .bytes
                    .zip(kind.bytes.zip(times).and_then(|(bytes, times)| bytes.checked_mul(times)))
                    .and_then(|(a, b)| a.checked_add(b));
            }
            whole
        }
        // (type, shape)
        Literal::Tuple(parts) if parts.len() == 2 => {
            let kind = read(&parts[0]);
            let bytes = kind.bytes.zip(times(&parts[1])).and_then(|(bytes, times)| bytes.checked_mul(times));
            Kind { bytes, understood: kind.understood && bytes.is_some(), element: None, ..kind }
        }
        _ => unknown(),
    }
}

fn unknown() -> Kind {
    Kind { objects: true, ..Kind::default() }
}

fn times(shape: &Literal) -> Option<u64> {
    let number = |literal: &Literal| match literal {
        Literal::Int(text) => text.parse::<u64>().ok(),
        _ => None,
    };
    match shape {
        Literal::Tuple(items) | Literal::List(items) => {
            items.iter().try_fold(1u64, |product, item| product.checked_mul(number(item)?))
        }
        other => number(other),
    }
}

/// `[<>|=]`, a letter, a width. Everything else that NumPy might accept (`object`, `O,O`, aliases) is not understood, so
/// that it counts as a possible object.
fn type_string(text: &str) -> Kind {
    let (order, rest) = match text.as_bytes().first() {
        Some(b'<' | b'>' | b'|' | b'=') => text.split_at(1),
        _ => ("", text),
    };
    let mut letters = rest.chars();
    let Some(letter) = letters.next() else { return unknown() };
    let rest = letters.as_str();
    let (width, unit) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    let dated = matches!(letter, 'M' | 'm');
    let plain = unit.is_empty() || (dated && unit.starts_with('[') && unit.ends_with(']'));
    if !plain {
        return unknown();
    }
    let Ok(width) = (if width.is_empty() { Ok(0) } else { width.parse::<u64>() }) else { return unknown() };
    if letter == 'O' && matches!(width, 0 | 4 | 8) {
        return Kind { understood: true, ..unknown() };
    }
    let (element, bytes) = match (letter, width) {
        ('f', 2) | ('e', 0) => (Some(Element::F16), 2),
        ('f', 4 | 0) => (Some(Element::F32), 4),
        ('f', 8) | ('d', 0) => (Some(Element::F64), 8),
        ('f', 12 | 16) => (None, width),
        ('c', 8) => (Some(Element::C64), 8),
        ('c', 16) => (Some(Element::C128), 16),
        ('c', 24 | 32) => (None, width),
        ('i', 1) => (Some(Element::I8), 1),
        ('i', 2) => (Some(Element::I16), 2),
        ('i', 4) => (Some(Element::I32), 4),
        ('i', 8) => (Some(Element::I64), 8),
        ('u', 1) => (Some(Element::U8), 1),
        ('u', 2) => (Some(Element::U16), 2),
        ('u', 4) => (Some(Element::U32), 4),
        ('u', 8) => (Some(Element::U64), 8),
        ('b', 1) | ('?', 0) => (Some(Element::BOOL), 1),
        ('S' | 'a', _) => (Some(Element::plain("S", 8, Class::Other)), width),
        ('U', _) => match width.checked_mul(4) {
            Some(bytes) => (Some(Element::plain("U", 32, Class::Other)), bytes),
            None => return unknown(),
        },
        ('V', _) => (Some(Element::plain("V", 8, Class::Other)), width),
        ('M' | 'm', 8) => (Some(Element::plain("M", 64, Class::Other)), 8),
        _ => return unknown(),
    };
    Kind { element, big_endian: order == ">", bytes: Some(bytes), objects: false, understood: true }
}
