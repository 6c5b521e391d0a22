//! The walk over the messages of a TensorFlow file.

use super::{
    KEPT, Operator, OperatorUse, PATH_ATTRIBUTES, PATH_INPUTS, TensorFlowModel,
    index::{Index, NodeId, Seen},
    recognise,
};
use crate::{
    Context, Format, Problem, ProblemKind, Source, keras,
    protobuf::{Field, Span, Walker, Wire},
};
use std::collections::BTreeMap;

const NAME: usize = 512;
const TEXT: usize = 4096;
/// Texts of one constant, and bytes of the texts of all constants of a file.
const TEXTS: usize = 64;
/// Graphs within constants of graphs.
const DEPTH: u32 = 4;
/// Attributes within functions within attributes.
const ATTRIBUTES: usize = 256;
/// Elements of a constant beyond which it is an attack: four tebibytes of the smallest type.
const MOST_ELEMENTS: u64 = 1 << 42;
const PROBLEMS: usize = 64;
/// Uses of one operator that are told apart.
const USES: usize = 256;

/// A use that waits for its trace: the whole index must be there first.
struct Waiting {
    node: Option<NodeId>,
    inputs: usize,
    use_: OperatorUse,
}

pub(super) struct Reading<'a> {
    walker: Walker<'a>,
    context: &'a Context,
    model: TensorFlowModel,
    index: Index,
    waiting: Vec<Waiting>,
    /// Graphs to read, with the name of the scope that they stand in and their depth.
    graphs: Vec<(Span, String, u32)>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(source: &'a Source, context: &'a Context) -> Self {
        let walker = Walker::new(source, context.limits.opcodes);
        Reading {
            walker,
            context,
            model: TensorFlowModel::default(),
            index: Index::default(),
            waiting: Vec::new(),
            graphs: vec![(Span::of(source), String::new(), 0)],
        }
    }

    pub(super) fn model(mut self, format: Format) -> TensorFlowModel {
        if let Some((root, _, _)) = self.graphs.first().cloned() {
            match format {
                Format::SavedModel => {
                    self.graphs.clear();
                    self.saved_model(root);
                }
                Format::MetaGraph => {
                    self.graphs.clear();
                    self.meta_graph(root);
                }
                _ => {}
            }
        }
        while let Some((span, scope, depth)) = self.graphs.pop() {
            self.graph(span, &scope, depth);
        }
        if self.index.full {
            let message =
                "the graph has more nodes than are kept: where its paths come from is known in part";
            self.problem(Problem::new(ProblemKind::Budget, "graph-index", message));
        }
        self.finish()
    }

    fn finish(mut self) -> TensorFlowModel {
        let mut known: BTreeMap<String, Vec<OperatorUse>> = BTreeMap::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let mut use_ = waiting.use_;
            if let Some(node) = waiting.node {
                use_.path = self.index.trace(node, waiting.inputs);
            }
            let known = known.entry(use_.operator.clone()).or_default();
            let alike = |other: &OperatorUse| other.path == use_.path && other.attributes == use_.attributes;
            if known.len() < USES && !known.iter().any(alike) {
                known.push(use_);
            }
        }
        self.model.uses = known.into_values().flatten().collect();
        if self.index.exhausted() {
            let message = "where the graph's paths come from was followed only in part";
            self.problem(Problem::new(ProblemKind::Budget, "graph-trace", message));
        }
        self.model
    }

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

    fn saved_model(&mut self, span: Span) {
        self.each(span, "the SavedModel", |reading, field| match (field.number, field.wire) {
            (1, Wire::Varint(version)) => reading.model.schema_version = Some(version),
            (2, Wire::Bytes(span)) => reading.meta_graph(span),
            _ => {}
        });
    }

    fn meta_graph(&mut self, span: Span) {
        self.each(span, "a MetaGraph", |reading, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                1 => reading.meta_info(span),
                2 => reading.graphs.push((span, String::new(), 0)),
                3 => {
                    let name = reading.text_of(span, 1, NAME);
                    reading.fed(&name);
                }
                4 => reading.collection(span),
                5 => {
                    let name = reading.text_of(span, 1, NAME);
                    push(&mut reading.model.signatures, name);
                }
                6 => reading.asset(span, field.offset),
                7 => reading.object_graph(span),
                _ => {}
            }
        });
    }

    fn meta_info(&mut self, span: Span) {
        self.each(span, "a MetaGraph's information", |reading, field| match (field.number, field.wire) {
            (4, Wire::Bytes(span)) => {
                let tag = reading.walker.text(span, NAME);
                push(&mut reading.model.tags, tag);
            }
            (5, Wire::Bytes(span)) => reading.model.version = reading.walker.text(span, NAME),
            _ => {}
        });
    }

    /// TensorFlow 1 kept the assets in a collection, each packed as `Any`.
    fn collection(&mut self, entry: Span) {
        if self.text_of(entry, 1, NAME) != "saved_model_assets" {
            return;
        }
        self.each(entry, "a collection", |reading, field| {
            let (2, Wire::Bytes(collection)) = (field.number, field.wire) else { return };
            reading.each(collection, "a collection", |reading, field| {
                let (5, Wire::Bytes(list)) = (field.number, field.wire) else { return };
                reading.each(list, "a list of assets", |reading, field| {
                    let (1, Wire::Bytes(any)) = (field.number, field.wire) else { return };
                    reading.each(any, "an asset", |reading, field| {
                        if let (2, Wire::Bytes(span)) = (field.number, field.wire) {
                            reading.asset(span, field.offset);
                        }
                    });
                });
            });
        });
    }

    fn fed(&mut self, tensor: &str) {
        let node = tensor.split(':').next().unwrap_or(tensor);
        push(&mut self.model.fed, node.to_owned());
    }

    fn asset(&mut self, span: Span, offset: u64) {
        let (mut name, mut tensor) = (String::new(), String::new());
        self.each(span, "an asset", |reading, field| match (field.number, field.wire) {
            (1, Wire::Bytes(span)) => tensor = reading.text_of(span, 1, NAME),
            (2, Wire::Bytes(span)) => name = reading.walker.text(span, TEXT),
            _ => {}
        });
        self.fed(&tensor);
        push(&mut self.model.assets, (name, offset));
    }

    /// The last text of field `number`.
    fn text_of(&mut self, span: Span, number: u32, limit: usize) -> String {
        let mut text = String::new();
        self.each(span, "a message", |reading, field| {
            if let Wire::Bytes(span) = field.wire
                && field.number == number
            {
                text = reading.walker.text(span, limit);
            }
        });
        text
    }

    /// Objects of the object graph: what Keras wrote about its own is JSON.
    fn object_graph(&mut self, span: Span) {
        self.each(span, "the object graph", |reading, field| {
            let (1, Wire::Bytes(object)) = (field.number, field.wire) else { return };
            reading.each(object, "an object", |reading, field| {
                let (4, Wire::Bytes(user)) = (field.number, field.wire) else { return };
                reading.each(user, "a user's object", |reading, field| {
                    if let (3, Wire::Bytes(metadata)) = (field.number, field.wire) {
                        reading.keras(metadata);
                    }
                });
            });
        });
    }

    fn keras(&mut self, span: Span) {
        if span.len() < 2 || self.model.keras.len() >= KEPT {
            return;
        }
        let limit = usize::try_from(self.context.limits.text_bytes).unwrap_or(usize::MAX);
        let text = self.walker.bytes(span, limit);
        if text.first() == Some(&b'{') {
            let mut config = keras::config(&text, self.context);
            config.moved(span.start);
            if config.is_telling() {
                self.model.keras.push(config);
            }
        }
    }

    fn graph(&mut self, span: Span, scope_name: &str, depth: u32) {
        let scope = self.index.scope(scope_name);
        self.each(span, "a graph", |reading, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                1 => reading.node(span, field.offset, scope, scope_name, depth),
                2 => reading.each(span, "the function library", |reading, field| {
                    if let (1, Wire::Bytes(span)) = (field.number, field.wire) {
                        reading.function(span, depth);
                    }
                }),
                _ => {}
            }
        });
    }

    fn function(&mut self, span: Span, depth: u32) {
        let (mut name, mut arguments, mut results) = (String::new(), Vec::new(), Vec::new());
        let mut nodes = Vec::new();
        self.each(span, "a function", |reading, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                1 => reading.each(span, "a signature", |reading, field| match (field.number, field.wire) {
                    (1, Wire::Bytes(span)) => name = reading.walker.text(span, NAME),
                    (2, Wire::Bytes(span)) => {
                        let argument = reading.text_of(span, 1, NAME);
                        push(&mut arguments, argument);
                    }
                    _ => {}
                }),
                3 if nodes.len() < 1 << 20 => nodes.push((span, field.offset)),
                4 => {
                    let result = reading.text_of(span, 2, NAME);
                    push(&mut results, result);
                }
                _ => {}
            }
        });
        self.model.functions += 1;
        if self.model.function_names.len() < 16 * KEPT {
            self.model.function_names.insert(name.clone());
        }
        let scope = self.index.scope(&name);
        self.index.ends(scope, &arguments, &results);
        for (span, offset) in nodes {
            self.node(span, offset, scope, &name, depth);
        }
    }

    fn node(&mut self, span: Span, offset: u64, scope: u32, function: &str, depth: u32) {
        let mut seen = Seen::default();
        let mut attributes = Vec::new();
        self.each(span, "a node", |reading, field| {
            let Wire::Bytes(span) = field.wire else { return };
            match field.number {
                1 => seen.name = reading.walker.text(span, NAME),
                2 => seen.operator = reading.walker.text(span, NAME),
                3 if seen.inputs.len() < TEXTS => seen.inputs.push(reading.walker.text(span, NAME)),
                5 => reading.attribute(span, &mut seen, &mut attributes, depth),
                _ => {}
            }
        });
        self.count(&seen, offset, function);
        let inputs = PATH_INPUTS.iter().find(|(name, _)| *name == seen.operator).map(|(_, count)| *count);
        let node = self.index.add(scope, &seen);
        if (inputs.is_some() || !attributes.is_empty()) && self.waiting.len() < 64 * KEPT {
            let use_ = OperatorUse {
                operator: seen.operator,
                node: seen.name,
                function: function.to_owned(),
                offset,
                attributes,
                ..OperatorUse::default()
            };
            let node = node.filter(|_| inputs.is_some());
            self.waiting.push(Waiting { node, inputs: inputs.unwrap_or(0), use_ });
        }
    }

    fn count(&mut self, seen: &Seen, offset: u64, function: &str) {
        let full = self.model.operators.len() >= KEPT;
        match self.model.operators.get_mut(&seen.operator) {
            Some(known) => known.count += 1,
            None if full => {
                let message = format!("the graph uses more than {KEPT} different operators");
                self.problem(Problem::new(ProblemKind::Budget, "operator-kinds", message).at(offset));
            }
            None => {
                let operator =
                    Operator { count: 1, offset, node: seen.name.clone(), function: function.to_owned() };
                self.model.operators.insert(seen.operator.clone(), operator);
            }
        }
    }

    /// One entry of a node's attributes.
    fn attribute(&mut self, span: Span, seen: &mut Seen, paths: &mut Vec<(String, String)>, depth: u32) {
        let (mut key, mut values) = (String::new(), Vec::new());
        self.each(span, "an attribute", |reading, field| match (field.number, field.wire) {
            (1, Wire::Bytes(span)) => key = reading.walker.text(span, NAME),
            (2, Wire::Bytes(span)) => values.push((span, false)),
            _ => {}
        });
        let mut visited = 0;
        while let Some((value, list)) = values.pop() {
            visited += 1;
            if visited > ATTRIBUTES {
                let message = "an attribute holds more values than are looked at";
                self.problem(Problem::new(ProblemKind::Budget, "attribute-values", message).at(value.start));
                return;
            }
            self.each(value, "an attribute's value", |reading, field| {
                let Wire::Bytes(span) = field.wire else { return };
                match field.number {
                    // A list has the fields of a value, save that functions have the number before.
                    1 if !list => values.push((span, true)),
                    2 => reading.attribute_text(span, &key, paths),
                    7 if key == "shape" && !seen.operator.starts_with("Placeholder") => {
                        reading.declared(span, &seen.operator)
                    }
                    8 => reading.tensor(span, seen, depth),
                    9 | 10 if list == (field.number == 9) => reading.called(span, seen, &mut values),
                    _ => {}
                }
            });
        }
    }

    fn attribute_text(&mut self, span: Span, key: &str, paths: &mut Vec<(String, String)>) {
        if paths.len() >= TEXTS {
            return;
        }
        let text = self.walker.text(span, TEXT);
        let known = PATH_ATTRIBUTES.contains(&key) && !text.is_empty();
        if known
            || text.contains("://")
            || text.starts_with('/')
            || text.starts_with('\\')
            || text.contains("../")
        {
            paths.push((key.to_owned(), text));
        }
    }

    /// A function named by an attribute: its name, and the attributes that it is given.
    fn called(&mut self, span: Span, seen: &mut Seen, values: &mut Vec<(Span, bool)>) {
        self.each(span, "a function's name", |reading, field| match (field.number, field.wire) {
            (1, Wire::Bytes(span)) => {
                let name = reading.walker.text(span, NAME);
                push(&mut seen.calls, name);
            }
            (2, Wire::Bytes(span)) => reading.each(span, "an attribute", |_, field| {
                if let (2, Wire::Bytes(span)) = (field.number, field.wire)
                    && values.len() < ATTRIBUTES
                {
                    values.push((span, false));
                }
            }),
            _ => {}
        });
    }

    /// The shape of a variable.
    fn declared(&mut self, span: Span, operator: &str) {
        if matches!(operator, "VarHandleOp" | "Variable" | "VariableV2")
            && let Some(elements) = self.shape(span)
        {
            self.model.parameters = self.model.parameters.saturating_add(elements);
        }
    }

    /// The number of elements of a `TensorShapeProto`; none when a dimension is open or the product has no bound.
    fn shape(&mut self, span: Span) -> Option<u64> {
        let mut product = Some(1u64);
        self.each(span, "a shape", |reading, field| match (field.number, field.wire) {
            (2, Wire::Bytes(span)) => {
                let mut size = 0;
                reading.each(span, "a dimension", |_, field| {
                    if let (1, Wire::Varint(number)) = (field.number, field.wire) {
                        size = number;
                    }
                });
                product = product.and_then(|p| p.checked_mul(size)).filter(|p| *p < MOST_ELEMENTS);
            }
            (3, Wire::Varint(1)) => product = None,
            _ => {}
        });
        product
    }

    /// A constant: how much it holds, its texts, and a graph that one of them may be.
    fn tensor(&mut self, span: Span, seen: &mut Seen, depth: u32) {
        let (mut dtype, mut elements, mut shaped, mut content) = (0, Some(1), false, None);
        let mut texts = Vec::new();
        self.each(span, "a tensor", |reading, field| match (field.number, field.wire) {
            (1, Wire::Varint(number)) => dtype = number,
            (2, Wire::Bytes(span)) => {
                shaped = true;
                elements = reading.shape(span);
            }
            (4, Wire::Bytes(span)) if span.len() > 0 => content = Some(span),
            (8, Wire::Bytes(span)) if texts.len() < TEXTS => texts.push(span),
            _ => {}
        });
        if shaped && elements.is_none() {
            let message = format!("the constant `{}` claims a shape that no memory could hold", seen.name);
            self.problem(Problem::new(ProblemKind::Hostile, "tensor-dims-overflow", message).at(span.start));
        }
        if let (Some(content), Some(elements)) = (content, elements) {
            if dtype == 7 {
                self.listed_texts(content, elements, &mut texts);
            } else {
                self.compare_sizes(elements, dtype, content.len(), seen);
            }
        }
        if dtype != 7 {
            self.model.parameters = self.model.parameters.saturating_add(elements.unwrap_or(0));
        }
        for text in texts {
            if seen.texts.len() < TEXTS {
                seen.texts.push(self.walker.text(text, TEXT));
            }
            if depth < DEPTH && recognise::is_graph(&mut self.walker, text) {
                self.graphs.push((text, format!("the graph in `{}`", seen.name), depth + 1));
            }
        }
    }

    /// Texts in the packed form: all lengths first, then the bytes.
    fn listed_texts(&mut self, content: Span, elements: u64, texts: &mut Vec<Span>) {
        let most = usize::try_from(elements).unwrap_or(usize::MAX).min(TEXTS);
        let mut lengths = Vec::new();
        self.walker.integers(Wire::Bytes(content), most, &mut lengths);
        let mut start =
            content.end.saturating_sub(lengths.iter().fold(0u64, |sum, length| sum.saturating_add(*length)));
        for length in lengths {
            let end = start.saturating_add(length).min(content.end);
            texts.push(Span { start: start.max(content.start), end });
            start = end;
        }
    }

    fn compare_sizes(&mut self, elements: u64, dtype: u64, content: u64, seen: &Seen) {
        let Some(bytes) = element_bytes(dtype) else { return };
        if u128::from(elements) * u128::from(bytes) != u128::from(content) {
            let message =
                format!("the constant `{}` claims {elements} elements and holds {content} bytes", seen.name);
            self.problem(Problem::new(ProblemKind::Hostile, "tensor-size-mismatch", message));
        }
    }
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() < KEPT {
        list.push(item);
    }
}

/// Bytes of one element, for the types of `DataType` with a fixed size.
fn element_bytes(dtype: u64) -> Option<u64> {
    Some(match dtype {
        1 | 3 | 22 => 4,
        2 | 8 | 9 | 23 => 8,
        4 | 6 | 10 => 1,
        5 | 14 | 17 | 19 => 2,
        18 => 16,
        _ => return None,
    })
}
