//! One header block of 512 bytes, in any of the dialects (V7, ustar, GNU, pax).

pub(super) const BLOCK: u64 = 512;

/// A header whose checksum is right.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) kind: u8,
}

/// What stands at a block boundary.
#[derive(Clone, Debug)]
pub(super) enum Block {
    Header(Header),
    /// Zeros: the end, for most readers.
    Zeros,
    /// Neither.
    Other,
}

/// Reads a block. The checksum may be over signed or unsigned bytes: both were written once.
pub(super) fn read(block: &[u8; 512]) -> Block {
    if block.iter().all(|b| *b == 0) {
        return Block::Zeros;
    }
    let field = |start: usize, length: usize| &block[start..start + length];
    let (mut unsigned, mut signed) = (0_u64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned += u64::from(byte);
        signed += i64::from(byte as i8);
    }
    let Some(sum) = number(field(148, 8)) else {
        return Block::Other;
    };
    if sum != unsigned && i64::try_from(sum) != Ok(signed) {
        return Block::Other;
    }
    let Some(size) = number(field(124, 12)) else {
        return Block::Other;
    };
    let mut name = text(field(0, 100)).to_vec();
    let prefix = text(field(345, 155));
    if field(257, 6) == b"ustar\0" && !prefix.is_empty() {
        name = [prefix, b"/", &name].concat();
    }
    Block::Header(Header { name, link: text(field(157, 100)).to_vec(), size, kind: block[156] })
}

/// A field up to its NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or_default()
}

/// A number in octal, or in base 256 when the first bit is set (GNU). Negative and broken ones are none.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if *first == 0x80 {
        let (high, low) = rest.split_at(rest.len().saturating_sub(8));
        return high.iter().all(|b| *b == 0).then(|| low.iter().fold(0, |n, b| n << 8 | u64::from(*b)));
    }
    let digits: Vec<u8> = text(field).iter().copied().filter(|b| *b != b' ').collect();
    digits.iter().try_fold(0_u64, |n, b| {
        let digit = b.checked_sub(b'0').filter(|digit| *digit < 8)?;
        n.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

/// The records of a pax header: `length key=value\n`, one after another. Gives what was well formed, and whether all was.
pub(super) fn pax(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, bool) {
    let mut records = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() && rest[0] != 0 {
        let Some(space) = rest.iter().take(20).position(|b| *b == b' ') else {
            return (records, false);
        };
        let length = std::str::from_utf8(&rest[..space]).ok().and_then(|n| n.parse::<usize>().ok());
        let Some(record) = length.filter(|n| *n > space + 1).and_then(|n| rest.get(space + 1..n)) else {
            return (records, false);
        };
        let Some(equals) = record.iter().position(|b| *b == b'=') else {
            return (records, false);
        };
        let value = record[equals + 1..].strip_suffix(b"\n").unwrap_or(&record[equals + 1..]);
        records.push((String::from_utf8_lossy(&record[..equals]).into_owned(), value.to_vec()));
        rest = &rest[space + 1 + record.len()..];
    }
    (records, true)
}

/// Whether a file starts as a tar archive.
pub(crate) fn looks_like(block: &[u8; 512]) -> bool {
    match read(block) {
        // Without the magic word, at least a name and a known type must stand beside the checksum.
        Block::Header(header) => {
            &block[257..262] == b"ustar"
                || (!header.name.is_empty()
                    && matches!(header.kind, 0 | b'0'..=b'7')
                    && block[148..156].contains(&b'0'))
        }
        _ => false,
    }
}
