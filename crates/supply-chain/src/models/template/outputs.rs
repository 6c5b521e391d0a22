//! From what a template may emit, and under which conditions, to remarks.

use super::{
    Analysis, Conditional, Remark, excerpt,
    prose::{self, Prose},
    value::{Class, Labels, Probe},
};
use std::rc::Rc;

/// A literal that is emitted, with everything that it depends on.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) text: Rc<str>,
    pub(super) line: u32,
    pub(super) guards: Vec<Probe>,
}

/// Stands for a message that is left out.
pub(super) const HIDDEN: &str = "(the message itself)";

/// More than this many remarks of a sort help nobody.
const MAX_REMARKS: usize = 50;

/// Turns outputs into remarks.
pub(super) fn judge(outputs: &[Output], analysis: &mut Analysis) {
    for output in outputs {
        let prose = prose::read(&output.text);
        if let Some(conditional) = conditional(output, prose)
            && analysis.conditionals.len() < MAX_REMARKS
            && !analysis
                .conditionals
                .iter()
                .any(|c| c.line == conditional.line && c.literal == conditional.literal)
        {
            analysis.conditionals.push(conditional);
        }
        let order = prose.order && (prose.link || prose.words >= 4);
        if (order || prose.hidden || prose.fetched) && analysis.planted.len() < MAX_REMARKS {
            let message = if order {
                "the template itself adds an order that serves somebody else"
            } else if prose.fetched {
                "the template adds markup that fetches an address when an answer is shown"
            } else {
                "the template adds characters that nobody sees and a model reads"
            };
            let remark = Remark {
                line: output.line,
                message: message.into(),
                evidence: excerpt(&output.text),
                witness: output.text.trim().chars().take(80).collect(),
                certain: order,
            };
            if !analysis.planted.iter().any(|known| known.witness == remark.witness) {
                analysis.planted.push(remark);
            }
        }
    }
}

/// Whether what the literal depends on makes it a literal for some conversations alone.
fn conditional(output: &Output, prose: Prose) -> Option<Conditional> {
    let hostile = prose.link || prose.order;
    let weight = |probe: &Probe| {
        let enough = if probe.subject.has(Labels::TOOLS) && !probe.subject.has(Labels::CONTENT) {
            hostile
        } else {
            match (probe.class, probe.negative) {
                (Class::Word, false) => prose.words + prose.roles >= 1 || hostile || prose.hidden,
                (Class::Mark, false) => prose.words >= 3 || hostile,
                (Class::Word, true) => prose.words >= 1 || hostile,
                (Class::Mark, true) => hostile && prose.order,
            }
        };
        enough.then_some((probe.class, !probe.negative))
    };
    let probe =
        output.guards.iter().filter(|probe| weight(probe).is_some()).max_by_key(|probe| weight(probe))?;
    let subject = if probe.subject.has(Labels::CONTENT) {
        "message content"
    } else if probe.subject.has(Labels::DATE) {
        "the date"
    } else {
        "the tools"
    };
    Some(Conditional {
        line: output.line,
        literal: excerpt(&output.text),
        subject,
        trigger: probe.literal.to_string(),
        trigger_line: probe.line,
        negative: probe.negative,
        hides: &*output.text == HIDDEN,
        hostile,
    })
}
