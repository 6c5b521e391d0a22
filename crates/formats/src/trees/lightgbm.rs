//! LightGBM's text model: lines `key=value`, a block for each tree (`src/io/gbdt_model_text.cpp`, `src/io/tree.cpp`).

use super::{
    Ensemble,
    structure::{Leaves, Tree, check},
};
use crate::{Context, ProblemKind, Source};
use std::collections::BTreeMap;

pub(super) fn parse(source: &Source, context: &Context) -> Ensemble {
    let mut ensemble = Ensemble { booster: "gbdt".to_owned(), ..Ensemble::default() };
    let most = context.limits.text_bytes;
    if source.len() > most {
        let message = format!("only the first {most} bytes of {} were read", source.len());
        ensemble.problem(ProblemKind::Budget, "tree-size", message, Some(most));
    }
    let bytes = source.read_vec(0, usize::try_from(most).unwrap_or(usize::MAX));
    let text = String::from_utf8_lossy(&bytes);
    let mut fields: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut at, mut start, mut header) = (0u64, 0u64, true);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with("Tree=") || trimmed == "end of trees" {
            finish(&mut ensemble, &fields, header, start);
            (header, start) = (false, at);
            fields.clear();
            if trimmed == "end of trees" {
                break;
            }
            ensemble.trees += 1;
        } else if let Some((key, value)) = trimmed.split_once('=')
            && fields.insert(key, value).is_some()
        {
            let message = format!(
                "`{}` stands twice in one block: readers differ in which they take",
                crate::safetensors::short(key)
            );
            ensemble.problem(ProblemKind::Note, "tree-duplicate", message, Some(at));
        }
        at += line.len() as u64;
    }
    if !fields.is_empty() {
        finish(&mut ensemble, &fields, header, start);
        if source.len() <= most {
            ensemble.problem(
                ProblemKind::Malformed,
                "tree-end",
                "the model does not end with `end of trees`",
                Some(at),
            );
        }
    }
    ensemble
}

fn finish(ensemble: &mut Ensemble, fields: &BTreeMap<&str, &str>, header: bool, at: u64) {
    if header {
        let text =
            |key: &str| fields.get(key).map(|v| v.chars().take(80).collect::<String>()).unwrap_or_default();
        ensemble.version = text("version");
        ensemble.objective = text("objective");
        ensemble.features =
            fields.get("max_feature_idx").and_then(|v| v.parse::<u64>().ok()).and_then(|n| n.checked_add(1));
        return;
    }
    let before = ensemble.problems.len();
    tree(ensemble, fields, at);
    let number = ensemble.trees;
    for problem in &mut ensemble.problems[before..] {
        problem.message = format!("tree {}: {}", number.saturating_sub(1), problem.message);
    }
}

/// The whole numbers of a list; none when one is no such number.
fn integers(fields: &BTreeMap<&str, &str>, key: &str) -> Option<Vec<i64>> {
    fields.get(key).map_or(Some(Vec::new()), |list| list.split_whitespace().map(|n| n.parse().ok()).collect())
}

fn tree(ensemble: &mut Ensemble, fields: &BTreeMap<&str, &str>, at: u64) {
    let at = Some(at);
    let Some(leaves) =
        fields.get("num_leaves").and_then(|v| v.parse::<u64>().ok()).filter(|n| (1..1 << 31).contains(n))
    else {
        ensemble.hostile(
            "tree-leaves",
            "the number of leaves is none that a tree can have: readers allocate by it",
            at,
        );
        return;
    };
    let lists =
        (integers(fields, "left_child"), integers(fields, "right_child"), integers(fields, "split_feature"));
    let (Some(left), Some(right), Some(feature)) = lists else {
        ensemble.hostile("tree-arrays", "children or features are no lists of whole numbers", at);
        return;
    };
    ensemble.nodes = ensemble.nodes.saturating_add(left.len() as u64).saturating_add(leaves);
    let inner = leaves - 1;
    if left.len() as u64 != inner {
        let message = format!(
            "it declares {leaves} leaves and holds {} inner nodes: readers allocate and index by it",
            left.len()
        );
        ensemble.hostile("tree-nodes", message, at);
        return;
    }
    let shape = Tree {
        left: &left,
        right: &right,
        feature: &feature,
        features: ensemble.features,
        leaves: Leaves::Beside(leaves),
    };
    if let Err((code, message)) = check(&shape) {
        ensemble.hostile(code, message, at);
    }
    for (key, expected) in [("leaf_value", leaves), ("threshold", inner), ("decision_type", inner)] {
        let length = fields.get(key).map(|list| list.split_whitespace().count() as u64);
        if length.is_some_and(|length| length != expected && !(expected == 0 && length <= 1)) {
            let message = format!(
                "`{key}` has {} elements in place of {expected}: readers read beyond it",
                length.unwrap_or(0)
            );
            ensemble.hostile("tree-length", message, at);
        }
    }
    categories(ensemble, fields, at);
}

/// The categories of each categorical split are a stretch of one list of bits.
fn categories(ensemble: &mut Ensemble, fields: &BTreeMap<&str, &str>, at: Option<u64>) {
    let count = fields.get("num_cat").and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let bounds = integers(fields, "cat_boundaries").unwrap_or_default();
    let bits = fields.get("cat_threshold").map_or(0, |list| list.split_whitespace().count() as i64);
    let ordered = bounds.windows(2).all(|pair| pair[0] <= pair[1]) && bounds.first() == Some(&0);
    if bounds.len() as u64 != count.saturating_add(1)
        || !ordered
        || bounds.last().is_some_and(|last| *last > bits)
    {
        ensemble.hostile(
            "tree-categories",
            "the categories of a split lie outside their list: readers read beyond it",
            at,
        );
    }
}
