use super::*;
use proptest::prelude::*;

fn laughs(levels: usize) -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..levels {
        let items = vec![format!("*a{}", i - 1); 9].join(", ");
        text += &format!("a{i}: &a{i} [{items}]\n");
    }
    text
}

#[test]
fn tags_keep_the_python_name_that_a_loader_would_resolve() {
    let document = parse(b"x: !!python/object/apply:os.system ['id']\n");
    let tag = document.walk().find_map(Node::tag).unwrap();
    assert_eq!(tag, "tag:yaml.org,2002:python/object/apply:os.system");
}

#[test]
fn a_tag_directive_is_resolved() {
    let document = parse(b"%TAG ! tag:yaml.org,2002:python/object/apply:\n---\nx: !os.system ['id']\n");
    let tag = document.walk().find_map(Node::tag).unwrap();
    assert_eq!(tag, "tag:yaml.org,2002:python/object/apply:os.system");
}

#[test]
fn members_pointers_and_lines() {
    let document = parse(b"a:\n  - b: 1\n    c/d: 2\n");
    let value = document.walk().find(|n| n.as_str() == Some("2")).unwrap();
    assert_eq!((value.pointer().as_str(), value.line(), value.key()), ("/a/0/c~1d", 3, Some("c/d")));
}

#[test]
fn every_document_of_the_stream_is_read() {
    let document = parse(b"---\na: 1\n---\nb: 2\n...\n");
    assert_eq!(document.roots().count(), 2);
    assert_eq!(document.roots().nth(1).unwrap().text("b"), Some("2"));
}

#[test]
fn an_alias_is_followed_once_and_never_expanded() {
    let document = parse(b"base: &b {k: v}\nuse: *b\n");
    let used = document.root().unwrap().get("use").unwrap();
    assert!(matches!(used.kind(), Kind::Alias(Some(_))));
    assert_eq!(used.text("k"), Some("v"));
}

#[test]
fn a_billion_laughs_is_counted_and_not_expanded() {
    let document = parse(laughs(9).as_bytes());
    assert!(document.problems.iter().any(|p| p.code == "yaml-alias-bomb"));
    assert!(document.entries.len() < 200);
    assert!(parse(laughs(3).as_bytes()).problems.is_empty());
}

#[test]
fn a_cycle_through_an_anchor_ends() {
    let document = parse(b"a: &a [*a, *a]\n");
    assert_eq!(document.walk().count(), 5);
}

#[test]
fn an_error_keeps_what_came_before() {
    let document = parse(b"a: 1\nb: [1, 2\nc: }\n");
    assert!(document.problems.iter().any(|p| p.code == "yaml-syntax"));
    assert_eq!(document.root().unwrap().text("a"), Some("1"));
}

#[test]
fn deep_nesting_neither_overflows_nor_hangs() {
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(50_000)] {
        assert!(!parse(text.as_bytes()).problems.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_end_in_a_document(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let document = parse(&bytes);
        prop_assert!(document.entries.len() <= 2 * bytes.len() + 8);
        document.walk().for_each(|node| { let _ = (node.pointer(), node.key(), node.as_str()); });
    }

    #[test]
    fn any_yaml_like_text_ends_in_a_document(text in "[-a-c:&*!?|>\\[\\]{}#,'\"% \n]{0,120}") {
        parse(text.as_bytes()).walk().for_each(|node| { let _ = (node.pointer(), node.members().count()); });
    }
}
