//! Checkpoints in which the pickle and the members contradict one another.

use super::*;
use crate::{Format, archive};

/// A ZIP of stored members.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let at = out.len() as u32;
        let (length, crc) = (data.len() as u32, crc32fast::hash(data));
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        common.extend([crc.to_le_bytes(), length.to_le_bytes(), length.to_le_bytes()].concat());
        common.extend([(name.len() as u16).to_le_bytes(), [0, 0]].concat());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(*data);
        central.extend(b"PK\x01\x02\x14\0");
        central.extend(&common);
        central.extend([0; 10]);
        central.extend(at.to_le_bytes());
        central.extend(name.as_bytes());
    }
    let (start, count) = (out.len() as u32, members.len() as u16);
    let size = central.len() as u32;
    out.extend(central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn read(pickle: &str, data: &[u8]) -> Checkpoint {
    let pickle = pickle::assemble(pickle).unwrap();
    let bytes = zip(&[
        ("m/data.pkl", &pickle),
        ("m/byteorder", b"little"),
        ("m/data/0", data),
        ("m/version", b"3\n"),
    ]);
    let source = Source::from_vec(bytes);
    let context = Context::default();
    checkpoints(&archive::parse(Format::Zip, &source, &context), &source, &context).remove(0)
}

/// `_rebuild_tensor_v2` over the storage `0` of `count` floats.
fn tensor(count: &str, offset: &str, size: &str, stride: &str) -> String {
    format!(
        "PROTO 2\nGLOBAL 'torch._utils' '_rebuild_tensor_v2'\nMARK\nMARK\nBINUNICODE 'storage'\n\
         GLOBAL 'torch' 'FloatStorage'\nBINUNICODE '0'\nBINUNICODE 'cpu'\nLONG1 {count}\nTUPLE\nBINPERSID\nLONG1 {offset}\n\
         LONG1 {size}\nTUPLE1\nLONG1 {stride}\nTUPLE1\nNEWFALSE\nEMPTY_DICT\nTUPLE\nREDUCE\n"
    )
}

fn codes(pickle: &str, data: usize) -> Vec<&'static str> {
    read(&format!("{pickle}STOP"), &vec![0; data]).problems.iter().map(|p| p.code).collect()
}

#[test]
fn a_sound_checkpoint_has_storages_tensors_and_no_problem() {
    let checkpoint = read(&format!("{}STOP", tensor("4", "0", "4", "1")), &[0; 16]);
    assert_eq!(checkpoint.problems, []);
    assert_eq!(
        (checkpoint.storages[0].element, checkpoint.storages[0].bytes),
        (Some(Element::F32), Some(16))
    );
    assert_eq!(checkpoint.tensors[0].shape, [4]);
    let range = &checkpoint.ranges()[0];
    assert_eq!((range.length, range.element, range.big_endian), (16, Element::F32, false));
}

#[test]
fn cve_2026_24747_a_storage_that_declares_more_than_its_member_holds() {
    assert_eq!(codes(&tensor("400", "0", "400", "1"), 16), ["storage-short"]);
    assert_eq!(codes(&tensor("4611686018427387904", "0", "4", "1"), 16), ["storage-count"]);
    assert_eq!(codes(&tensor("-1", "0", "0", "1"), 16), ["storage-count"]);
}

#[test]
fn cve_2026_24747_an_item_set_in_a_tensor() {
    let pickle = format!("{}BINUNICODE 'a'\nNONE\nSETITEM\n", tensor("4", "0", "4", "1"));
    assert_eq!(codes(&pickle, 16), ["tensor-written"]);
}

#[test]
fn a_member_that_is_longer_than_its_storage_hides_bytes() {
    assert_eq!(codes(&tensor("4", "0", "4", "1"), 40), ["storage-long"]);
}

#[test]
fn tensors_that_reach_out_of_their_storage() {
    for (offset, size, stride) in [
        ("1", "4", "1"),
        ("0", "4", "2"),
        ("0", "5", "1"),
        ("-1", "4", "1"),
        ("0", "4", "-1"),
        ("0", "9223372036854775807", "9223372036854775807"),
    ] {
        assert_eq!(
            codes(&tensor("4", offset, size, stride), 16),
            ["tensor-bounds"],
            "{offset} {size} {stride}"
        );
    }
    for (offset, size, stride) in [("3", "1", "100"), ("0", "0", "1"), ("0", "4", "0"), ("4", "0", "1")] {
        assert_eq!(
            codes(&tensor("4", offset, size, stride), 16),
            Vec::<&str>::new(),
            "{offset} {size} {stride}"
        );
    }
}

#[test]
fn one_key_with_two_types_is_hostile() {
    let second = tensor("2", "0", "2", "1").replace("PROTO 2\n", "").replace("FloatStorage", "DoubleStorage");
    assert_eq!(codes(&format!("{}POP\n{second}", tensor("4", "0", "4", "1")), 16), ["storage-conflict"]);
}

proptest::proptest! {
    #[test]
    fn a_sound_checkpoint_with_any_bytes_changed_is_read(at in 0usize..1000, bytes: [u8; 3]) {
        let pickle = pickle::assemble(&format!("{}STOP", tensor("4", "0", "4", "1"))).unwrap();
        let code = b"def f(x):\n  return torch.from_file('x')\n";
        let members = [("m/data.pkl", pickle.as_slice()), ("m/data/0", &[0; 16]), ("m/code/a.py", code)];
        let mut file = zip(&members);
        let at = at % (file.len() - 3);
        file[at..at + 3].copy_from_slice(&bytes);
        let source = Source::from_vec(file);
        let context = Context::default();
        let archive = archive::parse(Format::Zip, &source, &context);
        for checkpoint in checkpoints(&archive, &source, &context) {
            let _ = crate::statistics::scan(&source, checkpoint.ranges());
        }
        let _ = super::super::operators(&archive, &source, &context);
    }
}
