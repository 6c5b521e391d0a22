//! Worker processes as a user meets them: how far they are confined, and what one that ends costs.

#![allow(clippy::unwrap_used)]

use std::{fs, process::Command};

fn scan(folder: &std::path::Path, words: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_modelward"));
    let output = command.current_dir(folder).env_clear().args(["scan", "."]).args(words).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_report_says_how_far_the_workers_were_confined() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "a").unwrap();
    let (code, report) = scan(folder.path(), &["--confine", "require", "--format", "json"]);
    assert_eq!(code, 0);
    assert!(report.contains("seccomp\""), "{report}");
    let (_, report) = scan(folder.path(), &["--confine", "off", "--format", "json"]);
    assert!(
        report.contains("\"confinement\": \"off\"") || report.contains("\"confinement\":\"off\""),
        "{report}"
    );
}

#[test]
fn a_worker_that_takes_too_long_costs_one_file_and_the_scan_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // Fifteen megabytes take more than the millisecond that no seconds mean.
    fs::write(folder.path().join("long.pkl"), [b"cposix\nsystem\n".as_slice(), &[b'('; 15 << 20]].concat())
        .unwrap();
    fs::write(folder.path().join("z.pkl"), b"\x80\x04].").unwrap();
    let (code, report) = scan(folder.path(), &["--file-seconds", "0", "--jobs", "1", "--format", "jsonl"]);
    assert_eq!(code, 2);
    assert!(report.contains("worker-died") && report.contains("long.pkl"), "{report}");
}
