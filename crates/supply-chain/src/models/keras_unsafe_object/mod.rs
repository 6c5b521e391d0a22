//! A Keras configuration that asks for more than Keras's own layers: functions of other modules, gadgets, nested models.

mod allowed;

use super::{graph_file_operation::reaches_outside, keras_configs::configs};
use crate::{Artifact, Check, FamilyRule};
use allowed::{Kind, kind};
use modelward_formats::keras::KerasObject;
use modelward_kernel::{Confidence, Finding, Rule, Severity};
use std::collections::BTreeSet;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "keras-unsafe-object",
        title: "loading the model imports or builds something that is not a layer",
        theme: "unsafe-deserialisation",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Different names that are told of one configuration; more would say no more.
const FINDINGS: usize = 256;

/// What is wrong with one object.
struct Verdict {
    severity: Severity,
    confidence: Confidence,
    message: String,
    gains: &'static str,
    witness: String,
}

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (config, builds_unknown) in configs(artifact) {
        for object in &config.objects {
            let Some(verdict) = judge(artifact, object, builds_unknown) else { continue };
            if seen.len() >= FINDINGS || !seen.insert(verdict.witness.clone()) {
                continue;
            }
            let mut finding =
                Finding::new(&RULE.rule, artifact.asset, artifact.place.at(object.offset), verdict.message)
                    .severity(verdict.severity)
                    .confidence(verdict.confidence)
                    .gains(verdict.gains)
                    .evidence("object", described(object))
                    .fix("build the model from your own code and load only its weights")
                    .witness(verdict.witness);
            for (key, text) in object.texts.iter().take(4) {
                finding = finding.evidence("argument", format!("{key} = {text}"));
            }
            findings.push(finding);
        }
    }
}

fn described(object: &KerasObject) -> String {
    let module = object.module.as_deref().unwrap_or("none");
    let function = object.function.as_deref().map(|name| format!(", config `{name}`")).unwrap_or_default();
    let registered =
        object.registered_name.as_deref().map(|name| format!(", registered as `{name}`")).unwrap_or_default();
    format!("class `{}` of module `{module}`{function}{registered}", object.class_name)
}

fn judge(artifact: &Artifact<'_>, object: &KerasObject, builds_unknown: bool) -> Option<Verdict> {
    let by_name = matches!(object.class_name.as_str(), "function" | "__typespec__");
    let name = if by_name { object.function.as_deref().unwrap_or("") } else { object.class_name.as_str() };
    if let Some(verdict) = loads_more(object).or_else(|| operation(object)) {
        return Some(verdict);
    }
    let module = object.module.as_deref().unwrap_or("");
    match kind(module, name, by_name) {
        Kind::Keras => None,
        Kind::Gadget => Some(Verdict {
            severity: Severity::High,
            confidence: Confidence::High,
            message: format!("loading the model calls `{module}.{name}`, a tool of Keras and no layer"),
            gains: "files fetched, read or written, or the safe mode of Keras switched off, while the model loads",
            witness: format!("{module}.{name}"),
        }),
        Kind::Foreign => Some(foreign(artifact, module, name, by_name)?),
        Kind::Custom if builds_unknown || !module.is_empty() => Some(custom(object)),
        Kind::Custom => None,
    }
}

/// A name of another module: what it does decides, and not to know it is medium.
fn foreign(artifact: &Artifact<'_>, module: &str, name: &str, by_name: bool) -> Option<Verdict> {
    let resolved = artifact.effects.resolve(module, name);
    let effects = resolved.entry.as_ref().map(|entry| entry.effects.harmful()).unwrap_or_default();
    let witness = format!("{module}.{name}");
    match effects.worst() {
        Some(worst) => Some(Verdict {
            severity: worst.severity(),
            confidence: Confidence::High,
            message: format!("loading the model imports and calls `{}`, which {worst}", resolved.name),
            gains: worst.gains(),
            witness,
        }),
        // Keras takes a plain name for a function of its own or for one that the program registered.
        None if module == "builtins" && by_name && resolved.entry.is_none() => None,
        None => Some(Verdict {
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            message: format!(
                "loading the model imports `{module}` and uses `{name}`, which is not part of Keras"
            ),
            gains: "code of any module that the loading host can import, with arguments that the file chooses",
            witness,
        }),
    }
}

fn custom(object: &KerasObject) -> Verdict {
    let name =
        object.registered_name.as_deref().filter(|name| name.contains('>')).unwrap_or(&object.class_name);
    Verdict {
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        message: format!(
            "the model needs the class `{name}`, which is not part of Keras and not in the file"
        ),
        gains: "whoever loads the model must bring code of unknown origin for it",
        witness: format!("custom {name}"),
    }
}

/// Layers that load another serialised object.
fn loads_more(object: &KerasObject) -> Option<Verdict> {
    let name = object.class_name.rsplit('>').next().unwrap_or(&object.class_name);
    let what = match name {
        "TorchModuleWrapper" => "a PyTorch module that it unpickles",
        "TFSMLayer" => "a SavedModel from a path",
        "KerasLayer" => "a model of TensorFlow Hub from a path or URL",
        "FlaxLayer" | "JaxLayer" => "functions that it takes from elsewhere",
        "SKLearnClassifier" | "SKLearnRegressor" | "SKLearnTransformer" => "a scikit-learn estimator",
        _ => return None,
    };
    let known = matches!(name, "TorchModuleWrapper" | "TFSMLayer" | "KerasLayer");
    Some(Verdict {
        severity: if known { Severity::High } else { Severity::Medium },
        confidence: Confidence::High,
        message: format!("the layer `{name}` loads {what}"),
        gains: "a second load that the checks of the first one do not cover",
        witness: format!("nested {name}"),
    })
}

/// Operations of TensorFlow by name, in a layer that wraps one.
fn operation(object: &KerasObject) -> Option<Verdict> {
    let text = |key: &str| object.texts.iter().find(|(own, _)| own == key).map(|(_, text)| text.as_str());
    let name = match object.class_name.rsplit('>').next().unwrap_or_default() {
        "TFOpLambda" | "ClassMethod" | "InstanceMethod" => {
            let symbol = text("function").or_else(|| text("symbol"))?;
            allowed::harmful_symbol(symbol).then(|| symbol.to_owned())?
        }
        "TensorFlowOpLayer" => {
            let definition = text("node_def")?;
            let words = definition.split(|c: char| !c.is_ascii_alphanumeric());
            words.filter(|word| reaches_outside(word)).max_by_key(|word| word.len())?.to_owned()
        }
        _ => return None,
    };
    Some(Verdict {
        severity: Severity::High,
        confidence: Confidence::High,
        message: format!("the layer `{}` runs TensorFlow's `{name}`", object.class_name),
        gains: "files or Python functions of the machine that runs the model",
        witness: format!("operation {name}"),
    })
}

#[cfg(test)]
mod tests;
