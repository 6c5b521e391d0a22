use super::*;
use crate::effects::Effects;
use modelward_formats::{Format, Source, onnx::OnnxModel};
use modelward_kernel::{AssetId, AssetKind, Place};

fn found(entries: &[(&str, &str)]) -> Vec<Finding> {
    let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let tensor =
        ExternalTensor { tensor: "w".into(), holder: "an initializer of a graph", offset: 9, entries };
    let model = OnnxModel { external: vec![tensor], ..OnnxModel::default() };
    let place = Place::file("model.onnx");
    let artifact = Artifact {
        asset: &AssetId::new(AssetKind::ModelFile, "model.onnx"),
        place: &place,
        format: Format::Onnx,
        parsed: &Parsed::Onnx(Box::new(model)),
        source: &Source::from_vec(Vec::new()),
        effects: &Effects::default(),
        within: &[],
    };
    let mut findings = Vec::new();
    check(&artifact, &mut findings);
    findings
}

fn severity(location: &str) -> Option<Severity> {
    found(&[("location", location)]).first().map(|finding| finding.severity)
}

#[test]
fn cve_2022_25882_a_path_that_climbs() {
    assert_eq!(severity("../../etc/passwd"), Some(Severity::High));
}

#[test]
fn cve_2024_27318_a_path_that_enters_a_folder_before_it_climbs() {
    assert_eq!(severity("weights/../../etc/passwd"), Some(Severity::High));
}

#[test]
fn cve_2025_51480_a_path_that_is_overwritten_when_the_model_is_saved() {
    assert_eq!(severity("/root/.ssh/authorized_keys"), Some(Severity::High));
    assert_eq!(
        found(&[("location", "w.bin"), ("basepath", "/root")]).first().map(|f| f.severity),
        Some(Severity::High)
    );
}

#[test]
fn cve_2026_34447_a_path_through_a_folder_that_may_be_a_link() {
    assert_eq!(severity("link/../x"), Some(Severity::Medium));
}

#[test]
fn cve_2026_34445_keys_that_become_attributes_and_lengths_that_become_memory() {
    assert_eq!(found(&[("location", "w"), ("__class__", "x")]).len(), 1);
    assert_eq!(found(&[("location", "w"), ("length", "9007199254740992")]).len(), 1);
    assert_eq!(found(&[("location", "w"), ("offset", "-1")]).len(), 1);
}

#[test]
fn the_last_of_two_locations_is_not_the_only_one_that_counts() {
    assert_eq!(found(&[("location", "/etc/passwd"), ("location", "w.bin")]).len(), 1);
}

#[test]
fn a_file_beside_the_model_is_nothing() {
    let entries = [("location", "model.onnx.data"), ("offset", "0"), ("length", "48"), ("checksum", "ab")];
    assert!(found(&entries).is_empty());
}
