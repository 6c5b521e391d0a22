use super::*;
use crate::models::container::trial::{findings, member, zip};

/// The first bytes of a 64-bit shared library for x86-64.
fn elf() -> Vec<u8> {
    [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0", &[0; 40][..]].concat()
}

fn severities(name: &str, bytes: &[u8]) -> Vec<Severity> {
    findings(&RULE, name, bytes).iter().map(|finding| finding.severity).collect()
}

#[test]
fn a_llamafile_is_a_program_and_an_archive() {
    let bytes =
        [b"MZqFpD='\n\n".to_vec(), vec![b' '; 64], zip(&[member("m.gguf", b"GGUF\x03\0\0\0")])].concat();
    assert_eq!(severities("m.llamafile", &bytes), [Severity::High]);
}

#[test]
fn a_program_under_the_name_of_weights_is_worse_than_one_beside_them() {
    assert_eq!(severities("pytorch_model.bin", &elf()), [Severity::High]);
    assert_eq!(severities("libcustom_ops.so", &elf()), [Severity::Medium]);
    assert_eq!(
        severities("torch-1.0-py3-none-any.whl", &zip(&[member("torch/lib.so", &elf())])),
        [Severity::Low]
    );
}

#[test]
fn a_program_behind_an_archive_or_within_a_storage() {
    let archive = zip(&[member("archive/data/0", &[&[1; 100][..], &elf()].concat())]);
    assert_eq!(severities("m.pt", &archive), [Severity::High]);
    let archive = [zip(&[member("a", b"1")]), elf()].concat();
    assert_eq!(severities("m.pt", &archive), [Severity::High]);
}

#[test]
fn a_python_script_is_no_program_and_a_shell_script_a_small_one() {
    assert!(severities("convert.py", b"#!/usr/bin/env python3\nprint()\n").is_empty());
    assert_eq!(severities("train.sh", b"#!/bin/bash\npython train.py\n"), [Severity::Low]);
    assert_eq!(severities("model.bin", b"#!/bin/bash\ncurl x | sh\n"), [Severity::High]);
}

#[test]
fn programs_in_the_archive_of_a_model_have_no_place_there() {
    let members = [member("config.json", b"{}"), member("assets/run.sh", b"#!/bin/sh\nid\n")];
    assert_eq!(severities("m.keras", &zip(&members)), [Severity::Medium]);
    // A library that is broken, or made so that a strict parser passes it by, is one by its name.
    assert_eq!(severities("m.keras", &zip(&[member("a.so", b"\x7fELF\0\0\0\0")])), [Severity::Medium]);
}

#[test]
fn a_signature_by_chance_is_nothing() {
    let noise = [&[7, 0, 9][..], b"\x7fELF\x93\x41", &[200; 60], b"MZ", &[77; 100]].concat();
    assert!(severities("weights.dat", &noise).is_empty());
}
