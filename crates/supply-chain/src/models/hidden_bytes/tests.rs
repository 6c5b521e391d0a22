use super::*;
use crate::models::container::trial::{findings, member, tar, zip};

#[test]
fn formats_behind_which_an_archive_stands() {
    let zip = zip(&[member("a", b"1")]);
    for front in
        [&b"\xff\xd8\xff\xe0 picture"[..], b"\x80\x04N.", b"GGUF\x03\0\0\0\0\0\0\0", b"\x89PNG\r\n\x1a\n"]
    {
        let found = findings(&RULE, "m.bin", &[front, &zip].concat());
        // A pickle in front is said from both sides: what stands behind it, and what the archive stands behind.
        assert!(found.iter().any(|f| f.severity == Severity::Medium), "{front:?}");
    }
}

#[test]
fn a_tar_whose_last_member_is_a_zip_is_a_tar() {
    let inner = zip(&[member("archive/data.pkl", b"\x80\x02N.")]);
    assert!(findings(&RULE, "model.tar", &tar(&[("model.pth", b'0', "", &inner)])).is_empty());
}

#[test]
fn a_pickle_between_two_members() {
    let one = zip(&[member("a", b"1")]);
    let mut bytes = one[..32].to_vec();
    bytes.extend(b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.");
    let start = bytes.len() as u32;
    bytes.extend(&one[32..]);
    let end = bytes.len() - 22;
    bytes[end + 16..end + 20].copy_from_slice(&start.to_le_bytes());
    assert_eq!(findings(&RULE, "m.zip", &bytes).len(), 1);
}
