//! How bytes are read and judged: from flags and policy to the options of the pipeline.

use crate::{arguments::Work, failure::Failure};
use modelward_assessment::{Confinement, Execution, Options, ScanError, Target, rules};
use modelward_policy::{Policy, suggestion};
use std::path::{Path, PathBuf};

/// The target that a path on the command line means.
pub(super) fn target(path: &Path) -> Target {
    if path.as_os_str() == "-" { Target::Stdin } else { Target::Path(path.to_path_buf()) }
}

/// The options of the pipeline: a flag wins over the policy.
pub(super) fn options(work: &Work, policy: &Policy) -> Result<Options, Failure> {
    let mut options = Options {
        rules: work.rule.clone(),
        structure_only: work.structure_only,
        confinement: match work.confine.as_str() {
            "require" => Confinement::Require,
            "off" => Confinement::Off,
            _ => Confinement::Auto,
        },
        execution: Execution::Workers { program: program() },
        ..Options::default()
    };
    if let Some(jobs) = work.jobs {
        options.jobs = usize::from(jobs);
    }
    for path in &work.effects {
        let bytes = std::fs::read(path).map_err(|error| Failure::reading(path, &error))?;
        options.effects.push((path.display().to_string(), bytes));
    }
    limits(work, policy, &mut options);
    Ok(options)
}

fn limits(work: &Work, policy: &Policy, options: &mut Options) {
    let flags = &work.limits;
    let chosen = |flag: Option<u64>, name: &str, default: u64| flag.or(policy.limit(name)).unwrap_or(default);
    let limits = &mut options.limits;
    let nesting = chosen(flags.max_nesting, "nesting", u64::from(limits.nesting));
    limits.nesting = u32::try_from(nesting).unwrap_or(u32::MAX);
    limits.members = chosen(flags.max_members, "members", limits.members);
    limits.member_bytes = chosen(flags.max_member_bytes, "member-bytes", limits.member_bytes);
    limits.unpacked_bytes = chosen(flags.max_unpacked_bytes, "unpacked-bytes", limits.unpacked_bytes);
    limits.ratio = chosen(flags.max_ratio, "ratio", limits.ratio);
    limits.opcodes = chosen(flags.max_opcodes, "opcodes", limits.opcodes);
    limits.text_bytes = chosen(flags.max_text_bytes, "text-bytes", limits.text_bytes);
    options.memory = flags.memory.unwrap_or(options.memory);
    options.seconds = flags.file_seconds.unwrap_or(options.seconds);
}

/// This program, also after its file was replaced by an update.
fn program() -> PathBuf {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { own } else { std::env::current_exe().unwrap_or(own) }
}

/// The failure of a scan.
pub(super) fn failure(error: &ScanError) -> Failure {
    let failure = Failure::new(error.to_string());
    let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    match error {
        ScanError::NoSuchRule(id) => match suggestion(id, &ids) {
            Some(known) => failure.hint(format!("did you mean `{known}`?")),
            None => failure.hint(error.hint()),
        },
        error => failure.hint(error.hint()),
    }
}
