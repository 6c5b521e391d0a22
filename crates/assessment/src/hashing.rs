//! The one pass that reads every byte: SHA-256, in the order of the file.

use modelward_formats::Source;
use sha2::{Digest, Sha256};

const CHUNK: usize = 256 * 1024;

/// The SHA-256 of the whole source in lower-case hexadecimal, and how many bytes could be read.
pub(crate) fn sha256(source: &Source, mut each: impl FnMut(u64, &[u8])) -> (String, u64) {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK.min(source.len() as usize + 1)];
    let mut offset = 0;
    loop {
        let count = source.read_at(offset, &mut buffer);
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        each(offset, &buffer[..count]);
        offset += count as u64;
    }
    (hash.finalize().iter().map(|b| format!("{b:02x}")).collect(), offset)
}
