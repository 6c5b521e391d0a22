//! Checkpoints as `torch.save` wrote them before 1.6: five pickles (magic number, protocol, system, data, keys), then for each
//! storage in the order of its key the number of its elements and its bytes.

use super::checkpoint::{Checkpoint, Storage};
use crate::{
    Element, ProblemKind, Source,
    pickle::{EventKind, Transcript},
};
use std::collections::BTreeMap;

/// The pickle of the magic number 0x1950a86a20f9469cfc6c.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
/// Which of the pickles holds the data, and which is the last.
const DATA: usize = 3;
const KEYS: usize = 4;

/// The storages of an old checkpoint; none when the pickles are no such.
#[must_use]
pub fn legacy(source: &Source, transcript: &Transcript) -> Option<Checkpoint> {
    if source.read_vec(0, MAGIC.len()) != MAGIC {
        return None;
    }
    let (data, keys) = (transcript.streams.get(DATA)?, transcript.streams.get(KEYS)?);
    let mut checkpoint = Checkpoint::default();
    checkpoint.read(&Transcript { streams: vec![data.clone()], ..Transcript::default() }, &BTreeMap::new());
    // The members that these notes miss do not exist in this form.
    checkpoint.problems.retain(|problem| problem.kind != ProblemKind::Note);
    let names_storages =
        data.c.events.iter().any(|event| matches!(event.kind, EventKind::PersistentId { .. }));
    if names_storages {
        measure(&mut checkpoint.storages, source, keys.c.position);
    }
    Some(checkpoint)
}

/// Walks the storages after the pickles, as far as their numbers agree with what the pickle says.
fn measure(storages: &mut [Storage], source: &Source, start: u64) {
    let mut order: Vec<usize> = (0..storages.len()).collect();
    order.sort_by(|a, b| storages[*a].key.cmp(&storages[*b].key));
    let mut at = start;
    for index in order {
        let storage = &mut storages[index];
        let Some(count) = source.array_at::<8>(at).map(i64::from_le_bytes) else { return };
        let bytes = |element: Element| element.bytes(u64::try_from(count).ok()?);
        let Some(length) = storage.element.and_then(bytes).filter(|_| count == storage.count) else { return };
        let Some(end) = (at + 8).checked_add(length).filter(|end| *end <= source.len()) else { return };
        storage.data = Some(at + 8);
        storage.bytes = Some(length);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, pickle};

    #[test]
    fn storages_follow_the_pickles_in_the_order_of_their_keys() {
        let storage = |key: &str, count: u8| {
            format!(
                "MARK\nBINUNICODE 'storage'\nGLOBAL 'torch' 'FloatStorage'\nBINUNICODE '{key}'\nBINUNICODE 'cpu'\n\
                 BININT1 {count}\nNONE\nTUPLE\nBINPERSID\n"
            )
        };
        let parts = [
            "PROTO 2\nBININT2 1001\nSTOP".to_owned(),
            "PROTO 2\nEMPTY_DICT\nSTOP".to_owned(),
            format!("PROTO 2\n{}{}TUPLE2\nSTOP", storage("9", 2), storage("10", 3)),
            "PROTO 2\nEMPTY_LIST\nSTOP".to_owned(),
        ];
        let mut bytes = MAGIC.to_vec();
        for part in &parts {
            bytes.extend(pickle::assemble(part).unwrap());
        }
        let start = bytes.len() as u64;
        bytes.extend(3i64.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend(2i64.to_le_bytes());
        bytes.extend([0; 8]);
        let source = Source::from_vec(bytes);
        let transcript = pickle::parse(&source, &Context::default());
        let checkpoint = legacy(&source, &transcript).unwrap();
        let ranges: Vec<_> =
            checkpoint.ranges().iter().map(|r| (r.name.clone(), r.offset, r.length)).collect();
        assert_eq!(ranges, [("data/9".to_owned(), start + 28, 8), ("data/10".to_owned(), start + 8, 12)]);
    }
}
