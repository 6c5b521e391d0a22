use super::*;
use crate::{
    ProblemKind,
    protobuf::write::{W, message},
};
use proptest::prelude::*;

fn tensor(location: &str) -> Vec<u8> {
    let entry = message(&[(1, W::S("location")), (2, W::S(location))]);
    message(&[(1, W::V(4)), (2, W::V(1)), (8, W::S("w")), (13, W::B(&entry)), (14, W::V(1))])
}

fn node(op: &str, domain: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut fields = vec![(1, W::S("x")), (2, W::S("y")), (3, W::S("n")), (4, W::S(op)), (7, W::S(domain))];
    fields.extend(attributes.iter().map(|bytes| (5, W::B(bytes))));
    message(&fields)
}

fn graph(nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    let mut fields: Vec<_> = nodes.iter().map(|bytes| (1, W::B(bytes))).collect();
    fields.push((2, W::S("g")));
    fields.extend(tensors.iter().map(|bytes| (5, W::B(bytes))));
    message(&fields)
}

fn model(graph: &[u8]) -> Vec<u8> {
    let opset = message(&[(1, W::S("")), (2, W::V(17))]);
    message(&[(1, W::V(8)), (2, W::S("pytorch")), (7, W::B(graph)), (8, W::B(&opset))])
}

fn read(bytes: Vec<u8>) -> OnnxModel {
    parse(&Source::from_vec(bytes), &Context::default())
}

fn recognised(bytes: &[u8]) -> bool {
    looks_like(&bytes[..bytes.len().min(4096)], &Source::from_vec(bytes.to_vec()))
}

fn location(model: &OnnxModel) -> (&str, &str) {
    (model.external[0].holder, &model.external[0].entries[0].1)
}

#[test]
fn a_plain_model_says_what_it_is() {
    let raw = message(&[(1, W::V(2)), (1, W::V(2)), (2, W::V(1)), (8, W::S("w")), (9, W::B(&[0; 16]))]);
    let bytes = model(&graph(&[node("Add", "", &[]), node("Add", "", &[])], &[raw]));
    assert!(recognised(&bytes));
    let model = read(bytes);
    assert_eq!(model.ir_version, Some(8));
    assert_eq!(model.opsets, [(String::new(), 17)]);
    assert_eq!(model.operators[&(String::new(), "Add".to_owned())].count, 2);
    assert_eq!((model.tensors, model.parameters), (1, 4));
    assert!(model.problems.is_empty());
}

#[test]
fn a_tensor_of_the_graph_may_lie_outside() {
    let model = read(model(&graph(&[], &[tensor("w.bin")])));
    assert_eq!(location(&model), ("an initializer of a graph", "w.bin"));
}

#[test]
fn a_tensor_in_an_attribute_may_lie_outside() {
    let tensor = tensor("w.bin");
    let attribute = message(&[(1, W::S("value")), (5, W::B(&tensor)), (20, W::V(4))]);
    let model = read(model(&graph(&[node("Constant", "", &[attribute])], &[])));
    assert_eq!(location(&model), ("an attribute of a node", "w.bin"));
}

#[test]
fn a_tensor_in_a_subgraph_of_a_subgraph_may_lie_outside() {
    let mut inner = graph(&[], &[tensor("w.bin")]);
    for _ in 0..20 {
        let attribute = message(&[(1, W::S("then_branch")), (6, W::B(&inner)), (20, W::V(5))]);
        inner = graph(&[node("If", "", &[attribute])], &[]);
    }
    assert_eq!(location(&read(model(&inner))).1, "w.bin");
}

#[test]
fn a_tensor_in_a_function_in_sparse_values_and_in_training_may_lie_outside() {
    let tensor = tensor("w.bin");
    let sparse = message(&[(1, W::B(&tensor))]);
    let attribute = message(&[(1, W::S("sparse_value")), (22, W::B(&sparse))]);
    let function =
        message(&[(1, W::S("f")), (7, W::B(&node("Constant", "", &[attribute]))), (10, W::S("local"))]);
    let training = message(&[(1, W::B(&graph(&[], &[tensor]))), (2, W::B(&message(&[(15, W::B(&sparse))])))]);
    let model = read(message(&[(25, W::B(&function)), (20, W::B(&training))]));
    assert_eq!(model.external.len(), 3);
    assert!(model.functions.contains(&("local".to_owned(), "f".to_owned())));
}

#[test]
fn a_graph_given_twice_is_one_graph_as_protobuf_merges_it() {
    let first = graph(&[node("Relu", "", &[])], &[]);
    let second = graph(&[node("Exec", "com.example", &[])], &[]);
    let model = read(message(&[(7, W::B(&first)), (7, W::B(&second))]));
    assert_eq!(model.operators.len(), 2);
}

#[test]
fn dimensions_that_overflow_are_hostile() {
    let tensor = message(&[(1, W::V(1 << 40)), (1, W::V(1 << 40)), (2, W::V(1)), (9, W::B(&[0; 4]))]);
    let model = read(model(&graph(&[], &[tensor])));
    assert_eq!(model.problems[0].code, "tensor-dims-overflow");
    assert_eq!(model.problems[0].kind, ProblemKind::Hostile);
}

#[test]
fn bytes_that_do_not_fit_the_dimensions_are_hostile() {
    let tensor = message(&[(1, W::V(100)), (2, W::V(1)), (9, W::B(&[0; 4]))]);
    assert_eq!(read(model(&graph(&[], &[tensor]))).problems[0].code, "tensor-size-mismatch");
}

#[test]
fn the_order_of_fields_and_unknown_fields_do_not_hide_a_model() {
    let graph = graph(&[node("Relu", "", &[])], &[]);
    let opset = message(&[(1, W::S("")), (2, W::V(17))]);
    let odd = message(&[
        (2000, W::S("noise")),
        (8, W::B(&opset)),
        (7, W::B(&graph)),
        (31, W::V(7)),
        (7, W::V(7)),
        (1, W::V(8)),
    ]);
    assert!(recognised(&odd));
}

#[test]
fn a_model_in_the_text_form_is_read_alike() {
    let text = br#"ir_version: 8 # a remark
        graph { node { op_type: "If" attribute { name: "then_branch" g { initializer {
            data_type: 1 name: "w" external_data { key: "location" value: "/etc" '/\x70asswd' } data_location: EXTERNAL } } } } }"#;
    assert!(recognised(text));
    let model = read(text.to_vec());
    assert_eq!(location(&model), ("an initializer of a graph", "/etc/passwd"));
    assert!(model.operators.contains_key(&(String::new(), "If".to_owned())));
}

#[test]
fn other_bytes_are_no_model() {
    for bytes in [&b"hello world, this is a text"[..], b"{\"a\": 1}", b"\x80\x04\x95\x10", b"PK\x03\x04", b""]
    {
        assert!(!recognised(bytes), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_at_all_are_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        recognised(&bytes);
        read(bytes);
    }

    #[test]
    fn a_changed_model_is_read_to_an_end(at in 0usize..200, to in any::<u8>(), cut in 0usize..200) {
        let tensor = tensor("w.bin");
        let attribute = message(&[(1, W::S("value")), (5, W::B(&tensor)), (20, W::V(4))]);
        let mut bytes = model(&graph(&[node("Constant", "", &[attribute])], &[tensor]));
        let length = bytes.len();
        bytes[at % length] = to;
        bytes.truncate(length - cut % length);
        recognised(&bytes);
        let model = read(bytes);
        prop_assert!(model.external.len() <= 2);
    }
}
