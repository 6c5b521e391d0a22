//! The supervisor: walks the target, has each file judged by a worker, and joins what comes back. It reads no byte of the
//! target.

use crate::{
    ScanError,
    analyser::Analyser,
    join,
    outcome::{Outcome, TranscriptLine},
    pool::Pool,
    request::{Options, Request, Target},
    rule, rules,
};
use modelward_collect::{SkipReason, Skipped, Tree};
use modelward_formats::limits::Limits;
use modelward_kernel::{Asset, AssetKind, Place, Reason, Report, Run, Severity, Unknown, Verdict};
use modelward_supply_chain::effects::Effects;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
};

/// Scans the target. The verdict of the report is a pass until a policy decides.
///
/// # Errors
/// When the target cannot be read at all, or the scan cannot be made as the options demand.
pub fn scan(request: &Request<'_>) -> Result<Report, ScanError> {
    let options = &request.options;
    if let Some(id) = options.rules.iter().find(|id| rule(id).is_none()) {
        return Err(ScanError::NoSuchRule(id.clone()));
    }
    let mut effects = Effects::builtin();
    for (name, table) in &options.effects {
        effects = effects.with(table).map_err(|error| ScanError::Effects(name.clone(), error))?;
    }
    let (tree, target) = open(&request.target)?;
    let (mut outcomes, confinement) = Pool::new(&tree, options, request.progress, false).run()?;
    outcomes.extend(tree.skipped().iter().map(skipped));
    let mut joined = join::join(outcomes, &Analyser::select(&options.rules), &effects);
    joined.stats.files = tree.entries().len() as u64;
    joined.stats.bytes = tree.entries().iter().map(|entry| entry.size).sum();
    Ok(Report {
        run: Run {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: rules_digest(),
            effects: effects.tables().iter().map(|table| table.digest().to_owned()).collect(),
            policy: "default".to_owned(),
            confinement,
            options: described(options),
        },
        target,
        verdict: Verdict::Pass,
        stats: joined.stats,
        inventory: joined.inventory,
        findings: joined.findings,
        unknowns: joined.unknowns,
        notes: Vec::new(),
    })
}

/// What is left of something that was not opened: its place, and why.
fn skipped(skipped: &Skipped) -> Outcome {
    let (severity, reason, message) = match skipped.reason {
        SkipReason::GitRecords => {
            (Severity::Info, Reason::NotAnalysed, "the records of a git repository were not read")
        }
        SkipReason::LinkLeaves => (
            Severity::High,
            Reason::Unreadable,
            "a link that is broken or leaves what is scanned: its target was not read",
        ),
        SkipReason::LinkToFolder => {
            (Severity::Info, Reason::NotAnalysed, "a link to a folder was not followed")
        }
        SkipReason::Special => {
            (Severity::Medium, Reason::Unreadable, "a pipe, device or socket was not read")
        }
        SkipReason::Unreadable => (Severity::High, Reason::Unreadable, "it may not be read"),
    };
    let place = Place::file(skipped.path.as_str());
    let asset = Asset::at(AssetKind::File, skipped.path.as_str(), place.clone());
    let unknown = Unknown::new(reason, severity, &asset.id, place, message);
    Outcome { assets: vec![asset], unknowns: vec![unknown], ..Outcome::default() }
}

/// What loading every pickle in the target would do, one JSON line per stream, in the order of the files: for the golden
/// traces, and for a person who wants to see it all.
///
/// # Errors
/// When the target cannot be read at all, or the work cannot be done as the options demand.
pub fn transcripts(request: &Request<'_>) -> Result<Vec<String>, ScanError> {
    let (tree, _) = open(&request.target)?;
    let (outcomes, _) = Pool::new(&tree, &request.options, request.progress, true).run()?;
    let named = !tree.is_single_file();
    let lines: Vec<TranscriptLine> = outcomes.into_iter().flat_map(|outcome| outcome.transcripts).collect();
    // Members that share a name, as a hostile archive has them, are told apart by a number; the one that most readers see
    // keeps the plain name.
    let mut sharing: HashMap<(&str, Option<&str>), BTreeSet<u64>> = HashMap::new();
    for line in &lines {
        sharing.entry((&line.path, line.member.as_deref())).or_default().insert(line.serial);
    }
    let numbered = lines.iter().map(|line| {
        let serials = &sharing[&(line.path.as_str(), line.member.as_deref())];
        line.to_json(named, serials.range(..line.serial).count() + 1)
    });
    Ok(numbered.collect())
}

fn open(target: &Target) -> Result<(Tree, String), ScanError> {
    Ok(match target {
        Target::Path(path) => (Tree::open(path)?, path.display().to_string()),
        Target::Stdin => (Tree::from_reader(io::stdin().lock())?, "-".to_owned()),
    })
}

/// A digest over the ids and pages of all rules: what a judgement depends on beside the bytes.
fn rules_digest() -> String {
    let rules = rules();
    let parts: Vec<&str> = rules.iter().flat_map(|rule| [rule.id, rule.page]).collect();
    format!("{}@{}", env!("CARGO_PKG_VERSION"), modelward_kernel::identity_hash(&parts, 6))
}

/// The options that can change a judgement, where they differ from the defaults.
fn described(options: &Options) -> BTreeMap<String, String> {
    let mut described = BTreeMap::new();
    let mut note = |flag: &str, value: String| {
        described.insert(flag.to_owned(), value);
    };
    if !options.rules.is_empty() {
        note("rule", options.rules.join(","));
    }
    if options.structure_only {
        note("structure-only", "true".to_owned());
    }
    let default = Limits::default();
    let limits = [
        ("max-nesting", u64::from(options.limits.nesting), u64::from(default.nesting)),
        ("max-members", options.limits.members, default.members),
        ("max-member-bytes", options.limits.member_bytes, default.member_bytes),
        ("max-unpacked-bytes", options.limits.unpacked_bytes, default.unpacked_bytes),
        ("max-ratio", options.limits.ratio, default.ratio),
        ("max-opcodes", options.limits.opcodes, default.opcodes),
        ("max-text-bytes", options.limits.text_bytes, default.text_bytes),
    ];
    for (flag, value, default) in limits {
        if value != default {
            note(flag, value.to_string());
        }
    }
    described
}
