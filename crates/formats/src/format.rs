//! The formats that are told apart, by content first: a name is only a hint.

use std::fmt;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $title:literal;)+) => {
        /// A file format. One file can be valid as several, and is then scanned as each.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Format { $($(#[$doc])* $variant),+ }

        impl Format {
            pub const ALL: &'static [Format] = &[$(Format::$variant),+];

            /// The word in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Format::$variant => $word),+ }
            }

            /// The name that a person knows.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Format::$variant => $title),+ }
            }
        }

        impl fmt::Display for Format {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

formats! {
    // Containers.
    Zip = "zip", "ZIP archive";
    Tar = "tar", "tar archive";
    SevenZip = "7z", "7z archive";
    Gzip = "gzip", "gzip stream";
    Zlib = "zlib", "zlib stream";
    Bzip2 = "bzip2", "bzip2 stream";
    Xz = "xz", "xz stream";
    Lzma = "lzma", "lzma stream";
    Lz4 = "lz4", "LZ4 frame";
    Zstd = "zstd", "Zstandard frame";
    // Serialised objects.
    Pickle = "pickle", "Python pickle";
    Npy = "npy", "NumPy array";
    // Weights and graphs.
    Safetensors = "safetensors", "safetensors";
    Gguf = "gguf", "GGUF";
    Onnx = "onnx", "ONNX model";
    SavedModel = "tf-savedmodel", "TensorFlow SavedModel";
    GraphDef = "tf-graph", "TensorFlow GraphDef";
    MetaGraph = "tf-meta", "TensorFlow MetaGraph";
    /// Raw weights of a TensorFlow checkpoint, which nothing executes.
    TfCheckpoint = "tf-checkpoint", "TensorFlow checkpoint shard";
    Hdf5 = "hdf5", "HDF5";
    /// A Keras configuration as JSON: `config.json` of a `.keras` archive, or a saved `to_json()`.
    KerasConfig = "keras-config", "Keras configuration";
    XgboostJson = "xgboost-json", "XGBoost JSON";
    XgboostUbj = "xgboost-ubj", "XGBoost UBJSON";
    XgboostBinary = "xgboost-binary", "XGBoost binary";
    LightgbmText = "lightgbm-text", "LightGBM text";
    Catboost = "catboost", "CatBoost binary";
    // Text around the model.
    Json = "json", "JSON";
    Yaml = "yaml", "YAML";
    Jinja = "jinja", "Jinja template";
    Python = "python", "Python source";
    Notebook = "notebook", "Jupyter notebook";
    Markdown = "markdown", "Markdown";
    /// Text of no format that is told apart.
    Text = "text", "text";
    // Recognised, not yet analysed: these fail closed.
    Tflite = "tflite", "TensorFlow Lite";
    CoreMl = "coreml", "Core ML";
    OpenVino = "openvino", "OpenVINO";
    Pmml = "pmml", "PMML";
    TensorRt = "tensorrt", "TensorRT engine";
    Rds = "rds", "R serialised object";
    Torch7 = "torch7", "Torch7";
    MxNet = "mxnet", "MXNet";
    Paddle = "paddle", "PaddlePaddle";
    Msgpack = "msgpack", "MessagePack (Flax)";
    Executorch = "executorch", "ExecuTorch program";
    Cntk = "cntk", "CNTK";
    Ort = "ort", "ONNX Runtime flat buffer";
    Ncnn = "ncnn", "ncnn";
    Rknn = "rknn", "RKNN";
    /// The schema of a skops archive: a tree of types to build.
    Skops = "skops", "skops schema";
    Sentencepiece = "sentencepiece", "SentencePiece model";
    Ggml = "ggml", "GGML (before GGUF)";
    Rar = "rar", "RAR archive";
    // Programs.
    Elf = "elf", "ELF program or library";
    MachO = "mach-o", "Mach-O program or library";
    Pe = "pe", "Windows program or library";
    Script = "script", "script with an interpreter line";
    PythonBytecode = "pyc", "Python bytecode";
    // Media and other data that no loader of models executes.
    Image = "image", "picture";
    /// Sound, film, fonts and tables of data.
    Media = "media", "media or data";
    Parquet = "parquet", "Parquet table";
    Pdf = "pdf", "PDF";
    /// Bytes of no format that is told apart.
    Opaque = "opaque", "unknown bytes";
}
