//! What parsing gives: one value per format, and the one function that parses.

use crate::{Context, Format, Problem, Source, archive::Archive, onnx, pickle};

/// A parsed file or member.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Parsed {
    /// A container: its members are walked with [`visit`](crate::archive).
    Archive(Archive),
    Onnx(Box<onnx::OnnxModel>),
    Pickle(pickle::Transcript),
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
            Parsed::Pickle(transcript) => &transcript.problems,
            Parsed::Opaque => &[],
        }
    }
}

/// Parses `source` as `format`. `name` is the last part of its name, which some formats (a template in a `.jinja` file,
/// a joblib stream) leave as the only hint.
#[must_use]
pub fn parse(format: Format, source: &Source, _name: &str, context: &Context) -> Parsed {
    match format {
        Format::Onnx => Parsed::Onnx(Box::new(onnx::parse(source, context))),
        _ => Parsed::Opaque,
    }
}
