//! The messages between supervisor and worker, as bytes. Reading is total: a worker that was taken over by a hostile file can
//! send anything, and all it gets is an error that ends it.

use crate::{
    outcome::{Outcome, TranscriptLine},
    rule,
    worker::Hello,
};
use modelward_formats::{Format, limits::Limits};
use modelward_kernel::{
    Asset, AssetId, AssetKind, Confidence, Evidence, Finding, Fix, FixSafety, Map, Modality, Place, Reason,
    Relation, RelationKind, Rule, Severity, Suppression, Unknown, Value,
};
use modelward_supply_chain::{Fact, RepositoryFile};
use std::collections::BTreeMap;

/// Values within values deeper than this are refused.
const MAX_DEPTH: u32 = 32;

/// Why a message could not be read: it is not ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Garbled;

/// Bytes that are being read.
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
    depth: u32,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Input { bytes, depth: 0 }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Garbled> {
        let (head, tail) = self.bytes.split_at_checked(count).ok_or(Garbled)?;
        self.bytes = tail;
        Ok(head)
    }
}

/// A value that can travel.
pub(crate) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled>;
}

/// The message for `value`.
pub(crate) fn encode(value: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// The value of a whole message.
pub(crate) fn decode<T: Wire>(bytes: &[u8]) -> Result<T, Garbled> {
    let mut input = Input::new(bytes);
    let value = T::get(&mut input)?;
    if input.bytes.is_empty() { Ok(value) } else { Err(Garbled) }
}

macro_rules! wire_numbers {
    ($($number:ty),+) => {$(
        impl Wire for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
                let bytes = input.take(size_of::<$number>())?;
                Ok(<$number>::from_le_bytes(bytes.try_into().map_err(|_| Garbled)?))
            }
        }
    )+};
}
wire_numbers!(u8, u32, u64, i64, f64);

macro_rules! wire_structs {
    ($($kind:ty { $($field:ident),+ })+) => {$(
        impl Wire for $kind {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)+
            }
            fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
                Ok(Self { $($field: Wire::get(input)?),+ })
            }
        }
    )+};
}
wire_structs! {
    Asset { id, kind, name, version, purl, digests, places, properties }
    Evidence { label, text, place }
    Fact { kind, asset, place, fields }
    Finding { rule, severity, confidence, message, gains, asset, places, evidence, fixes, witness, suppressed }
    Fix { summary, safety, patch }
    Hello { limits, rules, structure_only, transcripts, confine, memory, address_space, effects }
    Limits { nesting, members, member_bytes, unpacked_bytes, ratio, opcodes, text_bytes }
    Outcome { assets, relations, findings, unknowns, facts, files, transcripts, members, pickle_streams, bytes_hashed }
    Place { path, inside, line, column, offset, length, pointer }
    Relation { kind, from, to, places, evidence, modality, condition }
    RepositoryFile { path, asset, place, formats, sha256, size }
    Suppression { by, reason, until }
    TranscriptLine { path, member, serial, stream }
    Unknown { reason, message, asset, places, severity, lifted_by, witness }
}

/// Enumerations travel as their words, which are stable.
macro_rules! wire_words {
    ($($kind:ty),+) => {$(
        impl Wire for $kind {
            fn put(&self, out: &mut Vec<u8>) {
                put_text(self.as_str(), out);
            }
            fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
                get_text(input)?.parse().map_err(|_| Garbled)
            }
        }
    )+};
}
wire_words!(AssetKind, Confidence, Modality, Reason, RelationKind, Severity);

fn put_text(text: &str, out: &mut Vec<u8>) {
    (text.len() as u64).put(out);
    out.extend_from_slice(text.as_bytes());
}

fn get_text<'a>(input: &mut Input<'a>) -> Result<&'a str, Garbled> {
    let length = usize::try_from(u64::get(input)?).map_err(|_| Garbled)?;
    std::str::from_utf8(input.take(length)?).map_err(|_| Garbled)
}

impl Wire for Format {
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self.as_str(), out);
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        let word = get_text(input)?;
        Format::ALL.iter().copied().find(|format| format.as_str() == word).ok_or(Garbled)
    }
}

impl Wire for &'static Rule {
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self.id, out);
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        rule(get_text(input)?).ok_or(Garbled)
    }
}

impl Wire for FixSafety {
    fn put(&self, out: &mut Vec<u8>) {
        (*self == FixSafety::Safe).put(out);
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        Ok(if bool::get(input)? { FixSafety::Safe } else { FixSafety::Unsafe })
    }
}

impl Wire for AssetId {
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self.as_str(), out);
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        get_text(input).map(AssetId::from_text)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_text(self, out);
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        get_text(input).map(str::to_owned)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        match u8::get(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Garbled),
        }
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        if bool::get(input)? { T::get(input).map(Some) } else { Ok(None) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        self.iter().for_each(|item| item.put(out));
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        let length = u64::get(input)?;
        // Exact for the usual few items; beyond that it grows as items are really there, so a length that lies costs nothing.
        let mut items = Vec::with_capacity(length.min(8) as usize);
        for _ in 0..length {
            items.push(T::get(input)?);
        }
        Ok(items)
    }
}

/// Maps from text: their length, then each key with its value.
macro_rules! wire_maps {
    ($($map:ty),+) => {$(
        impl<T: Wire> Wire for $map {
            fn put(&self, out: &mut Vec<u8>) {
                (self.len() as u64).put(out);
                for (key, value) in self {
                    key.put(out);
                    value.put(out);
                }
            }
            fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
                let length = u64::get(input)?;
                let entry = |_| Ok((String::get(input)?, T::get(input)?));
                (0..length).map(entry).collect()
            }
        }
    )+};
}
wire_maps!(BTreeMap<String, T>, Map<T>);

impl Wire for Value {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Value::Bool(truth) => {
                out.push(0);
                truth.put(out);
            }
            Value::Number(number) => {
                out.push(1);
                number.put(out);
            }
            Value::Real(real) => {
                out.push(2);
                real.put(out);
            }
            Value::Text(text) => {
                out.push(3);
                text.put(out);
            }
            Value::List(items) => {
                out.push(4);
                items.put(out);
            }
            Value::Map(map) => {
                out.push(5);
                map.put(out);
            }
        }
    }
    fn get(input: &mut Input<'_>) -> Result<Self, Garbled> {
        input.depth += 1;
        if input.depth > MAX_DEPTH {
            return Err(Garbled);
        }
        let value = match u8::get(input)? {
            0 => Value::Bool(Wire::get(input)?),
            1 => Value::Number(Wire::get(input)?),
            2 => Value::Real(Wire::get(input)?),
            3 => Value::Text(Wire::get(input)?),
            4 => Value::List(Wire::get(input)?),
            5 => Value::Map(Wire::get(input)?),
            _ => return Err(Garbled),
        };
        input.depth -= 1;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_lies_about_its_length_is_refused() {
        assert_eq!(decode::<Vec<u64>>(&u64::MAX.to_le_bytes()), Err(Garbled));
        assert_eq!(decode::<String>(&u64::MAX.to_le_bytes()), Err(Garbled));
    }

    #[test]
    fn values_nested_without_end_are_refused() {
        let mut bytes = Vec::new();
        for _ in 0..100_000 {
            bytes.push(4);
            1u64.put(&mut bytes);
        }
        assert_eq!(decode::<Value>(&bytes), Err(Garbled));
    }

    #[test]
    fn a_finding_arrives_as_it_was_sent() {
        let id = AssetId::new(AssetKind::ModelFile, "a.pkl");
        let finding = crate::internal_error::finding(&id, &Place::file("a.pkl").at(7), "pickle parser");
        assert_eq!(decode::<Finding>(&encode(&finding)), Ok(finding));
    }
}
