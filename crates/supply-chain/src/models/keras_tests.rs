//! Runs one check over a Keras configuration given as text.

use crate::{Artifact, effects::Effects};
use modelward_formats::{Context, Format, Parsed, Source, keras};
use modelward_kernel::{AssetId, AssetKind, Finding, Place};

pub(super) fn run(check: fn(&Artifact<'_>, &mut Vec<Finding>), text: &str) -> Vec<Finding> {
    let place = Place::file("config.json");
    let artifact = Artifact {
        asset: &AssetId::new(AssetKind::ModelFile, "config.json"),
        place: &place,
        format: Format::KerasConfig,
        parsed: &Parsed::Keras(Box::new(keras::config(text.as_bytes(), &Context::default()))),
        source: &Source::from_vec(text.as_bytes().to_vec()),
        effects: &Effects::builtin(),
        within: &[],
    };
    let mut findings = Vec::new();
    check(&artifact, &mut findings);
    findings
}
