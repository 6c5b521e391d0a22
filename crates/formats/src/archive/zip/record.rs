//! The records of a ZIP file, read one at a time (PKWARE APPNOTE 6.3.10, section 4.3).

use super::super::Codec;
use crate::{Reader, Source};

pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
pub(super) const CENTRAL: &[u8; 4] = b"PK\x01\x02";
pub(super) const END: &[u8; 4] = b"PK\x05\x06";
pub(super) const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";

/// General purpose flags.
pub(super) const ENCRYPTED: u16 = 1;
pub(super) const HAS_DESCRIPTOR: u16 = 1 << 3;
pub(super) const PATCHED: u16 = 1 << 5;
pub(super) const STRONG: u16 = 1 << 6;
pub(super) const UTF8: u16 = 1 << 11;
pub(super) const MASKED: u16 = 1 << 13;

/// What a local and a central header have in common. Sizes are resolved against the ZIP64 extra field.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) stored: u64,
    pub(super) size: u64,
    pub(super) name: Vec<u8>,
    /// The name in an Info-ZIP Unicode Path extra field (0x7075), when it has one.
    pub(super) unicode_name: Option<Vec<u8>>,
    /// The real method, when the data is encrypted with AES (method 99).
    pub(super) aes: bool,
    /// The ZIP64 field is shorter than the saturated fields need.
    pub(super) broken_extra: bool,
}

/// A central header.
#[derive(Clone, Debug)]
pub(super) struct Central {
    pub(super) header: Header,
    /// Bytes of the whole record.
    pub(super) length: u64,
    pub(super) made_by: u8,
    pub(super) attributes: u32,
    pub(super) disk: u32,
    /// Where the local header is, before any base is added.
    pub(super) local: u64,
}

/// A local header.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) header: Header,
    /// Where the data starts.
    pub(super) data: u64,
    pub(super) version: u16,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes)
}

impl Header {
    fn extras(&mut self, extra: &[u8], offset: Option<&mut u64>) {
        let mut at = 0;
        let mut zip64 = None;
        while at + 4 <= extra.len() {
            let (id, length) = (u16_at(extra, at), usize::from(u16_at(extra, at + 2)));
            let data = extra.get(at + 4..(at + 4 + length).min(extra.len())).unwrap_or_default();
            match id {
                1 if zip64.is_none() => zip64 = Some(data),
                0x7075 if data.len() > 5 && data[0] == 1 => self.unicode_name = Some(data[5..].to_vec()),
                0x9901 => self.aes = true,
                _ => {}
            }
            at += 4 + length;
        }
        let mut at = 0;
        let mut next = |saturated: bool, value: &mut u64| {
            if saturated {
                match zip64.and_then(|data| u64_at(data, at)) {
                    Some(wide) => *value = wide,
                    None => self.broken_extra = true,
                }
                at += 8;
            }
        };
        next(self.size == u64::from(u32::MAX), &mut self.size);
        next(self.stored == u64::from(u32::MAX), &mut self.stored);
        if let Some(offset) = offset {
            next(*offset == u64::from(u32::MAX), offset);
        }
    }

    /// How the data is stored.
    pub(super) fn codec(&self) -> Codec {
        match self.method {
            0 => Codec::Stored,
            8 => Codec::Deflate,
            9 => Codec::Deflate64,
            12 => Codec::Bzip2,
            14 => Codec::ZipLzma,
            20 | 93 => Codec::Zstd,
            95 => Codec::Xz,
            other => Codec::Unsupported(other),
        }
    }
}

impl Central {
    /// The record at the reader's position, which then stands behind it; none when there is none.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Central> {
        let start = reader.position();
        let fixed = reader.array::<46>()?;
        if !fixed.starts_with(CENTRAL) {
            reader.seek(start);
            return None;
        }
        let (name, extra, comment) = (u16_at(&fixed, 28), u16_at(&fixed, 30), u16_at(&fixed, 32));
        let name = reader.bytes(usize::from(name))?;
        let extra = reader.bytes(usize::from(extra))?;
        reader.seek(reader.position() + u64::from(comment));
        let mut header = Header {
            flags: u16_at(&fixed, 8),
            method: u16_at(&fixed, 10),
            crc: u32_at(&fixed, 16),
            stored: u64::from(u32_at(&fixed, 20)),
            size: u64::from(u32_at(&fixed, 24)),
            name,
            unicode_name: None,
            aes: false,
            broken_extra: false,
        };
        let mut local = u64::from(u32_at(&fixed, 42));
        header.extras(&extra, Some(&mut local));
        Some(Central {
            header,
            length: reader.position() - start,
            made_by: fixed[5],
            attributes: u32_at(&fixed, 38),
            disk: u32::from(u16_at(&fixed, 34)),
            local,
        })
    }
}

impl Local {
    /// The record at `at`; none when there is none.
    pub(super) fn read(source: &Source, at: u64) -> Option<Local> {
        let fixed = source.array_at::<30>(at)?;
        if !fixed.starts_with(LOCAL) {
            return None;
        }
        let (name, extra) = (usize::from(u16_at(&fixed, 26)), usize::from(u16_at(&fixed, 28)));
        let mut variable = source.read_vec(at + 30, name + extra);
        let extra_bytes = variable.split_off(name.min(variable.len()));
        let mut header = Header {
            flags: u16_at(&fixed, 6),
            method: u16_at(&fixed, 8),
            crc: u32_at(&fixed, 14),
            stored: u64::from(u32_at(&fixed, 18)),
            size: u64::from(u32_at(&fixed, 22)),
            name: variable,
            unicode_name: None,
            aes: false,
            broken_extra: false,
        };
        header.extras(&extra_bytes, None);
        Some(Local { header, data: at + 30 + (name + extra) as u64, version: u16_at(&fixed, 4) })
    }
}

/// How many bytes of data descriptor follow the data that ends at `end` (APPNOTE 4.3.9): with or without a signature, with
/// sizes of four or eight bytes. Zero when none matches.
pub(super) fn descriptor_length(source: &Source, end: u64, header: &Header) -> u64 {
    let bytes = source.read_vec(end, 24);
    for signature in [4, 0] {
        if signature == 4 && !bytes.starts_with(DESCRIPTOR) {
            continue;
        }
        if bytes.len() < signature + 12 || u32_at(&bytes, signature) != header.crc {
            continue;
        }
        if u64_at(&bytes, signature + 4) == Some(header.stored)
            && u64_at(&bytes, signature + 12) == Some(header.size)
        {
            return signature as u64 + 20;
        }
        if u64::from(u32_at(&bytes, signature + 4)) == header.stored & 0xffff_ffff {
            return signature as u64 + 12;
        }
    }
    0
}
