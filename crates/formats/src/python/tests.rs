use super::*;
use proptest::prelude::*;

fn refused(text: &str) -> bool {
    parse(text.as_bytes()).problems.iter().any(|p| matches!(p.code, "python-nesting" | "python-syntax"))
}

#[test]
fn ordinary_code_is_parsed_with_its_lines() {
    let module = parse(b"import os\n\ndef f(x):\n    return os.path.join(x, *[a for a in x if a])\n");
    assert!(module.problems.is_empty());
    assert_eq!(module.body.len(), 2);
    assert_eq!(module.line(TextSize::new(11)), 3);
}

#[test]
fn what_would_overflow_a_stack_is_refused_before_parsing() {
    let n = 100_000;
    let deep = [
        format!("x = {}1{}", "(".repeat(n), ")".repeat(n)),
        format!("x = {}1{}", "[".repeat(n), "]".repeat(n)),
        format!("x = {}1{}", "{1:".repeat(n), "}".repeat(n)),
        format!("x = {}y", "not ".repeat(n)),
        format!("x = {}1", "-".repeat(n)),
        format!("x = {}1", "~ ".repeat(n)),
        format!("x = {}0", "lambda:".repeat(n)),
        format!("x = a{}", ".b".repeat(n)),
        format!("x = f{}", "()".repeat(n)),
        format!("x = f{}", "[0]".repeat(n)),
        format!("x = a{}", "+a".repeat(n)),
        format!("x = a{}", "**a".repeat(n)),
        format!("x = {}a", "a if b else ".repeat(n)),
        format!("x = {}a", "await ".repeat(n)),
        format!("x = a{}", " if b else\\\n a".repeat(n)),
        format!("x = f'{}1{}'", "{".repeat(n), "}".repeat(n)),
        format!("x = f\"{{{}1{}}}\"", "(".repeat(n), ")".repeat(n)),
        format!("x = f'{{{}1}}'", "-".repeat(n)),
        format!("@{}\ndef f(): pass", "a.".repeat(n)),
        (0..2_000).map(|i| " ".repeat(i) + "if x:\n").collect::<String>(),
        format!("def f(x: {}int{}): pass", "a[".repeat(n), "]".repeat(n)),
        format!("match x:\n case {}1{}: pass", "[".repeat(n), "]".repeat(n)),
        format!("x = {}", "(".repeat(n)),
        format!("({}", "'''".repeat(n)),
    ];
    for text in deep {
        assert!(refused(&text), "{}", &text[..40]);
    }
}

#[test]
fn wide_code_is_not_deep() {
    let n = 20_000;
    let wide = [
        format!("x = [{}]", "a.b.c, ".repeat(n)),
        format!("x = {{{}}}", "'k': f(1)[2], ".repeat(n)),
        format!("if a:\n    pass\n{}", "elif b.c:\n    pass\n".repeat(n)),
        "x = a + b\n".repeat(n),
        format!("x = ({})", "'text' \n".repeat(n)),
        format!("x = '{}'", "([{".repeat(n)),
        format!("x = f'{}'", "-----".repeat(n)),
        "x = f'({a} of' + f'{b})'\n".repeat(n),
    ];
    for text in wide {
        assert!(!refused(&text), "{}", &text[..40]);
    }
}

#[test]
fn the_deepest_accepted_trees_are_walked_and_dropped_on_a_small_stack() {
    let half = nesting::MAX_DEPTH / 2;
    let texts = [
        format!("x = {}1{}", "(".repeat(190), ")".repeat(190)),
        format!("x = {}y", "not ".repeat(half)),
        format!("x = {}0", "lambda:".repeat(half)),
        format!("x = a{}", ".b".repeat(half)),
        format!("x = {}1{}", "[".repeat(half), "]".repeat(half)),
        format!("x = a{}", "+a".repeat(half)),
    ];
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for text in texts {
            let module = parse(text.as_bytes());
            let copy = Vec::clone(&module.body);
            assert!(!format!("{copy:?}").is_empty());
            drop((module, copy));
        }
    });
    thread.unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_end_in_a_module(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_python_like_text_ends_in_a_module(
        text in "(def |class |if |x|=|\\(|\\)|\\[|\\]|\\{|\\}|:|\n|    |f'|'|\"\"\"|lambda |@|\\*|,|\\.|not |for |in |import |\\\\){0,60}"
    ) {
        let _ = parse(text.as_bytes());
    }
}
