//! What TensorFlow's operators do outside the graph. The names and their inputs are those of TensorFlow's operator
//! definitions; each group states when its operators are harmless.

/// What an operator reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    Reads,
    Writes,
    Network,
    /// Reads data in a stream, as input pipelines of training do.
    Feeds,
}

impl Reach {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Reach::Reads => "reads files",
            Reach::Writes => "writes files",
            Reach::Network => "talks to other machines",
            Reach::Feeds => "feeds files into the graph",
        }
    }

    pub(super) const fn gains(self) -> &'static str {
        match self {
            Reach::Reads | Reach::Feeds => "files of the machine that runs the model, as the model's output",
            Reach::Writes => {
                "files of the machine that runs the model, written by the model: a way to run code"
            }
            Reach::Network => "data leaves the machine that runs the model, or comes in",
        }
    }
}

/// Operators that no model needs to answer a request: using one is the finding.
pub(super) fn always(operator: &str) -> Option<Reach> {
    Some(match operator {
        "ReadFile" | "MatchingFiles" | "WholeFileReader" | "WholeFileReaderV2" | "LoadAndRemapMatrix"
        | "ImmutableConst" | "DTensorRestoreV2" => Reach::Reads,
        "WriteFile"
        | "SaveDataset"
        | "SaveDatasetV2"
        | "DatasetToTFRecord"
        | "ExperimentalDatasetToTFRecord"
        | "DistributedSave"
        | "SnapshotDataset"
        | "SnapshotDatasetV2"
        | "CreateSummaryFileWriter"
        | "CreateSummaryDbWriter"
        | "SummaryWriter"
        | "ExperimentalSnapshotDataset" => Reach::Writes,
        "RpcCall"
        | "RpcCheckStatus"
        | "RpcClient"
        | "RpcGetValue"
        | "RpcServer"
        | "RpcServerRegister"
        | "RpcServerStart"
        | "DataServiceDataset"
        | "DataServiceDatasetV2"
        | "DataServiceDatasetV3"
        | "DataServiceDatasetV4"
        | "RegisterDataset"
        | "RegisterDatasetV2"
        | "FileSystemSetConfiguration" => Reach::Network,
        _ => return None,
    })
}

/// Operators of input pipelines: they do not belong in a model that is served, and do in a graph saved for training.
pub(super) fn feeding(operator: &str) -> bool {
    const READERS: &[&str] = &[
        "CSVDataset",
        "CSVDatasetV2",
        "ExperimentalCSVDataset",
        "ExperimentalLMDBDataset",
        "ExperimentalMatchingFilesDataset",
        "ExperimentalSqlDataset",
        "FixedLengthRecordDataset",
        "FixedLengthRecordDatasetV2",
        "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2",
        "GenerateVocabRemapping",
        "LMDBDataset",
        "LMDBReader",
        "LoadDataset",
        "MatchingFilesDataset",
        "RecordInput",
        "SnapshotDatasetReader",
        "SnapshotNestedDatasetReader",
        "SqlDataset",
        "TFRecordDataset",
        "TFRecordDatasetV2",
        "TFRecordReader",
        "TFRecordReaderV2",
        "TextLineDataset",
        "TextLineReader",
        "TextLineReaderV2",
    ];
    READERS.contains(&operator)
}

/// Operators of the saver, of vocabularies and of caches: every SavedModel holds some. What decides is where the path
/// comes from.
pub(super) fn by_path(operator: &str) -> Option<Reach> {
    Some(match operator {
        "Save" | "SaveSlices" | "SaveV2" | "MergeV2Checkpoints" | "CacheDataset" | "CacheDatasetV2" => {
            Reach::Writes
        }
        "Restore"
        | "RestoreSlice"
        | "RestoreV2"
        | "InitializeTableFromTextFile"
        | "InitializeTableFromTextFileV2" => Reach::Reads,
        _ => return None,
    })
}

/// Whether an attribute of the operator sends something outside.
pub(super) fn by_attribute(operator: &str, key: &str, value: &str) -> Option<Reach> {
    let scheme =
        value.split_once("://").map(|(scheme, _)| scheme.rsplit([';', ',', ' ']).next().unwrap_or(scheme));
    match (operator, key) {
        ("PrintV2", "output_stream") => scheme.map(|_| Reach::Writes),
        (_, "debug_urls" | "debug_ops_spec") => match scheme {
            Some("memcbk") | None => None,
            Some("file") => Some(Reach::Writes),
            Some(_) => Some(Reach::Network),
        },
        // Descriptors stand in the graph, or are those that the program has; else it is a file.
        ("DecodeProtoV2" | "EncodeProto", "descriptor_source") => {
            (!value.is_empty() && !matches!(scheme, Some("local" | "bytes"))).then_some(Reach::Reads)
        }
        ("ImmutableConst", "memory_region_name") => (!value.is_empty()).then_some(Reach::Reads),
        _ => None,
    }
}
