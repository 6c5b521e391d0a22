//! `cargo xtask example`: the binary files of `examples/fraud-detector`, byte for byte the same each time.
//!
//! They are written in the notation of the rule pages, so that a reader sees what is in them. What is hostile in them is
//! inert: the command echoes a sentence. `xtask/tests/example.rs` checks that the files in the tree are these.

use anyhow::{Context, Result, bail, ensure};
use modelward_ruletest::{
    Case, Fence,
    fixture::{self, File},
};
use std::{fmt::Write, fs, path::Path};

const FOLDER: &str = "examples/fraud-detector";

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    ensure!(words.is_empty(), "this chore takes nothing");
    for file in files()? {
        let path = root.join(FOLDER).join(&file.path);
        fs::write(&path, &file.bytes).with_context(|| path.display().to_string())?;
        println!("wrote {FOLDER}/{} ({} bytes)", file.path, file.bytes.len());
    }
    Ok(())
}

/// Names the files in the tree that are not what this chore writes.
///
/// # Errors
/// When the files cannot be made.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let differs =
        |file: &File| fs::read(root.join(FOLDER).join(&file.path)).ok().as_ref() != Some(&file.bytes);
    Ok(files()?
        .iter()
        .filter(|file| differs(file))
        .map(|file| format!("{FOLDER}/{}: run `cargo xtask example`", file.path))
        .collect())
}

fn files() -> Result<Vec<File>> {
    let weight: Vec<f32> = (0..16u8).map(|i| f32::from(i) / 8.0 - 1.0).collect();
    let bias = [0.5f32, -0.25, 0.125, 0.0];
    let storage = |numbers: &[f32]| {
        numbers.iter().fold(String::new(), |mut text, number| {
            let _ = write!(text, "f32:{number} ");
            text
        })
    };
    let checkpoint = "encoder/pytorch_model.bin!archive";
    let fences = [
        fence("pickle", &format!("{checkpoint}/data.pkl"), CHECKPOINT.replace("TENSORS", &tensors()?)),
        fence("text", &format!("{checkpoint}/byteorder"), "little".to_owned()),
        fence("hex", &format!("{checkpoint}/data/0"), storage(&weight)),
        fence("hex", &format!("{checkpoint}/data/1"), storage(&bias)),
        fence("text", &format!("{checkpoint}/version"), "3\n".to_owned()),
        fence("hex", "encoder/model.safetensors", safetensors(&storage(&weight), &storage(&bias))),
        fence("pickle", "scorer/model.pkl", SCORER.to_owned()),
        fence("hex", "edge/fraud.tflite", TFLITE.to_owned()),
    ];
    match fixture::files(&Case { files: fences.into(), ..Case::default() }) {
        Ok(files) => Ok(files),
        Err(problems) => bail!("{}", problems.join("\n")),
    }
}

fn fence(encoding: &str, path: &str, body: String) -> Fence {
    Fence { encoding: encoding.to_owned(), path: path.to_owned(), body, line: 0 }
}

/// Both tensors as `torch.save` writes them: a call of `_rebuild_tensor_v2` over a persistent id that names the storage.
fn tensors() -> Result<String> {
    let mut text = String::new();
    for (name, storage, count, shape, stride) in [
        ("encoder.weight", 0, 16, "BININT1 4\nBININT1 4\nTUPLE2", "BININT1 4\nBININT1 1\nTUPLE2"),
        ("encoder.bias", 1, 4, "BININT1 4\nTUPLE1", "BININT1 1\nTUPLE1"),
    ] {
        write!(
            text,
            "BINUNICODE '{name}'\nGLOBAL 'torch._utils' '_rebuild_tensor_v2'\nMARK\nMARK\nBINUNICODE 'storage'\n\
             GLOBAL 'torch' 'FloatStorage'\nBINUNICODE '{storage}'\nBINUNICODE 'cpu'\nBININT1 {count}\nTUPLE\nBINPERSID\n\
             BININT1 0\n{shape}\n{stride}\nNEWFALSE\nGLOBAL 'collections' 'OrderedDict'\nEMPTY_TUPLE\nREDUCE\nTUPLE\nREDUCE\n"
        )?;
    }
    Ok(text)
}

/// The state dict, after a call that a state dict does not have.
const CHECKPOINT: &str = "
PROTO 2
GLOBAL 'posix' 'system'
BINUNICODE 'echo this checkpoint ran a command'
TUPLE1
REDUCE
POP
GLOBAL 'collections' 'OrderedDict'
EMPTY_TUPLE
REDUCE
MARK
TENSORS
SETITEMS
STOP
";

/// The same tensors in a format that holds nothing but tensors.
fn safetensors(weight: &str, bias: &str) -> String {
    let header = r#"{"__metadata__":{"format":"pt"},"encoder.bias":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"encoder.weight":{"dtype":"F32","shape":[4,4],"data_offsets":[16,80]}}"#;
    let padded = format!("{header:<width$}", width = header.len().next_multiple_of(8));
    format!("u64:{}\n\"{}\"\n{bias}\n{weight}\n", padded.len(), padded.replace('"', "\\\""))
}

/// A fitted logistic regression as scikit-learn pickles it: classes, arrays, and nothing that runs.
const SCORER: &str = r"
PROTO 4
SHORT_BINUNICODE 'sklearn.linear_model._logistic'
SHORT_BINUNICODE 'LogisticRegression'
STACK_GLOBAL
EMPTY_TUPLE
NEWOBJ
EMPTY_DICT
MARK
SHORT_BINUNICODE 'C'
BINFLOAT 1.0
SHORT_BINUNICODE 'penalty'
SHORT_BINUNICODE 'l2'
SHORT_BINUNICODE 'n_features_in_'
BININT1 4
SHORT_BINUNICODE 'coef_'
SHORT_BINUNICODE 'numpy._core.multiarray'
SHORT_BINUNICODE '_reconstruct'
STACK_GLOBAL
SHORT_BINUNICODE 'numpy'
SHORT_BINUNICODE 'ndarray'
STACK_GLOBAL
BININT1 0
TUPLE1
SHORT_BINBYTES 'b'
TUPLE3
REDUCE
MARK
BININT1 1
BININT1 1
BININT1 4
TUPLE2
SHORT_BINUNICODE 'numpy'
SHORT_BINUNICODE 'dtype'
STACK_GLOBAL
SHORT_BINUNICODE 'f8'
NEWFALSE
NEWTRUE
TUPLE3
REDUCE
MARK
BININT1 3
SHORT_BINUNICODE '<'
NONE
NONE
NONE
BININT -1
BININT -1
BININT1 0
TUPLE
BUILD
NEWFALSE
SHORT_BINBYTES '\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\xd0\x3f\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\xd0\x3f'
TUPLE
BUILD
SHORT_BINUNICODE '_sklearn_version'
SHORT_BINUNICODE '1.7.2'
SETITEMS
BUILD
STOP
";

/// The head of a TensorFlow Lite file: enough to be known for one.
const TFLITE: &str = "
u32:28 \"TFL3\" u32:0 u32:0
14 00 20 00 1c 00 18 00 14 00 10 00 0c 00 00 00
00 *64
";
