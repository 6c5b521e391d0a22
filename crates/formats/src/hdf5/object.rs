//! Object headers: the list of messages that says what an object is.

use super::{bytes::Bytes, file::File};

/// Messages and blocks of one header that are read, and bytes of one block.
const MESSAGES: usize = 65_536;
const BLOCKS: usize = 4096;
const BLOCK: u64 = 16 << 20;

/// One message of an object header.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) kind: u16,
    /// Its body is a reference to a message stored elsewhere.
    pub(super) shared: bool,
    pub(super) body: Vec<u8>,
    /// Where the body stands in the file.
    pub(super) at: u64,
}

/// The messages of the object at `address`, over all continuation blocks; and whether all could be read.
pub(super) fn messages(file: &File, address: u64) -> (Vec<Message>, bool) {
    let mut reading =
        Reading { file, messages: Vec::new(), blocks: Vec::new(), modern: false, ordered: false };
    let whole = reading.first(address).is_some() && reading.blocks();
    (reading.messages, whole)
}

struct Reading<'a> {
    file: &'a File,
    messages: Vec<Message>,
    /// Blocks to read: address and length.
    blocks: Vec<(u64, u64)>,
    /// Version 2.
    modern: bool,
    /// Messages of version 2 carry the order of their creation.
    ordered: bool,
}

impl Reading<'_> {
    /// Reads the prefix, and notes the first block.
    fn first(&mut self, address: u64) -> Option<()> {
        let head = self.file.up_to(address, 64);
        let mut bytes = Bytes::new(&head);
        if head.starts_with(b"OHDR") {
            bytes.take(5)?;
            let flags = bytes.byte()?;
            self.modern = true;
            self.ordered = flags & 0x04 != 0;
            bytes.take(if flags & 0x20 != 0 { 16 } else { 0 } + if flags & 0x10 != 0 { 4 } else { 0 })?;
            let length = bytes.number(1 << (flags & 3))?;
            let used = head.len() - bytes.rest().len();
            self.blocks.push((address.checked_add(used as u64)?, length));
        } else {
            if bytes.byte()? != 1 {
                return None;
            }
            bytes.take(7)?;
            let length = bytes.number(4)?;
            self.blocks.push((address.checked_add(16)?, length));
        }
        Some(())
    }

    fn blocks(&mut self) -> bool {
        let mut next = 0;
        let mut whole = true;
        while let Some((address, length)) = self.blocks.get(next).copied() {
            next += 1;
            if next > BLOCKS || length > BLOCK {
                return false;
            }
            // A header that claims more than the file has is read as far as it goes.
            let bytes = self.file.up_to(address, length as usize);
            whole &= bytes.len() as u64 == length;
            whole &= self.block(&bytes, address).is_some();
            if self.messages.len() >= MESSAGES {
                return false;
            }
        }
        whole
    }

    fn block(&mut self, block: &[u8], address: u64) -> Option<()> {
        // A continuation block of version 2 has a signature, and counts its checksum as part of its length.
        let continued = self.modern && block.starts_with(b"OCHK");
        let (mut at, end) = if continued { (4, block.len().saturating_sub(4)) } else { (0, block.len()) };
        let prefix = if self.modern { 4 + if self.ordered { 2 } else { 0 } } else { 8 };
        while at + prefix <= end && self.messages.len() < MESSAGES {
            let mut bytes = Bytes::new(&block[at..end]);
            let kind = bytes.number(if self.modern { 1 } else { 2 })? as u16;
            let size = bytes.number(2)? as usize;
            let flags = bytes.byte()?;
            bytes.take(prefix - if self.modern { 4 } else { 5 })?;
            let body = bytes.take(size)?.to_vec();
            if kind == 0x10 {
                self.continued(&body)?;
            }
            let place = address.saturating_add((at + prefix) as u64);
            self.messages.push(Message { kind, shared: flags & 2 != 0, body, at: place });
            at += prefix + size;
        }
        Some(())
    }

    /// Notes a continuation block; every block once, so that a ring of them ends.
    fn continued(&mut self, body: &[u8]) -> Option<()> {
        let mut bytes = Bytes::new(body);
        let block = (bytes.number(self.file.address)?, bytes.number(self.file.length)?);
        if self.blocks.contains(&block) {
            return None;
        }
        self.blocks.push(block);
        Some(())
    }
}
