//! What the rules on containers share: the problems of an archive and of its members, gathered by code.

use crate::Artifact;
use modelward_formats::{Parsed, Problem, ProblemKind, archive::Archive};
use modelward_kernel::{Finding, Place, Rule};
use std::collections::BTreeMap;

/// Members that a finding names one by one.
const NAMED: usize = 5;

/// All problems with one code: the first, where they are, and how many.
pub(super) struct Group<'a> {
    pub(super) problem: &'a Problem,
    /// The names of the members; none for the archive itself.
    pub(super) members: Vec<&'a str>,
    /// Whether one of them is a problem of the archive itself.
    pub(super) whole: bool,
}

/// The archive that the artefact is, if it is one.
pub(super) fn archive<'a>(artifact: &Artifact<'a>) -> Option<&'a Archive> {
    match artifact.parsed {
        Parsed::Archive(archive) => Some(archive),
        _ => None,
    }
}

/// The problems that `wanted` picks, by code and in the order of the codes.
pub(super) fn groups<'a>(
    archive: &'a Archive,
    wanted: impl Fn(&Problem) -> bool,
) -> BTreeMap<&'static str, Group<'a>> {
    let mut groups: BTreeMap<&'static str, Group<'a>> = BTreeMap::new();
    let whole = archive.problems.iter().map(|problem| (None, problem));
    let members = archive
        .entries
        .iter()
        .flat_map(|entry| entry.problems.iter().map(move |problem| (Some(entry.name.as_str()), problem)));
    for (member, problem) in whole.chain(members).filter(|(_, problem)| wanted(problem)) {
        let group = groups.entry(problem.code).or_insert_with(|| Group {
            problem,
            members: Vec::new(),
            whole: false,
        });
        match member {
            Some(name) => group.members.push(name),
            None => group.whole = true,
        }
    }
    groups
}

/// Whether the problem is of this kind.
pub(super) fn is(kind: ProblemKind) -> impl Fn(&Problem) -> bool {
    move |problem| problem.kind == kind
}

impl Group<'_> {
    /// One finding for the group, whose witness is the code and the member, when it is one member's.
    pub(super) fn finding(&self, rule: &'static Rule, artifact: &Artifact<'_>) -> Finding {
        let more = self.members.len().saturating_sub(1);
        let message = match (self.members.first(), more) {
            (None, _) => self.problem.message.clone(),
            (Some(name), 0) => format!("member `{name}`: {}", self.problem.message),
            (Some(name), _) => format!("member `{name}` and {more} more: {}", self.problem.message),
        };
        let place = match self.members.first() {
            Some(name) if !self.whole => artifact.place.member(*name),
            _ => at(artifact.place, self.problem),
        };
        let witness = if more == 0 { self.members.first().copied().unwrap_or_default() } else { "" };
        let mut finding = Finding::new(rule, artifact.asset, place, message)
            .witness(format!("{} {witness}", self.problem.code));
        for name in self.members.iter().take(NAMED) {
            finding = finding.evidence("member", *name);
        }
        match self.problem.offset {
            Some(offset) => {
                finding.evidence("bytes", format!("{} at {offset:#x} of the container", self.problem.code))
            }
            None => finding,
        }
    }
}

fn at(place: &Place, problem: &Problem) -> Place {
    problem.offset.map_or_else(|| place.clone(), |offset| place.at(offset))
}

#[cfg(test)]
pub(super) mod trial;
