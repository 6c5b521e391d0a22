//! The binary `modelward`. A worker process is this same program, started again with one argument: it is told apart first,
//! before anything else could start a thread.

use modelward_assessment::{Execution, Options, Request, Target, WORKER_ARGUMENT, scan, worker_main};
use std::{io::Write, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some(WORKER_ARGUMENT.as_ref()) {
        return worker_main();
    }
    match run(arguments.next().map(PathBuf::from)) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(path: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let path = path.ok_or_else(|| anyhow::anyhow!("name what to scan: `modelward scan PATH`"))?;
    let options =
        Options { execution: Execution::Workers { program: "/proc/self/exe".into() }, ..Options::default() };
    let report = scan(&Request { target: Target::Path(path), options, progress: None })?;
    let mut out = std::io::stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{} {} {}: {}", finding.severity, finding.rule.id, finding.asset, finding.message)?;
    }
    for unknown in &report.unknowns {
        writeln!(out, "not judged {} {}: {}", unknown.severity, unknown.asset, unknown.message)?;
    }
    writeln!(out, "{} {:?} {:?}", report.verdict.as_str(), report.run, report.stats)?;
    Ok(ExitCode::from(report.verdict.exit_code()))
}
