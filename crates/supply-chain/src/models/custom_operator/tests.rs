use super::*;
use crate::effects::Effects;
use modelward_formats::{Format, Source};
use modelward_kernel::{AssetId, AssetKind, Place};

fn severities(model: OnnxModel) -> Vec<Severity> {
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
    findings.iter().map(|finding| finding.severity).collect()
}

fn using(operators: &[(&str, &str)]) -> OnnxModel {
    let mut model = OnnxModel::default();
    for (domain, name) in operators {
        model.operators.insert(((*domain).to_owned(), (*name).to_owned()), Operator::default());
    }
    model
}

#[test]
fn standard_operators_and_those_of_the_runtime_are_nothing() {
    let model = using(&[
        ("", "Relu"),
        ("ai.onnx", "MatMul"),
        ("ai.onnx.ml", "TreeEnsembleRegressor"),
        ("com.microsoft", "FusedGemm"),
        ("com.microsoft.nchwc", "Conv"),
    ]);
    assert!(severities(model).is_empty());
}

#[test]
fn a_domain_that_nobody_knows_is_one_finding() {
    assert_eq!(severities(using(&[("com.example", "A"), ("com.example", "B")])), [Severity::Medium]);
}

#[test]
fn an_operator_that_the_standard_domain_never_had_is_a_finding() {
    assert_eq!(severities(using(&[("", "LoadAndRun")])), [Severity::Medium]);
}

#[test]
fn a_function_that_the_file_defines_is_nothing() {
    let mut model = using(&[("local", "f")]);
    model.functions.insert(("local".to_owned(), "f".to_owned()));
    assert!(severities(model).is_empty());
}

#[test]
fn an_operator_that_calls_python_is_high_in_any_domain() {
    assert_eq!(severities(using(&[("com.microsoft", "PythonOp")])), [Severity::High]);
    assert_eq!(severities(using(&[("pyop", "Anything")])), [Severity::High]);
    assert_eq!(severities(using(&[("ai.onnx.contrib", "PyOp")])), [Severity::High]);
}
