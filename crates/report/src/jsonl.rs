//! One finding or one thing not judged per line, for log systems: each line stands alone.

use crate::{
    hostile::{SafeJson, json},
    wire,
};
use modelward_kernel::Report;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Line<'r, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    tool_version: &'r str,
    target: &'r str,
    verdict: &'static str,
    #[serde(flatten)]
    body: T,
}

pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        line(report, "finding", wire::Finding::from(finding), out)?;
    }
    for unknown in &report.unknowns {
        line(report, "unknown", wire::Unknown::from(unknown), out)?;
    }
    Ok(())
}

fn line<T: Serialize>(
    report: &Report,
    kind: &'static str,
    body: T,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let line = Line {
        kind,
        tool_version: &report.run.tool_version,
        target: &report.target,
        verdict: report.verdict.as_str(),
        body,
    };
    json(&line, SafeJson::line(), out)?;
    out.write_all(b"\n")
}
