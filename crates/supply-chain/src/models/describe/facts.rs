//! Making facts: the small helpers that the describers of text share.

use crate::{Artifact, Description, Fact};
use modelward_kernel::{Place, Value};
use std::collections::BTreeMap;

/// Adds a fact of `kind` at `place`.
pub(super) fn add(
    artifact: &Artifact<'_>,
    description: &mut Description,
    kind: &str,
    place: Place,
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) {
    description.facts.push(Fact {
        kind: kind.to_owned(),
        asset: artifact.asset.clone(),
        place,
        fields: fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>(),
    });
}

/// A text for the bill of materials, cut to a length that a report can hold.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(400).collect()
}

/// A reference to code that loading runs: `what` is a dotted name or a path, `via` the key that names it.
pub(super) fn code_reference(
    artifact: &Artifact<'_>,
    description: &mut Description,
    place: Place,
    via: &'static str,
    what: &str,
    revision: Option<&str>,
) {
    let (repository, target) = match what.split_once("--") {
        Some((repository, target)) => (repository, target),
        None => ("", what),
    };
    add(
        artifact,
        description,
        "code-reference",
        place,
        [
            ("via", via.into()),
            ("target", cut(target).into()),
            ("repository", cut(repository).into()),
            ("revision", cut(revision.unwrap_or("")).into()),
        ],
    );
}
