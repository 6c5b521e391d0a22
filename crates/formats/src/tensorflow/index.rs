//! An index over the nodes of all graphs and functions, and the trace of where a path comes from.

use super::Trace;
use std::collections::{BTreeSet, HashMap};

/// Bytes that the index may take.
const BYTES: usize = 64 << 20;
/// Inputs of one node that are kept.
const INPUTS: usize = 64;
/// Steps of one trace, and of all traces of a file together.
const STEPS: usize = 20_000;
const ALL_STEPS: usize = 2_000_000;
/// Constants that one trace reports.
const CONSTANTS: usize = 32;

pub(super) type NodeId = u32;
type ScopeId = u32;

/// The nodes of every scope: the main graph, and each function.
#[derive(Debug, Default)]
pub(super) struct Index {
    scopes: Vec<Scope>,
    nodes: Vec<Node>,
    /// Operators and names, each once.
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
    /// Names of functions to the scopes that define them, and to the nodes that call them.
    functions: HashMap<u32, Vec<ScopeId>>,
    calls: HashMap<u32, Vec<NodeId>>,
    bytes: usize,
    steps: usize,
    /// Whether something did not fit.
    pub(super) full: bool,
}

#[derive(Debug, Default)]
struct Scope {
    nodes: HashMap<u32, NodeId>,
    function: u32,
    arguments: Vec<u32>,
    results: Vec<u32>,
}

#[derive(Debug)]
struct Node {
    scope: ScopeId,
    name: u32,
    operator: u32,
    inputs: Vec<u32>,
    calls: Vec<u32>,
    texts: Vec<Box<str>>,
}

/// A node as the reader saw it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) inputs: Vec<String>,
    /// Functions that its attributes name.
    pub(super) calls: Vec<String>,
    /// The texts of a constant.
    pub(super) texts: Vec<String>,
}

impl Index {
    pub(super) fn scope(&mut self, function: &str) -> ScopeId {
        let function = self.name(function);
        let id = self.scopes.len() as ScopeId;
        self.scopes.push(Scope { function, ..Scope::default() });
        self.functions.entry(function).or_default().push(id);
        self.bytes += 200;
        id
    }

    pub(super) fn ends(&mut self, scope: ScopeId, arguments: &[String], results: &[String]) {
        let arguments: Vec<u32> = arguments.iter().map(|name| self.name(name)).collect();
        let results: Vec<u32> = results.iter().map(|name| self.name(node_of(name))).collect();
        self.bytes += (arguments.len() + results.len()) * 4;
        if let Some(scope) = self.scopes.get_mut(scope as usize) {
            scope.arguments = arguments;
            scope.results = results;
        }
    }

    pub(super) fn add(&mut self, scope: ScopeId, seen: &Seen) -> Option<NodeId> {
        if self.bytes >= BYTES {
            self.full = true;
            return None;
        }
        // A control input starts with a caret: it orders, and carries nothing.
        let inputs = seen.inputs.iter().filter(|name| !name.starts_with('^')).take(INPUTS);
        let inputs: Vec<u32> = inputs.map(|name| self.name(node_of(name))).collect();
        let calls: Vec<u32> = seen.calls.iter().take(INPUTS).map(|name| self.name(name)).collect();
        let node = Node {
            scope,
            name: self.name(&seen.name),
            operator: self.name(&seen.operator),
            inputs,
            calls,
            texts: seen.texts.iter().map(|text| text.as_str().into()).collect(),
        };
        let id = self.nodes.len() as NodeId;
        self.bytes += 160 + node.inputs.len() * 4 + node.calls.len() * 12 + 8;
        self.bytes += node.texts.iter().map(|text| text.len() + 16).sum::<usize>();
        // A function can also be called by its own name as an operator.
        for call in node.calls.iter().chain([&node.operator]) {
            self.calls.entry(*call).or_default().push(id);
        }
        self.scopes.get_mut(scope as usize)?.nodes.insert(node.name, id);
        self.nodes.push(node);
        Some(id)
    }

    fn name(&mut self, text: &str) -> u32 {
        if let Some(id) = self.by_name.get(text) {
            return *id;
        }
        let id = self.names.len() as u32;
        self.names.push(text.into());
        self.by_name.insert(text.into(), id);
        self.bytes += 2 * text.len() + 80;
        id
    }

    fn text(&self, name: u32) -> &str {
        self.names.get(name as usize).map_or("", |name| name)
    }

    /// Everything that reaches the first `count` inputs of a node.
    pub(super) fn trace(&mut self, node: NodeId, count: usize) -> Trace {
        let mut trace = Trace::default();
        let mut operators = BTreeSet::new();
        let mut seen: BTreeSet<(ScopeId, u32)> = BTreeSet::new();
        let Some(first) = self.nodes.get(node as usize) else { return trace };
        let mut queue: Vec<(ScopeId, u32)> =
            first.inputs.iter().take(count).map(|name| (first.scope, *name)).collect();
        let mut steps = 0;
        while let Some((scope, name)) = queue.pop() {
            if !seen.insert((scope, name)) {
                continue;
            }
            steps += 1;
            if steps > STEPS || self.steps + steps > ALL_STEPS {
                trace.open = true;
                break;
            }
            let Some(node) = self.node(scope, name) else {
                trace.open |= !self.argument(scope, name, &mut queue);
                continue;
            };
            let operator = self.text(node.operator);
            if !node.texts.is_empty() {
                let room = CONSTANTS.saturating_sub(trace.constants.len());
                let constants = node.texts.iter().take(room);
                trace
                    .constants
                    .extend(constants.map(|text| (self.text(node.name).to_owned(), text.to_string())));
            } else if operator != "Const" {
                operators.insert(operator);
            }
            let calls = node.calls.iter().chain([&node.operator]).filter_map(|call| self.functions.get(call));
            let called: Vec<ScopeId> = calls.flatten().copied().collect();
            if node.inputs.is_empty() && called.is_empty() && operator != "Const" {
                trace.open = true;
            }
            queue.extend(node.inputs.iter().map(|name| (scope, *name)));
            for scope in called {
                let results = self.scopes.get(scope as usize).map(|scope| scope.results.as_slice());
                queue.extend(results.unwrap_or_default().iter().map(|name| (scope, *name)));
            }
        }
        trace.operators = operators.into_iter().map(str::to_owned).collect();
        self.steps += steps;
        trace
    }

    /// Whether the traces of this file used up their steps.
    pub(super) fn exhausted(&self) -> bool {
        self.steps >= ALL_STEPS
    }

    fn node(&self, scope: ScopeId, name: u32) -> Option<&Node> {
        let id = self.scopes.get(scope as usize)?.nodes.get(&name)?;
        self.nodes.get(*id as usize)
    }

    /// Goes from an argument of a function to what its callers give; false when nobody calls it, or it is none.
    fn argument(&self, scope: ScopeId, name: u32, queue: &mut Vec<(ScopeId, u32)>) -> bool {
        let Some(here) = self.scopes.get(scope as usize) else { return false };
        let Some(position) = here.arguments.iter().position(|argument| *argument == name) else {
            return false;
        };
        let mut called = false;
        for caller in self.calls.get(&here.function).into_iter().flatten() {
            let Some(node) = self.nodes.get(*caller as usize) else { continue };
            match self.first_argument(node).and_then(|skipped| node.inputs.get(position + skipped)) {
                Some(input) => queue.push((node.scope, *input)),
                // The caller hands its inputs over in a way of its own, as datasets do: any of them may be meant.
                None => queue.extend(node.inputs.iter().map(|input| (node.scope, *input))),
            }
            called = true;
        }
        called
    }

    /// How many inputs of a caller come before the arguments of the function that it calls.
    fn first_argument(&self, node: &Node) -> Option<usize> {
        match self.text(node.operator) {
            "PartitionedCall"
            | "StatefulPartitionedCall"
            | "While"
            | "StatelessWhile"
            | "SymbolicGradient" => Some(0),
            "If" | "StatelessIf" | "Case" | "StatelessCase" | "RemoteCall" => Some(1),
            operator if node.calls.is_empty() && !operator.is_empty() => Some(0),
            _ => None,
        }
    }
}

/// The node of an input such as `save/Const:0` or `Identity:output:0`.
fn node_of(input: &str) -> &str {
    input.split(':').next().unwrap_or(input)
}
