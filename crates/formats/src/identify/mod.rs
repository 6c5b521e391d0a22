//! What a file is, by its content: every format that it is valid as, because a loader picks by its own rules and a scanner
//! that picks one can be steered away from the others.
//!
//! It is not a parser: a signature, or a few numbers that must fit, decide. A name is a hint for formats that have no
//! signature, and never overrules content. Reads at most the first 4 KiB, the last 64 KiB and a few blocks between.
//! To add a format: a function `looks_like(head, source)` in its module, and a line in [`SIGNATURES`] or in `text.rs`.

mod numbers;
mod signature;
mod text;

use crate::{Format, Source, archive, gguf, keras, numpy, onnx, pickle, safetensors, tensorflow};

/// A test for one format: the first bytes (up to 4 KiB), and the whole.
type Signature = (Format, fn(&[u8], &Source) -> bool);

/// A format, endings of names that suggest it, and what content must not contradict.
type Hint = (Format, &'static [&'static str], fn(&[u8], &Source) -> bool);

/// All formats that binary content tells. A file can be several.
static SIGNATURES: &[Signature] = &[
    (Format::Zip, archive::zip_looks_like),
    (Format::Tar, archive::tar_looks_like),
    (Format::SevenZip, signature::seven_zip),
    (Format::Gzip, signature::gzip),
    (Format::Zlib, numbers::zlib),
    (Format::Bzip2, signature::bzip2),
    (Format::Xz, signature::xz),
    (Format::Lzma, numbers::lzma),
    (Format::Lz4, signature::lz4),
    (Format::Zstd, signature::zstd),
    (Format::Rar, signature::rar),
    (Format::Pickle, pickle::looks_like),
    (Format::Npy, numpy::looks_like),
    (Format::Safetensors, safetensors::looks_like),
    (Format::Gguf, gguf::looks_like),
    (Format::Ggml, signature::ggml),
    (Format::Onnx, onnx::looks_like),
    (Format::SavedModel, tensorflow::looks_like_saved_model),
    (Format::GraphDef, tensorflow::looks_like_graph_def),
    (Format::MetaGraph, tensorflow::looks_like_meta_graph),
    (Format::KerasConfig, keras::looks_like),
    (Format::Hdf5, signature::hdf5),
    (Format::XgboostUbj, numbers::xgboost_ubj),
    (Format::XgboostBinary, signature::xgboost_binary),
    (Format::Catboost, signature::catboost),
    (Format::Tflite, signature::tflite),
    (Format::Executorch, signature::executorch),
    (Format::Ort, signature::ort),
    (Format::Rds, signature::rds),
    (Format::MxNet, signature::mxnet),
    (Format::Cntk, signature::cntk),
    (Format::Rknn, signature::rknn),
    (Format::TensorRt, signature::tensorrt),
    (Format::Elf, signature::elf),
    (Format::MachO, signature::mach_o),
    (Format::Pe, signature::pe),
    (Format::Script, signature::script_before_bytes),
    (Format::PythonBytecode, signature::python_bytecode),
    (Format::Image, signature::image),
    (Format::Media, signature::media),
    (Format::Parquet, signature::parquet),
    (Format::Pdf, signature::pdf),
];

/// Formats without a signature: a name of the right ending, and content that does not speak against it.
static BY_NAME: &[Hint] = &[
    (Format::Onnx, &[".onnx"], numbers::any),
    (Format::TfCheckpoint, &[".index"], numbers::table),
    (Format::SavedModel, &["saved_model.pb"], numbers::protobuf),
    (Format::MetaGraph, &[".meta"], numbers::protobuf),
    (Format::GraphDef, &[".pb"], numbers::protobuf),
    (Format::CoreMl, &[".mlmodel"], numbers::protobuf),
    (Format::Paddle, &[".pdmodel", "__model__"], numbers::protobuf),
    (
        Format::Sentencepiece,
        &[".spm", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", ".sp.model"],
        numbers::protobuf,
    ),
    (Format::Safetensors, &[".safetensors"], numbers::any),
    (Format::Elf, &[".so", ".o", ".elf"], signature::elf_magic),
    (Format::Pe, &[".dll", ".exe", ".pyd", ".sys", ".scr"], signature::dos_magic),
    (Format::Torch7, &[".t7", ".th7"], numbers::any),
    (Format::Msgpack, &[".msgpack"], numbers::msgpack),
    (Format::TensorRt, &[".engine", ".plan", ".trt"], numbers::any),
    (Format::Rknn, &[".rknn"], numbers::any),
    (Format::Paddle, &[".pdiparams"], numbers::any),
];

/// Names that only unpicklers open, whatever the content looks like.
static PICKLE_NAMES: &[&str] =
    &[".ckpt", ".cloudpickle", ".dill", ".jbl", ".joblib", ".pck", ".pickle", ".pkl", ".pt", ".pth", ".sav"];

/// Names that unpicklers open among others.
static PICKLE_NAMES_AMONG_OTHERS: &[&str] = &[".bin", ".dat", ".data", ".model", ".p", ".weights"];

/// Bytes of the start that tests are given.
const HEAD: usize = 4096;

/// Every format that `source` is valid as; `name` is the last part of its name. Never empty: [`Format::Text`] or
/// [`Format::Opaque`] when nothing is recognised.
#[must_use]
pub fn identify(source: &Source, name: &str) -> Vec<Format> {
    let head = source.read_vec(0, HEAD);
    let mut found: Vec<Format> = SIGNATURES
        .iter()
        .filter(|(_, looks_like)| looks_like(&head, source))
        .map(|(format, _)| *format)
        .collect();
    if found.contains(&Format::Npy)
        && !found.contains(&Format::Pickle)
        && numpy::pickle_offset(source).is_some()
    {
        found.push(Format::Pickle);
    }
    if found.starts_with(&[Format::Zip, Format::Tar]) && archive::zip_is_member(source) {
        // The last member of the tar is a ZIP, whose end record is also near the end of the tar.
        found.remove(0);
    }
    let name = name.to_lowercase();
    let binary = !text::is_text(&head);
    if let Some(format) = by_name(&head, source, &name, binary)
        && !found.contains(&format)
        && !found.iter().any(|format| is_decisive(*format))
    {
        found.push(format);
    }
    if !binary {
        for format in text::formats(&head, source, &name) {
            if !found.contains(&format) {
                found.push(format);
            }
        }
    }
    // The first letter of a ZIP archive is an opcode that asks its reader for an object: what follows would be chance.
    if !found.contains(&Format::Pickle)
        && !head.starts_with(b"PK\x03\x04")
        && named_as_pickle(&name, &found)
        && pickle::acts(&head, source)
    {
        found.push(Format::Pickle);
    }
    if matches!(*head, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..]) {
        // The `P` of a ZIP is the opcode PERSID, and what follows its line is opcodes by chance. An unpickler ends there,
        // because a persistent id like this is refused.
        found.retain(|format| *format != Format::Pickle);
    }
    if found.is_empty() {
        found.push(Format::Opaque);
    }
    found
}

fn by_name(head: &[u8], source: &Source, name: &str, binary: bool) -> Option<Format> {
    if source.is_empty() {
        return None;
    }
    if let Some(format) = checkpoint_shard(name) {
        return Some(format);
    }
    BY_NAME
        .iter()
        .find(|(_, endings, fits)| {
            binary && endings.iter().any(|ending| name.ends_with(ending)) && fits(head, source)
        })
        .map(|(format, ..)| *format)
}

/// Weights of a TensorFlow checkpoint: `variables.data-00000-of-00001` and the table `variables.index` beside it.
fn checkpoint_shard(name: &str) -> Option<Format> {
    let (_, numbers) = name.rsplit_once(".data-")?;
    let (shard, of) = numbers.split_once("-of-")?;
    let number = |text: &str| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    (number(shard) && number(of)).then_some(Format::TfCheckpoint)
}

/// Whether a format's signature at the start leaves no room for one that the name suggests.
fn named_as_pickle(name: &str, found: &[Format]) -> bool {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let vague = |format: &Format| {
        !is_decisive(*format) || matches!(format, Format::Text | Format::Markdown | Format::Yaml)
    };
    (ends(PICKLE_NAMES) && found.iter().all(|format| vague(format) || *format == Format::Image))
        || (ends(PICKLE_NAMES_AMONG_OTHERS) && found.iter().all(vague))
}

fn is_decisive(format: Format) -> bool {
    !matches!(format, Format::Zip | Format::Pickle | Format::Zlib | Format::Lzma)
}

/// Whether bytes that no directory lists are content of their own: a format that something loads, opens or runs. Plain
/// text, pictures and unknown bytes are not.
#[must_use]
pub(crate) fn is_content(source: &Source) -> bool {
    identify(source, "").iter().any(|format| {
        !matches!(
            format,
            Format::Opaque
                | Format::Text
                | Format::Markdown
                | Format::Yaml
                | Format::Json
                | Format::Jinja
                | Format::Image
                | Format::Media
                | Format::Pdf
        )
    })
}

#[cfg(test)]
mod tests;
