//! What the architecture forbids, as ordinary tests: `cargo test` says it before a reviewer has to.

use xtask::{root, tidy};

#[track_caller]
fn is_tidy(complaints: anyhow::Result<Vec<String>>) {
    let complaints = complaints.unwrap_or_else(|error| vec![format!("{error:#}")]);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn dependencies_point_the_right_way() {
    is_tidy(tidy::dependencies::check(&root()));
}

#[test]
fn links_lead_somewhere() {
    is_tidy(tidy::links::check(&root()));
}

#[test]
fn names_say_what_things_are() {
    is_tidy(tidy::names::check(&root()));
}

#[test]
fn files_say_what_they_are_and_hold_no_machine() {
    is_tidy(tidy::text::check(&root()));
}

#[test]
fn rules_are_their_folders() {
    is_tidy(tidy::rules::check(&root()));
}
