//! The reference is what its sources say.

#[test]
fn the_reference_is_as_the_chore_writes_it() {
    let complaints = xtask::docs::check(&xtask::root()).unwrap();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
