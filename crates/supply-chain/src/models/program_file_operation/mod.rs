//! A compiled or exported torch program that reads or writes files, or needs operators of foreign libraries.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Context, Format, Parsed, torch};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "program-file-operation",
        title: "a compiled torch program reads or writes files",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Operators that reach beyond the tensors, with what they do. Found in the operator registrations of torch, torchvision,
/// torchaudio and torchcodec.
const REACH_OUT: &[(&str, &str)] = &[
    ("aten::save", "writes a file"),
    ("aten::from_file", "maps a file of the machine into a tensor, and can write to it"),
    ("aten::_load", "loads a file"),
    ("aten::load", "loads a file"),
    ("aten::_save", "writes a file"),
    ("aten::hub", "fetches code"),
    ("image::read_file", "reads a file"),
    ("image::write_file", "writes a file"),
    ("image::decode_file", "reads a file"),
    ("video_reader::read_video_from_file", "reads a file or a URL"),
    ("video_reader::probe_video_from_file", "reads a file or a URL"),
    ("torchcodec_ns::create_from_file", "reads a file or a URL"),
    ("torchcodec_ns::encode_video_to_file", "writes a file"),
    ("torchcodec_ns::encode_audio_to_file", "writes a file"),
];

/// Words that name such an operator in any other namespace.
const WORDS: &[&str] = &[
    "read_file",
    "write_file",
    "from_file",
    "to_file",
    "load_file",
    "save_file",
    "open_file",
    "load_audio_file",
    "save_audio_file",
    "load_library",
    "system",
    "popen",
    "exec",
    "shell",
];

/// Namespaces of torch and of libraries that its project publishes.
const KNOWN: &[&str] = &[
    "aten",
    "prim",
    "prims",
    "quantized",
    "quantized_decomposed",
    "_quantized",
    "sparse",
    "xnnpack",
    "prepacked",
    "mkldnn",
    "mkldnn_prepacked",
    "metal",
    "metal_prepacked",
    "vulkan",
    "vulkan_prepacked",
    "onnx",
    "profiler",
    "c10d",
    "c10d_functional",
    "_c10d_functional",
    "_c10d_functional_autograd",
    "inductor",
    "_inductor_test",
    "higher_order",
    "fsdp",
    "cuda",
    "static_runtime",
    "internal",
    "torchvision",
    "image",
    "video_reader",
    "torchaudio",
    "torchtext",
    "torchcodec_ns",
    "fbgemm",
    "torchao",
    "rngprims",
    "debugprims",
    "nvprims",
    "dim_order_ops",
    "executorch",
    "et_vk",
    "tensorrt",
    "flash_attention",
    "mslk",
    "symm_mem",
    "tensorexpr",
    "mps",
    "xpu",
    "mkl",
    "caffe2",
    "_caffe2",
];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let (Parsed::Archive(archive), Format::Zip) = (artifact.parsed, artifact.format) else { return };
    if !archive.entries.iter().any(torch::is_program) {
        return;
    }
    let (operators, _) = torch::operators(archive, artifact.source, &Context::default());
    for operator in &operators {
        let place = artifact.place.member(operator.member.as_str()).at_line(operator.line);
        let finding = |severity, message: String| {
            Finding::new(&RULE.rule, artifact.asset, place.clone(), message)
                .severity(severity)
                .evidence("call", operator.name.as_str())
                .witness(operator.name.as_str())
        };
        let (space, name) = operator.name.split_once("::").unwrap_or(("", operator.name.as_str()));
        if let Some(what) = reaches_out(&operator.name, name) {
            findings.push(
                finding(Severity::High, format!("the program calls `{}`, which {what}", operator.name))
                    .gains("files of the machine that runs the model are read or overwritten, as the user who runs it")
                    .fix("do not run the program; ask for the model's source and compile it without such calls"),
            );
        } else if !KNOWN.contains(&space) && !space.starts_with("torch") {
            findings.push(
                finding(
                    Severity::Low,
                    format!(
                        "the program needs the operator `{}` of a library that is not torch",
                        operator.name
                    ),
                )
                .gains("nothing by itself: someone must load a native library for it")
                .fix("load only libraries that you know, and check what the operator does"),
            );
        }
    }
}

fn reaches_out(full: &str, name: &str) -> Option<&'static str> {
    if let Some((_, what)) = REACH_OUT.iter().find(|(known, _)| *known == full) {
        return Some(*what).filter(|what| !what.is_empty());
    }
    WORDS
        .iter()
        .any(|word| {
            name == *word || name.ends_with(&format!("_{word}")) || name.starts_with(&format!("{word}_"))
        })
        .then_some("by its name opens a file or runs a program")
}
