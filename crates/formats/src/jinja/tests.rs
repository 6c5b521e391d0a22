use super::*;
use proptest::prelude::*;

fn emitted(text: &str) -> ExprKind {
    let template = parse(text);
    assert!(template.is_complete(), "{:?}", template.problems);
    match &template.body[0].kind {
        StmtKind::Emit(expr) => expr.kind.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn adjacent_texts_join_and_escapes_are_pythons() {
    assert_eq!(emitted(r"{{ '\x5f' '\137cla' 'ss\u005f\N{LOW LINE}' }}"), ExprKind::Str("__class__".into()));
}

#[test]
fn a_dictionary_may_end_a_tag_with_three_braces() {
    assert!(matches!(emitted("{{ {'a': {'b': 1}}}}"), ExprKind::Dict(_)));
}

#[test]
fn comments_vanish_and_raw_blocks_are_text() {
    let template = parse("a{# {{ x }} #}b{% raw %}{{ y }}{% endraw %}c");
    assert_eq!(template.body.len(), 1);
    assert_eq!(template.body[0].kind, StmtKind::Text("ab{{ y }}c".into()));
}

#[test]
fn the_tags_that_hugging_face_adds_are_read() {
    let template = parse(
        "{% for m in messages %}{% if m.role == 'x' %}{% continue %}{% endif %}{% generation %}{{ m.content }}\
         {% endgeneration %}{% break %}{% endfor %}{% do ns.update({'a': 1}) %}",
    );
    assert!(template.is_complete(), "{:?}", template.problems);
}

#[test]
fn filters_tests_slices_and_conditions() {
    for text in [
        "{{ a|map(attribute='x')|list|join(', ') if a is defined and a is not none else b[1:-1:2][::-1] }}",
        "{{ x is divisibleby 3 and y is sameas none or not z is in [1, 2] }}",
        "{{ -1 ** 2 ~ 'a' * 3 // 2 % 4 }}",
        "{{ m['content'].split('</think>')[-1].lstrip('\\n') }}",
        "{{ f(*args, **kwargs, k=1) }}{{ a.0.b }}{{ a, b }}",
        "{%- set ns = namespace(a=1, b=[]) -%}{%- set ns.a = 2 -%}{% set a, b = 1, 2 %}",
        "{% set x %}text{{ y }}{% endset %}{% set x | upper %}text{% endset %}",
        "{% for a, b in c.items() if a recursive %}{{ loop(b) }}{% else %}none{% endfor %}",
        "{% macro m(a, b=1) %}{{ caller(a) }}{% endmacro %}{% call(x) m(1) %}{{ x }}{% endcall %}",
        "{% filter upper|trim %}x{% endfilter %}{% with a = 1, b = 2 %}{{ a }}{% endwith %}{% block x %}y{% endblock x %}",
        "{% from 'x' import y as z with context %}{% include ['a', 'b'] ignore missing %}{% import 'x' as y %}",
        "{{- 'a' -}}  {{+ 'b' +}} {%- if 1 -%}{%- elif 2 -%}{%- else -%}{%- endif -%}",
        "{{ 1_000 + 0x1f + 1.5e3 }}{% print 'x' %}{% trans %}a{% endtrans %}",
        "{% for x in (1, 2) %}{{ x }}{% endfor %}{% for x in a if x not in b %}{{ x }}{% endfor %}",
    ] {
        let template = parse(text);
        assert!(template.is_complete(), "{text}: {:?}", template.problems);
    }
}

#[test]
fn an_error_names_its_line_and_keeps_what_came_before() {
    let template = parse("a\nb{{ x }}\n{% if y %}{{ unclosed");
    assert_eq!(template.problems[0].code, "jinja-syntax");
    assert!(template.problems[0].message.contains("line 3"));
    assert_eq!(template.body.len(), 3);
}

#[test]
fn what_would_overflow_a_stack_is_refused() {
    let n = 50_000;
    for text in [
        format!("{{{{ {}1{} }}}}", "(".repeat(n), ")".repeat(n)),
        format!("{{{{ {}1{} }}}}", "[".repeat(n), "]".repeat(n)),
        format!("{{{{ {}1 }}}}", "not ".repeat(n)),
        format!("{{{{ {}1 }}}}", "-".repeat(n)),
        format!("{{{{ a{} }}}}", ".b".repeat(n)),
        format!("{{{{ a{} }}}}", "|b".repeat(n)),
        format!("{{{{ a{} }}}}", " is b".repeat(n)),
        format!("{{{{ a{} }}}}", "+a".repeat(n)),
        format!("{{{{ a{} }}}}", " if b else a".repeat(n)),
        format!("{{{{ a{} }}}}", " if b".repeat(n)),
        format!("{{{{ a{} }}}}", "()".repeat(n)),
        "{% if x %}".repeat(n),
        "{% for x in y %}".repeat(n),
        "{% macro m() %}".repeat(n),
    ] {
        let template = parse(&text);
        assert_eq!(template.problems[0].code, "jinja-nesting", "{}", &text[..30]);
    }
    let wide = format!(
        "{{{{ a{} }}}}{{% if a %}}{}{{% endif %}}",
        "~a".repeat(n / 10),
        "{% elif b %}".repeat(n / 10)
    );
    assert!(parse(&wide).is_complete());
}

#[test]
fn the_deepest_accepted_tree_is_dropped_on_a_small_stack() {
    let run = || {
        let text = format!("{{{{ a{}{}{} }}}}", "|b".repeat(100), "+a".repeat(100), " == 1");
        let template = parse(&text);
        assert!(template.is_complete());
        assert!(!format!("{template:?}").is_empty());
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_ends_in_a_template(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_template_like_text_ends_in_a_template(
        text in "(\\{\\{|\\}\\}|\\{%|%\\}|\\{#|#\\}| if | for | in |endif|endfor| set | a|\\.|\\[|\\]|\\(|\\)|\\{|\\}|'|\"|\\\\|:|,|\\||-|~|=| is | not |0x|1\\.5|\n|macro|raw|endraw){0,40}"
    ) {
        let _ = parse(&text);
    }
}
