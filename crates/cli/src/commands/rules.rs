//! `modelward rules` and `modelward explain`, from the one list.

use crate::{
    arguments::{Explain, Rules},
    failure::Failure,
    output, progress,
};
use modelward_assessment::{rule, rules};
use modelward_policy::suggestion;
use modelward_report::{controls, page};
use serde_json::json;

pub(super) fn list(arguments: &Rules) -> Result<(), Failure> {
    let rules = rules();
    if arguments.format == "json" {
        let list: Vec<_> = rules
            .iter()
            .map(|rule| {
                json!({
                    "id": rule.id,
                    "title": rule.title,
                    "severity": rule.severity.as_str(),
                    "theme": rule.theme,
                    "controls": controls(rule.theme).map(|c| json!({
                        "framework": c.framework,
                        "version": c.version,
                        "id": c.id,
                        "relation": if c.direct { "direct" } else { "supporting" },
                    })).collect::<Vec<_>>(),
                    "page": rule.page,
                })
            })
            .collect();
        let text = serde_json::to_string_pretty(&list).unwrap_or_default();
        return output::print_text(&(text + "\n"));
    }
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let lines: Vec<String> = rules
        .iter()
        .map(|rule| format!("{:<8}  {:<width$}  {}\n", rule.severity, rule.id, rule.title))
        .collect();
    output::print_text(&(lines.concat() + "\n`modelward explain RULE` shows the page of one.\n"))
}

pub(super) fn explain(arguments: &Explain) -> Result<(), Failure> {
    let Some(rule) = rule(&arguments.rule) else {
        let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
        let failure = Failure::new(format!("`{}` is not a rule", arguments.rule));
        return Err(match suggestion(&arguments.rule, &ids) {
            Some(known) => failure.hint(format!("did you mean `{known}`?")),
            None => failure.hint("`modelward rules` lists them"),
        });
    };
    output::print_text(&page(rule, progress::width()))
}
