//! One binary tree as arrays: whether a reader that follows its indices stays within it and comes to an end.

/// The children of the inner nodes, and the feature that each splits on.
pub(super) struct Tree<'a> {
    pub(super) left: &'a [i64],
    pub(super) right: &'a [i64],
    pub(super) feature: &'a [i64],
    /// How many features a row has, when that is known.
    pub(super) features: Option<u64>,
    /// How a child is read that is no inner node of these arrays.
    pub(super) leaves: Leaves,
}

/// Where leaves stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaves {
    /// Among the nodes: a node whose left child is -1 (XGBoost).
    AmongNodes,
    /// Beside them: a negative child is the complement of the number of one of so many leaves (LightGBM).
    Beside(u64),
}

/// Follows every index that a reader could follow from the root; the first that leads astray, as code and words. Nodes that
/// cannot be reached are not looked at: pruning leaves such nodes behind.
pub(super) fn check(tree: &Tree<'_>) -> Result<(), (&'static str, String)> {
    let count = tree.left.len();
    if tree.right.len() != count || tree.feature.len() != count {
        return Err((
            "tree-length",
            format!(
                "a tree has {count} left children, {} right ones and {} features",
                tree.right.len(),
                tree.feature.len()
            ),
        ));
    }
    if count == 0 {
        return Ok(());
    }
    let mut seen = vec![false; count];
    seen[0] = true;
    let mut open = vec![0usize];
    while let Some(node) = open.pop() {
        let leaf = matches!(tree.leaves, Leaves::AmongNodes) && tree.left[node] == -1;
        if leaf {
            continue;
        }
        let feature = tree.feature[node];
        if feature < 0 || tree.features.is_some_and(|features| feature as u64 >= features) {
            return Err((
                "tree-feature",
                format!(
                    "node {node} splits on feature {feature} of {}: readers index rows by it",
                    tree.features.map_or_else(|| "all".to_owned(), |n| n.to_string())
                ),
            ));
        }
        for child in [tree.left[node], tree.right[node]] {
            match (usize::try_from(child), tree.leaves) {
                (Err(_), Leaves::Beside(leaves)) if ((!child) as u64) < leaves => {}
                (Ok(child), _) if child < count => {
                    if seen[child] {
                        return Err((
                            "tree-cycle",
                            format!("node {child} is reached twice: readers never end"),
                        ));
                    }
                    seen[child] = true;
                    open.push(child);
                }
                _ => {
                    return Err((
                        "tree-child",
                        format!(
                            "the child {child} of node {node} lies outside a tree of {count} nodes: readers read beyond it"
                        ),
                    ));
                }
            }
        }
    }
    Ok(())
}
