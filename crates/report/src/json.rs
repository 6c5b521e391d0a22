//! The report as JSON: the one complete output, from which every other can be made. Same input, same bytes.

use crate::{
    hostile::{SafeJson, json},
    wire,
};
use modelward_kernel::Report;
use std::io;

pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    json(&wire::Report::from(report), SafeJson::pretty(), out)?;
    out.write_all(b"\n")
}

/// The JSON Schema (2020-12) of the report.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<wire::Report<'static>>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
