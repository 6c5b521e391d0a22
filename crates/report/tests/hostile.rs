//! Text of the target in every output: nothing that a terminal, a browser, a Markdown host or a log would obey.

#![allow(clippy::unwrap_used)]

mod sample;

use modelward_report::{
    Format, Options,
    hostile::{columns, is_hidden},
    write,
};
use proptest::prelude::*;

fn render(format: Format) -> String {
    let mut out = Vec::new();
    write(format, &sample::report(), sample::RULES, &Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn no_output_holds_a_hidden_character() {
    for format in Format::ALL {
        let text = render(*format);
        let found = text.chars().find(|c| *c != '\n' && is_hidden(*c));
        assert!(found.is_none(), "{format}: {found:?}");
    }
}

#[test]
fn a_line_of_a_log_cannot_be_forged() {
    for format in [Format::Jsonl, Format::Ocsf] {
        let text = render(format);
        let report = sample::report();
        assert_eq!(text.lines().count(), report.findings.len() + report.unknowns.len(), "{format}");
        assert!(text.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{format}");
    }
    let forged = render(Format::Terminal).lines().any(|line| line.starts_with("=1+1"));
    assert!(!forged);
}

#[test]
fn html_has_no_markup_of_the_target() {
    let text = render(Format::Html);
    assert_eq!(text.matches("<script").count(), 1);
    assert!(!text.contains("href=\"http"), "a link leaves the page");
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(text.contains("default-src 'none'"));
}

#[test]
fn html_links_lead_to_anchors_of_the_page() {
    let text = render(Format::Html);
    let ids: std::collections::BTreeSet<&str> =
        text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let links = text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for link in links {
        assert!(ids.contains(link), "#{link} leads nowhere");
    }
    assert_eq!(ids.len(), text.split(" id=\"").skip(1).count(), "an id stands twice");
}

#[test]
fn markdown_keeps_target_text_in_code() {
    let text = render(Format::Markdown);
    for line in text.lines().filter(|line| line.contains("evil.example")) {
        let outside: String = line.split("``").step_by(2).collect();
        assert!(!outside.contains("evil.example"), "{line}");
    }
}

#[test]
fn sarif_messages_hold_no_link() {
    let text = render(Format::Sarif);
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.replace("\\[", "").contains('['), "{message}");
    }
}

#[test]
fn the_terminal_keeps_its_width_and_its_eight_lines() {
    for width in [80, 100, 120] {
        let mut out = Vec::new();
        let options = Options { width, floor: Some(modelward_kernel::Severity::Info), ..Options::default() };
        write(Format::Terminal, &sample::report(), sample::RULES, &options, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for line in text.lines() {
            assert!(columns(line) <= width, "{} columns: {line}", columns(line));
        }
        for finding in text.split("\n\n").filter(|block| block.contains("waive:")) {
            assert!(finding.lines().count() <= 9, "with its heading:\n{finding}");
        }
    }
}

/// Any text, with a taste for what means something to some reader.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "\x1b[31m",
            "\u{202e}",
            "\u{200b}",
            "\u{feff}",
            "\r\n",
            "\n\n# ",
            "`",
            "``",
            "|",
            "<!--",
            "]]>",
            "</script>",
            "</style>",
            "javascript:",
            "http://e.example",
            "[a](b)",
            "![a](b)",
            "{0}",
            "{{",
            "&lt;",
            "\"",
            "'",
            "\\",
            "\u{2028}",
            "\u{e0041}",
            "模",
            "e\u{301}",
            "/",
            "!",
            "%00",
            "=cmd()",
            "@here",
            "\0",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless_in_any_output(raw in text(), path in text()) {
        let report = sample::about(&raw, &path);
        for format in Format::ALL {
            let mut out = Vec::new();
            write(*format, &report, sample::RULES, &Options { width: 80, ..Options::default() }, &mut out).unwrap();
            let written = String::from_utf8(out).unwrap();
            prop_assert!(written.chars().all(|c| c == '\n' || !is_hidden(c)), "{}", format);
            match format {
                Format::Json | Format::Sarif | Format::Cyclonedx => {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok());
                }
                Format::Jsonl | Format::Ocsf => {
                    prop_assert!(written.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()));
                    prop_assert_eq!(written.lines().count(), 2);
                }
                Format::Html => {
                    prop_assert_eq!(written.matches("<script").count(), 1);
                    prop_assert_eq!(written.matches("</script").count(), 1);
                    prop_assert_eq!(written.matches("</style").count(), 1);
                    prop_assert_eq!(written.matches("<!--").count(), 0);
                }
                Format::Terminal => {
                    prop_assert!(written.lines().all(|line| columns(line) <= 80), "{}", written);
                }
                Format::Markdown => {
                    prop_assert_eq!(written.lines().filter(|line| line.starts_with('#')).count(), 6, "{}", written);
                }
            }
        }
    }

    #[test]
    fn the_json_report_keeps_every_text_as_it_was(raw in text()) {
        let mut out = Vec::new();
        write(Format::Json, &sample::about(&raw, "a"), sample::RULES, &Options::default(), &mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(value["findings"][0]["message"].as_str(), Some(raw.as_str()));
    }
}
