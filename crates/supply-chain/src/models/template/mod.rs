//! What a chat template does, decided from its syntax tree: nothing is rendered.
//!
//! An abstract interpreter walks the template once with values that know which literal texts they may hold, which data they
//! come from and which inspections of that data they depend on (`value`). It follows assignments, namespaces, macros,
//! loops and both sides of every condition, and folds constants, so that a name put together from pieces is seen whole.
//! Its remarks are what the rules on templates are made of. Work is bounded by [`MAX_STEPS`] visits of nodes.
//! Start with [`analyse`]; [`templates_of`] finds the templates in a file.

mod constant;
mod evaluate;
mod find;
mod names;
mod outputs;
mod prose;
mod run;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use find::{ChatTemplate, templates_of};

use modelward_formats::jinja::Template;

/// Visits of nodes of one template.
pub(crate) const MAX_STEPS: u32 = 200_000;

/// What the analysis noticed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Analysis {
    pub(crate) escapes: Vec<Remark>,
    pub(crate) exhaustions: Vec<Remark>,
    pub(crate) conditionals: Vec<Conditional>,
    pub(crate) planted: Vec<Remark>,
    /// The budget of visits ended before the template did.
    pub(crate) unfinished: bool,
}

/// Something on a line of the template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Remark {
    pub(crate) line: u32,
    /// A sentence in lower case.
    pub(crate) message: String,
    /// The text that shows it.
    pub(crate) evidence: String,
    /// Stable, for the fingerprint.
    pub(crate) witness: String,
    /// Whether it reaches the interpreter itself, and not only something odd.
    pub(crate) certain: bool,
}

/// A literal that is emitted depending on what somebody wrote.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conditional {
    pub(crate) line: u32,
    pub(crate) literal: String,
    /// What it depends on, such as `message content`.
    pub(crate) subject: &'static str,
    /// What is looked for there.
    pub(crate) trigger: String,
    /// Where the inspection stands.
    pub(crate) trigger_line: u32,
    /// Emitted when the trigger is absent.
    pub(crate) negative: bool,
    /// A message is left out, and no literal put in.
    pub(crate) hides: bool,
    /// Whether the literal holds a link, or orders that serve somebody else.
    pub(crate) hostile: bool,
}

/// Analyses a template. Of one that does not parse, what came before the error is analysed.
#[must_use]
pub(crate) fn analyse(template: &Template) -> Analysis {
    let mut machine = run::Machine::new();
    machine.run_all(&template.body);
    let mut analysis = machine.analysis;
    analysis.unfinished |= machine.exhausted;
    outputs::judge(&machine.outputs, &mut analysis);
    if !template.is_complete()
        && analysis.escapes.is_empty()
        && let Some(mark) = names::looks_like_attack(&template.text)
    {
        let at = template.text.find(mark).unwrap_or(0);
        let line = 1 + template.text.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count();
        analysis.escapes.push(Remark {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            message: format!("it does not parse, and holds `{mark}`"),
            evidence: excerpt(&template.text[at..]),
            witness: mark.to_owned(),
            certain: false,
        });
    }
    analysis
}

/// The first line of a text, cut.
pub(crate) fn excerpt(text: &str) -> String {
    let line = text.trim_start().lines().next().unwrap_or("");
    let mut cut: String = line.chars().take(100).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}
