//! What the reader keeps, accepts and refuses.

use super::*;
use proptest::prelude::*;

fn document(text: &str) -> Document {
    parse(text.as_bytes(), &Limits::default())
}

fn codes(document: &Document) -> Vec<&str> {
    document.problems.iter().map(|p| p.code).collect()
}

#[test]
fn values_are_found_by_key_by_index_and_by_pointer() {
    let document = document(r#"{"a": [1, {"b/c": "x\ny"}], "d": null}"#);
    assert_eq!(document.find("/a/1/b~1c").unwrap().as_str().unwrap(), "x\ny");
    assert_eq!(document.find("/a/0").unwrap().as_u64(), Some(1));
    assert!(document.root().unwrap().get("d").unwrap().is_null());
    assert!(document.is_complete());
}

#[test]
fn a_node_knows_its_key_its_pointer_and_its_line() {
    let document = document("{\n \"a\": [\n  {\"b~\": 7}]}");
    let node = document.walk().find(|node| node.as_u64() == Some(7)).unwrap();
    assert_eq!((node.pointer().as_str(), node.line(), node.key().unwrap().as_ref()), ("/a/0/b~0", 3, "b~"));
}

#[test]
fn of_duplicate_keys_all_are_kept_and_the_last_counts() {
    let document = document(r#"{"a": 1, "b": 2, "\u0061": 3}"#);
    let root = document.root().unwrap();
    assert_eq!(root.get("a").unwrap().as_u64(), Some(3));
    assert_eq!(root.get_all("a").count(), 2);
    assert_eq!(codes(&document), ["duplicate-key"]);
    assert_eq!(document.problems[0].offset, Some(17));
}

#[test]
fn the_constants_of_python_are_read_and_noted() {
    let document = document("[NaN, -Infinity, Infinity]");
    assert!(document.root().unwrap().items().all(|item| !item.as_f64().unwrap().is_finite()));
    assert_eq!(codes(&document), ["json-constant"; 3]);
}

#[test]
fn what_stands_before_a_syntax_error_is_kept() {
    let document = document(r#"{"a": {"b": 1, "c": }"#);
    assert_eq!(document.find("/a/b").unwrap().as_u64(), Some(1));
    assert_eq!(codes(&document), ["json-syntax"]);
    assert!(!document.is_complete());
}

#[test]
fn a_key_without_a_value_does_not_shift_what_it_stands_in() {
    for text in [r#"{"a""#, r#"[[{"x": [1, {"a" "#, r#"{"a": 1, "b":"#] {
        let document = document(text);
        for node in document.walk() {
            let _ = (node.pointer(), node.value(), node.members().count(), node.items().count());
        }
    }
    assert!(document(r#"{"a": 1, "b":"#).root().unwrap().get("b").unwrap().is_null());
}

#[test]
fn bytes_after_the_value_are_reported() {
    assert_eq!(codes(&document("{} x")), ["json-trailing"]);
}

#[test]
fn a_million_brackets_neither_overflow_the_stack_nor_pass_unseen() {
    let document = document(&"[".repeat(1_000_000));
    assert_eq!(codes(&document), ["json-depth", "json-syntax"]);
    assert_eq!(document.walk().count(), 1_000_000);
}

#[test]
fn a_text_beyond_the_limit_is_cut_and_says_so() {
    let document = parse(b"[1, 2, 3, 4]", &Limits { bytes: 6, depth: 8 });
    assert_eq!(codes(&document), ["json-size", "json-syntax"]);
    assert_eq!(document.root().unwrap().items().count(), 2);
}

#[test]
fn utf_16_and_a_byte_order_mark_are_read_as_python_reads_them() {
    let utf16: Vec<u8> = "{\"a\": \"é\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf16, &Limits::default()).find("/a").unwrap().as_str().unwrap(), "é");
    let marked = parse(b"\xef\xbb\xbf{\"a\": 1}", &Limits::default());
    assert_eq!(marked.find("/a").unwrap().offset(), 9);
}

#[test]
fn surrogate_pairs_are_joined_and_lone_ones_replaced() {
    let document = document(r#"["\ud83d\ude00", "\ud83d", "\ud83dx"]"#);
    let texts: Vec<_> = document.root().unwrap().items().filter_map(Node::as_str).collect();
    assert_eq!(texts, ["😀", "\u{fffd}", "\u{fffd}x"]);
}

#[test]
fn numbers_keep_their_text() {
    let document = document("[-0, 1e5, 1.50, 18446744073709551616]");
    let items: Vec<_> = document.root().unwrap().items().collect();
    assert_eq!(items[2].number(), Some("1.50"));
    assert_eq!((items[1].as_u64(), items[1].as_f64()), (None, Some(1e5)));
    assert_eq!(items[3].as_u64(), None);
}

#[test]
fn what_python_refuses_is_a_syntax_error() {
    for text in
        ["[1,]", "{'a': 1}", "[01]", "[1.]", "[+1]", "// x\n1", "[\"\\x\"]", "{\"a\" 1}", "[1 2]", "{]", ""]
    {
        assert!(!document(text).is_complete(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_walked_within_the_bound(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise(&bytes);
    }

    #[test]
    fn anything_like_json_is_walked_within_the_bound(text in r#"[\[\]{}:,"\\u0-9a-f. \-n]{0,200}"#) {
        exercise(text.as_bytes());
    }

    #[test]
    fn it_agrees_with_another_reader_on_what_is_json(text in r#"[\[\]{}:,"0-9a. \-]{0,24}"#) {
        let ours = document(&text).is_complete();
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        prop_assert_eq!(ours, theirs, "{}", text);
    }
}

fn exercise(bytes: &[u8]) {
    let document = parse(bytes, &Limits { bytes: 300, depth: 5 });
    assert!(document.entries.len() <= document.text.len() + 1);
    for node in document.walk() {
        let pointer = node.pointer();
        let _ = (node.value(), node.key(), node.line(), node.as_f64());
        // A pointer finds a value again unless a later duplicate hides it.
        let hidden = document.problems.iter().any(|p| p.code == "duplicate-key");
        assert!(hidden || document.find(&pointer).is_some(), "{pointer}");
    }
}
