//! Programs that come with a model.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Format, Source, identify};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "executable-in-model",
        title: "a program comes with the model",
        theme: "malicious-model-content",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Endings of files that hold weights or graphs, never programs.
const WEIGHTS: [&str; 22] = [
    ".bin",
    ".ckpt",
    ".gguf",
    ".ggml",
    ".h5",
    ".hdf5",
    ".joblib",
    ".keras",
    ".mar",
    ".model",
    ".msgpack",
    ".nemo",
    ".npy",
    ".npz",
    ".onnx",
    ".pb",
    ".pkl",
    ".pickle",
    ".pt",
    ".pth",
    ".safetensors",
    ".tflite",
];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    match artifact.format {
        Format::Elf | Format::MachO | Format::Pe => program(artifact, findings),
        Format::Script => script(artifact, findings),
        Format::Opaque => embedded(artifact, findings),
        _ => {}
    }
}

fn program(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let formats = identify(artifact.source, artifact.file_name());
    let other = formats.iter().find(|f| !is_program(**f) && **f != Format::Text);
    // One file can carry several program headers ("actually portable executables"): one finding.
    if formats.iter().find(|f| matches!(f, Format::Elf | Format::MachO | Format::Pe))
        != Some(&artifact.format)
    {
        return;
    }
    let title = artifact.format.title();
    let (severity, message) = match other {
        Some(other) => (
            Severity::High,
            format!("the model file is itself a program: {title} and {} at once", other.title()),
        ),
        None if is_outside(artifact) => {
            (Severity::High, format!("a program lies hidden in the file: {title}"))
        }
        None if promises_weights(artifact) => {
            (Severity::High, format!("the name promises a model and the file is a program: {title}"))
        }
        None if in_package(artifact) => (Severity::Low, format!("the package brings compiled code: {title}")),
        None => (Severity::Medium, format!("a program comes with the model: {title}")),
    };
    findings.push(finding(artifact, severity, message, format!("program {}", artifact.format.as_str())));
}

fn script(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let line = artifact.source.read_vec(0, 128);
    let line = String::from_utf8_lossy(&line).lines().next().unwrap_or_default().to_owned();
    let formats = identify(artifact.source, artifact.file_name());
    let other = formats.iter().find(|f| !is_program(**f) && !matches!(f, Format::Text | Format::Python));
    let (severity, message) = match other {
        Some(other) => (
            Severity::High,
            format!("the model file is itself a script: `{line}` and {} at once", other.title()),
        ),
        None if is_outside(artifact) => {
            (Severity::High, format!("a script lies hidden in the file: `{line}`"))
        }
        None if promises_weights(artifact) => {
            (Severity::High, format!("the name promises a model and the file is a script: `{line}`"))
        }
        None if in_model_archive(artifact) => {
            (Severity::Medium, format!("a script lies in the model's archive: `{line}`"))
        }
        None => (Severity::Low, format!("a script comes with the model: `{line}`")),
    };
    findings.push(finding(artifact, severity, message, "script".to_owned()).evidence("bytes", line));
}

/// Bytes of an unknown file that are searched: all of a small one, both ends of a large one. Loading runs nothing there;
/// what lies in the middle of weights is for the statistics of the tensors to tell.
const SEARCHED: u64 = 1 << 20;
const ENDS: u64 = 256 << 10;

/// A program within bytes of no known format, such as the storage of a tensor.
fn embedded(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let source = artifact.source;
    let parts = if source.len() <= SEARCHED {
        vec![(0, SEARCHED)]
    } else {
        vec![(0, ENDS), (source.len() - ENDS, ENDS)]
    };
    let found = parts.into_iter().find_map(|(start, length)| program_within(source, start, length as usize));
    if let Some((offset, format)) = found {
        let message = format!("a program lies hidden in the file: {}", format.title());
        let mut finding = finding(artifact, Severity::High, message, format!("embedded {}", format.as_str()));
        finding.places = vec![artifact.place.at(offset)];
        findings.push(finding.evidence("bytes", format!("{} header at {offset:#x}", format.as_str())));
    }
}

/// The first header of a program that is whole: four bytes alone are found by chance in large weights.
fn program_within(source: &Source, start: u64, length: usize) -> Option<(u64, Format)> {
    let bytes = source.read_vec(start, length);
    let elf = memchr::memmem::find_iter(&bytes, b"\x7fELF")
        .find(|at| bytes.get(*at..*at + 20).is_some_and(is_elf_header))
        .map(|at| (start + at as u64, Format::Elf));
    let pe = memchr::memmem::find_iter(&bytes, b"MZ")
        .map(|at| start + at as u64)
        .find(|at| is_pe_header(source, *at))
        .map(|at| (at, Format::Pe));
    elf.into_iter().chain(pe).min()
}

/// Class, byte order, version, padding of zeros, and a type and machine that exist.
fn is_elf_header(header: &[u8]) -> bool {
    let little = header[5] == 1;
    let short = |at: usize| {
        let pair = [header[at], header[at + 1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    matches!(header[4..7], [1 | 2, 1 | 2, 1])
        && header[9..16].iter().all(|b| *b == 0)
        && (1..=4).contains(&short(16))
        && (1..=300).contains(&short(18))
}

fn is_pe_header(source: &Source, at: u64) -> bool {
    let Some(header) = source.array_at::<64>(at) else {
        return false;
    };
    let offset = u32::from_le_bytes([header[60], header[61], header[62], header[63]]);
    (64..4096).contains(&offset)
        && source.array_at::<6>(at + u64::from(offset)).is_some_and(|b| {
            b.starts_with(b"PE\0\0")
                && matches!(u16::from_le_bytes([b[4], b[5]]), 0x014c | 0x8664 | 0x01c0..=0x01c4 | 0xaa64)
        })
}

fn is_program(format: Format) -> bool {
    matches!(format, Format::Elf | Format::MachO | Format::Pe | Format::Script)
}

/// Whether the artefact is what lies outside the members of an archive.
fn is_outside(artifact: &Artifact<'_>) -> bool {
    artifact.place.inside.last().is_some_and(|name| name.starts_with("bytes from 0x"))
}

fn promises_weights(artifact: &Artifact<'_>) -> bool {
    let name = artifact.file_name().to_lowercase();
    WEIGHTS.iter().any(|ending| name.ends_with(ending))
}

/// Whether it is a member of an archive that is itself a model file, which needs no programs.
fn in_model_archive(artifact: &Artifact<'_>) -> bool {
    let path = artifact.place.path.to_lowercase();
    !artifact.within.is_empty() && WEIGHTS.iter().any(|ending| path.ends_with(ending))
}

/// A Python package brings compiled modules as a matter of course.
fn in_package(artifact: &Artifact<'_>) -> bool {
    let path = artifact.place.path.to_lowercase();
    path.ends_with(".whl") || path.contains("site-packages/")
}

fn finding(artifact: &Artifact<'_>, severity: Severity, message: String, witness: String) -> Finding {
    Finding::new(&RULE.rule, artifact.asset, artifact.place.clone(), message)
        .severity(severity)
        .gains("native code beside the weights runs with all rights of the user as soon as something loads or starts it")
        .fix("take the weights alone; build what must be compiled from source that you can read")
        .witness(witness)
}

#[cfg(test)]
mod tests;
