//! Groups: from the messages of a group to its links.

use super::{bytes::Bytes, file::File, heap, object::Message, tree};

/// Links of one group that are read.
const LINKS: usize = 200_000;

/// One link of a group.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) to: Target,
    pub(super) at: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    /// The header of an object.
    Object(u64),
    Soft,
    External {
        file: String,
        object: String,
    },
    UserDefined(u8),
}

/// The links of a group by symbol table: its tree and its heap.
pub(super) fn symbols(file: &File, message: &Message, links: &mut Vec<Link>) -> Option<()> {
    let mut bytes = Bytes::new(&message.body);
    let (root, heap) = (bytes.number(file.address)?, bytes.number(file.address)?);
    for leaf in tree::leaves(file, root) {
        let head = file.at(leaf, 8)?;
        if !head.starts_with(b"SNOD") {
            continue;
        }
        let count = usize::from(u16::from_le_bytes([head[6], head[7]]));
        let entry = 2 * file.address + 24;
        let body = file.up_to(leaf.checked_add(8)?, count * entry);
        for (index, entry) in body.chunks_exact(entry).enumerate() {
            if links.len() >= LINKS {
                return None;
            }
            let mut bytes = Bytes::new(entry);
            let name = heap::local(file, heap, bytes.number(file.address)?).unwrap_or_default();
            let header = bytes.number(file.address)?;
            let soft = bytes.number(4)? == 2;
            let at = leaf.saturating_add(8).saturating_add((index * entry.len()) as u64);
            links.push(Link { name, to: if soft { Target::Soft } else { Target::Object(header) }, at });
        }
    }
    Some(())
}

/// The link of a link message.
pub(super) fn link(file: &File, body: &[u8], at: u64) -> Option<Link> {
    let mut bytes = Bytes::new(body);
    if bytes.byte()? != 1 {
        return None;
    }
    let flags = bytes.byte()?;
    let kind = if flags & 0x08 != 0 { bytes.byte()? } else { 0 };
    bytes.take(if flags & 0x04 != 0 { 8 } else { 0 } + if flags & 0x10 != 0 { 1 } else { 0 })?;
    let length = bytes.number(1 << (flags & 3))?;
    let name = String::from_utf8_lossy(bytes.take(usize::try_from(length).ok()?)?).into_owned();
    let to = match kind {
        0 => Target::Object(bytes.number(file.address)?),
        1 => Target::Soft,
        64 => {
            let length = bytes.number(2)? as usize;
            let mut value = Bytes::new(bytes.rest().get(..length).unwrap_or(bytes.rest()));
            value.byte()?;
            let file = value.text().unwrap_or_default();
            Target::External { file, object: value.text().unwrap_or_default() }
        }
        other => Target::UserDefined(other),
    };
    Some(Link { name, to, at })
}

/// The messages that a link-info or attribute-info message keeps in a fractal heap: bodies and where they stand. None when
/// they are there and cannot be read.
pub(super) fn dense(file: &File, message: &Message) -> Option<Vec<(Vec<u8>, u64)>> {
    let mut bytes = Bytes::new(&message.body);
    bytes.byte()?;
    let flags = bytes.byte()?;
    let index = if message.kind == 0x02 { 8 } else { 2 };
    bytes.take(if flags & 1 != 0 { index } else { 0 })?;
    let (heap, names) = (bytes.number(file.address)?, bytes.number(file.address)?);
    let Some(heap) = file.defined(heap) else { return Some(Vec::new()) };
    let heap = heap::Fractal::open(file, heap)?;
    let records = tree::Records::open(file, file.defined(names)?)?.all(file);
    let mut found = Vec::new();
    for record in records {
        // Links: hash, then id. Attributes: id, then flags, order and hash.
        let id = if message.kind == 0x02 { record.get(4..)? } else { record.get(..heap.id_length())? };
        found.push(heap.object(file, id)?);
    }
    Some(found)
}
