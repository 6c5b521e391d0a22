//! What parsing gives: one value per format, and the one function that parses.

use crate::{Context, Format, Problem, Source, archive, archive::Archive};
// One line for each format, so that two of them can be added at once.
use crate::gguf;
use crate::hdf5;
use crate::jinja;
use crate::json;
use crate::keras;
use crate::markdown;
use crate::notebook;
use crate::numpy;
use crate::onnx;
use crate::pickle;
use crate::python;
use crate::safetensors;
use crate::tensorflow;
use crate::trees;
use crate::yaml;

/// A parsed file or member.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Parsed {
    /// A container: its members are walked with [`visit`](crate::archive).
    Archive(Archive),
    Onnx(Box<onnx::OnnxModel>),
    Gguf(Box<gguf::Gguf>),
    Hdf5(Box<hdf5::Hdf5File>),
    Jinja(jinja::Template),
    Json(json::Document),
    Keras(Box<keras::KerasConfig>),
    Markdown(markdown::Markdown),
    Notebook(notebook::Notebook),
    Numpy(numpy::Array),
    Pickle(pickle::Transcript),
    Python(python::Module),
    Safetensors(safetensors::Safetensors),
    /// A SavedModel, a MetaGraph or a GraphDef.
    TensorFlow(Box<tensorflow::TensorFlowModel>),
    Trees(trees::Ensemble),
    Yaml(yaml::Document),
    /// Nothing was parsed: the format has no parser, or needs none.
    Opaque,
}

impl Parsed {
    /// What the parser noticed.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Parsed::Archive(archive) => &archive.problems,
            Parsed::Onnx(model) => &model.problems,
            Parsed::Gguf(file) => &file.problems,
            Parsed::Hdf5(file) => &file.problems,
            Parsed::Jinja(template) => &template.problems,
            Parsed::Json(document) => &document.problems,
            Parsed::Keras(config) => &config.problems,
            Parsed::Markdown(card) => &card.problems,
            Parsed::Notebook(notebook) => &notebook.problems,
            Parsed::Numpy(array) => &array.problems,
            Parsed::Pickle(transcript) => &transcript.problems,
            Parsed::Python(module) => &module.problems,
            Parsed::Safetensors(file) => &file.problems,
            Parsed::TensorFlow(model) => &model.problems,
            Parsed::Trees(ensemble) => &ensemble.problems,
            Parsed::Yaml(document) => &document.problems,
            Parsed::Opaque => &[],
        }
    }
}

/// Parses `source` as `format`. `name` is the last part of its name, which some formats (a template in a `.jinja` file,
/// a joblib stream) leave as the only hint.
#[must_use]
pub fn parse(format: Format, source: &Source, name: &str, context: &Context) -> Parsed {
    match format {
        Format::Onnx => Parsed::Onnx(Box::new(onnx::parse(source, context))),
        Format::Gguf => Parsed::Gguf(Box::new(gguf::parse(source, context))),
        Format::Hdf5 => Parsed::Hdf5(Box::new(hdf5::parse(source, context))),
        Format::Jinja => Parsed::Jinja(jinja::read(source, context)),
        Format::Json => Parsed::Json(json::read(source, context)),
        Format::KerasConfig => Parsed::Keras(Box::new(keras::parse(source, context))),
        Format::Markdown => Parsed::Markdown(markdown::read(source, context)),
        Format::Notebook => Parsed::Notebook(notebook::read(source, context)),
        Format::Npy => Parsed::Numpy(numpy::parse(source, context)),
        Format::Pickle => Parsed::Pickle(pickle::parse(source, context)),
        Format::Python => Parsed::Python(python::read(source, name, context)),
        Format::Safetensors => Parsed::Safetensors(safetensors::parse(source, context)),
        Format::SavedModel | Format::MetaGraph | Format::GraphDef => {
            Parsed::TensorFlow(Box::new(tensorflow::parse(format, source, context)))
        }
        Format::XgboostJson
        | Format::XgboostUbj
        | Format::XgboostBinary
        | Format::LightgbmText
        | Format::Catboost => Parsed::Trees(trees::parse(format, source, context)),
        Format::Yaml => Parsed::Yaml(yaml::read(source, context)),
        Format::Zip
        | Format::Tar
        | Format::SevenZip
        | Format::Gzip
        | Format::Zlib
        | Format::Bzip2
        | Format::Xz
        | Format::Lzma
        | Format::Lz4
        | Format::Zstd => Parsed::Archive(archive::parse(format, source, context)),
        _ => Parsed::Opaque,
    }
}
