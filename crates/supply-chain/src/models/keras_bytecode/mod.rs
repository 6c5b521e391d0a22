//! A Keras model that carries Python bytecode: a Lambda layer, or a lambda anywhere else.

use super::keras_configs::configs;
use crate::{Artifact, Check, FamilyRule};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "keras-bytecode",
        title: "the model runs Python bytecode from the file",
        theme: "unsafe-deserialisation",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let configs = configs(artifact);
    let objects = configs.iter().flat_map(|(config, _)| &config.objects);
    let lambdas: Vec<_> = objects.filter(|object| is_lambda(&object.class_name)).collect();
    let code: Vec<_> = configs.iter().flat_map(|(config, _)| &config.bytecode).collect();
    let offset = match (lambdas.first(), code.first()) {
        (Some(lambda), _) => lambda.offset,
        (None, Some(code)) => code.offset,
        (None, None) => return,
    };
    let layers = lambdas.iter().filter(|object| object.class_name != "__lambda__").count();
    let message = match (layers, code.len()) {
        (0, 1) => "the model holds a lambda as Python bytecode, which runs when the model is loaded or used"
            .to_owned(),
        (0, lambdas) => format!(
            "the model holds {lambdas} lambdas as Python bytecode, which runs when the model is loaded or used"
        ),
        (1, _) => "a Lambda layer runs Python code from the file when the model is loaded or used".to_owned(),
        (layers, _) => {
            format!("{layers} Lambda layers run Python code from the file when the model is loaded or used")
        }
    };
    let mut finding = Finding::new(&RULE.rule, artifact.asset, artifact.place.at(offset), message)
        .gains("any Python code in the process that loads the model; HDF5 models run it even in safe mode")
        .fix("replace Lambda layers by layers of a class that you ship as source, and save the model again");
    if let Some(lambda) = lambdas.first() {
        let name = lambda.texts.iter().find(|(key, _)| key == "name").map_or("", |(_, name)| name.as_str());
        finding = finding.evidence("layer", format!("{} `{name}`", lambda.class_name));
    }
    for code in code.iter().take(4) {
        let names = names(&code.code);
        let names = if names.is_empty() { String::new() } else { format!(" that uses {}", names.join(", ")) };
        finding = finding.evidence("code", format!("{} bytes of marshalled code{names}", code.code.len()));
    }
    findings.push(finding.witness("lambda"));
}

/// A lambda by class. Names of operations on tensors, such as `TFOpLambda`, hold no code.
fn is_lambda(class_name: &str) -> bool {
    let name = class_name.rsplit('>').next().unwrap_or(class_name);
    name.eq_ignore_ascii_case("lambda") || name == "__lambda__"
}

/// Words in the code's constants and names that say what it does: short texts of the marshal format.
fn names(code: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = code;
    while let [kind, length, tail @ ..] = rest {
        let length = usize::from(*length);
        let word = matches!(kind & 0x7f, b'z' | b'Z').then(|| tail.get(..length)).flatten();
        let word = word.filter(|word| {
            (2..=64).contains(&word.len()) && word.iter().all(|b| b.is_ascii_graphic() || *b == b' ')
        });
        match word.and_then(|word| std::str::from_utf8(word).ok()) {
            Some(word) => {
                if names.len() < 8 && !word.starts_with('<') && !names.contains(&format!("`{word}`")) {
                    names.push(format!("`{word}`"));
                }
                rest = &tail[length..];
            }
            None => rest = &rest[1..],
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::keras_tests::run;

    fn lambda(class: &str, config: &str) -> usize {
        run(check, &format!(r#"{{"class_name": "Sequential", "config": {{"layers": [{{"class_name": "{class}", "config": {config}}}]}}}}"#)).len()
    }

    #[test]
    fn cve_2024_3660_a_lambda_layer_runs_code() {
        assert_eq!(
            lambda("Lambda", r#"{"function": ["4wEAAAA=", null, null], "function_type": "lambda"}"#),
            1
        );
    }

    #[test]
    fn cve_2025_9905_a_lambda_in_an_old_file_ignores_safe_mode() {
        assert_eq!(lambda("Lambda", r#"{"function": "lambda x: x", "module": "__main__"}"#), 1);
    }

    #[test]
    fn a_lambda_outside_a_lambda_layer_runs_as_well() {
        assert_eq!(
            lambda("Dense", r#"{"activation": {"class_name": "__lambda__", "config": {"value": ["x"]}}}"#),
            1
        );
    }

    #[test]
    fn an_operation_on_tensors_is_no_lambda() {
        assert_eq!(lambda("TFOpLambda", r#"{"function": "math.add"}"#), 0);
        assert_eq!(lambda("SlicingOpLambda", r#"{"function": "__getitem__"}"#), 0);
    }
}
