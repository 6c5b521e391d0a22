//! What a system is made of, and how the parts hang together.

use crate::{Evidence, Map, Place, Value, identity_hash};
use std::{fmt, str::FromStr};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word in reports and addresses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|x| x.as_str() == word).ok_or_else(|| format!("`{word}` is not one of them"))
            }
        }
    };
}

words! {
    /// The kinds of assets.
    AssetKind {
        Account = "account",
        Agent = "agent",
        Bucket = "bucket",
        Code = "code",
        Dataset = "dataset",
        Endpoint = "endpoint",
        File = "file",
        Identity = "identity",
        Image = "image",
        Job = "job",
        Key = "key",
        Model = "model",
        ModelFile = "model-file",
        Network = "network",
        Notebook = "notebook",
        Package = "package",
        Pipeline = "pipeline",
        Policy = "policy",
        Prompt = "prompt",
        Secret = "secret",
        Tool = "tool",
        TrainingRun = "training-run",
    }
}

words! {
    /// The kinds of relations; read as "from … to".
    RelationKind {
        BuiltBy = "built-by",
        CanAssume = "can-assume",
        CanRead = "can-read",
        CanWrite = "can-write",
        Contains = "contains",
        DependsOn = "depends-on",
        DeployedAs = "deployed-as",
        DerivedFrom = "derived-from",
        EncryptsWith = "encrypts-with",
        OwnedBy = "owned-by",
        Reaches = "reaches",
        RefersTo = "refers-to",
        RunsAs = "runs-as",
        Serves = "serves",
        SignedBy = "signed-by",
        TrainedBy = "trained-by",
        TrainedOn = "trained-on",
    }
}

words! {
    /// How sure a relation is.
    Modality {
        Must = "must",
        May = "may",
        Unknown = "unknown",
    }
}

/// The identity of an asset: its kind and canonical address, such as `model-file:encoder/pytorch_model.bin`.
/// A digest is an attribute, never an identity: two copies of one bad file are two assets.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AssetId(String);

impl AssetId {
    /// The id of the asset of `kind` at `address`.
    #[must_use]
    pub fn new(kind: AssetKind, address: &str) -> Self {
        AssetId(format!("{kind}:{address}"))
    }

    /// An id as it stands in a report.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        AssetId(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    pub id: AssetId,
    pub kind: AssetKind,
    pub name: String,
    pub version: Option<String>,
    pub purl: Option<String>,
    /// Algorithm (`sha256`) to lower-case hexadecimal.
    pub digests: Map<String>,
    pub places: Vec<Place>,
    pub properties: Map<Value>,
}

impl Asset {
    /// An asset whose canonical address is that of `place`.
    #[must_use]
    pub fn at(kind: AssetKind, name: impl Into<String>, place: Place) -> Self {
        Asset {
            id: AssetId::new(kind, &place.address()),
            kind,
            name: name.into(),
            version: None,
            purl: None,
            digests: Map::default(),
            places: vec![place],
            properties: Map::default(),
        }
    }

    /// An asset that is named from elsewhere, such as a base model on a hub.
    #[must_use]
    pub fn named(kind: AssetKind, address: &str, name: impl Into<String>) -> Self {
        Asset {
            id: AssetId::new(kind, address),
            kind,
            name: name.into(),
            version: None,
            purl: None,
            digests: Map::default(),
            places: Vec::new(),
            properties: Map::default(),
        }
    }

    /// Sets a property.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.properties.insert(key.to_owned(), value.into());
    }

    pub(crate) fn unite(&mut self, other: Asset) {
        for place in other.places {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        self.version = self.version.take().or(other.version);
        self.purl = self.purl.take().or(other.purl);
        for (key, value) in other.digests {
            self.digests.insert_absent(key, value);
        }
        for (key, value) in other.properties {
            self.properties.insert_absent(key, value);
        }
    }
}

/// An edge of the graph, with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    pub kind: RelationKind,
    pub from: AssetId,
    pub to: AssetId,
    pub places: Vec<Place>,
    pub evidence: Vec<Evidence>,
    pub modality: Modality,
    /// What must hold for it, in words, when it does not always hold.
    pub condition: Option<String>,
}

impl Relation {
    /// A relation that must hold, proved by one place.
    #[must_use]
    pub fn new(kind: RelationKind, from: &AssetId, to: &AssetId, place: Place) -> Self {
        Relation {
            kind,
            from: from.clone(),
            to: to.clone(),
            places: vec![place],
            evidence: Vec::new(),
            modality: Modality::Must,
            condition: None,
        }
    }

    /// The identity: kind and both ends.
    #[must_use]
    pub fn id(&self) -> String {
        format!("r1-{}", identity_hash(&["1", self.kind.as_str(), self.from.as_str(), self.to.as_str()], 12))
    }

    pub(crate) fn unite(&mut self, other: Relation) {
        for place in other.places {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        for evidence in other.evidence {
            if !self.evidence.contains(&evidence) {
                self.evidence.push(evidence);
            }
        }
    }
}
