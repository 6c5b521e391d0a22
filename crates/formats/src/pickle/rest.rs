//! What follows the last stream that a loader would read in turn: the raw storages of torch's legacy format, and pickles
//! behind bytes that are none.
//!
//! Torch's legacy layout (`torch/serialization.py`, `_legacy_save`): pickles of a magic number, a version, facts about the
//! system, the object, and the list of storage keys; then, in the order of that list, for each storage its number of elements
//! as a little-endian 64-bit number, and its bytes. Reads at most 32 MiB of what is no storage.

use super::{
    machine::{Mode, Outcome},
    opcode, recognise,
    streams::{File, Reading},
    transcript::{End, EventKind, Raw, RawKind, Value},
};
use crate::{Problem, ProblemKind, Source};
use std::collections::HashMap;

/// Bytes behind the last stream in which another is looked for.
const SEARCHED: u64 = 32 << 20;
const BLOCK: usize = 1 << 20;
/// Places that are tried there, and the opcodes that one trial may take.
const TRIALS: usize = 256;
const TRIAL_OPCODES: u64 = 20_000;
/// The longest module or name that the search follows, and how far before an INST its MARK may be.
const NAME: usize = 128;
const MARK_DISTANCE: usize = 1024;

/// Explains the bytes from `file.rest`, and adds the streams found in them.
pub(super) fn explain(reading: &mut Reading<'_>, file: &mut File) {
    let source = reading.source;
    storages(source, file);
    let mut from = file.rest;
    let end = source.len().min(from.saturating_add(SEARCHED));
    let mut trials = 0;
    while let Some(found) = next_pickle(reading, from, end, &mut trials) {
        let more = reading.streams(found);
        from = more.rest.max(found + 1);
        file.rest = from;
        let message = "a pickle follows bytes that are none";
        file.transcript
            .problems
            .push(Problem::new(ProblemKind::Note, "pickle-behind-bytes", message).at(found));
        file.transcript.streams.extend(more.transcript.streams);
        file.transcript.problems.extend(more.transcript.problems);
        file.transcript.raw.extend(more.transcript.raw);
    }
    let ended = file.transcript.streams.last().is_some_and(|stream| stream.c.end == End::Budget);
    if reading.left.is_none() && !ended && file.rest < source.len() {
        let message = "the budget of opcodes or bytes ends before the end of the file";
        file.transcript
            .problems
            .push(Problem::new(ProblemKind::Budget, "pickle-budget", message).at(file.rest));
    }
    let stopped = file.transcript.streams.last().is_some_and(|stream| stream.c.end == End::Stop);
    if stopped && file.rest < source.len() {
        let length = source.len() - file.rest;
        let message = format!("{length} bytes follow the last pickle");
        file.transcript
            .problems
            .push(Problem::new(ProblemKind::Note, "trailing-bytes", message).at(file.rest));
        file.transcript.raw.push(Raw { kind: RawKind::Unexplained, offset: file.rest, length });
    }
}

/// Steps over the storages of torch's legacy format, when the streams say that they follow.
fn storages(source: &Source, file: &mut File) {
    let Some(object) = file.transcript.streams.len().checked_sub(2) else { return };
    let Some(keys) = file.top_texts.last().filter(|keys| !keys.is_empty()) else { return };
    let mut sizes: HashMap<&str, (u64, i64)> = HashMap::new();
    for event in &file.transcript.streams[object].c.events {
        let EventKind::PersistentId { id: Value::Tuple { items, .. }, .. } = &event.kind else { continue };
        if let [
            Value::Text { head: tag, .. },
            Value::Global { name, .. },
            Value::Text { head: key, .. },
            _,
            count,
            ..,
        ] = items.as_slice()
            && tag == "storage"
            && let Some(size) = element_size(name)
        {
            sizes.insert(key, (size, if let Value::Int(count) = count { *count } else { -1 }));
        }
    }
    let mut position = file.rest;
    let (mut raw, mut problems) = (Vec::new(), Vec::new());
    for key in keys {
        let (Some((size, declared)), Some(count)) = (sizes.get(key.as_str()), source.array_at::<8>(position))
        else {
            break;
        };
        let count = i64::from_le_bytes(count);
        if count != *declared {
            let message = format!("storage {key} has {count} elements, and the pickle says {declared}");
            problems.push(Problem::new(ProblemKind::Hostile, "storage-count", message).at(position));
        }
        let length = u64::try_from(count).ok().and_then(|count| count.checked_mul(*size));
        let offset = position + 8;
        match length.filter(|length| *length <= source.len() - offset) {
            Some(length) => {
                raw.push(Raw { kind: RawKind::Storage { key: key.clone() }, offset, length });
                position = offset + length;
            }
            None => {
                let message = format!("storage {key} reaches beyond the end of the file");
                problems
                    .push(Problem::new(ProblemKind::Malformed, "storage-truncated", message).at(position));
                position = source.len();
                break;
            }
        }
    }
    if !raw.is_empty() || !problems.is_empty() {
        file.rest = position;
        file.transcript.raw.append(&mut raw);
        file.transcript.problems.append(&mut problems);
    }
}

/// The bytes behind one pickle in the members `storages` and `tensors` of torch's first format, a tar archive
/// (`torch/serialization.py`, `legacy_load`): a storage with its number of elements before it, or a tensor's number of
/// dimensions, sizes, strides and offset.
pub(super) fn tar_member(source: &Source, at: u64, class: &str) -> Option<Raw> {
    let (key, length) = if let Some(size) = element_size(class) {
        let count = u64::try_from(i64::from_le_bytes(source.array_at(at)?)).ok()?;
        (class, count.checked_mul(size)?.checked_add(8)?)
    } else if class.ends_with("Tensor") {
        let dimensions = u64::try_from(i32::from_le_bytes(source.array_at(at)?)).ok()?;
        (class, 16 * dimensions.min(1 << 16) + 16)
    } else {
        return None;
    };
    (length <= source.len().saturating_sub(at)).then(|| Raw {
        kind: RawKind::Storage { key: key.to_owned() },
        offset: at,
        length,
    })
}

/// Bytes of one element of a storage class.
fn element_size(class: &str) -> Option<u64> {
    Some(match class {
        "ByteStorage" | "CharStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage"
        | "UntypedStorage" => 1,
        "ShortStorage" | "HalfStorage" | "BFloat16Storage" => 2,
        "IntStorage" | "FloatStorage" | "QInt32Storage" => 4,
        "LongStorage" | "DoubleStorage" | "ComplexFloatStorage" => 8,
        "ComplexDoubleStorage" => 16,
        _ => return None,
    })
}

/// The next place from `from` where a pickle starts that does something.
fn next_pickle(reading: &mut Reading<'_>, from: u64, end: u64, trials: &mut usize) -> Option<u64> {
    let mut block_start = from;
    while block_start < end {
        // Blocks overlap, so that no place is cut in two.
        let length = (end - block_start).min(BLOCK as u64) as usize;
        let block = reading.source.read_vec(block_start, length);
        if block.is_empty() {
            return None;
        }
        for at in memchr::memchr3_iter(opcode::PROTO, opcode::GLOBAL, opcode::INST, &block) {
            let Some(start) = possible_start(&block, at) else { continue };
            if *trials >= TRIALS || reading.left.is_none() {
                return None;
            }
            *trials += 1;
            let place = block_start + start as u64;
            let mut run = |mode: Mode, limit: u64| reading.run(place, mode, limit);
            let is_one = |trial: &Outcome| {
                recognise::calls(trial) || (trial.structural >= 3 && trial.run.end == End::Stop)
            };
            if recognise::any_unpickler(&mut run, TRIAL_OPCODES, is_one) {
                return Some(place);
            }
        }
        let overlap = (MARK_DISTANCE + 2 * NAME) as u64;
        let step = block.len() as u64;
        if block_start + step >= end {
            return None;
        }
        block_start += step.saturating_sub(overlap).max(1);
    }
    None
}

/// Where a pickle would start that has this byte: at a protocol header, at a GLOBAL (or the MARK before it), or at the MARK
/// before an INST.
fn possible_start(block: &[u8], at: usize) -> Option<usize> {
    let rest = &block[at + 1..];
    match block[at] {
        opcode::PROTO => {
            let next = rest.get(1)?;
            (rest.first()? <= &5 && opcode::name(*next).is_some()).then_some(at)
        }
        opcode::GLOBAL => {
            two_names(rest)?;
            let marked = at > 0 && block[at - 1] == opcode::MARK;
            Some(if marked { at - 1 } else { at })
        }
        _ => {
            two_names(rest)?;
            let before = &block[at.saturating_sub(MARK_DISTANCE)..at];
            memchr::memrchr(opcode::MARK, before).map(|mark| at - before.len() + mark)
        }
    }
}

/// Two lines that are names.
fn two_names(bytes: &[u8]) -> Option<()> {
    let module = memchr::memchr(b'\n', &bytes[..bytes.len().min(NAME)])?;
    let rest = &bytes[module + 1..];
    let name = memchr::memchr(b'\n', &rest[..rest.len().min(NAME)])?;
    let is_name = |name: &[u8]| {
        !name.is_empty()
            && !name[0].is_ascii_digit()
            && name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || *byte >= 0x80)
    };
    (is_name(&bytes[..module]) && is_name(&rest[..name])).then_some(())
}
