use super::*;
use crate::protobuf::write::{W, message};
use proptest::prelude::*;

fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    message(&[(1, W::S(key)), (2, W::B(value))])
}

fn text_constant(name: &str, text: &str) -> Vec<u8> {
    let tensor = message(&[(1, W::V(7)), (2, W::S("")), (8, W::S(text))]);
    let value = attribute("value", &message(&[(8, W::B(&tensor))]));
    message(&[(1, W::S(name)), (2, W::S("Const")), (5, W::B(&value))])
}

fn node(name: &str, operator: &str, inputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut fields = vec![(1, W::S(name)), (2, W::S(operator))];
    fields.extend(inputs.iter().map(|input| (3, W::S(input))));
    fields.extend(attributes.iter().map(|attribute| (5, W::B(attribute))));
    message(&fields)
}

fn function(name: &str, arguments: &[&str], nodes: &[Vec<u8>], results: &[&str]) -> Vec<u8> {
    let arguments: Vec<Vec<u8>> = arguments.iter().map(|name| message(&[(1, W::S(name))])).collect();
    let mut signature = vec![(1, W::S(name))];
    signature.extend(arguments.iter().map(|argument| (2, W::B(argument))));
    let signature = message(&signature);
    let results: Vec<Vec<u8>> =
        results.iter().map(|node| message(&[(1, W::S("out")), (2, W::S(node))])).collect();
    let mut fields = vec![(1, W::B(&signature))];
    fields.extend(nodes.iter().map(|node| (3, W::B(node))));
    fields.extend(results.iter().map(|result| (4, W::B(result))));
    message(&fields)
}

fn graph(nodes: &[Vec<u8>], functions: &[Vec<u8>]) -> Vec<u8> {
    let library: Vec<_> = functions.iter().map(|function| (1, W::B(function))).collect();
    let library = message(&library);
    let mut fields: Vec<_> = nodes.iter().map(|node| (1, W::B(node))).collect();
    if !functions.is_empty() {
        fields.push((2, W::B(&library)));
    }
    message(&fields)
}

fn call(name: &str, function: &str, inputs: &[&str]) -> Vec<u8> {
    let named = message(&[(1, W::S(function))]);
    node(name, "StatefulPartitionedCall", inputs, &[attribute("f", &message(&[(10, W::B(&named))]))])
}

fn saved_model(graph: &[u8]) -> Vec<u8> {
    let meta = message(&[(1, W::B(&message(&[(4, W::S("serve"))]))), (2, W::B(graph))]);
    message(&[(1, W::V(1)), (2, W::B(&meta))])
}

fn read(bytes: Vec<u8>) -> TensorFlowModel {
    parse(Format::GraphDef, &Source::from_vec(bytes), &Context::default())
}

fn formats(bytes: &[u8]) -> (bool, bool, bool) {
    let (head, source) = (&bytes[..bytes.len().min(4096)], Source::from_vec(bytes.to_vec()));
    (
        looks_like_saved_model(head, &source),
        looks_like_meta_graph(head, &source),
        looks_like_graph_def(head, &source),
    )
}

#[test]
fn each_of_the_three_is_told_from_the_others() {
    let graph = graph(&[node("x", "Placeholder", &[], &[])], &[]);
    let meta = message(&[(2, W::B(&graph))]);
    assert_eq!(formats(&saved_model(&graph)), (true, false, false));
    assert_eq!(formats(&meta), (false, true, false));
    assert_eq!(formats(&graph), (false, false, true));
    assert_eq!(formats(b"plain text that is nothing of it"), (false, false, false));
}

#[test]
fn unknown_fields_and_their_order_do_not_hide_a_graph() {
    let node = node("x", "ReadFile", &[], &[]);
    let odd = message(&[(4000, W::V(1)), (3, W::V(9)), (1, W::V(5)), (1, W::B(&node))]);
    assert!(formats(&odd).2);
    let mut padded = message(&[(3, W::V(1))]).repeat(5000);
    padded.extend(odd);
    assert!(formats(&padded).2);
}

#[test]
fn a_saved_model_says_what_it_holds() {
    let bytes = saved_model(&graph(
        &[node("x", "Placeholder", &[], &[])],
        &[function("f", &[], &[node("i", "Identity", &["a"], &[])], &[])],
    ));
    let model = parse(Format::SavedModel, &Source::from_vec(bytes), &Context::default());
    assert_eq!((model.schema_version, model.functions), (Some(1), 1));
    assert_eq!(model.tags, ["serve"]);
    assert_eq!(model.operators["Identity"].function, "f");
}

#[test]
fn a_path_is_traced_to_the_constant_that_gives_it() {
    let model = read(graph(
        &[
            text_constant("c", "/etc/passwd"),
            node("i", "Identity", &["c"], &[]),
            node("r", "ReadFile", &["i:0"], &[]),
        ],
        &[],
    ));
    assert_eq!(model.uses[0].path.constants, [("c".to_owned(), "/etc/passwd".to_owned())]);
    assert!(!model.uses[0].path.open);
}

#[test]
fn a_path_is_traced_into_a_function_from_its_caller() {
    let inner = function("f", &["name"], &[node("w", "SaveV2", &["name"], &[])], &[]);
    let model = read(graph(
        &[
            text_constant("c", "/root/x"),
            node("p", "Placeholder", &[], &[]),
            call("k", "f", &["c", "p", "^x"]),
        ],
        &[inner],
    ));
    let path = &model.uses[0].path;
    assert_eq!(path.constants, [("c".to_owned(), "/root/x".to_owned())]);
}

#[test]
fn a_path_is_traced_out_of_a_function_that_returns_it() {
    let inner = function("f", &[], &[text_constant("c", "/root/x")], &["c:output:0"]);
    let model = read(graph(&[call("k", "f", &[]), node("w", "SaveV2", &["k"], &[])], &[inner]));
    assert_eq!(model.uses[0].path.constants.len(), 1);
}

#[test]
fn only_the_input_that_names_the_file_counts() {
    let nodes = [
        node("p", "Placeholder", &[], &[]),
        text_constant("names", "/etc/passwd"),
        node("s", "SaveV2", &["p", "names"], &[]),
    ];
    let path = &read(graph(&nodes, &[])).uses[0].path;
    assert!(path.open && path.constants.is_empty());
}

#[test]
fn assets_are_read_from_their_field_and_from_the_collection_of_old_files() {
    let asset = message(&[(1, W::B(&message(&[(1, W::S("path:0"))]))), (2, W::S("vocab.txt"))]);
    let any = message(&[(1, W::S("type.googleapis.com/tensorflow.AssetFileDef")), (2, W::B(&asset))]);
    let list = message(&[(5, W::B(&message(&[(1, W::B(&any))])))]);
    let collection = message(&[(1, W::S("saved_model_assets")), (2, W::B(&list))]);
    let meta = message(&[(4, W::B(&collection)), (6, W::B(&asset))]);
    let model = parse(Format::MetaGraph, &Source::from_vec(meta), &Context::default());
    assert_eq!(model.assets.len(), 2);
    assert_eq!(model.fed, ["path", "path"]);
}

#[test]
fn a_model_in_the_text_form_is_read_alike() {
    let text = br#"saved_model_schema_version: 1
        meta_graphs { meta_info_def { stripped_op_list { op { name: "x" } } tags: "serve" }
          graph_def { library { function { signature { name: "f" }
            node_def { name: "c" op: "Const" attr { key: "value" value { tensor { dtype: DT_STRING string_val: "/etc/passwd" } } } }
            node_def { name: "r" op: "ReadFile" input: ["c:output:0"] } } } } }"#;
    assert_eq!(formats(text), (true, false, false));
    let remarks = [b"# none\n".repeat(2000).as_slice(), text].concat();
    assert!(formats(&remarks).0);
    let model = parse(Format::SavedModel, &Source::from_vec(text.to_vec()), &Context::default());
    assert_eq!(model.tags, ["serve"]);
    assert_eq!(model.uses[0].path.constants[0].1, "/etc/passwd");
}

#[test]
fn a_ring_of_nodes_is_traced_to_an_end() {
    let nodes = [
        node("a", "Identity", &["b"], &[]),
        node("b", "Identity", &["a"], &[]),
        node("r", "ReadFile", &["a"], &[]),
    ];
    assert!(read(graph(&nodes, &[])).uses[0].path.constants.is_empty());
}

#[test]
fn an_attribute_that_holds_an_address_is_kept() {
    let url = message(&[(2, W::S("file:///tmp/x"))]);
    let listed = message(&[(1, W::B(&url))]);
    for value in [url, listed] {
        let model =
            read(graph(&[node("d", "DebugIdentityV3", &[], &[attribute("debug_urls", &value)])], &[]));
        assert_eq!(model.uses[0].attributes, [("debug_urls".to_owned(), "file:///tmp/x".to_owned())]);
    }
}

#[test]
fn a_graph_in_a_constant_is_read_as_well() {
    let inner = graph(&[node("w", "WriteFile", &[], &[])], &[]);
    let tensor = message(&[(1, W::V(7)), (8, W::B(&inner))]);
    let value = attribute("value", &message(&[(8, W::B(&tensor))]));
    let model = read(graph(&[node("c", "Const", &[], &[value])], &[]));
    assert!(model.operators.contains_key("WriteFile"));
}

#[test]
fn texts_in_the_packed_form_are_read() {
    let mut content = vec![11u8];
    content.extend(b"/etc/passwd");
    let tensor = message(&[(1, W::V(7)), (4, W::B(&content))]);
    let value = attribute("value", &message(&[(8, W::B(&tensor))]));
    let nodes = [node("c", "Const", &[], &[value]), node("r", "ReadFile", &["c"], &[])];
    assert_eq!(read(graph(&nodes, &[])).uses[0].path.constants[0].1, "/etc/passwd");
}

#[test]
fn a_constant_that_claims_more_than_memory_is_hostile() {
    let dim = message(&[(1, W::V(1 << 50))]);
    let shape = message(&[(2, W::B(&dim))]);
    let tensor = message(&[(1, W::V(1)), (2, W::B(&shape))]);
    let value = attribute("value", &message(&[(8, W::B(&tensor))]));
    let model = read(graph(&[node("c", "Const", &[], &[value])], &[]));
    assert_eq!(model.problems[0].code, "tensor-dims-overflow");
}

proptest! {
    #[test]
    fn anything_like_the_text_form_is_read_to_an_end(text in r#"(node|op|attr|value|tensor|[{}<>:\[\],"'\\ 0-7ax#\n]){0,80}"#) {
        let text = format!("node {{ {text}");
        formats(text.as_bytes());
        let _ = parse(Format::GraphDef, &Source::from_vec(text.into_bytes()), &Context::default());
    }

    #[test]
    fn any_bytes_at_all_are_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        formats(&bytes);
        for format in [Format::SavedModel, Format::MetaGraph, Format::GraphDef] {
            let _ = parse(format, &Source::from_vec(bytes.clone()), &Context::default());
        }
    }

    #[test]
    fn a_changed_graph_is_read_to_an_end(at in 0usize..400, to in any::<u8>(), cut in 0usize..400) {
        let inner = function("f", &["name"], &[node("w", "SaveV2", &["name"], &[])], &["w"]);
        let mut bytes = saved_model(&graph(&[text_constant("c", "/root/x"), call("k", "f", &["c"])], &[inner]));
        let length = bytes.len();
        bytes[at % length] = to;
        bytes.truncate(length - cut % length);
        formats(&bytes);
        let _ = parse(Format::SavedModel, &Source::from_vec(bytes), &Context::default());
    }
}
