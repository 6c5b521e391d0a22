//! Attributes and the types and shapes of datasets: as far as texts and counts of elements need them.

use super::{
    bytes::{Bytes, trimmed},
    file::File,
    heap, object,
};

/// Texts of one attribute, and bytes of one.
const TEXTS: u64 = 1024;
const TEXT: usize = 32 << 20;

/// An attribute whose value is text.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) texts: Vec<Text>,
}

#[derive(Debug)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// Where it stands in the file.
    pub(super) at: u64,
}

/// The attribute of a message body that stands at `at`.
pub(super) fn attribute(file: &File, body: &[u8], at: u64) -> Option<Attribute> {
    let mut bytes = Bytes::new(body);
    let version = bytes.byte()?;
    let flags = bytes.byte()?;
    let (name, kind, space) =
        (bytes.number(2)? as usize, bytes.number(2)? as usize, bytes.number(2)? as usize);
    if version == 3 {
        bytes.byte()?;
    }
    let pad = |size: usize| if version == 1 { size.div_ceil(8) * 8 } else { size };
    let name = trimmed(bytes.take(pad(name))?);
    let kind = bytes.take(pad(kind))?;
    let space = bytes.take(pad(space))?;
    let count = elements(file, space)?.min(TEXTS);
    let data = bytes.rest();
    let start = at + (body.len() - data.len()) as u64;
    // A type can be kept elsewhere: as an object of its own, which many attributes share.
    let own = if version > 1 && flags & 1 != 0 { Some(shared_type(file, kind)?) } else { None };
    let texts = texts(file, own.as_deref().unwrap_or(kind), data, count, start);
    Some(Attribute { name, texts: texts.unwrap_or_default() })
}

/// The type in the object that a shared message names; none when that cannot be read.
fn shared_type(file: &File, reference: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Bytes::new(reference);
    let version = bytes.byte()?;
    let kind = bytes.byte()?;
    bytes.take(if version == 1 { 6 } else { 0 })?;
    // Kind 1 of version 3 lies in a heap of the whole file, which is not read.
    if version == 3 && kind == 1 {
        return None;
    }
    let (messages, _) = object::messages(file, bytes.number(file.address)?);
    messages.into_iter().find(|message| message.kind == 0x03 && !message.shared).map(|message| message.body)
}

fn as_it_stands(data: &[u8], start: u64) -> Vec<Text> {
    vec![Text { bytes: data[..data.len().min(TEXT)].to_vec(), at: start }]
}

fn texts(file: &File, kind: &[u8], data: &[u8], count: u64, start: u64) -> Option<Vec<Text>> {
    let mut bytes = Bytes::new(kind);
    let class = bytes.byte()? & 15;
    bytes.take(3)?;
    let size = bytes.number(4)? as usize;
    match class {
        3 => {
            let mut texts = Vec::new();
            let (mut rest, mut at) = (data, start);
            for _ in 0..count {
                let Some((text, tail)) = rest.split_at_checked(size).filter(|_| size > 0) else { break };
                texts.push(Text { bytes: unfilled(text), at });
                (rest, at) = (tail, at + size as u64);
            }
            Some(texts)
        }
        9 => {
            let mut texts = Vec::new();
            let mut bytes = Bytes::new(data);
            let mut room = TEXT;
            for _ in 0..count {
                let length = bytes.number(4)? as usize;
                let (address, index) = (bytes.number(file.address)?, bytes.number(4)?);
                let Some((mut text, at)) = heap::global(file, address, index) else { continue };
                text.truncate(length.min(room));
                room -= text.len();
                texts.push(Text { bytes: unfilled(&text), at });
            }
            Some(texts)
        }
        // An array of texts, or opaque bytes, or numbers that are bytes of a text.
        0 | 5 | 10 => Some(as_it_stands(data, start)),
        _ => None,
    }
}

/// Text without the NULs that fill it up at its end.
fn unfilled(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    bytes[..end].to_vec()
}

/// The number of elements of a dataspace.
pub(super) fn elements(file: &File, space: &[u8]) -> Option<u64> {
    let mut bytes = Bytes::new(space);
    let version = bytes.byte()?;
    let rank = bytes.byte()?;
    bytes.take(match version {
        1 => 6,
        2 => 2,
        _ => return None,
    })?;
    let mut product = 1u64;
    for _ in 0..rank {
        product = product.saturating_mul(bytes.number(file.length)?);
    }
    Some(product)
}
