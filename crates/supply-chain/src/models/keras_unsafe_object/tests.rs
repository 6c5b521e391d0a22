use super::*;
use crate::models::keras_tests::run;

fn severities(object: &str) -> Vec<Severity> {
    let text = format!(
        r#"{{"module": "keras", "class_name": "Sequential", "config": {{"name": "s", "layers": [
            {{"module": "keras.layers", "class_name": "Dense", "config": {{"kernel_initializer": {object}}}}}]}}}}"#
    );
    run(check, &text).iter().map(|finding| finding.severity).collect()
}

fn named(module: &str, class: &str) -> Vec<Severity> {
    severities(&format!(
        r#"{{"module": "{module}", "class_name": "{class}", "config": {{"command": "id"}}}}"#
    ))
}

fn function(module: &str, name: &str) -> Vec<Severity> {
    severities(&format!(
        r#"{{"module": "{module}", "class_name": "function", "config": "{name}", "registered_name": "{name}"}}"#
    ))
}

#[test]
fn layers_and_functions_of_keras_are_nothing() {
    for (module, class) in [
        ("keras.layers", "Dense"),
        ("keras.initializers", "GlorotUniform"),
        ("keras.src.models.functional", "Functional"),
        ("keras.src.trainers.compile_utils", "MetricsList"),
        ("tensorflow.python.keras.layers.core", "Dense"),
        ("keras_hub.src.models.bert", "BertBackbone"),
        ("keras.utils", "FeatureSpace"),
    ] {
        assert!(named(module, class).is_empty(), "{module}.{class}");
    }
    assert!(function("keras.activations", "relu").is_empty());
    assert!(function("builtins", "mean_squared_error").is_empty());
    assert!(
        severities(r#"{"class_name": "__numpy__", "config": {"value": [1], "dtype": "int32"}}"#).is_empty()
    );
}

#[test]
fn cve_2025_1550_any_function_of_any_module() {
    assert_eq!(function("os", "system"), [Severity::Critical]);
    assert_eq!(named("subprocess", "Popen"), [Severity::Critical]);
    assert!(!function("builtins", "exec").is_empty());
}

#[test]
fn cve_2025_8747_a_tool_of_keras_that_fetches_files() {
    assert_eq!(function("keras.utils", "get_file"), [Severity::High]);
    assert_eq!(named("keras.src.utils.file_utils", "get_file"), [Severity::High]);
    assert_eq!(function("keras.models", "load_model"), [Severity::High]);
}

#[test]
fn cve_2025_9906_a_tool_of_keras_that_switches_safe_mode_off() {
    assert_eq!(function("keras.config", "enable_unsafe_deserialization"), [Severity::High]);
    assert_eq!(
        function("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
        [Severity::High]
    );
}

#[test]
fn cve_2025_49655_a_wrapped_torch_module_is_unpickled() {
    assert_eq!(named("keras.layers", "TorchModuleWrapper"), [Severity::High]);
}

#[test]
fn a_saved_model_that_a_layer_loads_is_a_second_load() {
    assert_eq!(named("keras.layers", "TFSMLayer"), [Severity::High]);
}

#[test]
fn a_module_that_only_looks_like_keras_is_foreign() {
    assert_eq!(named("keras_evil.layers", "Dense"), [Severity::Medium]);
    assert_eq!(named("kerasx", "Dense"), [Severity::Medium]);
}

#[test]
fn a_class_of_no_module_that_keras_does_not_have_is_custom() {
    assert_eq!(severities(r#"{"class_name": "MyLayer", "config": {}}"#), [Severity::Medium]);
    assert_eq!(severities(r#"{"class_name": "Custom>MyLayer", "config": {}}"#), [Severity::Medium]);
}

#[test]
fn an_operation_of_tensorflow_that_reaches_files_is_a_finding_and_arithmetic_is_none() {
    let layer = |symbol: &str| {
        severities(&format!(r#"{{"class_name": "TFOpLambda", "config": {{"function": "{symbol}"}}}}"#))
    };
    assert_eq!(layer("io.write_file"), [Severity::High]);
    assert_eq!(layer("numpy_function"), [Severity::High]);
    assert_eq!(layer("raw_ops.ReadFile"), [Severity::High]);
    assert!(layer("math.add").is_empty());
    assert!(layer("__operators__.getitem").is_empty());
    let node = r#"{"class_name": "TensorFlowOpLayer", "config": {"node_def": "{\"name\": \"n\", \"op\": \"WriteFile\"}"}}"#;
    assert_eq!(severities(node), [Severity::High]);
}
