use super::*;
use crate::models::container::trial::{Member, findings, member, tar, zip};

fn flagged(name: &str, bytes: &[u8]) -> bool {
    findings(&RULE, name, bytes).iter().any(|finding| finding.severity == Severity::High)
}

#[test]
fn cve_2007_4559_a_tar_member_that_climbs_out() {
    assert!(flagged("model.tar", &tar(&[("../../home/x/.bashrc", b'0', "", b"id")])));
}

#[test]
fn cve_2023_48299_a_zip_member_that_climbs_out() {
    assert!(flagged("model.mar", &zip(&[member("a/../../handler.py", b"x")])));
}

#[test]
fn cve_2025_12060_a_link_and_then_a_member_through_it() {
    let bytes = tar(&[("data", b'2', "/etc", b""), ("data/passwd", b'0', "", b"x")]);
    let codes: Vec<String> = findings(&RULE, "weights.tar", &bytes).into_iter().map(|f| f.witness).collect();
    assert_eq!(codes, ["link-escapes data", "writes-through-link data/passwd"]);
}

#[test]
fn a_member_through_a_link_that_stays_inside_is_flagged_too() {
    assert!(flagged("m.tar", &tar(&[("a", b'2', "b", b""), ("a/x", b'0', "", b"x")])));
}

#[test]
fn a_hard_link_to_a_file_outside() {
    assert!(flagged("m.tar", &tar(&[("x", b'1', "../../etc/shadow", b"")])));
}

#[test]
fn a_device() {
    assert!(flagged("m.tar", &tar(&[("x", b'3', "", b"")])));
}

#[test]
fn a_symbolic_link_in_a_zip() {
    let link = Member { mode: 0o120_777, ..member("weights", b"/etc/passwd") };
    assert!(flagged("m.zip", &zip(&[link])));
}

#[test]
fn names_of_other_systems() {
    for name in ["C:\\Windows\\x", "..\\..\\x", "\\\\host\\share\\x", "/abs"] {
        assert!(flagged("m.tar", &tar(&[(name, b'0', "", b"x")])), "{name}");
    }
}

#[test]
fn links_within_the_folder_are_nothing() {
    let bytes = tar(&[("snapshots/main/w.bin", b'2', "../../blobs/ab", b""), ("./blobs/ab", b'0', "", b"x")]);
    assert!(findings(&RULE, "hub.tar", &bytes).is_empty());
}
