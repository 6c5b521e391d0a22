//! Which Python files of a repository run when its model is loaded, and what they do.

use crate::{Fact, Repository, RepositoryFile};
use modelward_kernel::{Place, Severity, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A reference to code, and the files that it means.
pub(super) struct Reference<'a> {
    pub(super) fact: &'a Fact,
    pub(super) files: Vec<usize>,
}

/// A file that a platform runs by its name alone.
pub(super) struct Entry {
    pub(super) index: usize,
    pub(super) why: &'static str,
}

/// The worst that some files do.
pub(super) struct Harm {
    pub(super) severity: Severity,
    pub(super) what: String,
    pub(super) text: String,
    pub(super) file: String,
    pub(super) place: Place,
}

pub(super) struct Closure<'a> {
    repository: &'a Repository<'a>,
    /// The fact about each Python file, by the file's address.
    modules: BTreeMap<String, &'a Fact>,
    by_path: BTreeMap<&'a str, usize>,
    pub(super) references: Vec<Reference<'a>>,
    pub(super) implicit: Vec<Entry>,
}

/// Files that serving platforms and loaders run without a reference.
const IMPLICIT: &[(&str, &str)] = &[
    ("handler.py", "inference endpoints run handler.py"),
    ("pipeline.py", "diffusers runs pipeline.py as a custom pipeline"),
    ("inference.py", "SageMaker runs inference.py"),
    ("code/inference.py", "SageMaker runs code/inference.py"),
    ("custom_generate/generate.py", "generate() runs custom_generate/generate.py"),
    ("1/model.py", "Triton runs 1/model.py"),
    ("__init__.py", "importing the folder runs __init__.py"),
    ("sitecustomize.py", "Python runs sitecustomize.py at its start"),
];

impl<'a> Closure<'a> {
    pub(super) fn of(repository: &'a Repository<'a>) -> Self {
        let modules = repository
            .facts
            .iter()
            .filter(|fact| fact.kind == "python-module")
            .map(|fact| (fact.place.address(), fact))
            .collect();
        let by_path =
            repository.files.iter().enumerate().map(|(index, file)| (file.path.as_str(), index)).collect();
        let mut closure =
            Closure { repository, modules, by_path, references: Vec::new(), implicit: Vec::new() };
        for fact in repository.facts.iter().filter(|fact| fact.kind == "code-reference") {
            let files = if fact.text("repository").is_empty() { closure.entries(fact) } else { Vec::new() };
            closure.references.push(Reference { fact, files });
        }
        let referenced: BTreeSet<usize> =
            closure.references.iter().flat_map(|reference| reference.files.iter().copied()).collect();
        for (path, why) in IMPLICIT {
            if let Some(&index) = closure.by_path.get(path)
                && !referenced.contains(&index)
            {
                closure.implicit.push(Entry { index, why });
            }
        }
        closure
    }

    /// The files that a reference means: beside the file that names them, or at the root, or below a folder of code.
    fn entries(&self, fact: &Fact) -> Vec<usize> {
        let target = fact.text("target");
        let folder = self
            .repository
            .files
            .iter()
            .find(|file| file.place.address() == fact.place.address())
            .and_then(|file| file.path.rsplit_once('/'))
            .map_or("", |(folder, _)| folder);
        if target.ends_with(".py") || fact.text("via") == "mlflow code" {
            let exact = self.by_path.get(target).copied();
            let below = format!("{}/", target.trim_end_matches('/'));
            return exact
                .into_iter()
                .chain(
                    self.repository
                        .files
                        .iter()
                        .enumerate()
                        .filter(|(_, file)| file.path.starts_with(&below) && file.path.ends_with(".py"))
                        .map(|(index, _)| index),
                )
                .collect();
        }
        let mut found = Vec::new();
        // `a.b.C`: the module is `a/b.py` or `a.py`; the class is the last step, unless the whole is a module.
        let steps: Vec<&str> = target.split('.').filter(|step| !step.is_empty()).collect();
        for length in (1..=steps.len()).rev() {
            let module = steps[..length].join("/");
            found.extend(self.module(folder, &module));
            if !found.is_empty() {
                break;
            }
        }
        found
    }

    /// The file of a module: in `folder`, at the root, or in a folder that is put on the path.
    fn module(&self, folder: &str, module: &str) -> Vec<usize> {
        let mut names = Vec::new();
        for base in [folder, "", "code", "src"] {
            let prefix = if base.is_empty() { String::new() } else { format!("{base}/") };
            names.push(format!("{prefix}{module}.py"));
            names.push(format!("{prefix}{module}/__init__.py"));
        }
        // diffusers keeps the code of a component in the component's folder.
        let tail = format!("/{module}.py");
        let mut found: Vec<usize> =
            names.iter().filter_map(|name| self.by_path.get(name.as_str()).copied()).collect();
        if found.is_empty() && !module.contains('/') {
            found.extend(
                self.repository
                    .files
                    .iter()
                    .enumerate()
                    .filter(|(_, file)| file.path.ends_with(&tail) && file.path.matches('/').count() == 1)
                    .map(|(index, _)| index),
            );
        }
        found.truncate(4);
        found
    }

    /// The worst that `entries`, and everything of this repository that they import, do.
    pub(super) fn worst(&self, entries: &[usize]) -> Option<Harm> {
        let mut open: Vec<usize> = entries.to_vec();
        let mut seen: BTreeSet<usize> = open.iter().copied().collect();
        let mut worst: Option<Harm> = None;
        while let Some(index) = open.pop() {
            let Some(file) = self.repository.files.get(index) else { continue };
            let Some(module) = self.modules.get(&file.place.address()) else { continue };
            if let Some(harm) = harm_of(module, file)
                && worst.as_ref().is_none_or(|worst| harm.severity > worst.severity)
            {
                worst = Some(harm);
            }
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for import in module
                .fields
                .get("imports")
                .map(Value::items)
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_text)
            {
                for next in self.imported(folder, import) {
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
        }
        worst
    }

    fn imported(&self, folder: &str, import: &str) -> Vec<usize> {
        let name = import.trim_start_matches('.');
        let dots = import.len() - name.len();
        let mut base = folder;
        for _ in 1..dots {
            base = base.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        let path = name.replace('.', "/");
        let mut found = self.module(base, &path);
        if found.is_empty()
            && let Some((module, _)) = path.rsplit_once('/')
        {
            found = self.module(base, module);
        }
        found
    }
}

/// The worst act of a file. Inside functions a program or code that is run counts more here than in a file of its own:
/// loading the model calls its methods.
fn harm_of(module: &Fact, file: &RepositoryFile) -> Option<Harm> {
    let acts = |field: &str| module.fields.get(field).map(Value::items).unwrap_or_default().iter();
    let severity = |act: &Value| {
        act.get("severity")
            .and_then(Value::as_text)
            .and_then(|word| word.parse::<Severity>().ok())
            .unwrap_or(Severity::Info)
    };
    let at_import = acts("at_import").map(|act| (severity(act), act));
    let in_functions = acts("in_functions").map(|act| (severity(act).max(Severity::Medium), act));
    let (severity, act) = at_import
        .chain(in_functions)
        .filter(|(severity, _)| *severity >= Severity::Medium)
        .max_by_key(|(severity, _)| *severity)?;
    let text = |key: &str| act.get(key).and_then(Value::as_text).unwrap_or("").to_owned();
    let line =
        act.get("line").and_then(Value::as_number).and_then(|line| u64::try_from(line).ok()).unwrap_or(1);
    Some(Harm {
        severity,
        what: text("what"),
        text: text("text"),
        file: file.path.clone(),
        place: file.place.at_line(line),
    })
}
