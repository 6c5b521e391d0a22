//! An HDF5 file that takes parts of itself from other files.

use super::escape::escape;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{
    Parsed,
    hdf5::{ExternalKind, ExternalReference},
};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "hdf5-external-reference",
        title: "the file takes data from other files of the machine that opens it",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Findings of one file; the rest is counted.
const FINDINGS: usize = 32;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::Hdf5(file) = artifact.parsed else { return };
    let mut seen: Vec<&ExternalReference> = Vec::new();
    for reference in &file.external {
        let alike = |other: &&ExternalReference| other.kind == reference.kind && other.file == reference.file;
        if seen.len() >= FINDINGS || seen.iter().any(alike) {
            continue;
        }
        seen.push(reference);
        let more = file.external.iter().filter(|other| alike(other)).count() - 1;
        findings.push(finding(artifact, reference, more));
    }
}

fn finding(artifact: &Artifact<'_>, reference: &ExternalReference, more: usize) -> Finding {
    let way = escape(&reference.file);
    let (what, file) = (&reference.object, &reference.file);
    let mut message = match reference.kind {
        ExternalKind::Link => format!("`{what}` is a link into another file, `{file}`"),
        ExternalKind::Storage => format!("the data of `{what}` are the bytes of another file, `{file}`"),
        ExternalKind::Virtual => format!("`{what}` is composed of datasets of another file, `{file}`"),
        ExternalKind::UserDefined => format!("`{what}` is a link that a program must define, {file}"),
    };
    if let Some(way) = way {
        message += &format!(": {}", way.words());
    }
    if more > 0 {
        message += &format!(", and {more} more");
    }
    let severe = way.is_some() && reference.kind != ExternalKind::UserDefined;
    Finding::new(&RULE.rule, artifact.asset, artifact.place.at(reference.offset), message)
        .severity(if severe { Severity::High } else { Severity::Medium })
        .gains("files of the machine that opens the model become its weights, and can be read back from them")
        .evidence("reference", format!("{what} -> {file} {}", reference.target).trim_end().to_owned())
        .fix("copy the data into the file (h5repack, or load the weights and save them again)")
        .witness(format!("{file} {}", reference.target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Effects;
    use modelward_formats::{Format, Source, hdf5::Hdf5File};
    use modelward_kernel::{AssetId, AssetKind, Place};

    fn severities(kind: ExternalKind, files: &[&str]) -> Vec<Severity> {
        let reference = |file: &&str| ExternalReference {
            kind,
            object: "/w".to_owned(),
            file: (*file).to_owned(),
            target: String::new(),
            offset: 96,
        };
        let file = Hdf5File { external: files.iter().map(reference).collect(), ..Hdf5File::default() };
        let place = Place::file("model.h5");
        let artifact = Artifact {
            asset: &AssetId::new(AssetKind::ModelFile, "model.h5"),
            place: &place,
            format: Format::Hdf5,
            parsed: &Parsed::Hdf5(Box::new(file)),
            source: &Source::from_vec(Vec::new()),
            effects: &Effects::default(),
            within: &[],
        };
        let mut findings = Vec::new();
        check(&artifact, &mut findings);
        findings.iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn cve_2026_1669_weights_that_are_any_file_of_the_machine() {
        for kind in [ExternalKind::Link, ExternalKind::Storage, ExternalKind::Virtual] {
            assert_eq!(severities(kind, &["/etc/passwd"]), [Severity::High]);
            assert_eq!(severities(kind, &["../secret.h5"]), [Severity::High]);
            assert_eq!(severities(kind, &["other.h5"]), [Severity::Medium]);
        }
    }

    #[test]
    fn many_references_to_one_file_are_one_finding() {
        assert_eq!(severities(ExternalKind::Link, &["a.h5", "a.h5", "b.h5"]).len(), 2);
    }
}
