//! A notebook whose cells run hostile commands or code, or whose outputs act when they are shown.

mod command;
mod magic;

use super::behaviour::{Act, Behaviour, Sink};
use crate::{Artifact, Check, FamilyRule};
use magic::Line;
use modelward_formats::{
    Parsed,
    notebook::{Cell, CellKind, Notebook},
    python,
};
use modelward_kernel::{Finding, Place, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "harmful-notebook",
        title: "running the notebook does harm",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// What a cell does, before it becomes a finding.
struct Remark {
    severity: Severity,
    message: String,
    evidence: String,
}

const MAX_FINDINGS: usize = 20;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::Notebook(notebook) = artifact.parsed else { return };
    let mut source = String::new();
    // Which cell each line of the joined code comes from.
    let mut origin: Vec<usize> = Vec::new();
    for (position, cell) in notebook.cells.iter().enumerate() {
        let mut remarks = Vec::new();
        if cell.kind == CellKind::Code {
            let code = cell_code(cell, notebook, &mut remarks);
            if cell.text.contains("<script")
                && (cell.text.contains("kernel.execute") || cell.text.contains("document.cookie"))
            {
                let evidence = cell.text.chars().take(200).collect();
                remarks.push(Remark {
                    severity: Severity::High,
                    message: "a cell shows a script that drives the notebook".into(),
                    evidence,
                });
            }
            for line in code.lines() {
                source.push_str(line);
                source.push('\n');
                origin.push(position);
            }
        }
        outputs(cell, &mut remarks);
        findings.extend(remarks.into_iter().map(|remark| finding(artifact, cell, remark)));
    }
    let module = python::parse_str(&source);
    let behaviour = Behaviour::of(&module, artifact.effects);
    for act in behaviour.at_import.iter().chain(behaviour.in_functions.iter().filter(|act| act.hostile)) {
        let Some(cell) = origin
            .get(usize::try_from(act.line).unwrap_or(1).saturating_sub(1))
            .and_then(|&cell| notebook.cells.get(cell))
        else {
            continue;
        };
        if let Some(severity) = weigh(act) {
            let remark = Remark {
                severity,
                message: format!("a cell {}: `{}`", act.what, act.name),
                evidence: act.text.clone(),
            };
            findings.push(finding(artifact, cell, remark));
        }
    }
    findings.truncate(MAX_FINDINGS);
}

/// The Python of a cell, line by line; what its magics do goes to `remarks`.
fn cell_code(cell: &Cell, notebook: &Notebook, remarks: &mut Vec<Remark>) -> String {
    if notebook
        .language
        .as_deref()
        .is_some_and(|language| !matches!(language, "python" | "python3" | "ipython"))
    {
        return String::new();
    }
    let mut code = String::new();
    for line in magic::lines(&cell.text) {
        match line {
            Line::Python(text) => code.push_str(text),
            Line::Shell { command, captured } => {
                if let Some((severity, why)) = command::judge(&command, captured) {
                    remarks.push(Remark {
                        severity,
                        message: format!("a cell {why}"),
                        evidence: command.chars().take(200).collect(),
                    });
                }
            }
            Line::Magic { name, rest } => {
                if let Some((severity, why)) = magic::judge(name, rest) {
                    remarks.push(Remark {
                        severity,
                        message: format!("a cell {why}"),
                        evidence: format!("%{name} {rest}").chars().take(200).collect(),
                    });
                }
            }
        }
        code.push('\n');
    }
    code
}

/// How grave an act is in a notebook: a person runs it cell by cell, so loading data and fetching it are ordinary.
fn weigh(act: &Act) -> Option<Severity> {
    if act.hostile {
        return Some(act.severity.max(Severity::High));
    }
    match act.kind {
        Sink::Process => match command::of_call(&act.text) {
            Some(command) => command::judge(&command, true).map(|(severity, _)| severity),
            None => Some(Severity::Medium),
        },
        Sink::Code if act.name != "builtins.eval" => Some(Severity::Medium),
        Sink::Write | Sink::Read => Some(Severity::High),
        _ => None,
    }
}

/// Outputs that a viewer renders: scripts that drive the notebook or send something away.
fn outputs(cell: &Cell, remarks: &mut Vec<Remark>) {
    for output in &cell.outputs {
        let script = output.media.contains("javascript")
            || output.text.contains("<script")
            || output.text.contains("javascript:");
        let lower = output.text.to_ascii_lowercase();
        let drives = script
            && [
                "kernel.execute",
                "notebook.kernel",
                "insert_cell",
                ".execute_cells",
                "document.cookie",
                "localstorage.getitem",
            ]
            .iter()
            .any(|mark| lower.contains(mark));
        let handler = output.media.contains("html")
            && ["onerror=", "onload=eval", "srcdoc="].iter().any(|mark| lower.contains(mark))
            && lower.contains('(');
        if drives || handler {
            remarks.push(Remark {
                severity: if drives { Severity::High } else { Severity::Medium },
                message: "the saved output of a cell runs a script when it is shown".into(),
                evidence: output.text.chars().take(200).collect(),
            });
        }
    }
}

fn finding(artifact: &Artifact<'_>, cell: &Cell, remark: Remark) -> Finding {
    let place = Place { line: Some(cell.line.max(1)), ..artifact.place.at_pointer(cell.pointer.clone()) };
    Finding::new(&RULE.rule, artifact.asset, place, remark.message)
        .severity(remark.severity)
        .witness(remark.evidence.chars().take(120).collect::<String>())
        .evidence("cell", remark.evidence)
        .gains("any command, as the user who runs the notebook")
        .fix("read the cell before it runs; remove it if nobody can say what it is for")
}
