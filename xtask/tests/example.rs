//! The binary files of the example are what `cargo xtask example` writes.

#[test]
fn the_example_is_as_the_chore_writes_it() {
    let complaints = xtask::example::check(&xtask::root()).unwrap();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
