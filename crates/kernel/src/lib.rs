//! The vocabulary that every other crate speaks: what an asset, a relation, a place, a rule, a finding and a verdict *are*.
//!
//! It is not a place for behaviour: no file is read here, nothing is parsed and nothing is printed, and no type derives
//! `Serialize`, because a wire format is a decision of the crate that speaks it.
//! Start with [`Rule`], then [`Finding`] and [`Inventory`].

mod asset;
mod finding;
mod inventory;
mod map;
mod place;
mod report;
mod rule;
mod severity;
mod unknown;
mod value;
mod verdict;

pub use asset::{Asset, AssetId, AssetKind, Modality, Relation, RelationKind};
pub use finding::{Evidence, Finding, Fix, FixSafety, Suppression};
pub use inventory::Inventory;
pub use map::Map;
pub use place::Place;
pub use report::{Report, Run, Stats};
pub use rule::Rule;
pub use severity::{Confidence, Severity};
pub use unknown::{Reason, Unknown};
pub use value::Value;
pub use verdict::Verdict;

/// The first `bytes` bytes of a SHA-256 over the parts, each followed by a NUL so that no two lists of parts collide,
/// in lower-case hexadecimal. Identities and fingerprints are made of it.
#[must_use]
pub fn identity_hash(parts: &[&str], bytes: usize) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(bytes).map(|b| format!("{b:02x}")).collect()
}
