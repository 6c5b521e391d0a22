//! The Keras configurations of an artefact, wherever its format keeps them.

use crate::Artifact;
use modelward_formats::{Parsed, keras::KerasConfig};

/// Every configuration in the artefact, and whether its loader also builds classes that it does not know: a SavedModel
/// brings the graph of such a class with it, so their names alone mean nothing there.
pub(super) fn configs<'a>(artifact: &Artifact<'a>) -> Vec<(&'a KerasConfig, bool)> {
    match artifact.parsed {
        Parsed::Keras(config) => {
            let saved_model = artifact.source.array_at::<1>(0) == Some([0x0a]);
            vec![(config, !saved_model)]
        }
        Parsed::Hdf5(file) => file.keras.iter().map(|config| (config, true)).collect(),
        Parsed::TensorFlow(model) => model.keras.iter().map(|config| (config, false)).collect(),
        _ => Vec::new(),
    }
}
