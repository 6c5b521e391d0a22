use super::*;
use crate::models::container::trial::{Member, findings, member, tar, zip};

const PICKLE: &[u8] = b"\x80\x02N.";

fn codes(name: &str, bytes: &[u8]) -> Vec<String> {
    let found = findings(&RULE, name, bytes);
    found.iter().filter_map(|f| f.witness.split(' ').next().map(str::to_owned)).collect()
}

#[test]
fn cve_2025_1944_the_local_header_has_another_name() {
    let hidden = Member { central: "archive/notes.md", ..member("archive/data.pkl", PICKLE) };
    assert_eq!(codes("model.pt", &zip(&[hidden])), ["name-differs"]);
}

#[test]
fn cve_2025_1945_flag_bits_that_make_other_readers_give_up() {
    for flag in [1, 1 << 5, 1 << 6, 1 << 13] {
        let member = Member { central_flags: flag, ..member("archive/data.pkl", PICKLE) };
        assert!(codes("model.pt", &zip(&[member])).contains(&"flags-differ".to_owned()), "{flag:#x}");
    }
    for flag in [1, 1 << 6, 1 << 13] {
        let member = Member { central_flags: flag, local_flags: flag, ..member("archive/data.pkl", PICKLE) };
        assert_eq!(codes("model.pt", &zip(&[member])), ["false-encryption-flag"], "{flag:#x}");
    }
}

#[test]
fn cve_2025_10156_a_checksum_that_some_readers_ignore() {
    let member = Member { crc: 0xdead_beef, ..member("archive/data.pkl", PICKLE) };
    let found = findings(&RULE, "model.pt", &zip(&[member]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Medium);
}

#[test]
fn a_number_of_members_that_is_wrong() {
    let mut bytes = zip(&[member("a", b"1"), member("b", b"2")]);
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].fill(0);
    assert_eq!(codes("m.zip", &bytes), ["count-differs"]);
}

#[test]
fn a_member_that_only_a_local_header_shows() {
    let both = zip(&[member("a", b"1"), member("b", PICKLE)]);
    let one = zip(&[member("a", b"1")]);
    // The local headers of both, the directory of the first alone.
    let locals = memchr::memmem::find(&both, b"PK\x01\x02").unwrap();
    let mut bytes = both[..locals].to_vec();
    let directory = memchr::memmem::find(&one, b"PK\x01\x02").unwrap();
    bytes.extend(&one[directory..]);
    let end = bytes.len() - 22;
    bytes[end + 16..end + 20].copy_from_slice(&(locals as u32).to_le_bytes());
    assert_eq!(codes("m.zip", &bytes), ["hidden-member"]);
}

#[test]
fn two_archives_end_to_end() {
    let mut bytes = zip(&[member("archive/data.pkl", PICKLE)]);
    bytes.extend(zip(&[member("archive/data.pkl", b"\x80\x02]q\0.")]));
    assert!(codes("model.pt", &bytes).contains(&"two-end-records".to_owned()));
}

#[test]
fn an_end_record_in_the_comment_that_leads_nowhere() {
    let mut bytes = zip(&[member("a", b"1")]);
    let end = bytes.len() - 2;
    bytes[end..].copy_from_slice(&22_u16.to_le_bytes());
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\xff\xff\0\0\0\0");
    assert_eq!(codes("m.zip", &bytes), ["false-end-record"]);
}

#[test]
fn a_tar_with_members_behind_its_end() {
    let mut bytes = tar(&[("a", b'0', "", b"1")]);
    bytes.extend(tar(&[("b", b'0', "", PICKLE)]));
    assert_eq!(codes("m.tar", &bytes), ["members-after-end"]);
}

#[test]
fn one_tool_s_archives_are_nothing() {
    assert!(
        codes("m.zip", &zip(&[member("a/x", b"1"), member("a/y", b"1"), member("b/x", b"2")])).is_empty()
    );
    assert!(codes("m.tar", &tar(&[("a", b'0', "", b"1"), ("b/", b'5', "", b"")])).is_empty());
    assert!(codes("empty.zip", &zip(&[])).is_empty());
}
