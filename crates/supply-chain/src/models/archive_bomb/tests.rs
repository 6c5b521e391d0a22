use super::*;
use crate::models::container::trial::{Member, findings, member, zip};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

fn gzip_of_zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..megabytes {
        encoder.write_all(&vec![0; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_stream_that_becomes_far_larger_is_given_up() {
    let found = findings(&RULE, "model.pkl.gz", &gzip_of_zeros(250));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::High);
}

#[test]
fn a_stream_below_the_limit_is_nothing() {
    assert!(findings(&RULE, "w.gz", &gzip_of_zeros(12)).is_empty());
}

#[test]
fn sizes_that_only_the_directory_declares() {
    let bomb = Member { size: 4_000_000_000, ..member("w.npy", b"0123456789abcdef") };
    assert_eq!(findings(&RULE, "w.npz", &zip(&[bomb])).len(), 1);
}

#[test]
fn many_small_members_that_are_a_bomb_together() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let members: Vec<Member> =
        names.iter().map(|name| Member { size: 50 << 20, ..member(name, b"0123456789abcdef") }).collect();
    assert_eq!(findings(&RULE, "w.npz", &zip(&members)).len(), 1);
}

#[test]
fn members_that_share_bytes() {
    // The second member's directory entry points into the data of the first.
    let mut inner = zip(&[member("b", b"payload payload")]);
    inner.truncate(30 + 1 + 15);
    let mut bytes = zip(&[member("a", &inner), member("b", b"payload payload")]);
    let at = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[at + 42..at + 46].copy_from_slice(&31_u32.to_le_bytes());
    let found = findings(&RULE, "w.zip", &bytes);
    assert!(found.iter().any(|finding| finding.witness.starts_with("overlapping-members")));
}
