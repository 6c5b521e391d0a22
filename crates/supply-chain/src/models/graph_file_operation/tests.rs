use super::*;
use crate::effects::Effects;
use modelward_formats::{
    Source,
    tensorflow::{Operator, TensorFlowModel, Trace},
};
use modelward_kernel::{AssetId, AssetKind, Place};

fn severities(model: TensorFlowModel) -> Vec<Severity> {
    let place = Place::file("saved_model.pb");
    let artifact = Artifact {
        asset: &AssetId::new(AssetKind::ModelFile, "saved_model.pb"),
        place: &place,
        format: Format::SavedModel,
        parsed: &Parsed::TensorFlow(Box::new(model)),
        source: &Source::from_vec(Vec::new()),
        effects: &Effects::default(),
        within: &[],
    };
    let mut findings = Vec::new();
    check(&artifact, &mut findings);
    findings.iter().map(|finding| finding.severity).collect()
}

fn using(operator: &str, constants: &[&str], operators: &[&str]) -> TensorFlowModel {
    let mut model = TensorFlowModel::default();
    model.operators.insert(operator.to_owned(), Operator::default());
    let path = Trace {
        constants: constants.iter().map(|text| ("c".to_owned(), (*text).to_owned())).collect(),
        operators: operators.iter().map(|name| (*name).to_owned()).collect(),
        open: true,
    };
    model.uses.push(OperatorUse { operator: operator.to_owned(), path, ..OperatorUse::default() });
    model
}

fn with_attribute(operator: &str, key: &str, value: &str) -> TensorFlowModel {
    let mut model = using(operator, &[], &[]);
    model.uses[0].attributes.push((key.to_owned(), value.to_owned()));
    model
}

#[test]
fn an_operator_that_opens_files_is_a_finding_whatever_the_path() {
    for operator in
        ["ReadFile", "WriteFile", "MatchingFiles", "SaveDatasetV2", "DistributedSave", "TextLineDataset"]
    {
        assert_eq!(severities(using(operator, &[], &["Placeholder"])), [Severity::High], "{operator}");
    }
}

#[test]
fn the_saver_of_every_saved_model_is_nothing() {
    let path = [
        "Placeholder",
        "StaticRegexFullMatch",
        "Select",
        "StringJoin",
        "ShardedFilename",
        "StatefulPartitionedCall",
    ];
    for operator in ["SaveV2", "RestoreV2", "MergeV2Checkpoints"] {
        assert!(severities(using(operator, &["_temp/part", ".part", "model"], &path)).is_empty());
    }
}

#[test]
fn a_saver_with_a_path_of_its_own_is_a_finding() {
    for path in ["/root/.bashrc", "../../x", "gs://bucket/x"] {
        assert_eq!(severities(using("SaveV2", &[path], &["StringJoin"])), [Severity::High]);
    }
}

#[test]
fn a_saver_whose_path_is_computed_in_the_graph_is_a_finding() {
    assert_eq!(severities(using("SaveV2", &["bGlicw=="], &["DecodeBase64"])), [Severity::Medium]);
}

#[test]
fn a_vocabulary_that_is_an_asset_is_nothing_and_one_at_a_fixed_path_is_a_finding() {
    let mut model = using("InitializeTableFromTextFileV2", &["/home/me/vocab.txt"], &["HashTableV2"]);
    assert_eq!(severities(model.clone()), [Severity::Medium]);
    model.fed.push("c".to_owned());
    assert!(severities(model).is_empty());
}

#[test]
fn printing_to_a_file_and_debugging_to_an_address_are_findings_and_printing_to_the_terminal_is_none() {
    assert_eq!(severities(with_attribute("PrintV2", "output_stream", "file:///tmp/x")), [Severity::High]);
    assert_eq!(
        severities(with_attribute("DebugIdentityV3", "debug_urls", "grpc://198.51.100.7:80")),
        [Severity::High]
    );
    assert_eq!(
        severities(with_attribute("CopyHost", "debug_ops_spec", "DebugIdentity;file:///tmp/x;0")),
        [Severity::High]
    );
    assert_eq!(
        severities(with_attribute("DecodeProtoV2", "descriptor_source", "/etc/passwd")),
        [Severity::High]
    );
    assert!(severities(with_attribute("PrintV2", "output_stream", "stderr")).is_empty());
    assert!(severities(with_attribute("DecodeProtoV2", "descriptor_source", "local://")).is_empty());
}

#[test]
fn a_cache_in_memory_is_nothing_and_one_in_a_file_is_a_finding() {
    assert!(severities(using("CacheDatasetV2", &[""], &[])).is_empty());
    assert_eq!(severities(using("CacheDatasetV2", &["cache"], &[])), [Severity::Medium]);
    assert_eq!(severities(using("CacheDatasetV2", &["/tmp/cache"], &[])), [Severity::High]);
}
