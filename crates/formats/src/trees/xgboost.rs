//! XGBoost's model as a JSON tree, from JSON or UBJSON (`doc/model.schema` of XGBoost, `src/tree/tree_model.cc`).

use super::{
    Ensemble,
    structure::{Leaves, Tree, check},
    ubjson,
};
use crate::{
    Context, ProblemKind, Source,
    json::{self, Document, Kind, Node},
};

pub(super) fn parse_json(source: &Source, context: &Context) -> Ensemble {
    read(&json::read(source, context), Ensemble::default())
}

pub(super) fn parse_ubjson(source: &Source, context: &Context) -> Ensemble {
    let mut ensemble = Ensemble::default();
    let text = ubjson::to_json(source, context.limits.text_bytes / 2, &mut ensemble);
    let mut ensemble = read(&json::parse(&text, &json::Limits { bytes: 1 << 31, depth: 64 }), ensemble);
    // Offsets are those of a text that is not in the file.
    for problem in &mut ensemble.problems {
        if !problem.code.starts_with("ubjson") {
            problem.offset = None;
        }
    }
    ensemble
}

fn read(document: &Document, mut ensemble: Ensemble) -> Ensemble {
    ensemble.problems.extend(document.problems.iter().cloned());
    let Some(root) = document.root() else { return ensemble };
    let Some(learner) = root.get("learner") else {
        ensemble.problem(ProblemKind::Malformed, "tree-learner", "the model has no learner", None);
        return ensemble;
    };
    let numbers =
        root.get("version").map(|v| v.items().filter_map(Node::number).collect::<Vec<_>>().join("."));
    ensemble.version = numbers.unwrap_or_default();
    let booster = learner.get("gradient_booster");
    ensemble.booster = name(booster);
    ensemble.objective = name(learner.get("objective"));
    let parameter = learner.get("learner_model_param");
    ensemble.features = parameter.and_then(|p| number(p, "num_feature"));
    let classes = parameter.and_then(|p| number(p, "num_class")).unwrap_or(0).max(1);
    let targets = parameter.and_then(|p| number(p, "num_target")).unwrap_or(1).max(1);
    let Some(booster) = booster else { return ensemble };
    // Of dart the trees lie one level deeper.
    for model in
        [booster.get("model"), booster.get("gbtree").and_then(|g| g.get("model"))].into_iter().flatten()
    {
        trees(&mut ensemble, model, classes.saturating_mul(targets));
        if ensemble.booster == "gblinear" {
            weights(&mut ensemble, model, classes);
        }
    }
    ensemble
}

fn name(node: Option<Node<'_>>) -> String {
    node.and_then(|n| n.text("name")).map(|n| n.chars().take(80).collect()).unwrap_or_default()
}

/// A number that XGBoost writes as a text.
fn number(node: Node<'_>, key: &str) -> Option<u64> {
    let value = node.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The whole numbers of an array; none when it holds anything else.
fn integers(tree: Node<'_>, key: &str) -> Option<Vec<i64>> {
    let node = tree.get(key)?;
    if node.kind() != Kind::Array {
        return None;
    }
    node.items().map(|item| item.as_i64().or_else(|| item.as_bool().map(i64::from))).collect()
}

fn trees(ensemble: &mut Ensemble, model: Node<'_>, groups: u64) {
    let Some(list) = model.get("trees") else { return };
    let count = list.items().count() as u64;
    ensemble.trees = ensemble.trees.saturating_add(count);
    if let Some(declared) = model.get("gbtree_model_param").and_then(|p| number(p, "num_trees"))
        && declared != count
    {
        let message = format!(
            "the model declares {declared} trees and holds {count}: readers allocate and index by it"
        );
        ensemble.hostile("count-trees", message, Some(list.offset()));
    }
    if let Some(info) = integers(model, "tree_info") {
        if info.len() as u64 != count {
            let message =
                format!("{} numbers of groups stand for {count} trees: readers read beyond them", info.len());
            ensemble.hostile("count-groups", message, Some(list.offset()));
        }
        if let Some(group) = info.iter().find(|g| u64::try_from(**g).map_or(true, |g| g >= groups)) {
            let message =
                format!("a tree adds to group {group} of {groups}: readers write beyond the predictions");
            ensemble.hostile("tree-group", message, Some(list.offset()));
        }
    }
    if let Some(starts) = integers(model, "iteration_indptr") {
        let ordered = starts.windows(2).all(|pair| pair[0] <= pair[1]);
        if !ordered || starts.iter().any(|at| u64::try_from(*at).map_or(true, |at| at > count)) {
            let message =
                "the iterations do not lie one after the other within the trees: readers index trees by them";
            ensemble.hostile("count-iterations", message, Some(list.offset()));
        }
    }
    for (index, tree) in list.items().enumerate() {
        let before = ensemble.problems.len();
        tree_arrays(ensemble, tree);
        for problem in &mut ensemble.problems[before..] {
            problem.message = format!("tree {index}: {}", problem.message);
        }
    }
}

fn tree_arrays(ensemble: &mut Ensemble, tree: Node<'_>) {
    let at = Some(tree.offset());
    let arrays =
        (integers(tree, "left_children"), integers(tree, "right_children"), integers(tree, "split_indices"));
    let (Some(left), Some(right), Some(feature)) = arrays else {
        ensemble.hostile("tree-arrays", "children or features are no lists of whole numbers", at);
        return;
    };
    ensemble.nodes = ensemble.nodes.saturating_add(left.len() as u64);
    let parameter = tree.get("tree_param");
    if let Some(declared) = parameter.and_then(|p| number(p, "num_nodes"))
        && declared != left.len() as u64
    {
        let message = format!(
            "it declares {declared} nodes and holds {}: readers allocate and index by it",
            left.len()
        );
        ensemble.hostile("tree-nodes", message, at);
    }
    let own = parameter.and_then(|p| number(p, "num_feature"));
    let features = ensemble.features.into_iter().chain(own).max().filter(|n| *n > 0);
    let tree_shape =
        Tree { left: &left, right: &right, feature: &feature, features, leaves: Leaves::AmongNodes };
    if let Err((code, message)) = check(&tree_shape) {
        ensemble.hostile(code, message, at);
    }
    for key in ["split_conditions", "default_left", "parents", "base_weights", "split_type"] {
        let size = parameter.and_then(|p| number(p, "size_leaf_vector")).unwrap_or(1);
        // A tree of vectors has one weight for each target.
        if key == "base_weights" && size > 1 {
            continue;
        }
        let length = tree.get(key).filter(|n| n.kind() == Kind::Array).map(|n| n.items().count());
        if length.is_some_and(|length| length > 0 && length != left.len()) {
            let message = format!(
                "`{key}` has {} elements for {} nodes: readers read beyond it",
                length.unwrap_or(0),
                left.len()
            );
            ensemble.hostile("tree-length", message, at);
        }
    }
    categories(ensemble, tree, left.len() as u64);
}

/// The categories of each categorical split are a stretch of one list.
fn categories(ensemble: &mut Ensemble, tree: Node<'_>, nodes: u64) {
    let get = |key: &str| integers(tree, key).unwrap_or_default();
    let (at, all) = (Some(tree.offset()), get("categories").len() as u64);
    let (split, starts, sizes) =
        (get("categories_nodes"), get("categories_segments"), get("categories_sizes"));
    let outside = |start: &i64, size: &i64| {
        let (Ok(start), Ok(size)) = (u64::try_from(*start), u64::try_from(*size)) else { return true };
        start.checked_add(size).is_none_or(|end| end > all)
    };
    if split.len() != starts.len()
        || split.len() != sizes.len()
        || starts.iter().zip(&sizes).any(|(start, size)| outside(start, size))
        || split.iter().any(|node| u64::try_from(*node).map_or(true, |node| node >= nodes))
    {
        ensemble.hostile(
            "tree-categories",
            "the categories of a split lie outside their list: readers read beyond it",
            at,
        );
    }
}

fn weights(ensemble: &mut Ensemble, model: Node<'_>, groups: u64) {
    let (Some(features), Some(list)) = (ensemble.features, model.get("weights")) else { return };
    let count = list.items().count() as u64;
    if features.checked_add(1).and_then(|n| n.checked_mul(groups)) != Some(count) && count > 0 {
        let message = format!(
            "{count} weights stand for {features} features and {groups} groups: readers read beyond them"
        );
        ensemble.hostile("count-weights", message, Some(list.offset()));
    }
}
