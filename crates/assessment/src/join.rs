//! What needs all files together: repository rules over facts, merging, and the order of the report.

use crate::{internal_error, outcome::Outcome};
use modelward_formats::Format;
use modelward_kernel::{Finding, Inventory, Place, Reason, Stats, Unknown};
use modelward_supply_chain::{Check, Fact, FamilyRule, Repository, RepositoryFile, effects::Effects, models};
use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The union of all outcomes, judged as repositories.
pub(crate) struct Joined {
    pub(crate) inventory: Inventory,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknowns: Vec<Unknown>,
    pub(crate) stats: Stats,
}

pub(crate) fn join(outcomes: Vec<Outcome>, rules: &[&'static FamilyRule], effects: &Effects) -> Joined {
    let mut joined = Joined {
        inventory: Inventory::default(),
        findings: Vec::new(),
        unknowns: Vec::new(),
        stats: Stats::default(),
    };
    let (mut files, mut facts) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        joined.stats.members += outcome.members;
        joined.stats.pickle_streams += outcome.pickle_streams;
        joined.stats.bytes_hashed += outcome.bytes_hashed;
        outcome.assets.into_iter().for_each(|asset| joined.inventory.add_asset(asset));
        outcome.relations.into_iter().for_each(|relation| joined.inventory.add_relation(relation));
        joined.findings.extend(outcome.findings);
        joined.unknowns.extend(outcome.unknowns);
        files.extend(outcome.files);
        facts.extend(outcome.facts);
    }
    lift_named_data(&mut joined.unknowns, &files, &facts);
    judge_repositories(&mut joined, files, facts, rules, effects);
    joined.findings = merge_findings(joined.findings);
    joined.unknowns = merge_unknowns(joined.unknowns);
    joined
}

fn judge_repositories(
    joined: &mut Joined,
    files: Vec<RepositoryFile>,
    facts: Vec<Fact>,
    rules: &[&'static FamilyRule],
    effects: &Effects,
) {
    let mut facts_of: HashMap<Place, Vec<&Fact>> = HashMap::new();
    for fact in &facts {
        let file = Place { inside: fact.place.inside.clone(), ..Place::file(fact.place.path.clone()) };
        facts_of.entry(file).or_default().push(fact);
    }
    for plan in models::repositories(&files, &facts) {
        joined.stats.models += 1;
        let mut members: Vec<RepositoryFile> =
            plan.files.iter().filter_map(|&index| files.get(index).cloned()).collect();
        let facts: Vec<Fact> = members
            .iter()
            .filter_map(|file| facts_of.get(&file.place))
            .flatten()
            .map(|fact| Fact::clone(fact))
            .collect();
        for file in &mut members {
            file.path = plan.relative_path(file);
        }
        let repository =
            Repository { asset: &plan.asset.id, place: &plan.place, files: &members, facts: &facts, effects };
        for rule in rules {
            let Check::Repository(check) = rule.check else { continue };
            let mut findings = Vec::new();
            if catch_unwind(AssertUnwindSafe(|| check(&repository, &mut findings))).is_err() {
                let part = format!("rule {}", rule.rule.id);
                findings.push(internal_error::finding(&plan.asset.id, &plan.place, &part));
            }
            joined.findings.append(&mut findings);
        }
        joined.inventory.add_asset(plan.asset);
        plan.assets.into_iter().for_each(|asset| joined.inventory.add_asset(asset));
        plan.relations.into_iter().for_each(|relation| joined.inventory.add_relation(relation));
    }
}

/// Bytes of no known format that a model names as its own data are its weights: the model is what loads them.
fn lift_named_data(unknowns: &mut Vec<Unknown>, files: &[RepositoryFile], facts: &[Fact]) {
    let named: HashSet<Place> =
        facts.iter().filter(|fact| fact.kind == "external-data").filter_map(named_data).collect();
    let opaque = |place: &Place| {
        files.iter().any(|file| file.place.address() == place.address() && file.formats == [Format::Opaque])
    };
    unknowns.retain(|unknown| {
        let place = unknown.places.first().filter(|_| unknown.reason == Reason::UnsupportedFormat);
        !place.is_some_and(|place| named.contains(&whole(place)) && opaque(place))
    });
}

/// The file that an `external-data` fact names, beside the file that names it.
fn named_data(fact: &Fact) -> Option<Place> {
    let mut place = whole(&fact.place);
    let location = fact.text("location").trim_start_matches("./");
    if location.is_empty() || location.split('/').any(|step| step == "..") {
        return None;
    }
    let own = place.inside.last_mut().unwrap_or(&mut place.path);
    let folder = own.rfind('/').map_or(0, |at| at + 1);
    own.truncate(folder);
    own.push_str(location);
    Some(place)
}

/// The file or member itself.
fn whole(place: &Place) -> Place {
    Place { path: place.path.clone(), inside: place.inside.clone(), ..Place::default() }
}

/// One rule on one asset with one witness is one finding: places and evidence are united. Worst first.
fn merge_findings(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        match index.get(&finding.fingerprint()) {
            Some(&at) => {
                let known = &mut merged[at];
                for place in finding.places {
                    if !known.places.contains(&place) {
                        known.places.push(place);
                    }
                }
                for evidence in finding.evidence {
                    if !known.evidence.contains(&evidence) {
                        known.evidence.push(evidence);
                    }
                }
                known.severity = known.severity.max(finding.severity);
                known.confidence = known.confidence.max(finding.confidence);
            }
            None => {
                index.insert(finding.fingerprint(), merged.len());
                merged.push(finding);
            }
        }
    }
    merged.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.asset.cmp(&b.asset))
            .then_with(|| a.rule.id.cmp(b.rule.id))
            .then_with(|| a.places.first().cmp(&b.places.first()))
            .then_with(|| a.witness.cmp(&b.witness))
    });
    merged
}

fn merge_unknowns(unknowns: Vec<Unknown>) -> Vec<Unknown> {
    let mut merged: Vec<Unknown> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for unknown in unknowns {
        match index.get(&unknown.id()) {
            Some(&at) => {
                let known = &mut merged[at];
                known.severity = known.severity.max(unknown.severity);
                for place in unknown.places {
                    if !known.places.contains(&place) {
                        known.places.push(place);
                    }
                }
            }
            None => {
                index.insert(unknown.id(), merged.len());
                merged.push(unknown);
            }
        }
    }
    merged.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.asset.cmp(&b.asset))
            .then_with(|| a.reason.cmp(&b.reason))
            .then_with(|| a.places.first().cmp(&b.places.first()))
    });
    merged
}
