//! The walk over a model: a list of messages to visit, each visited once.

use super::{ContextFile, ExternalTensor, KEPT, OnnxModel};
use crate::{
    Context, Problem, ProblemKind, Source,
    protobuf::{Field, Span, Walker, Wire},
};

/// Subgraphs within subgraphs; readers built on protobuf stop before 100 messages within messages.
const DEPTH: u32 = 64;
const NAME: usize = 256;
const LOCATION: usize = 4096;
/// The problems that are kept.
const PROBLEMS: usize = 64;

/// A message that is still to be visited.
#[derive(Clone, Copy, Debug)]
struct Work {
    kind: Kind,
    span: Span,
    depth: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Model,
    Graph,
    Function,
    Training,
}

pub(super) struct Visit<'a> {
    walker: Walker<'a>,
    work: Vec<Work>,
    model: OnnxModel,
    end: u64,
}

impl<'a> Visit<'a> {
    pub(super) fn new(source: &'a Source, context: &Context) -> Self {
        let work = vec![Work { kind: Kind::Model, span: Span::of(source), depth: 0 }];
        let walker = Walker::new(source, context.limits.opcodes);
        Visit { walker, work, model: OnnxModel::default(), end: source.len() }
    }

    pub(super) fn model(mut self) -> OnnxModel {
        while let Some(work) = self.work.pop() {
            match work.kind {
                Kind::Model => self.each(work.span, "the model", |visit, field| visit.model_field(field)),
                Kind::Graph => {
                    self.each(work.span, "a graph", |visit, field| visit.graph_field(field, work.depth));
                }
                Kind::Function => self.function(work.span, work.depth),
                Kind::Training => self.each(work.span, "training information", |visit, field| {
                    if let (1 | 2, Wire::Bytes(span)) = (field.number, field.wire) {
                        visit.later(Kind::Graph, span, work.depth);
                    }
                }),
            }
        }
        self.model
    }

    /// Calls `see` for each field of a message; where the message breaks, the problem is noted and what came before stays.
    fn each(&mut self, mut span: Span, what: &str, mut see: impl FnMut(&mut Self, Field)) {
        loop {
            match self.walker.next(&mut span) {
                Ok(Some(field)) => see(self, field),
                Ok(None) => return,
                Err(fault) => return self.problem(fault.problem(what)),
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.model.problems.len() < PROBLEMS {
            self.model.problems.push(problem);
        }
    }

    fn later(&mut self, kind: Kind, span: Span, depth: u32) {
        if depth >= DEPTH {
            let message = format!("subgraphs lie within subgraphs more than {DEPTH} deep");
            self.problem(Problem::new(ProblemKind::Budget, "graph-depth", message).at(span.start));
        } else {
            self.work.push(Work { kind, span, depth: depth + 1 });
        }
    }

    fn model_field(&mut self, field: Field) {
        match (field.number, field.wire) {
            (1, Wire::Varint(version)) => self.model.ir_version = Some(version),
            (2, Wire::Bytes(span)) => self.model.producer = self.walker.text(span, NAME),
            (3, Wire::Bytes(span)) => self.model.producer_version = self.walker.text(span, NAME),
            (4, Wire::Bytes(span)) => self.model.domain = self.walker.text(span, NAME),
            (7, Wire::Bytes(span)) => {
                self.later(Kind::Graph, span, 0);
                self.main_graph(span);
            }
            (8, Wire::Bytes(span)) => self.opset(span),
            (14, Wire::Bytes(span)) => {
                if let Some(entry) = self.entry(span).filter(|_| self.model.metadata.len() < KEPT) {
                    self.model.metadata.push(entry);
                }
            }
            (20, Wire::Bytes(span)) => self.later(Kind::Training, span, 0),
            (25, Wire::Bytes(span)) => self.later(Kind::Function, span, 0),
            _ => {}
        }
    }

    fn opset(&mut self, span: Span) {
        let (mut domain, mut version) = (String::new(), 0);
        self.each(span, "an operator set", |visit, field| match (field.number, field.wire) {
            (1, Wire::Bytes(span)) => domain = visit.walker.text(span, NAME),
            (2, Wire::Varint(number)) => version = number,
            _ => {}
        });
        if self.model.opsets.len() < KEPT {
            self.model.opsets.push((domain, version));
        }
    }

    /// The name, inputs and outputs of the graph that the model runs.
    fn main_graph(&mut self, span: Span) {
        self.each(span, "the graph", |visit, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                2 => visit.model.graph_name = visit.walker.text(span, NAME),
                11 | 12 => {
                    let name = visit.first_text(span, 1, NAME);
                    let into =
                        if field.number == 11 { &mut visit.model.inputs } else { &mut visit.model.outputs };
                    if into.len() < KEPT {
                        into.push(name);
                    }
                }
                _ => {}
            }
        });
    }

    /// The last text of field `number` in a message.
    fn first_text(&mut self, span: Span, number: u32, limit: usize) -> String {
        let mut text = String::new();
        self.each(span, "a value", |visit, field| {
            if let Wire::Bytes(span) = field.wire
                && field.number == number
            {
                text = visit.walker.text(span, limit);
            }
        });
        text
    }

    fn graph_field(&mut self, field: Field, depth: u32) {
        let Wire::Bytes(span) = field.wire else { return };
        match field.number {
            1 => self.node(span, field.offset, depth),
            5 => self.tensor(span, field.offset, "an initializer of a graph", true),
            15 => self.sparse(span, "a sparse initializer of a graph", true),
            _ => {}
        }
    }

    fn function(&mut self, span: Span, depth: u32) {
        let (mut name, mut domain) = (String::new(), String::new());
        self.each(span, "a function", |visit, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                1 => name = visit.walker.text(span, NAME),
                7 => visit.node(span, field.offset, depth),
                10 => domain = visit.walker.text(span, NAME),
                // Default values of the function's attributes.
                11 => {
                    visit.attribute(span, depth);
                }
                _ => {}
            }
        });
        if self.model.functions.len() < KEPT {
            self.model.functions.insert((domain, name));
        }
    }

    fn node(&mut self, span: Span, offset: u64, depth: u32) {
        let (mut name, mut op, mut domain) = (String::new(), String::new(), String::new());
        let mut context = None;
        self.each(span, "a node", |visit, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                3 => name = visit.walker.text(span, NAME),
                4 => op = visit.walker.text(span, NAME),
                7 => domain = visit.walker.text(span, NAME),
                5 => {
                    if let Some(location) = visit.attribute(span, depth) {
                        context = Some(location);
                    }
                }
                _ => {}
            }
        });
        if let Some(location) = context.filter(|_| op == "EPContext" && self.model.contexts.len() < KEPT) {
            self.model.contexts.push(ContextFile { node: name.clone(), offset, location });
        }
        let full = self.model.operators.len() >= KEPT;
        match self.model.operators.get_mut(&(domain.clone(), op.clone())) {
            Some(known) => known.count += 1,
            None if full => {
                let message = format!("the model uses more than {KEPT} different operators");
                self.problem(Problem::new(ProblemKind::Budget, "operator-kinds", message).at(offset));
            }
            None => {
                self.model.operators.insert((domain, op), super::Operator { count: 1, offset, node: name });
            }
        }
    }

    /// Visits what an attribute holds. Gives the text of an attribute that names a compiled context.
    fn attribute(&mut self, span: Span, depth: u32) -> Option<String> {
        let (mut name, mut text) = (String::new(), None);
        self.each(span, "an attribute", |visit, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                1 => name = visit.walker.text(span, NAME),
                4 if span.len() <= LOCATION as u64 => text = Some(span),
                5 | 10 => visit.tensor(span, field.offset, "an attribute of a node", false),
                6 | 11 => visit.later(Kind::Graph, span, depth),
                22 | 23 => visit.sparse(span, "a sparse tensor in an attribute", false),
                _ => {}
            }
        });
        let text = text.filter(|_| name == "ep_cache_context")?;
        Some(self.walker.text(text, LOCATION))
    }

    fn sparse(&mut self, span: Span, holder: &'static str, weight: bool) {
        self.each(span, "a sparse tensor", |visit, field| {
            if let (1 | 2, Wire::Bytes(span)) = (field.number, field.wire) {
                visit.tensor(span, field.offset, holder, weight);
            }
        });
    }

    fn tensor(&mut self, span: Span, offset: u64, holder: &'static str, weight: bool) {
        let mut external = ExternalTensor { holder, offset, ..ExternalTensor::default() };
        let (mut dims, mut dtype, mut raw, mut outside) = (Vec::new(), 0, None, false);
        self.each(span, "a tensor", |visit, field| match (field.number, field.wire) {
            (1, wire) => visit.walker.integers(wire, NAME, &mut dims),
            (2, Wire::Varint(number)) => dtype = number,
            (8, Wire::Bytes(span)) => external.tensor = visit.walker.text(span, NAME),
            (9, Wire::Bytes(span)) => raw = Some(span.len()),
            (13, Wire::Bytes(span)) => {
                if let Some(entry) = visit.entry(span).filter(|_| external.entries.len() < NAME) {
                    external.entries.push(entry);
                }
            }
            (14, Wire::Varint(location)) => outside = location == 1,
            _ => {}
        });
        self.model.tensors += 1;
        *self.model.dtypes.entry(dtype.min(255)).or_default() += 1;
        let elements = self.elements(&dims, &external.tensor, offset);
        if let Some(elements) = elements.filter(|_| weight) {
            self.model.parameters = self.model.parameters.saturating_add(elements);
        }
        if let (Some(elements), Some(raw), false) = (elements, raw, outside) {
            self.compare_sizes(elements, dtype, raw, &external);
        }
        if !external.entries.is_empty() || outside {
            if self.model.external.len() < KEPT {
                self.model.external.push(external);
            } else {
                let message = format!("more than {KEPT} tensors lie outside the file");
                self.problem(Problem::new(ProblemKind::Budget, "external-tensors", message).at(offset));
            }
        }
    }

    /// The product of the dimensions; none, with a problem, when no memory could hold it.
    fn elements(&mut self, dims: &[u64], tensor: &str, offset: u64) -> Option<u64> {
        let product = dims.iter().try_fold(1u64, |product, dim| {
            i64::try_from(*dim).ok()?;
            product.checked_mul(*dim).filter(|product| *product < 1 << 60)
        });
        if product.is_none() {
            let message =
                format!("tensor `{tensor}` claims dimensions that overflow when they are multiplied");
            self.problem(Problem::new(ProblemKind::Hostile, "tensor-dims-overflow", message).at(offset));
        }
        product
    }

    fn compare_sizes(&mut self, elements: u64, dtype: u64, raw: u64, tensor: &ExternalTensor) {
        let Some(bits) = element_bits(dtype) else { return };
        let needed = u128::from(elements) * u128::from(bits);
        if needed.div_ceil(8) != u128::from(raw) {
            let message = format!(
                "tensor `{}` claims {elements} elements and holds {raw} bytes, not {}",
                tensor.tensor,
                needed.div_ceil(8)
            );
            self.problem(
                Problem::new(ProblemKind::Hostile, "tensor-size-mismatch", message).at(tensor.offset),
            );
        }
    }

    fn entry(&mut self, span: Span) -> Option<(String, String)> {
        if span.end > self.end {
            return None;
        }
        let (mut key, mut value) = (String::new(), String::new());
        self.each(span, "an entry", |visit, field| match (field.number, field.wire) {
            (1, Wire::Bytes(span)) => key = visit.walker.text(span, NAME),
            (2, Wire::Bytes(span)) => value = visit.walker.text(span, LOCATION),
            _ => {}
        });
        Some((key, value))
    }
}

/// Bits of one element, for the types whose raw form has a fixed size.
fn element_bits(dtype: u64) -> Option<u32> {
    Some(match dtype {
        1 | 6 | 12 => 32,
        2 | 3 | 9 | 17..=20 | 24 => 8,
        4 | 5 | 10 | 16 => 16,
        7 | 11 | 13 | 14 => 64,
        15 => 128,
        21..=23 => 4,
        25 | 26 => 2,
        _ => return None,
    })
}
