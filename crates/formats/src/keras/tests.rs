use super::*;
use crate::protobuf::write::{W, message};
use proptest::prelude::*;

/// `print` in a lambda, marshalled by Python 3.11.
const CODE: &str = "YwAAAAAAAAAAAAAAAAMAAAAAAAAA8xwAAACXAAIAZQBkAKYBAACrAQAAAAAAAAAAAQBkAVMAKQLaBWluZXJ0TikB2gVwcmludKkA8wAAAADaAXj6CDxtb2R1bGU+cgYAAAABAAAAcxYAAADwAwEBAdgABYAFgGeBDoQOgA6ADoAOcgQAAAA=";

fn read(text: &str) -> KerasConfig {
    config(text.as_bytes(), &Context::default())
}

fn recognised(bytes: &[u8]) -> bool {
    looks_like(&bytes[..bytes.len().min(4096)], &Source::from_vec(bytes.to_vec()))
}

#[test]
fn objects_are_found_at_any_depth() {
    let config = read(
        r#"{"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [
            {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2,
              "kernel_initializer": {"module": "os", "class_name": "system", "config": {"command": "true"}}}}]}}"#,
    );
    let names: Vec<_> =
        config.objects.iter().map(|o| (o.module.as_deref().unwrap_or(""), o.class_name.as_str())).collect();
    assert_eq!(names, [("keras", "Sequential"), ("keras.layers", "Dense"), ("os", "system")]);
    assert_eq!((config.root_class.as_str(), config.name.as_str(), config.layers), ("Sequential", "s", 1));
    assert_eq!(config.objects[2].texts, [("command".to_owned(), "true".to_owned())]);
}

#[test]
fn bytecode_is_found_wherever_it_stands() {
    let new = format!(
        r#"{{"class_name": "__lambda__", "config": {{"code": "{CODE}", "defaults": null, "closure": null}}}}"#
    );
    let old = format!(r#"{{"class_name": "Lambda", "config": {{"function": ["{CODE}\n", null, null]}}}}"#);
    assert_eq!(read(&new).bytecode.len(), 1);
    assert_eq!(read(&old).bytecode.len(), 1);
    assert_eq!(read(&old).bytecode[0].code[0], b'c');
}

#[test]
fn of_a_key_given_twice_every_value_counts() {
    let config = read(r#"{"class_name": "Dense", "class_name": "Lambda", "config": {}}"#);
    let names: Vec<_> = config.objects.iter().map(|o| o.class_name.as_str()).collect();
    assert_eq!(names, ["Dense", "Lambda"]);
    assert!(config.problems.iter().any(|problem| problem.code == "duplicate-key"));
}

#[test]
fn a_function_to_import_is_named_by_its_config() {
    let config = read(r#"{"class_name": "function", "module": "builtins", "config": "exec"}"#);
    assert_eq!(config.objects[0].function.as_deref(), Some("exec"));
}

#[test]
fn a_vocabulary_that_is_a_text_is_a_path_and_a_list_is_none() {
    let config = read(r#"{"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}"#);
    assert_eq!(
        (config.paths[0].path.as_str(), config.paths[0].class_name.as_str()),
        ("/etc/passwd", "StringLookup")
    );
    assert!(read(r#"{"class_name": "StringLookup", "config": {"vocabulary": ["a", "b"]}}"#).paths.is_empty());
}

#[test]
fn escapes_and_wide_characters_do_not_hide_a_configuration() {
    assert!(recognised(br#"{"\u0063lass_name": "Sequential", "config": {}}"#));
    let wide: Vec<u8> =
        r#"{"class_name": "Model", "config": {}}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(recognised(&wide));
    let mut padded = vec![b' '; 10_000];
    padded.extend(br#"{"pad": [], "class_name": "Model", "config": {}}"#);
    assert!(recognised(&padded) || padded[..4096].iter().all(|b| *b == b' '));
    assert!(!recognised(br#"{"model_type": "bert", "class": "x"}"#));
}

#[test]
fn the_metadata_of_a_saved_model_is_read_text_by_text() {
    let text = format!(r#"{{"class_name": "Lambda", "config": {{"function": {{"items": ["{CODE}"]}}}}}}"#);
    let node = message(&[(2, W::V(3)), (3, W::S("root")), (4, W::S("_tf_keras_layer")), (5, W::S(&text))]);
    let bytes = message(&[(1, W::B(&node)), (1, W::B(&node))]);
    assert!(recognised(&bytes));
    let config = parse(&Source::from_vec(bytes), &Context::default());
    assert_eq!((config.objects.len(), config.bytecode.len()), (2, 2));
}

proptest! {
    #[test]
    fn any_bytes_at_all_are_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        recognised(&bytes);
        let _ = parse(&Source::from_vec(bytes), &Context::default());
    }

    #[test]
    fn anything_like_a_configuration_is_read_to_an_end(text in r#"[\[\]{}:, "a-zcode_\\/]{0,200}"#) {
        read(&text);
    }
}
