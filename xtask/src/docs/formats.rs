//! The table of formats: what is analysed, and what is recognised and fails closed until it is.

use super::GENERATED;
use modelward_formats::{Context, Format, Parsed, Source, parse};
use std::fmt::Write;

pub(super) fn page() -> String {
    let mut text = format!(
        "# Formats\n\n{GENERATED}Formats are told apart by content first; a name is only a hint. A file that is valid as \
         two formats is judged as both.\n\n\
         *Analysed*: the structure is read and rules judge it. *Recognised*: it is known for what it is and nothing inside is \
         judged; where a program would load it, it is [not judged](../concepts/verdicts.md) and the gate does not pass.\n\n\
         | format | in reports | |\n|---|---|---|\n"
    );
    for &format in Format::ALL {
        let state = if is_analysed(format) { "analysed" } else { "recognised" };
        let _ = writeln!(text, "| {} | `{format}` | {state} |", format.title());
    }
    text
}

/// Whether there is a parser: one says something even about no bytes at all.
fn is_analysed(format: Format) -> bool {
    !matches!(parse(format, &Source::from_vec(Vec::new()), "", &Context::default()), Parsed::Opaque)
}
