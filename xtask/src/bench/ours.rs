//! Our own row: one run over the folder of all samples.

use super::{
    corpus::{self, Sample},
    table::Row,
};
use crate::python::Python;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::{collections::HashMap, fs, path::Path};

/// Severities that count as an alarm.
const ALARM: [&str; 3] = ["critical", "high", "medium"];

pub(super) fn row(binary: &Path, samples: &[Sample], work: &Path, python: &Python) -> Result<Row> {
    let folder = corpus::folder(work);
    let out = work.join("report.json");
    let program = binary.display().to_string();
    let target = folder.display().to_string();
    let cost = python.measure(&[&program, "scan", &target, "--format", "json"], &out, work)?;
    ensure!((0..=2).contains(&cost.code), "the scan ends with {}", cost.code);
    let report: Value = serde_json::from_slice(&fs::read(&out)?)?;

    let owners: HashMap<&str, usize> =
        samples.iter().enumerate().map(|(index, sample)| (&sample.relative[..5], index)).collect();
    let mut flagged = vec![false; samples.len()];
    let mut not_judged = vec![false; samples.len()];
    let mark = |list: &str, marks: &mut Vec<bool>, counts: &dyn Fn(&Value) -> bool| {
        for entry in report.get(list).and_then(Value::as_array).into_iter().flatten().filter(|e| counts(e)) {
            for place in entry.get("places").and_then(Value::as_array).into_iter().flatten() {
                let path = place.get("path").and_then(Value::as_str).unwrap_or_default();
                if let Some(&index) = path.get(..5).and_then(|number| owners.get(number)) {
                    marks[index] = true;
                }
            }
        }
    };
    mark("findings", &mut flagged, &|finding| {
        finding.get("severity").and_then(Value::as_str).is_some_and(|word| ALARM.contains(&word))
    });
    mark("unknowns", &mut not_judged, &|_| true);
    Ok(Row {
        name: "modelward".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cpu_s: cost.cpu_s,
        max_rss_mib: cost.max_rss_mib,
        flagged,
        not_judged,
    })
}
