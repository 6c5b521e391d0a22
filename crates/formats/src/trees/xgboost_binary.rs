//! XGBoost's old binary model, which versions before 3.1 write: structures as they lay in memory, little-endian.

use super::{
    Ensemble,
    structure::{Leaves, Tree, check},
};
use crate::{ProblemKind, Reader, Source};

/// Bytes of the structures: the learner's, the booster's, a tree's, a node's and its statistics.
const LEARNER: u64 = 136;
const BOOSTER: u64 = 160;
const TREE: u64 = 148;
const NODE: u64 = 20;
const STATISTICS: u64 = 16;
/// Nodes of one tree that are looked at.
const NODES: u64 = 1 << 24;

pub(super) fn parse(source: &Source) -> Ensemble {
    let mut ensemble = Ensemble::default();
    let start = if source.array_at::<4>(0) == Some(*b"binf") { 4 } else { 0 };
    let mut reader = source.reader(start);
    if read(&mut reader, start, &mut ensemble).is_none() {
        let at = reader.position();
        let message = "the file ends within its structures: the model was cut short, or its counts are wrong";
        ensemble.problem(ProblemKind::Malformed, "header-beyond-file", message, Some(at));
    }
    ensemble
}

fn u32_at(reader: &mut Reader<'_>, at: u64) -> Option<u32> {
    reader.seek(at);
    reader.array().map(u32::from_le_bytes)
}

fn text(reader: &mut Reader<'_>) -> Option<String> {
    let length = u64::from_le_bytes(reader.array()?);
    if length > 256 {
        return None;
    }
    reader.bytes(length as usize).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn read(reader: &mut Reader<'_>, start: u64, ensemble: &mut Ensemble) -> Option<()> {
    ensemble.features = Some(u64::from(u32_at(reader, start + 4)?));
    let classes = u32_at(reader, start + 8)?;
    // Zero before 1.6, which knew no targets.
    let targets = u32_at(reader, start + 28)?;
    reader.seek(start + LEARNER);
    ensemble.objective = text(reader)?;
    ensemble.booster = text(reader)?;
    if !matches!(ensemble.booster.as_str(), "gbtree" | "dart") {
        return Some(());
    }
    let at = reader.position();
    let trees = u32_at(reader, at)? as i32;
    reader.seek(at + BOOSTER);
    let least = TREE + NODE + STATISTICS;
    let Some(trees) =
        u64::try_from(trees).ok().filter(|n| n.checked_mul(least).is_some_and(|b| b <= reader.remaining()))
    else {
        let message = format!(
            "the model declares {trees} trees, and {} bytes follow: readers allocate by it",
            reader.remaining()
        );
        ensemble.hostile("count-trees", message, Some(at));
        return Some(());
    };
    ensemble.trees = trees;
    for index in 0..trees {
        let before = ensemble.problems.len();
        let read = tree(reader, ensemble);
        for problem in &mut ensemble.problems[before..] {
            problem.message = format!("tree {index}: {}", problem.message);
        }
        if !read? {
            return Some(());
        }
    }
    let groups = classes.max(1).saturating_mul(targets.max(1));
    for _ in 0..trees {
        let at = reader.position();
        let group = u32_at(reader, at)?;
        if group >= groups {
            let message =
                format!("a tree adds to group {group} of {groups}: readers write beyond the predictions");
            ensemble.hostile("tree-group", message, Some(at));
        }
    }
    Some(())
}

/// False when what follows cannot be found.
fn tree(reader: &mut Reader<'_>, ensemble: &mut Ensemble) -> Option<bool> {
    let at = reader.position();
    let count = u32_at(reader, at + 4)? as i32;
    let vector = u32_at(reader, at + 20)?;
    reader.seek(at + TREE);
    let each = NODE + STATISTICS;
    let fits = |n: &u64| {
        *n > 0 && *n <= NODES && n.checked_mul(each).is_some_and(|bytes| bytes <= reader.remaining())
    };
    let Some(count) = u64::try_from(count).ok().filter(fits) else {
        let message = format!(
            "it declares {count} nodes, and {} bytes follow: readers allocate by it",
            reader.remaining()
        );
        ensemble.hostile("tree-nodes", message, Some(at));
        return Some(false);
    };
    ensemble.nodes = ensemble.nodes.saturating_add(count);
    let (mut left, mut right, mut feature) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let node = reader.array::<20>()?;
        let word = |i: usize| i32::from_le_bytes([node[i], node[i + 1], node[i + 2], node[i + 3]]);
        left.push(i64::from(word(4)));
        right.push(i64::from(word(8)));
        // The highest bit says where missing values go.
        feature.push(i64::from(word(12) & i32::MAX));
    }
    reader.seek(at + TREE + count * each);
    let features = ensemble.features.filter(|n| *n > 0);
    let shape = Tree { left: &left, right: &right, feature: &feature, features, leaves: Leaves::AmongNodes };
    if let Err((code, message)) = check(&shape) {
        ensemble.hostile(code, message, Some(at));
    }
    // Since 2.0 a one stands for scalar leaves, which lie in the nodes.
    if vector > 1 {
        let length = u64::from_le_bytes(reader.array()?);
        let bytes = length.checked_mul(4).filter(|bytes| *bytes <= reader.remaining());
        let Some(bytes) = bytes else {
            let message =
                format!("{length} values of leaves stand where {} bytes are left", reader.remaining());
            ensemble.hostile("tree-leaves", message, Some(at));
            return Some(false);
        };
        let end = reader.position() + bytes;
        reader.seek(end);
    }
    Some(true)
}
