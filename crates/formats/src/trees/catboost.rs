//! CatBoost's binary model: `CBM1`, the length of a FlatBuffer, the buffer (`catboost/libs/model/flatbuffers/model.fbs`), then
//! parts that the buffer names. Of the buffer what readers index by is checked: the tables, and the trees' stretches of splits.

use super::Ensemble;
use crate::{ProblemKind, Source};

/// Fields of `TModelCore` and of `TModelTrees`, in the order of the schema.
const VERSION: u64 = 0;
const TREES: u64 = 1;
const SPLITS: u64 = 1;
const SIZES: u64 = 2;
const STARTS: u64 = 3;
const LEAVES: u64 = 8;
const DIMENSION: u64 = 0;
const STEPS: u64 = 10;
const FLOATS: u64 = 5;

pub(super) fn parse(source: &Source) -> Ensemble {
    let mut ensemble = Ensemble { booster: "catboost".to_owned(), ..Ensemble::default() };
    let Some(length) = source.array_at::<4>(4).map(u32::from_le_bytes) else {
        ensemble.problem(
            ProblemKind::Malformed,
            "header-missing",
            "the file is too short for a header",
            Some(4),
        );
        return ensemble;
    };
    let left = source.len() - 8;
    if u64::from(length) > left {
        let message = format!("the header declares {length} bytes, and {left} follow");
        ensemble.hostile("header-beyond-file", message, Some(4));
        return ensemble;
    }
    let buffer = Buffer(source.slice(8, u64::from(length)));
    if read(&buffer, &mut ensemble).is_none() {
        ensemble.hostile(
            "header-offset",
            "an offset of the model points outside it: readers follow it",
            Some(8),
        );
    }
    ensemble
}

/// None when an offset leads out of the buffer.
fn read(buffer: &Buffer, ensemble: &mut Ensemble) -> Option<()> {
    let core = u64::from(buffer.u32(0)?);
    buffer.table(core)?;
    if let Some(at) = buffer.field(core, VERSION)? {
        let (start, length) = buffer.vector(at, 1)?;
        let text = buffer.0.read_vec(start, length.min(80) as usize);
        ensemble.version = String::from_utf8_lossy(&text).into_owned();
    }
    let Some(trees) = buffer.field(core, TREES)? else { return Some(()) };
    let trees = trees.checked_add(u64::from(buffer.u32(trees)?))?;
    buffer.table(trees)?;
    let list = |field: u64, size: u64| -> Option<(u64, u64)> {
        match buffer.field(trees, field)? {
            Some(at) => buffer.vector(at, size),
            None => Some((0, 0)),
        }
    };
    let (splits, sizes, starts) = (list(SPLITS, 4)?, list(SIZES, 4)?, list(STARTS, 4)?);
    let (leaves, steps) = (list(LEAVES, 8)?, list(STEPS, 4)?);
    let dimension = match buffer.field(trees, DIMENSION)? {
        Some(at) => i64::from(buffer.u32(at)? as i32),
        None => 0,
    };
    list(FLOATS, 4)?;
    ensemble.trees = sizes.1;
    ensemble.nodes = splits.1;
    stretches(buffer, ensemble, splits.1, sizes, starts);
    // Symmetric trees: a leaf for each combination of the splits of a tree.
    if steps.1 == 0 && dimension > 0 && leaves.1 > 0 {
        let needed = (0..sizes.1.min(1 << 20)).try_fold(0u64, |sum, i| {
            let depth = buffer.u32(sizes.0 + 4 * i)?;
            sum.checked_add((dimension as u64).checked_mul(1u64.checked_shl(depth.min(63))?)?)
        });
        if needed.is_none_or(|needed| needed > leaves.1) {
            let message = format!(
                "the trees need more values than the {} that there are: readers read beyond them",
                leaves.1
            );
            ensemble.hostile("tree-leaves", message, None);
        }
    }
    Some(())
}

/// Whether every tree's splits lie within the list of splits.
fn stretches(buffer: &Buffer, ensemble: &mut Ensemble, splits: u64, sizes: (u64, u64), starts: (u64, u64)) {
    let mut next = 0u64;
    for index in 0..sizes.1 {
        let size = buffer.u32(sizes.0 + 4 * index).map_or(-1, |n| i64::from(n as i32));
        let start = if index < starts.1 {
            buffer.u32(starts.0 + 4 * index).map_or(-1, |n| i64::from(n as i32))
        } else {
            next as i64
        };
        let end = u64::try_from(start).ok().zip(u64::try_from(size).ok()).and_then(|(a, b)| a.checked_add(b));
        match end {
            Some(end) if end <= splits => next = end,
            _ => {
                let message = format!(
                    "tree {index}: its splits lie outside the {splits} of the model: readers read beyond them"
                );
                return ensemble.hostile("tree-splits", message, None);
            }
        }
    }
}

/// A FlatBuffer. Every reading is checked against its end; none means that it leads out.
struct Buffer(Source);

impl Buffer {
    fn u16(&self, at: u64) -> Option<u16> {
        self.0.array_at(at).map(u16::from_le_bytes)
    }

    fn u32(&self, at: u64) -> Option<u32> {
        self.0.array_at(at).map(u32::from_le_bytes)
    }

    /// The table of fields of the table at `at`: where it starts and how many bytes it has.
    fn table(&self, at: u64) -> Option<(u64, u64)> {
        let back = i64::from(self.u32(at)? as i32);
        let start = u64::try_from(i64::try_from(at).ok()?.checked_sub(back)?).ok()?;
        let size = u64::from(self.u16(start)?);
        (size >= 4 && start.checked_add(size)? <= self.0.len()).then_some((start, size))
    }

    /// Where a field of the table at `at` stands; the inner none when it is absent.
    fn field(&self, at: u64, index: u64) -> Option<Option<u64>> {
        let (start, size) = self.table(at)?;
        let entry = 4 + 2 * index;
        if entry + 2 > size {
            return Some(None);
        }
        let offset = u64::from(self.u16(start + entry)?);
        if offset == 0 {
            return Some(None);
        }
        let place = at.checked_add(offset)?;
        (place < self.0.len()).then_some(Some(place))
    }

    /// Where the elements of the vector or text that `at` points to start, and how many of `size` bytes there are.
    fn vector(&self, at: u64, size: u64) -> Option<(u64, u64)> {
        let start = at.checked_add(u64::from(self.u32(at)?))?;
        let count = u64::from(self.u32(start)?);
        let end = (start + 4).checked_add(count.checked_mul(size)?)?;
        (end <= self.0.len()).then_some((start + 4, count))
    }
}
