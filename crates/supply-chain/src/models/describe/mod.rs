//! What an artefact says about itself: properties for the AI-BOM, the assets it names, facts for rules over the folder, and
//! what could not be judged. One file per format; no judgement is made here.

mod archive;
mod facts;
mod hdf5;
mod jinja;
mod json;
mod keras;
mod markdown;
mod onnx;
mod pickle;
mod python;
mod tensorflow;
mod tensors;
mod yaml;

use crate::{Artifact, Description};
use modelward_formats::Parsed;

/// Adds to `description` what the parsed artefact says.
pub fn describe(artifact: &Artifact<'_>, description: &mut Description) {
    match artifact.parsed {
        Parsed::Archive(archive) => archive::describe(archive, description),
        Parsed::Hdf5(file) => hdf5::describe(file, description),
        Parsed::Keras(config) => keras::describe(config, description),
        Parsed::Onnx(model) => onnx::describe(artifact, model, description),
        Parsed::Pickle(transcript) => pickle::describe(transcript, description),
        Parsed::Jinja(_) => jinja::describe(artifact, description),
        Parsed::Json(document) => json::describe(artifact, document, description),
        Parsed::Python(module) => python::describe(artifact, module, description),
        Parsed::Markdown(card) => markdown::describe(artifact, card, description),
        Parsed::Yaml(document) => yaml::describe(artifact, document, description),
        Parsed::Gguf(file) => tensors::gguf(artifact, file, description),
        Parsed::Numpy(array) => tensors::numpy(array, description),
        Parsed::Trees(ensemble) => tensors::trees(ensemble, description),
        Parsed::Safetensors(file) => tensors::safetensors(file, description),
        Parsed::TensorFlow(model) => tensorflow::describe(artifact, model, description),
        _ => {}
    }
}
