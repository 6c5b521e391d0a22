//! The program as a user meets it: arguments in, text and an exit code out. Targets are made here and inert.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// `os.system("id")`, in the oldest protocol.
const HARMFUL: &[u8] = b"cposix\nsystem\n(S'id'\ntR.";
/// An empty list.
const HARMLESS: &[u8] = b"\x80\x04].";
/// A TensorFlow Lite file: recognised, and not analysed.
const OPAQUE: &[u8] = b"\x1c\0\0\0TFL3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn modelward(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_modelward"));
    command.current_dir(folder).env_clear().env("HOME", folder.join("nobody")).stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, words: &[&str]) -> Output {
    modelward(folder.path()).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs it, checks the exit code and gives what was printed.
#[track_caller]
fn expect(folder: &TempDir, words: &[&str], code: i32) -> String {
    let output = run(folder, words);
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{words:?}\n{out}\n{error}");
    out
}

/// Runs it, checks that it refuses with one sentence and gives that.
#[track_caller]
fn refused(folder: &TempDir, words: &[&str]) -> String {
    let output = run(folder, words);
    assert_eq!(output.status.code(), Some(2), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}: {}", text(&output.stdout));
    let error = text(&output.stderr);
    assert!(error.starts_with("error: ") && error.contains("\n  hint: "), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    error
}

#[test]
fn every_command_explains_itself() {
    let folder = folder(&[]);
    let help = expect(&folder, &["--help"], 0);
    for command in ["scan", "transcript", "rules", "explain", "schema", "policy", "completions", "man"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
        assert!(expect(&folder, &[command, "--help"], 0).contains("Usage: modelward "), "{command}");
    }
    assert!(help.contains("Examples:"));
    assert!(expect(&folder, &["--version"], 0).starts_with("modelward "));
}

#[test]
fn bad_usage_says_what_would_be_right() {
    let folder = folder(&[]);
    assert!(refused(&folder, &["scam"]).contains("there is no command `scam`"));
    assert!(refused(&folder, &["scan", ".", "--fail-on", "huge"]).contains("`critical`, `high`"));
    assert!(refused(&folder, &["scan", ".", "--fial-on", "low"]).contains("did you mean `--fail-on`?"));
    assert!(refused(&folder, &["scan"]).contains("`<TARGET>` must be given"));
    assert!(refused(&folder, &["scan", ".", "--max-members", "many"]).contains("`many`"));
    assert!(refused(&folder, &["scan", ".", "--output", "report.xyz"]).contains("does not tell its format"));
    assert!(
        refused(&folder, &["explain", "unsafe-deserialization"])
            .contains("did you mean `unsafe-deserialisation`?")
    );
}

#[test]
fn a_target_that_cannot_be_read_is_a_sentence() {
    let folder = folder(&[("a.pkl", HARMLESS)]);
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert!(refused(&folder, &["scan", "gone"]).contains("cannot find `gone`"));
    assert!(refused(&folder, &["scan", "empty"]).contains("holds no file"));
    assert!(refused(&folder, &["scan", "/dev/null"]).contains("neither a file nor a folder"));
    assert!(refused(&folder, &["scan", "a.pkl", "--rule", "no-such"]).contains("`no-such` is not a rule"));
    assert!(
        refused(&folder, &["scan", "a.pkl", "--config", "gone.toml"]).contains("cannot read `gone.toml`")
    );
    assert!(refused(&folder, &["scan", "a.pkl", "--effects", "gone"]).contains("cannot read `gone`"));
}

#[test]
fn the_exit_code_follows_the_verdict() {
    let folder = folder(&[("bad/a.pkl", HARMFUL), ("good/a.pkl", HARMLESS), ("odd/a.tflite", OPAQUE)]);
    assert!(expect(&folder, &["scan", "bad"], 1).contains(" FAIL  1 critical"));
    assert!(expect(&folder, &["scan", "good"], 0).contains(" PASS  "));
    assert!(expect(&folder, &["scan", "odd"], 2).contains(" NOT JUDGED  "));
    assert!(expect(&folder, &["scan", "odd", "--allow-unknown", "built here"], 0).contains("built here"));
    expect(&folder, &["scan", "bad", "--allow-unknown", "built here"], 1);
}

#[test]
fn a_finding_says_what_would_run_and_the_way_out() {
    let folder = folder(&[("a.pkl", HARMFUL)]);
    let out = expect(&folder, &["scan", "a.pkl"], 1);
    for part in
        [" CRITICAL  a.pkl", "unsafe-deserialisation", "posix.system", "waive:", "modelward policy waive f1-"]
    {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(!out.contains('\x1b'));
    assert!(expect(&folder, &["scan", "a.pkl", "--colour", "always"], 1).contains("\x1b[1;31mCRITICAL"));
}

#[test]
fn standard_input_is_a_file() {
    let folder = folder(&[("a.pkl", HARMFUL)]);
    let input = fs::File::open(folder.path().join("a.pkl")).unwrap();
    let output = modelward(folder.path()).args(["scan", "-"]).stdin(input).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_empty_pipe_is_no_pass() {
    let folder = folder(&[]);
    let output = modelward(folder.path()).args(["scan", "-"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: standard input holds no byte\n  hint: "), "{said}");
}

#[test]
fn the_report_is_the_same_bytes_each_time() {
    let folder =
        folder(&[("a.pkl", HARMFUL), ("b/c.pkl", HARMLESS), ("d.tflite", OPAQUE), ("e.txt", b"hello")]);
    for format in ["json", "jsonl", "sarif", "cyclonedx", "html", "markdown", "terminal"] {
        let once = expect(&folder, &["scan", ".", "--format", format, "--jobs", "1"], 1);
        assert_eq!(once, expect(&folder, &["scan", ".", "--format", format, "--jobs", "4"], 1), "{format}");
    }
}

#[test]
fn several_outputs_are_written_at_once() {
    let folder = folder(&[("a.pkl", HARMFUL)]);
    fs::write(folder.path().join("report.html"), "old").unwrap();
    let words = [
        "scan",
        "a.pkl",
        "-o",
        "json=out.json",
        "-o",
        "report.html",
        "-o",
        "sarif=r",
        "-o",
        "bom.cdx.json",
        "--quiet",
    ];
    assert_eq!(expect(&folder, &words, 1), "");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("out.json").starts_with("{\n  \"schema_version\""));
    assert!(read("report.html").starts_with("<!DOCTYPE html>"));
    assert!(read("r").contains("\"2.1.0\""));
    assert!(read("bom.cdx.json").contains("CycloneDX"));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 5, "{left:?}");
}

#[test]
fn a_full_disk_is_an_error_and_not_a_short_report() {
    let folder = folder(&[("a.pkl", HARMLESS)]);
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let output = modelward(folder.path()).args(["scan", "a.pkl"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no space is left"));
    assert!(refused(&folder, &["scan", "a.pkl", "-q", "-o", "json=/dev/full"]).contains("no space is left"));
    assert!(
        refused(&folder, &["scan", "a.pkl", "-q", "-o", "json=no/such/r.json"])
            .contains("make the folder first")
    );
    assert!(refused(&folder, &["scan", "a.pkl", "-q", "-o", "json=."]).contains("it is a folder"));
}

#[test]
fn an_interrupt_leaves_no_half_written_report() {
    let files: Vec<(String, &[u8])> = (0..400).map(|i| (format!("t/{i}.pkl"), HARMFUL)).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    for wait in [20, 60, 120, 240] {
        let folder = folder(&files);
        let mut child = modelward(folder.path()).args(["scan", "t", "-q", "-o", "r.json"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let id = rustix::process::Pid::from_child(&child);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
        child.wait().unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.retain(|name| name != "t");
        if !left.is_empty() {
            assert_eq!(left, ["r.json"]);
            let text = fs::read_to_string(folder.path().join("r.json")).unwrap();
            assert!(text.ends_with("\n}\n"), "cut after {} bytes", text.len());
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_quiet() {
    let folder = folder(&[("a.pkl", HARMFUL)]);
    let mut child = modelward(folder.path())
        .args(["scan", ".", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_lies_in_the_target_cannot_loosen() {
    let loose = b"[gate]\nfail-on = 'critical'\nallow-unknown = 'x'\n[severity]\nunsafe-deserialisation = 'info'\n\
        [[scope]]\npaths = ['**']\nignore = 'x'\n[[waiver]]\nrule = 'unsafe-deserialisation'\nasset = '**'\nreason = 'x'\n";
    let folder = folder(&[
        ("t/a.pkl", HARMFUL),
        ("t/.modelward.toml", loose),
        ("u/a.tflite", OPAQUE),
        ("u/.modelward.toml", loose),
    ]);
    assert!(expect(&folder, &["scan", "t"], 1).contains("may only tighten; ignored:"));
    expect(&folder, &["scan", "u"], 2);
    // Pointed at by the user, it counts.
    expect(&folder, &["scan", "t", "--config", "t/.modelward.toml"], 0);
}

#[test]
fn what_lies_in_the_target_may_tighten() {
    let folder =
        folder(&[("t/a.pkl", HARMLESS), ("t/x.bin", OPAQUE), ("t/.modelward.toml", b"gate.strict = true")]);
    expect(&folder, &["scan", "t"], 2);
    fs::write(folder.path().join("t/.modelward.toml"), "not = = toml").unwrap();
    assert!(expect(&folder, &["scan", "t"], 2).contains("tightens nothing"));
}

#[test]
fn flags_win_over_files_and_files_over_the_users_own() {
    let folder = folder(&[
        ("a.pkl", HARMFUL),
        ("home/modelward/config.toml", b"[severity]\nunsafe-deserialisation = 'low'"),
        ("high.toml", b"[severity]\nunsafe-deserialisation = 'high'"),
    ]);
    let with_own = |words: &[&str]| {
        let mut command = modelward(folder.path());
        command.env("XDG_CONFIG_HOME", folder.path().join("home"));
        command.args(["scan", "a.pkl"]).args(words).output().unwrap().status.code()
    };
    assert_eq!(with_own(&[]), Some(0));
    assert_eq!(with_own(&["--config", "high.toml"]), Some(1));
    assert_eq!(with_own(&["--policy", "high.toml", "--fail-on", "critical"]), Some(0));
    assert_eq!(with_own(&["--fail-on", "low"]), Some(1));
}

#[test]
fn a_mistake_in_a_configuration_names_its_place() {
    let folder = folder(&[("a.pkl", HARMLESS), ("c.toml", b"[gate]\nfail_on = 'low'")]);
    let error = refused(&folder, &["scan", "a.pkl", "--config", "c.toml"]);
    assert!(error.contains("`c.toml` line 2, column 1: unknown key `fail_on`"), "{error}");
    assert!(error.contains("did you mean `fail-on`?"), "{error}");
}

#[test]
fn a_baseline_accepts_what_was_there_and_nothing_new() {
    let folder = folder(&[("t/a.pkl", HARMFUL)]);
    expect(&folder, &["scan", "t", "-q", "-o", "report.json"], 1);
    expect(&folder, &["policy", "baseline", "report.json", "-o", "base.txt"], 0);
    assert!(expect(&folder, &["scan", "t", "--baseline", "base.txt"], 0).contains("1 suppressed by policy"));
    let scanned = expect(&folder, &["policy", "baseline", "t"], 0);
    assert_eq!(scanned, fs::read_to_string(folder.path().join("base.txt")).unwrap());
    fs::write(folder.path().join("t/b.pkl"), HARMFUL).unwrap();
    expect(&folder, &["scan", "t", "--baseline", "base.txt"], 1);
    assert!(refused(&folder, &["scan", "t", "--baseline", "report.json"]).contains("is not a baseline"));
}

#[test]
fn a_waiver_is_drafted_used_checked_and_pruned() {
    let folder = folder(&[("t/a.pkl", HARMFUL)]);
    let report = expect(&folder, &["scan", "t", "--format", "json"], 1);
    fs::write(folder.path().join("report.json"), &report).unwrap();
    let at = report.find("\"f1-").unwrap() + 1;
    let print = &report[at..at + 27];
    let waive = [
        "policy",
        "waive",
        print,
        "--reason",
        "ours",
        "--by",
        "ana",
        "--until",
        "2999-12-31",
        "--into",
        "p.toml",
    ];
    expect(&folder, &waive, 0);
    expect(&folder, &["scan", "t", "--policy", "p.toml"], 0);
    assert!(
        expect(&folder, &["policy", "check", "p.toml", "--report", "report.json"], 0)
            .contains("in order, 1 waiver")
    );
    expect(
        &folder,
        &["policy", "waive", print, "--reason", "old", "--until", "2001-01-01", "--into", "p.toml"],
        0,
    );
    assert!(expect(&folder, &["policy", "check", "p.toml"], 1).contains("ended on 2001-01-01"));
    expect(&folder, &["policy", "check", "p.toml", "--prune"], 0);
    assert!(!fs::read_to_string(folder.path().join("p.toml")).unwrap().contains("2001"));
    assert!(
        refused(&folder, &["policy", "waive", "f1-12", "--reason", "r"]).contains("not a whole fingerprint")
    );
}

#[test]
fn a_hostile_name_does_nothing_to_the_terminal() {
    let name = "a\x1b[2J\u{202e}\n CRITICAL  x.pkl";
    let folder = folder(&[(name, HARMFUL)]);
    for format in ["terminal", "json", "jsonl", "sarif", "cyclonedx", "ocsf", "html", "markdown"] {
        let out = expect(&folder, &["scan", ".", "--format", format], 1);
        assert!(!out.contains('\x1b') && !out.contains('\u{202e}'), "{format}");
        assert!(!out.contains("\n CRITICAL  x.pkl"), "{format}");
    }
    let gone = refused(&folder, &["scan", "\x1b[2Jgone"]);
    assert!(!gone.contains('\x1b'), "{gone}");
}

#[test]
fn a_transcript_says_what_loading_would_do() {
    let folder = folder(&[("a.pkl", HARMFUL), ("b.txt", b"hello")]);
    let out = expect(&folder, &["transcript", "a.pkl"], 0);
    assert!(out.contains("posix") && out.contains("system"), "{out}");
    let lines = expect(&folder, &["transcript", "a.pkl", "--format", "jsonl"], 0);
    assert_eq!(lines.lines().count(), 1);
    assert!(lines.starts_with("{\"file\":"), "{lines}");
    assert!(expect(&folder, &["transcript", "b.txt"], 0).contains("no pickle was found"));
}

#[test]
fn definitions_are_printed() {
    let folder = folder(&[]);
    assert!(expect(&folder, &["schema", "report"], 0).contains("json-schema.org/draft/2020-12"));
    assert!(expect(&folder, &["schema", "config"], 0).contains("\"fail-on\""));
    assert!(expect(&folder, &["rules"], 0).contains("unsafe-deserialisation"));
    assert!(expect(&folder, &["rules", "--format", "json"], 0).starts_with('['));
    assert!(expect(&folder, &["explain", "unsafe-deserialisation"], 0).contains("Why it matters"));
    assert!(expect(&folder, &["man"], 0).contains(".TH modelward"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(expect(&folder, &["completions", shell], 0).contains("modelward"), "{shell}");
    }
}
