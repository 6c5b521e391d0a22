//! Judges one file: identify, then for each format parse, describe, judge; then the same for every member. Pure: the outcome
//! depends on the bytes, the rules, the tables of effects and the limits alone.

use crate::{
    hashing, internal_error,
    members::{self, Ownership},
    outcome::{Outcome, TranscriptLine, asset_kind, has_model_name},
};
use modelward_formats::{
    Context, Format, Parsed, Problem, ProblemKind, Source, Spool,
    archive::Archive,
    limits::{Limits, MemoryBudget},
    pickle::{self, Transcript},
};
use modelward_kernel::{Asset, AssetId, Finding, Place, Reason, Relation, RelationKind, Severity, Unknown};
use modelward_supply_chain::{
    Artifact, Check, Description, FamilyRule, RULES, RepositoryFile, effects::Effects, models,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A file up to this size is read once into memory, and parsed and hashed from there.
const SMALL: u64 = 4 << 20;

/// What judging needs beside the bytes.
pub(crate) struct Analyser {
    pub(crate) limits: Limits,
    pub(crate) memory: MemoryBudget,
    pub(crate) spool: Spool,
    pub(crate) rules: Vec<&'static FamilyRule>,
    pub(crate) effects: Effects,
    pub(crate) structure_only: bool,
    /// Write the transcripts of pickles, and judge nothing.
    pub(crate) transcripts: bool,
}

impl Analyser {
    /// The rules that `filter` names, or all when it is empty.
    pub(crate) fn select(filter: &[String]) -> Vec<&'static FamilyRule> {
        RULES
            .iter()
            .copied()
            .filter(|rule| filter.is_empty() || filter.iter().any(|id| id == rule.rule.id))
            .collect()
    }

    /// Judges the file at `path`, relative to the target.
    pub(crate) fn judge_file(&self, path: &str, source: Source) -> Outcome {
        let source =
            if source.len() <= SMALL { Source::from_vec(source.read_vec(0, SMALL as usize)) } else { source };
        let mut outcome = Outcome::default();
        let place = Place::file(path);
        let context = Context::new(self.limits, self.memory.clone(), self.spool.clone());
        let mut walk = Walk { analyser: self, context: &context, outcome: &mut outcome, hidden: 0 };
        let subject = Subject { source: &source, place: &place, owner: None, within: &[] };
        walk.judge(&subject);
        if !self.structure_only && !self.transcripts {
            let (digest, hashed) = hashing::sha256(&source, |_, _| {});
            outcome.bytes_hashed = hashed;
            for asset in outcome.assets.iter_mut().take(1) {
                asset.digests.insert("sha256".to_owned(), digest.clone());
            }
            if let Some(file) = outcome.files.first_mut() {
                file.sha256 = Some(digest);
            }
        }
        outcome
    }
}

/// Something to judge: a file, or a member of an archive.
struct Subject<'a> {
    source: &'a Source,
    place: &'a Place,
    /// The asset that it belongs to, when it has none of its own.
    owner: Option<&'a AssetId>,
    within: &'a [Format],
}

struct Walk<'a> {
    analyser: &'a Analyser,
    context: &'a Context,
    outcome: &'a mut Outcome,
    /// How far from what most readers see the member at hand is: 0 for what follows the directory.
    hidden: u64,
}

impl Walk<'_> {
    fn judge(&mut self, subject: &Subject<'_>) {
        let name = file_name(subject.place);
        let formats = catch_unwind(AssertUnwindSafe(|| modelward_formats::identify(subject.source, name)))
            .unwrap_or_else(|_| vec![Format::Opaque]);
        let asset = self.asset(subject, &formats, name);
        self.outcome.files.push(RepositoryFile {
            path: subject.place.inside.last().unwrap_or(&subject.place.path).clone(),
            asset: asset.clone(),
            place: subject.place.clone(),
            formats: formats.clone(),
            sha256: None,
            size: subject.source.len(),
        });
        for &format in &formats {
            self.judge_as(subject, format, name, &asset);
        }
        if formats == [Format::Opaque]
            && subject.within.is_empty()
            && has_model_name(name)
            && !subject.source.is_empty()
        {
            self.outcome.unknowns.push(
                Unknown::new(
                    Reason::UnsupportedFormat,
                    Severity::High,
                    &asset,
                    subject.place.clone(),
                    "the name promises a model, and the bytes are of no known format: nothing inside was checked",
                )
                .lifted_by("a format that is understood, such as safetensors"),
            );
        }
    }

    /// The asset of the subject: its own when it is a file or lies in an ordinary archive, else that of the model file around it.
    fn asset(&mut self, subject: &Subject<'_>, formats: &[Format], name: &str) -> AssetId {
        if let Some(owner) = subject.owner {
            return owner.clone();
        }
        let mut asset = Asset::at(asset_kind(formats, name), name, subject.place.clone());
        asset.set("format", formats.iter().map(|f| f.as_str()).collect::<Vec<_>>().join("+"));
        asset.set("size", subject.source.len());
        let id = asset.id.clone();
        self.outcome.assets.push(asset);
        id
    }

    fn judge_as(&mut self, subject: &Subject<'_>, format: Format, name: &str, asset: &AssetId) {
        if let Some((severity, message)) = unsupported(format) {
            self.outcome.unknowns.push(
                Unknown::new(Reason::UnsupportedFormat, severity, asset, subject.place.clone(), message)
                    .lifted_by("a format that is understood, such as safetensors or ONNX"),
            );
        }
        let Ok(mut parsed) = catch_unwind(AssertUnwindSafe(|| {
            modelward_formats::parse(format, subject.source, name, self.context)
        })) else {
            self.outcome.findings.push(internal_error::finding(
                asset,
                subject.place,
                &format!("{format} parser"),
            ));
            return;
        };
        if let Parsed::Pickle(transcript) = &parsed {
            self.outcome.pickle_streams += transcript.streams.len() as u64;
        }
        if let Parsed::Archive(archive) = &mut parsed {
            // Some problems show only when the members are read; the rules on the container see them too.
            self.visit(subject, archive, format, asset);
        }
        if self.analyser.transcripts {
            if let Parsed::Pickle(transcript) = &parsed {
                self.write_transcript(subject, transcript);
            }
            return;
        }
        let artifact = Artifact {
            asset,
            place: subject.place,
            format,
            parsed: &parsed,
            source: subject.source,
            effects: &self.analyser.effects,
            within: subject.within,
        };
        self.describe(&artifact);
        let found = self.apply_rules(&artifact);
        for problem in parsed.problems() {
            self.report_problem(problem, format, asset, subject.place, found);
        }
        if let Parsed::Archive(archive) = &parsed {
            for entry in &archive.entries {
                let place = subject.place.member(entry.name.as_str());
                for problem in &entry.problems {
                    self.report_problem(problem, format, asset, &place, found);
                }
            }
        }
    }

    fn write_transcript(&mut self, subject: &Subject<'_>, transcript: &Transcript) {
        let mut names = Vec::new();
        for (format, name) in subject.within.iter().zip(&subject.place.inside) {
            match format {
                Format::Zip | Format::Tar | Format::SevenZip => names.push(name.as_str()),
                _ => names.push(if subject.within.len() == names.len() + 1 {
                    "decompressed/"
                } else {
                    "decompressed"
                }),
            }
        }
        let array = subject.source.array_at::<6>(0) == Some(*b"\x93NUMPY");
        if array {
            names.push("npy_object");
        }
        let member = (!names.is_empty()).then(|| names.join("/"));
        for stream in transcript.streams.iter().flat_map(pickle::stream_fields) {
            let path = subject.place.path.clone();
            let serial = self.hidden << 32 | self.outcome.files.len() as u64;
            self.outcome.transcripts.push(TranscriptLine { path, member: member.clone(), serial, stream });
        }
    }

    fn describe(&mut self, artifact: &Artifact<'_>) {
        let mut description = Description::default();
        if catch_unwind(AssertUnwindSafe(|| models::describe(artifact, &mut description))).is_err() {
            let part = format!("description of {}", artifact.format);
            self.outcome.findings.push(internal_error::finding(artifact.asset, artifact.place, &part));
        }
        if let Some(asset) = self.outcome.assets.iter_mut().find(|a| a.id == *artifact.asset) {
            for (key, value) in description.properties {
                asset.properties.insert_absent(key, value);
            }
        }
        self.outcome.assets.append(&mut description.assets);
        self.outcome.relations.append(&mut description.relations);
        self.outcome.facts.append(&mut description.facts);
        self.outcome.unknowns.append(&mut description.unknowns);
    }

    /// True when a rule found something at medium or above.
    fn apply_rules(&mut self, artifact: &Artifact<'_>) -> bool {
        let before = self.outcome.findings.len();
        for rule in &self.analyser.rules {
            let check = match rule.check {
                Check::Artifact(check) => check,
                Check::Tensors(check) if !self.analyser.structure_only => check,
                Check::Tensors(_) | Check::Repository(_) => continue,
            };
            let mut findings: Vec<Finding> = Vec::new();
            if catch_unwind(AssertUnwindSafe(|| check(artifact, &mut findings))).is_err() {
                let part = format!("rule {}", rule.rule.id);
                findings.push(internal_error::finding(artifact.asset, artifact.place, &part));
            }
            self.outcome.findings.append(&mut findings);
        }
        self.outcome.findings[before..].iter().any(|finding| finding.severity >= Severity::Medium)
    }

    /// What a parser could not read is not judged, unless a finding on the same bytes says more.
    fn report_problem(
        &mut self,
        problem: &Problem,
        format: Format,
        asset: &AssetId,
        place: &Place,
        found: bool,
    ) {
        let (reason, severity, lifted_by) = match problem.kind {
            ProblemKind::Budget => (Reason::Budget, Severity::High, budget_flag(problem.code)),
            ProblemKind::Encrypted => {
                (Reason::Encrypted, Severity::High, Some("scan the decrypted content".to_owned()))
            }
            ProblemKind::Malformed if !found => {
                let whole = "a copy that is whole, taken from its source again";
                (Reason::Malformed, malformed_severity(format), Some(whole.to_owned()))
            }
            ProblemKind::Malformed | ProblemKind::Differential | ProblemKind::Hostile | ProblemKind::Note => {
                return;
            }
        };
        let place = problem.offset.map_or_else(|| place.clone(), |offset| place.at(offset));
        let mut unknown = Unknown::new(reason, severity, asset, place, problem.message.clone())
            .witness(format!("{format}/{}", problem.code));
        unknown.lifted_by = lifted_by;
        self.outcome.unknowns.push(unknown);
    }

    fn visit(&mut self, subject: &Subject<'_>, archive: &mut Archive, format: Format, asset: &AssetId) {
        let mut within = subject.within.to_vec();
        within.push(format);
        if within.len() > self.analyser.limits.nesting as usize {
            let message = format!("archives are nested deeper than {}", self.analyser.limits.nesting);
            archive.problems.push(Problem::new(ProblemKind::Budget, "nesting", message));
            return;
        }
        let ownership = members::ownership(archive);
        let mut problems: Vec<(String, u64, Problem)> = Vec::new();
        archive.visit(subject.source, self.context, &mut |entry, content| {
            let content = match content {
                Ok(content) => content,
                Err(problem) => return problems.push((entry.name.clone(), entry.offset, problem)),
            };
            self.outcome.members += 1;
            let place = subject.place.member(entry.name.as_str());
            let owner = (ownership == Ownership::Container || subject.owner.is_some()).then_some(asset);
            let before = self.outcome.assets.len();
            let outer = self.hidden;
            self.hidden = outer.max(entry.seen as u64);
            self.judge(&Subject { source: &content, place: &place, owner, within: &within });
            self.hidden = outer;
            if owner.is_none()
                && let Some(member) = self.outcome.assets.get(before)
            {
                let relation = Relation::new(RelationKind::Contains, asset, &member.id, place.clone());
                self.outcome.relations.push(relation);
            }
        });
        for (name, offset, problem) in problems {
            match archive.entries.iter_mut().find(|entry| entry.offset == offset && entry.name == name) {
                Some(entry) => entry.problems.push(problem),
                None => archive.problems.push(problem),
            }
        }
    }
}

fn file_name(place: &Place) -> &str {
    let name = place.inside.last().unwrap_or(&place.path);
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn budget_flag(code: &str) -> Option<String> {
    let flag = match code {
        "nesting" => "--max-nesting",
        "members" => "--max-members",
        "member-bytes" => "--max-member-bytes",
        "unpacked-bytes" => "--max-unpacked-bytes",
        "ratio" => "--max-ratio",
        "opcodes" => "--max-opcodes",
        "text-bytes" => "--max-text-bytes",
        _ => return None,
    };
    Some(format!("raise `{flag}`"))
}

/// What a broken file of this format could hide: high where loading runs code or where another reader may see content that
/// ours does not, low for text.
fn malformed_severity(format: Format) -> Severity {
    match format {
        Format::Json
        | Format::Yaml
        | Format::Markdown
        | Format::Text
        | Format::Image
        | Format::Pdf
        | Format::Parquet => Severity::Low,
        Format::Safetensors | Format::Npy | Format::Notebook | Format::Python | Format::Jinja => {
            Severity::Medium
        }
        _ => Severity::High,
    }
}

/// Formats that are recognised and that no analyser understands yet, with what could hide there.
fn unsupported(format: Format) -> Option<(Severity, &'static str)> {
    let high = |what| Some((Severity::High, what));
    match format {
        Format::Tflite => {
            high("TensorFlow Lite models are not analysed yet: custom operators and bounds were not checked")
        }
        Format::CoreMl => high("Core ML models are not analysed yet: custom layers were not checked"),
        Format::OpenVino => {
            high("OpenVINO models are not analysed yet: extension libraries and entities were not checked")
        }
        Format::Pmml => high("PMML is not analysed yet: entities and external references were not checked"),
        Format::TensorRt => high("TensorRT engines are opaque: nothing inside was checked"),
        Format::Rds => high("R objects are not analysed yet: a promise in one runs code when it is read"),
        Format::Torch7 => high("Torch7 files are not analysed yet: they can hold Lua code"),
        Format::MxNet => high("MXNet graphs are not analysed yet: custom operators were not checked"),
        Format::Paddle => {
            high("PaddlePaddle programs are not analysed yet: operators that run Python were not checked")
        }
        Format::Msgpack => high("MessagePack models are not analysed yet: extension types were not checked"),
        Format::Executorch => {
            high("ExecuTorch programs are not analysed yet: bounds and delegates were not checked")
        }
        Format::Cntk => high("CNTK models are not analysed yet: user functions load native code"),
        Format::Ncnn => high("ncnn models are not analysed yet: custom layers were not checked"),
        Format::Ort => {
            high("ONNX Runtime flat buffers are not analysed yet: operators and references were not checked")
        }
        Format::Rknn => high("RKNN models are opaque: nothing inside was checked"),
        Format::Ggml => {
            high("GGML files from before GGUF are not analysed yet: their bounds were not checked")
        }
        Format::Skops => {
            high("skops files are not analysed yet: the types and functions that they name were not checked")
        }
        Format::Rar => high("RAR archives cannot be opened: nothing inside was checked"),
        Format::PythonBytecode => high("Python bytecode is not analysed yet: importing it runs it"),
        _ => None,
    }
}
