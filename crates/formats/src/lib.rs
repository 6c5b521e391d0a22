//! Bytes to values: total functions over the formats that models are made of.
//!
//! A parser here never fails, never panics and never recurses on the depth of its input. It returns what it understood and
//! a list of [`Problem`]s with their places; each module's head states its bounds of memory and time. Nothing is executed,
//! imported, unpickled or rendered, nothing is written outside the [`Spool`], and no judgement is made:
//! whether a call is harmful is the business of the rule families.
//! Start with [`Source`] (where bytes come from), [`identify`] (what they are) and [`parse`] (what they say).

pub mod archive;
mod context;
mod element;
mod format;
pub mod gguf;
pub mod hdf5;
mod identify;
pub mod jinja;
pub mod json;
pub mod keras;
pub mod limits;
pub mod markdown;
pub mod marshal;
pub mod notebook;
pub mod numpy;
pub mod onnx;
mod parsed;
pub mod pickle;
mod problem;
mod protobuf;
pub mod python;
pub mod safetensors;
mod source;
mod spool;
pub mod statistics;
pub mod tensorflow;
pub mod text;
pub mod torch;
pub mod trees;
pub mod yaml;

pub use context::Context;
pub use element::{Class, Element};
pub use format::Format;
pub use identify::identify;
pub use parsed::{Parsed, parse};
pub use problem::{Problem, ProblemKind};
pub use source::{FileSource, ReadAt, Reader, Source};
pub use spool::{Spool, SpoolWriter};
