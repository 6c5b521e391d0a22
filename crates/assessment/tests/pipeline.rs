//! The pipeline through its public door, in process: what is walked, what is never silent, and that results are pure.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use modelward_assessment::{Confinement, Execution, Options, Request, ScanError, Target, scan};
use modelward_kernel::{AssetKind, Reason, Report, Severity};
use std::{fs, path::Path};

fn scan_with(path: &Path, options: Options) -> Result<Report, ScanError> {
    scan(&Request { target: Target::Path(path.to_owned()), options, progress: None })
}

fn report(path: &Path) -> Report {
    scan_with(path, Options::default()).unwrap()
}

/// A ZIP archive of one stored member.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let crc = {
        let mut crc = u32::MAX;
        for byte in content {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            }
        }
        !crc
    };
    let (size, length) = ((content.len() as u32).to_le_bytes(), (name.len() as u16).to_le_bytes());
    let fields =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &crc.to_le_bytes(), &size, &size, &length, &[0, 0]].concat();
    let local = [b"PK\x03\x04", &fields[..], name.as_bytes(), content].concat();
    let central = [b"PK\x01\x02\x14\x00", &fields[..], &[0; 14], name.as_bytes()].concat();
    let (central_size, start) = ((central.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &central_size[..], &start, &[0, 0]].concat();
    [local, central, end].concat()
}

#[test]
fn every_file_is_in_the_inventory_with_its_digest() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("notes.txt"), "hello").unwrap();
    let report = report(root.path());
    let asset = report.inventory.assets().find(|asset| asset.name == "notes.txt").unwrap();
    assert_eq!(asset.digests["sha256"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!((report.stats.files, report.stats.bytes, report.stats.bytes_hashed), (1, 5, 5));
}

#[test]
fn bytes_of_no_known_format_under_the_name_of_a_model_are_not_judged() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("model.bin"), [0xfe; 4096]).unwrap();
    let report = report(root.path());
    assert_eq!(report.unknowns[0].reason, Reason::UnsupportedFormat);
    assert_eq!(report.unknowns[0].severity, Severity::High);
}

#[test]
fn archives_within_archives_end_at_the_nesting_limit_and_say_so() {
    let root = tempfile::tempdir().unwrap();
    let mut bytes = b"hello".to_vec();
    for _ in 0..12 {
        bytes = zip("inner.zip", &bytes);
    }
    fs::write(root.path().join("outer.zip"), bytes).unwrap();
    let report = report(root.path());
    let unknown = report.unknowns.iter().find(|unknown| unknown.reason == Reason::Budget).unwrap();
    assert_eq!(unknown.lifted_by.as_deref(), Some("raise `--max-nesting`"));
}

#[test]
fn the_same_files_give_the_same_report_at_any_number_of_threads() {
    let root = tempfile::tempdir().unwrap();
    for i in 0..40 {
        fs::write(root.path().join(format!("{i}.json")), format!("{{\"n\": {i}}}")).unwrap();
        fs::write(root.path().join(format!("{i}.zip")), zip("a.txt", i.to_string().as_bytes())).unwrap();
    }
    let at = |jobs| scan_with(root.path(), Options { jobs, ..Options::default() }).unwrap();
    assert_eq!(at(1), at(7));
}

#[test]
fn a_program_that_is_no_worker_is_an_error_and_not_a_clean_report() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "a").unwrap();
    for program in ["/bin/true", "/bin/cat", "/nonexistent"] {
        let execution = Execution::Workers { program: program.into() };
        let result = scan_with(root.path(), Options { execution, ..Options::default() });
        assert!(matches!(result, Err(ScanError::Worker(_))), "{program}: {result:?}");
    }
}

#[test]
fn confinement_that_is_required_and_not_reached_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "a").unwrap();
    let options =
        Options { confinement: Confinement::Require, execution: Execution::InProcess, ..Options::default() };
    assert!(matches!(scan_with(root.path(), options), Err(ScanError::NotConfined(_))));
}

#[test]
fn a_member_of_an_ordinary_archive_is_an_asset_of_its_own() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("data.zip"), zip("notes.txt", b"hello")).unwrap();
    let report = report(root.path());
    assert!(report.inventory.assets().any(|asset| asset.id.as_str() == "file:data.zip!notes.txt"));
    assert!(
        report.inventory.assets().any(|asset| asset.kind == AssetKind::ModelFile && asset.name == "data.zip")
    );
}

#[test]
fn a_rule_that_does_not_exist_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "a").unwrap();
    let options = Options { rules: vec!["no-such-rule".into()], ..Options::default() };
    assert!(matches!(scan_with(root.path(), options), Err(ScanError::NoSuchRule(_))));
}
