use super::*;
use crate::models::container::trial::{findings, member, zip};

const PICKLE: &[u8] = b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.";

#[test]
fn cve_2025_1889_a_pickle_in_an_archive_under_a_name_that_scanners_skip() {
    let found = findings(&RULE, "model.pt", &zip(&[member("archive/config.txt", PICKLE)]));
    assert_eq!(found.len(), 1);
}

#[test]
fn cve_2025_10155_a_pickle_is_found_under_any_name() {
    // The content decides: whatever the file is called, it is judged as a pickle, and a usual name is no finding here.
    for name in ["pytorch_model.bin", "model.ckpt", "model", "weights.dat"] {
        assert!(findings(&RULE, name, PICKLE).is_empty(), "{name}");
        let source = modelward_formats::Source::from_vec(PICKLE.to_vec());
        assert_eq!(identify(&source, name), [Format::Pickle], "{name}");
    }
}
