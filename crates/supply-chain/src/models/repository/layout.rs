//! Which names and formats make a folder a model repository, and which files are weights.

use crate::{Fact, RepositoryFile};
use modelward_formats::Format;

/// Files that stand at the root of one layout alone: diffusers, sentence-transformers, PEFT, MLflow, TensorFlow, sharded
/// safetensors and PyTorch, TorchServe, Keras.
const ROOT_NAMES: &[&str] = &[
    "model_index.json",
    "modules.json",
    "adapter_config.json",
    "mlmodel",
    "saved_model.pb",
    "saved_model.pbtxt",
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
    "flax_model.msgpack",
    "config_sentence_transformers.json",
];

/// Files that accompany a model and mean a repository together with weights or with one another.
const SIDE_NAMES: &[&str] = &[
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.jinja",
    "chat_template.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "handler.py",
    "model.safetensors",
    "pytorch_model.bin",
    "requirements.txt",
    "python_model.pkl",
    "conda.yaml",
];

/// Whether the files directly in one folder make it a repository's root, or a part of one.
pub(super) fn is_root<'f>(
    files: &[&RepositoryFile],
    facts: impl Fn(&RepositoryFile) -> &'f [&'f Fact],
) -> bool {
    let mut side = 0;
    let mut weights = 0;
    for file in files {
        let name = name_of(file).to_ascii_lowercase();
        if ROOT_NAMES.contains(&name.as_str()) {
            return true;
        }
        // A `config.json` counts alone when it speaks of a model.
        if facts(file)
            .iter()
            .any(|fact| matches!(fact.kind.as_str(), "config" | "code-reference" | "mlmodel"))
        {
            return true;
        }
        weights += usize::from(is_weights(file));
        side += usize::from(
            SIDE_NAMES.contains(&name.as_str()) || facts(file).iter().any(|fact| fact.kind == "model-card"),
        );
    }
    side >= 2 || (side == 1 && weights == 1 && files.len() > 1) || (side >= 1 && is_sharded(files))
}

/// Whether the weights are shards of one model: `name-00001-of-00005.ext`.
fn is_sharded(files: &[&RepositoryFile]) -> bool {
    files.iter().filter(|file| is_weights(file) && name_of(file).contains("-of-")).count() > 1
}

/// The root of the repository that `folder` is a part of: layouts keep `code/`, `data/`, `variables/` and numbered
/// checkpoints below it.
pub(super) fn root_of(folder: &str, exists: impl Fn(&str) -> bool) -> String {
    let Some((parent, last)) =
        folder.rsplit_once('/').or_else(|| (!folder.is_empty()).then_some(("", folder)))
    else {
        return folder.to_owned();
    };
    let part =
        matches!(last, "code" | "artifacts" | "onnx" | "variables" | "assets" | "additional_chat_templates")
            || last.starts_with("checkpoint-");
    if part && exists(parent) { parent.to_owned() } else { folder.to_owned() }
}

/// Whether a loader would take the file itself for a model.
pub(super) fn is_weights(file: &RepositoryFile) -> bool {
    let extension =
        name_of(file).rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    file.formats.iter().any(|format| {
        matches!(
            format,
            Format::Pickle
                | Format::Npy
                | Format::Safetensors
                | Format::Gguf
                | Format::Ggml
                | Format::Onnx
                | Format::SavedModel
                | Format::GraphDef
                | Format::MetaGraph
                | Format::Hdf5
                | Format::KerasConfig
                | Format::XgboostJson
                | Format::XgboostUbj
                | Format::XgboostBinary
                | Format::LightgbmText
                | Format::Catboost
                | Format::Tflite
                | Format::CoreMl
                | Format::OpenVino
                | Format::Pmml
                | Format::TensorRt
                | Format::Rds
                | Format::Torch7
                | Format::MxNet
                | Format::Paddle
                | Format::Msgpack
                | Format::Executorch
                | Format::Cntk
                | Format::Ncnn
                | Format::Rknn
        )
    }) || matches!(
        extension.as_str(),
        "pt" | "pth" | "ckpt" | "pt2" | "mar" | "keras" | "nemo" | "npz" | "joblib" | "skops" | "mlmodel"
    )
}

pub(super) fn name_of(file: &RepositoryFile) -> &str {
    let name = file.place.inside.last().unwrap_or(&file.place.path);
    name.rsplit('/').next().unwrap_or(name)
}
