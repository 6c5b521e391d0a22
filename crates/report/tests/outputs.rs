//! One expected file per output. `MODELWARD_BLESS=1 cargo test -p modelward-report` writes them anew; read the difference.

#![allow(clippy::unwrap_used)]

mod sample;

use modelward_kernel::Report;
use modelward_report::{Format, Options, schema, write};
use std::path::PathBuf;

fn render(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    write(format, report, sample::RULES, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn expect(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    if std::env::var_os("MODELWARD_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} differs; it is now:\n{text}");
}

#[test]
fn terminal() {
    expect(
        "terminal.txt",
        &render(Format::Terminal, &sample::report(), &Options { width: 80, ..Options::default() }),
    );
}

#[test]
fn terminal_wide() {
    let options = Options { width: 120, floor: Some(modelward_kernel::Severity::Info), ..Options::default() };
    expect("terminal-wide.txt", &render(Format::Terminal, &sample::report(), &options));
}

#[test]
fn terminal_clean() {
    expect("terminal-clean.txt", &render(Format::Terminal, &sample::clean(), &Options::default()));
}

#[test]
fn page() {
    expect("page.txt", &modelward_report::page(&sample::PICKLE, 80));
}

#[test]
fn json() {
    expect("report.json", &render(Format::Json, &sample::report(), &Options::default()));
}

#[test]
fn jsonl() {
    expect("report.jsonl", &render(Format::Jsonl, &sample::report(), &Options::default()));
}

#[test]
fn json_schema() {
    expect("schema.json", &schema());
}

#[test]
fn sarif() {
    expect("report.sarif", &render(Format::Sarif, &sample::report(), &Options::default()));
}

#[test]
fn cyclonedx() {
    let options = Options { time: Some(1_795_651_506), ..Options::default() };
    expect("report.cdx.json", &render(Format::Cyclonedx, &sample::report(), &options));
}

#[test]
fn ocsf() {
    let options = Options { time: Some(1_795_651_506), ..Options::default() };
    expect("report.ocsf.jsonl", &render(Format::Ocsf, &sample::report(), &options));
}

#[test]
fn html() {
    expect("report.html", &render(Format::Html, &sample::report(), &Options::default()));
}

#[test]
fn markdown() {
    expect("report.md", &render(Format::Markdown, &sample::report(), &Options::default()));
}

#[test]
fn a_clean_report_is_written_in_every_format() {
    for format in Format::ALL {
        let text = render(*format, &sample::clean(), &Options::default());
        assert_eq!(text.is_empty(), matches!(format, Format::Jsonl | Format::Ocsf), "{format}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        let once = render(*format, &sample::report(), &Options::default());
        assert!(once == render(*format, &sample::report(), &Options::default()), "{format}");
    }
}
