//! What the rules on files of weights share: which artefacts are such files, and what bytes between tensors are.

use crate::Artifact;
use modelward_formats::{Format, Parsed, Problem, ProblemKind, identify};
use modelward_kernel::Place;
use std::collections::BTreeMap;

/// The problems of one kind in a file of weights, grouped by code, each with its first place and how many there are; none
/// when the artefact is no such file.
pub(super) fn problems<'a>(
    artifact: &Artifact<'a>,
    kind: ProblemKind,
) -> BTreeMap<&'static str, (&'a Problem, usize)> {
    let mut groups: BTreeMap<&'static str, (&Problem, usize)> = BTreeMap::new();
    if matches!(
        artifact.parsed,
        Parsed::Safetensors(_)
            | Parsed::Gguf(_)
            | Parsed::Numpy(_)
            | Parsed::Onnx(_)
            | Parsed::TensorFlow(_)
            | Parsed::Trees(_)
    ) {
        for problem in artifact.parsed.problems().iter().filter(|p| p.kind == kind) {
            groups.entry(problem.code).or_insert((problem, 0)).1 += 1;
        }
    }
    groups
}

/// Where a problem is.
pub(super) fn place(artifact: &Artifact<'_>, problem: &Problem) -> Place {
    problem.offset.map_or_else(|| artifact.place.clone(), |offset| artifact.place.at(offset))
}

/// What a stretch of bytes that belongs to no tensor is, when it is something that a loader or a system would run or open.
pub(super) fn hidden_content(artifact: &Artifact<'_>, offset: u64) -> Option<Format> {
    let rest = artifact.source.slice(offset, u64::MAX);
    // Padding can stand before what is hidden.
    let head = rest.read_vec(0, 4096);
    let skip = head.iter().position(|byte| *byte != 0)?;
    identify(&rest.slice(skip as u64, u64::MAX), "").into_iter().find(|format| is_payload(*format))
}

/// Formats that run, are unpickled or are opened, as opposed to data.
pub(super) fn is_payload(format: Format) -> bool {
    matches!(
        format,
        Format::Pickle
            | Format::Zip
            | Format::Tar
            | Format::SevenZip
            | Format::Gzip
            | Format::Xz
            | Format::Zstd
            | Format::Rar
            | Format::Elf
            | Format::MachO
            | Format::Pe
            | Format::Script
            | Format::Python
            | Format::PythonBytecode
    )
}
