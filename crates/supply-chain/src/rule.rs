//! The type of this family's rules, and what their checks are given.

use crate::effects::Effects;
use modelward_formats::{Format, Parsed, Source};
use modelward_kernel::{Asset, AssetId, Finding, Place, Relation, Rule, Unknown, Value};
use std::collections::BTreeMap;

/// A rule of this family.
#[derive(Debug)]
pub struct FamilyRule {
    pub rule: Rule,
    pub check: Check,
}

/// What a rule looks at. All sorts are pure: no clock, no network, no environment.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// The bytes of one file or member alone; its result may be cached by digest.
    Artifact(fn(&Artifact<'_>, &mut Vec<Finding>)),
    /// The same, for rules that read the bytes of tensors: not run when only the structure is asked for.
    Tensors(fn(&Artifact<'_>, &mut Vec<Finding>)),
    /// The files of one folder together, by the facts that were gathered from each.
    Repository(fn(&Repository<'_>, &mut Vec<Finding>)),
}

/// One file, or one member of an archive, parsed as one format.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'a> {
    pub asset: &'a AssetId,
    pub place: &'a Place,
    pub format: Format,
    pub parsed: &'a Parsed,
    pub source: &'a Source,
    pub effects: &'a Effects,
    /// The formats of the archives that it lies in, from the outermost inwards.
    pub within: &'a [Format],
}

impl Artifact<'_> {
    /// The last part of the name: of the member, or of the file.
    #[must_use]
    pub fn file_name(&self) -> &str {
        let name = self.place.inside.last().unwrap_or(&self.place.path);
        name.rsplit('/').next().unwrap_or(name)
    }
}

/// What is known about an artefact beside its findings; filled by the `describe` functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    /// Properties for the artefact's own asset.
    pub properties: BTreeMap<String, Value>,
    /// Other assets that it names, such as a base model.
    pub assets: Vec<Asset>,
    pub relations: Vec<Relation>,
    /// What rules over the whole folder need.
    pub facts: Vec<Fact>,
    pub unknowns: Vec<Unknown>,
}

/// Something that one file says and that a rule over the folder needs: a reference to code, a template, a list of shards.
/// It travels from the confined worker to the supervisor, so it is plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Kebab-case, such as `auto-map` or `chat-template`.
    pub kind: String,
    pub asset: AssetId,
    pub place: Place,
    pub fields: BTreeMap<String, Value>,
}

impl Fact {
    /// The text of a field; empty when it is absent or no text.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_text).unwrap_or("")
    }
}

/// A folder, or the members of one archive, that is a model repository: the files in it and their facts.
#[derive(Clone, Debug)]
pub struct Repository<'a> {
    /// The model's asset.
    pub asset: &'a AssetId,
    /// The folder, or the archive.
    pub place: &'a Place,
    /// The path of every file in it relative to the repository, with its asset, place and format; ordered by path.
    pub files: &'a [RepositoryFile],
    /// The facts of all files in it, in the order of the files.
    pub facts: &'a [Fact],
    pub effects: &'a Effects,
}

/// A file of a repository.
#[derive(Clone, Debug, PartialEq)]
pub struct RepositoryFile {
    pub path: String,
    pub asset: AssetId,
    pub place: Place,
    pub formats: Vec<Format>,
    pub sha256: Option<String>,
    pub size: u64,
}
