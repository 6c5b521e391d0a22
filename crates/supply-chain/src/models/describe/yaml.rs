//! YAML files of model repositories: MLflow's `MLmodel`, configurations with templates.

use super::facts::{add, code_reference, cut};
use crate::{Artifact, Description};
use modelward_formats::yaml::{Document, Node};
use modelward_kernel::Value;

pub(super) fn describe(artifact: &Artifact<'_>, document: &Document, description: &mut Description) {
    super::json::templates(artifact, description);
    let Some(root) = document.root() else { return };
    if root.get("flavors").is_some() {
        mlmodel(artifact, root, description);
    }
}

/// `MLmodel`: the flavour that runs Python names the module that loads it, the pickled model, and its code.
fn mlmodel(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    if let Some(version) = root.text("mlflow_version") {
        fields.push(("mlflow_version", cut(version).into()));
    }
    let flavours: Vec<Value> = root
        .get("flavors")
        .into_iter()
        .flat_map(Node::members)
        .filter_map(|(key, _)| Some(cut(key.as_str()?).into()))
        .collect();
    fields.push(("flavours", Value::List(flavours)));
    add(artifact, description, "mlmodel", artifact.place.clone(), fields);
    for (_, flavour) in root.get("flavors").into_iter().flat_map(Node::members) {
        if let Some(module) = flavour.get("loader_module")
            && let Some(name) = module.as_str()
        {
            let known = name.starts_with("mlflow.");
            let place = artifact.place.at_pointer(module.pointer());
            if !known {
                code_reference(
                    artifact,
                    description,
                    on_line(place, module.line()),
                    "loader_module",
                    name,
                    None,
                );
            }
        }
        for key in ["code", "code_paths", "model_code_path"] {
            if let Some(code) = flavour.get(key)
                && let Some(path) = code.as_str().filter(|path| !path.is_empty() && *path != "null")
            {
                let place = artifact.place.at_pointer(code.pointer());
                code_reference(artifact, description, on_line(place, code.line()), "mlflow code", path, None);
            }
        }
    }
}

fn on_line(mut place: modelward_kernel::Place, line: u64) -> modelward_kernel::Place {
    place.line = Some(line);
    place
}
