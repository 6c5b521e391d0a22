//! Whose bytes the members of an archive are: parts of one model file, or files of their own.

use modelward_formats::{Format, archive::Archive};

/// How members are named in the inventory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ownership {
    /// The archive is itself a model file (a torch checkpoint, a Keras archive, an `.npz`): findings in its members are
    /// findings on it.
    Container,
    /// An ordinary archive: each member is an asset of its own, contained in it.
    Members,
}

pub(crate) fn ownership(archive: &Archive) -> Ownership {
    let names = || archive.entries.iter().map(|entry| entry.name.as_str());
    let has = |wanted: &str| names().any(|name| name.rsplit('/').next() == Some(wanted));
    let container = match archive.format {
        // One stream has one member: the file itself, compressed.
        Format::Gzip
        | Format::Zlib
        | Format::Bzip2
        | Format::Xz
        | Format::Lzma
        | Format::Lz4
        | Format::Zstd => {
            return Ownership::Container;
        }
        Format::Zip => {
            has("data.pkl")
                || has("constants.pkl")
                || (has("config.json") && (has("model.weights.h5") || has("metadata.json")))
                || has("exported_program.json")
                || (!archive.entries.is_empty() && names().all(|name| name.ends_with(".npy")))
        }
        _ => false,
    };
    if container { Ownership::Container } else { Ownership::Members }
}
