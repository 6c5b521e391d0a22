//! What judging one file gives: the message that a worker sends to the supervisor.

use modelward_formats::Format;
use modelward_kernel::{Asset, AssetKind as Kind, Finding, Place, Reason, Relation, Severity, Unknown};
use modelward_supply_chain::{Fact, RepositoryFile};

/// Everything that one file gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) assets: Vec<Asset>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknowns: Vec<Unknown>,
    pub(crate) facts: Vec<Fact>,
    /// The file itself first, then its members at all depths.
    pub(crate) files: Vec<RepositoryFile>,
    /// Only when transcripts were asked for.
    pub(crate) transcripts: Vec<TranscriptLine>,
    pub(crate) members: u64,
    pub(crate) pickle_streams: u64,
    pub(crate) bytes_hashed: u64,
}

/// One pickle stream and where it was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TranscriptLine {
    pub(crate) path: String,
    /// The chain of members as one path: `decompressed` for what a compressed stream holds, `npy_object` for the objects of
    /// an array. None for a stream in the file itself.
    pub(crate) member: Option<String>,
    /// The number of the parsed file or member among all of the file; those that fewer readers see come after all others.
    pub(crate) serial: u64,
    /// The rest of the JSON object: from `"offset"` to its end.
    pub(crate) stream: String,
}

impl TranscriptLine {
    /// The line; `named` tells whether the file's path is part of it, `number` which of the members of that name it is.
    pub(crate) fn to_json(&self, named: bool, number: usize) -> String {
        let text = |value: Option<String>| serde_json::Value::from(value).to_string();
        let suffix = if number > 1 { format!("#{number}") } else { String::new() };
        let file = text(named.then(|| self.path.clone()));
        let member = text(self.member.as_ref().map(|member| format!("{member}{suffix}")));
        format!("{{\"file\":{file},\"member\":{member},{}", self.stream)
    }
}

impl Outcome {
    /// The outcome of a file that could not be judged at all.
    pub(crate) fn not_judged(path: &str, reason: Reason, message: String, lifted_by: &str) -> Outcome {
        let name = path.rsplit('/').next().unwrap_or(path);
        let place = Place::file(path);
        let asset = Asset::at(asset_kind(&[], name), name, place.clone());
        let unknown = Unknown::new(reason, Severity::High, &asset.id, place, message).lifted_by(lifted_by);
        Outcome { assets: vec![asset], unknowns: vec![unknown], ..Outcome::default() }
    }
}

/// Which kind of asset a file of these formats is.
pub(crate) fn asset_kind(formats: &[Format], name: &str) -> Kind {
    let has = |wanted: &[Format]| formats.iter().any(|format| wanted.contains(format));
    if has(&[Format::Notebook]) {
        Kind::Notebook
    } else if has(&[Format::Python, Format::Script, Format::PythonBytecode]) {
        Kind::Code
    } else if has(&[Format::Jinja]) {
        Kind::Prompt
    } else if has(&[Format::Parquet]) {
        Kind::Dataset
    } else if has(WEIGHTS) || (formats.contains(&Format::Opaque) && has_model_name(name)) {
        Kind::ModelFile
    } else {
        Kind::File
    }
}

/// Formats that are a model or a part of one.
pub(crate) const WEIGHTS: &[Format] = &[
    Format::Pickle,
    Format::Npy,
    Format::Safetensors,
    Format::Gguf,
    Format::Ggml,
    Format::Onnx,
    Format::SavedModel,
    Format::GraphDef,
    Format::MetaGraph,
    Format::Hdf5,
    Format::KerasConfig,
    Format::XgboostJson,
    Format::XgboostUbj,
    Format::XgboostBinary,
    Format::LightgbmText,
    Format::Catboost,
    Format::Tflite,
    Format::CoreMl,
    Format::OpenVino,
    Format::Pmml,
    Format::TensorRt,
    Format::Rds,
    Format::Torch7,
    Format::MxNet,
    Format::Paddle,
    Format::Msgpack,
    Format::Executorch,
    Format::Cntk,
    Format::Ort,
    Format::Ncnn,
    Format::Rknn,
    Format::Zip,
    Format::Tar,
    Format::SevenZip,
    Format::Gzip,
    Format::Zlib,
    Format::Bzip2,
    Format::Xz,
    Format::Lzma,
    Format::Lz4,
    Format::Zstd,
];

/// Whether a name promises a model, so that bytes of no known format under it are not let through in silence.
pub(crate) fn has_model_name(name: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        "bin",
        "bst",
        "caffemodel",
        "cbm",
        "ckpt",
        "dat",
        "dill",
        "engine",
        "gguf",
        "ggml",
        "h5",
        "hdf5",
        "joblib",
        "keras",
        "llamafile",
        "mar",
        "mlmodel",
        "mnn",
        "model",
        "msgpack",
        "nemo",
        "npy",
        "npz",
        "onnx",
        "ot",
        "params",
        "pb",
        "pdiparams",
        "pdmodel",
        "pickle",
        "pkl",
        "plan",
        "pt",
        "pt2",
        "pte",
        "pth",
        "ptl",
        "rds",
        "rknn",
        "safetensors",
        "skops",
        "t7",
        "tflite",
        "torch",
        "trt",
        "ubj",
        "weights",
    ];
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}
