//! What is walked, and what a link can and cannot do.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use modelward_collect::{CollectError, SkipReason, Tree};
use std::{fs, io::Read, os::unix::fs::symlink, path::Path};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn paths(root: &Path) -> Vec<String> {
    Tree::open(root).unwrap().entries().iter().map(|e| e.path.clone()).collect()
}

#[test]
fn files_come_in_the_order_of_their_paths() {
    let root = folder();
    fs::create_dir_all(root.path().join("b/c")).unwrap();
    for name in ["b/c/2", "a", "b/1"] {
        fs::write(root.path().join(name), name).unwrap();
    }
    assert_eq!(paths(root.path()), ["a", "b/1", "b/c/2"]);
}

#[test]
fn a_link_within_the_target_is_scanned_under_its_own_name() {
    let root = folder();
    fs::create_dir_all(root.path().join("snapshots")).unwrap();
    fs::write(root.path().join("blob"), "weights").unwrap();
    symlink("../blob", root.path().join("snapshots/model.bin")).unwrap();
    let tree = Tree::open(root.path()).unwrap();
    let entry = tree.entries().iter().find(|e| e.path == "snapshots/model.bin").unwrap();
    let mut text = String::new();
    tree.open_file(entry).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "weights");
}

#[test]
fn a_link_that_leaves_the_target_is_skipped_and_said_so() {
    let root = folder();
    fs::write(root.path().join("a"), "").unwrap();
    symlink("/etc/passwd", root.path().join("absolute")).unwrap();
    symlink("../../../../etc/passwd", root.path().join("upwards")).unwrap();
    let tree = Tree::open(root.path()).unwrap();
    assert_eq!(tree.entries().len(), 1);
    assert!(tree.skipped().iter().all(|s| s.reason == SkipReason::LinkLeaves));
    assert_eq!(tree.skipped().len(), 2);
}

#[test]
fn a_file_exchanged_for_a_link_after_the_walk_cannot_lead_outside() {
    let root = folder();
    let file = root.path().join("model.pkl");
    fs::write(&file, "harmless").unwrap();
    let tree = Tree::open(root.path()).unwrap();
    fs::remove_file(&file).unwrap();
    symlink("/etc/passwd", &file).unwrap();
    assert!(tree.open_file(&tree.entries()[0]).is_err());
}

#[test]
fn a_loop_of_links_ends() {
    let root = folder();
    fs::write(root.path().join("a"), "").unwrap();
    symlink(".", root.path().join("again")).unwrap();
    symlink("loop", root.path().join("loop")).unwrap();
    assert_eq!(paths(root.path()), ["a"]);
}

#[test]
fn the_records_of_a_git_repository_are_skipped_but_a_folder_of_that_name_is_not() {
    let root = folder();
    fs::create_dir_all(root.path().join(".git/objects")).unwrap();
    fs::write(root.path().join(".git/HEAD"), "ref").unwrap();
    fs::create_dir_all(root.path().join("model/.git")).unwrap();
    fs::write(root.path().join("model/.git/weights.pkl"), "").unwrap();
    let tree = Tree::open(root.path()).unwrap();
    assert_eq!(tree.entries()[0].path, "model/.git/weights.pkl");
    assert_eq!(tree.skipped()[0].reason, SkipReason::GitRecords);
}

#[test]
fn an_empty_folder_and_an_absent_path_are_errors_that_say_so() {
    let root = folder();
    assert!(matches!(Tree::open(root.path()), Err(CollectError::Empty(_))));
    assert!(matches!(Tree::open(&root.path().join("no")), Err(CollectError::NotFound(_))));
}
