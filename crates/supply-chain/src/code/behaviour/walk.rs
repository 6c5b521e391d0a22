//! Walking a module twice: once along what importing runs, once through every function.

use super::{
    Act, Behaviour,
    resolve::Names,
    sinks::{self, Sink},
};
use crate::effects::Effects;
use modelward_formats::{ProblemKind, python::Module};
use modelward_kernel::Severity;
use ruff_python_ast::{
    Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef,
    visitor::{self, Visitor},
};
use ruff_text_size::{Ranged, TextRange};
use std::collections::{HashMap, HashSet};

const MAX_ACTS: usize = 200;

pub(super) fn read(module: &Module, effects: &Effects) -> Behaviour {
    let names = Names::of(&module.body);
    let mut reader = Reader {
        module,
        effects,
        names,
        functions: HashMap::new(),
        classes: HashMap::new(),
        payloads: HashSet::new(),
        entered: HashSet::new(),
        importing: true,
        in_class: false,
        in_model: false,
        function: Vec::new(),
        behaviour: Behaviour::default(),
    };
    let mut index = Index { reader: &mut reader };
    index.visit_body(&module.body);
    reader.visit_body(&module.body);
    reader.importing = false;
    reader.entered.clear();
    let mut all = Functions { found: Vec::new(), in_model: false };
    all.visit_body(&module.body);
    for (function, in_model) in all.found {
        reader.in_model = in_model;
        reader.function.push(function.name.to_string());
        reader.visit_body(&function.body);
        reader.function.pop();
    }
    let mut behaviour = reader.behaviour;
    behaviour.imports = reader.names.imports;
    behaviour.imports.sort();
    behaviour.imports.dedup();
    behaviour.incomplete = module.problems.iter().any(|problem| problem.kind != ProblemKind::Note);
    behaviour
}

struct Reader<'a> {
    module: &'a Module,
    effects: &'a Effects,
    names: Names,
    functions: HashMap<&'a str, &'a StmtFunctionDef>,
    classes: HashMap<&'a str, &'a StmtClassDef>,
    /// Names that hold something decoded or fetched.
    payloads: HashSet<String>,
    /// Functions that were followed, by where they start.
    entered: HashSet<u32>,
    importing: bool,
    in_class: bool,
    /// The function is a method of a class that loaders call by themselves.
    in_model: bool,
    function: Vec<String>,
    behaviour: Behaviour,
}

/// Finds functions, classes and payloads by name.
struct Index<'r, 'a> {
    reader: &'r mut Reader<'a>,
}

impl<'a> Visitor<'a> for Index<'_, 'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                self.reader.functions.entry(function.name.as_str()).or_insert(function);
            }
            Stmt::ClassDef(class) => {
                self.reader.classes.entry(class.name.as_str()).or_insert(class);
            }
            Stmt::Assign(assign) if self.reader.is_payload(&assign.value) => {
                for target in &assign.targets {
                    if let Expr::Name(name) = target {
                        self.reader.payloads.insert(name.id.to_string());
                    }
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

struct Functions<'a> {
    /// With whether it is a method of a class that loaders and servers call by themselves.
    found: Vec<(&'a StmtFunctionDef, bool)>,
    in_model: bool,
}

impl<'a> Visitor<'a> for Functions<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let outer = self.in_model;
        match statement {
            Stmt::FunctionDef(function) => self.found.push((function, self.in_model)),
            Stmt::ClassDef(class) => self.in_model = is_model_class(class),
            _ => {}
        }
        visitor::walk_stmt(self, statement);
        self.in_model = outer;
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Whether a class is one whose methods a loader, trainer or server calls: by what it derives from, or by its name.
fn is_model_class(class: &StmtClassDef) -> bool {
    const BASES: &[&str] = &[
        "Module",
        "PreTrainedModel",
        "PretrainedConfig",
        "PreTrainedConfig",
        "GenerationMixin",
        "ProcessorMixin",
        "Pipeline",
        "DiffusionPipeline",
        "BaseHandler",
        "PythonModel",
        "GeneratorBasedBuilder",
        "ArrowBasedBuilder",
        "DatasetBuilder",
        "Layer",
        "LightningModule",
        "InputModule",
        "ModelMixin",
        "FeatureExtractionMixin",
        "LogitsProcessor",
        "StoppingCriteria",
    ];
    let by_base = class.arguments.as_ref().is_some_and(|arguments| {
        arguments.args.iter().any(|base| {
            let name = match base {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => "",
            };
            BASES.contains(&name)
                || [
                    "Tokenizer",
                    "TokenizerFast",
                    "Processor",
                    "FeatureExtractor",
                    "PreTrainedModel",
                    "ForCausalLM",
                    "Builder",
                ]
                .iter()
                .any(|ending| name.ends_with(ending))
        })
    });
    by_base || class.name.as_str() == "EndpointHandler"
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.definition(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::If(choice) if self.importing && self.skips(&choice.test) => {
                for clause in &choice.elif_else_clauses {
                    self.visit_body(&clause.body);
                }
            }
            Stmt::Assign(assign) if self.importing => {
                for target in &assign.targets {
                    self.assignment(target, &assign.value);
                }
                visitor::walk_stmt(self, statement);
            }
            Stmt::Return(returned) => {
                if self.function.last().is_some_and(|name| name.starts_with("__reduce"))
                    && let Some(value) = &returned.value
                {
                    self.references(value);
                }
                visitor::walk_stmt(self, statement);
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                self.call(call);
                visitor::walk_expr(self, expr);
            }
            // A body that is only defined is no act; it is looked at when something is called with it.
            Expr::Lambda(_) if !self.importing => visitor::walk_expr(self, expr),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

impl<'a> Reader<'a> {
    /// Whether importing skips the body: `__name__ == '__main__'`, `TYPE_CHECKING`.
    fn skips(&self, test: &Expr) -> bool {
        let text = self.slice(test.range());
        (text.contains("__name__") && text.contains("__main__")) || text.trim().ends_with("TYPE_CHECKING")
    }

    fn definition(&mut self, function: &'a StmtFunctionDef) {
        if !self.importing {
            // Every function is read by itself.
            return;
        }
        for decorator in &function.decorator_list {
            self.visit_expr(&decorator.expression);
            self.enter_named(&decorator.expression);
        }
        self.visit_parameters(&function.parameters);
        if !self.in_class
            && self.function.is_empty()
            && matches!(function.name.as_str(), "__getattr__" | "__dir__")
        {
            self.enter(function);
        }
    }

    fn class(&mut self, class: &'a StmtClassDef) {
        if !self.importing {
            return;
        }
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
            self.enter_named(&decorator.expression);
        }
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
            for base in &arguments.args {
                self.enter_methods(base, &["__init_subclass__", "__class_getitem__", "__mro_entries__"]);
            }
            for keyword in &arguments.keywords {
                if keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == "metaclass") {
                    self.enter_methods(&keyword.value, &["__new__", "__init__", "__prepare__", "__call__"]);
                    self.enter_named(&keyword.value);
                }
            }
        }
        let outer = std::mem::replace(&mut self.in_class, true);
        self.visit_body(&class.body);
        self.in_class = outer;
    }

    /// Follows a function of this module.
    fn enter(&mut self, function: &'a StmtFunctionDef) {
        if !self.entered.insert(function.range.start().to_u32()) || self.function.len() > 32 {
            return;
        }
        let outer = std::mem::replace(&mut self.in_class, false);
        self.function.push(function.name.to_string());
        self.visit_body(&function.body);
        self.function.pop();
        self.in_class = outer;
    }

    fn enter_named(&mut self, expr: &Expr) {
        let name = match expr {
            Expr::Name(name) => name.id.as_str(),
            Expr::Call(call) => return self.enter_named(&call.func),
            // A method of a class or object of this module, by its name alone.
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        let is_name = matches!(expr, Expr::Name(_));
        if let Some(&function) = self.functions.get(name) {
            self.enter(function);
        } else if is_name && self.classes.contains_key(name) {
            self.enter_methods(
                expr,
                &[
                    "__init__",
                    "__new__",
                    "__call__",
                    "__enter__",
                    "__del__",
                    "__post_init__",
                    "__set_name__",
                    "__iter__",
                    "__getattr__",
                    "__getattribute__",
                ],
            );
        }
    }

    fn enter_methods(&mut self, class: &Expr, methods: &[&str]) {
        let Expr::Name(name) = class else { return };
        let Some(&class) = self.classes.get(name.id.as_str()) else { return };
        for statement in &class.body {
            if let Stmt::FunctionDef(function) = statement
                && methods.contains(&function.name.as_str())
            {
                self.enter(function);
            }
        }
    }

    fn call(&mut self, call: &'a ExprCall) {
        let name = self.names.resolve(&call.func);
        if let Some(name) = &name {
            if name == "operator.methodcaller()" {
                // `methodcaller('system', 'id')(os)` calls the method that it was made for.
                if let Some(method) = self.names.called(call) {
                    self.judge(&method, call);
                }
            } else {
                self.judge(name, call);
            }
        }
        if self.importing {
            self.hooks(name.as_deref().unwrap_or(""), call);
            self.enter_named(&call.func);
            for argument in
                call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value))
            {
                self.references(argument);
                if let Expr::Name(_) = argument {
                    // A function that is handed on may be called: a thread, an exit handler, a hook.
                    self.enter_named(argument);
                }
            }
        }
    }

    /// Calls at import that change the interpreter, or reach it by a way around.
    fn hooks(&mut self, name: &str, call: &'a ExprCall) {
        if name.starts_with("sys.meta_path.") || name.starts_with("sys.path_hooks.") {
            // A finder is asked at the next import.
            for argument in &call.arguments.args {
                let class = if let Expr::Call(made) = argument { &made.func } else { argument };
                self.enter_methods(
                    class,
                    &["find_spec", "find_module", "load_module", "exec_module", "create_module"],
                );
            }
        } else if name == "torch.hub.load" {
            self.push(
                Sink::Network,
                false,
                "fetches and runs the code of another repository",
                name,
                call.range(),
                Severity::Medium,
            );
        } else if name.starts_with("importlib.")
            && (name.ends_with(".exec_module") || name.ends_with(".load_module"))
        {
            self.push(Sink::Code, false, "runs a file as a module", name, call.range(), Severity::Medium);
        } else if self.slice(call.func.range()).contains("__subclasses__()") {
            self.push(
                Sink::Code,
                false,
                "reaches classes of the interpreter around their names",
                "object.__subclasses__",
                call.range(),
                Severity::High,
            );
        }
    }

    /// Assignments at import that change the interpreter or the next process.
    fn assignment(&mut self, target: &'a Expr, value: &'a Expr) {
        let name = match target {
            Expr::Attribute(_) => self.names.resolve(target),
            Expr::Subscript(item) if self.names.resolve(&item.value).as_deref() == Some("os.environ") => {
                let key = self.names.text(&item.slice).unwrap_or_default();
                if matches!(
                    key.as_str(),
                    "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES" | "PYTHONSTARTUP"
                ) {
                    self.push(
                        Sink::Native,
                        false,
                        "makes later programs load a library or file",
                        "os.environ",
                        target.range(),
                        Severity::Medium,
                    );
                }
                return;
            }
            _ => None,
        };
        if name.is_some_and(|name| name.starts_with("builtins.") || name.starts_with("sys.")) {
            self.enter_named(value);
        }
    }

    /// A harmful function that is handed on instead of called.
    fn references(&mut self, expr: &Expr) {
        let inner: &[Expr] = match expr {
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::List(list) => &list.elts,
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => std::slice::from_ref(expr),
            Expr::Call(call)
                if self.names.resolve(&call.func).is_some_and(|name| {
                    matches!(name.as_str(), "builtins.getattr" | "functools.partial")
                }) =>
            {
                std::slice::from_ref(expr)
            }
            _ => return,
        };
        for item in inner {
            let Some(name) = self.names.resolve(item).filter(|name| !name.ends_with("()")) else { continue };
            if let Some(sink @ (Sink::Process | Sink::Code | Sink::Deserialise)) =
                sinks::of(&name, self.effects)
            {
                let what = format!("hands on a function that {}", sink.words());
                self.push(
                    sink,
                    false,
                    &what,
                    &name,
                    item.range(),
                    if self.importing { sink.at_import() } else { Severity::High },
                );
            }
        }
    }

    fn judge(&mut self, name: &str, call: &'a ExprCall) {
        if let Some(what) = self.file_access(name, call) {
            self.push(what, true, what.words(), name, call.range(), Severity::High);
            return;
        }
        if matches!(name, "os.dup2" | "posix.dup2") && self.gives_shell(call) {
            self.push(
                Sink::Process,
                true,
                "gives a shell to whoever answers its connection",
                name,
                call.range(),
                Severity::Critical,
            );
            return;
        }
        if is_connection(name) {
            self.network(name, call);
            return;
        }
        let Some(sink) = sinks::of(name, self.effects) else { return };
        match sink {
            Sink::Network => self.network(name, call),
            Sink::Deserialise if !self.unsafe_load(name, call) => {}
            Sink::Code if self.payload_call(call) => {
                self.push(
                    sink,
                    true,
                    "runs code that it decodes or fetches first",
                    name,
                    call.range(),
                    Severity::Critical,
                );
            }
            Sink::Process if self.hostile_command(call) => {
                self.push(
                    sink,
                    true,
                    "runs a command that fetches, destroys or opens a shell",
                    name,
                    call.range(),
                    Severity::Critical,
                );
            }
            Sink::Process if sinks::is_query(&self.command(call).0) => {
                self.push(sink, false, sink.words(), name, call.range(), Severity::Low);
            }
            _ if self.importing => self.push(sink, false, sink.words(), name, call.range(), sink.at_import()),
            Sink::Process | Sink::Code if name != "builtins.eval" => {
                let severity = if self.in_model { Severity::High } else { Severity::Low };
                self.push(sink, false, sink.words(), name, call.range(), severity);
            }
            _ => {}
        }
    }

    fn network(&mut self, name: &str, call: &'a ExprCall) {
        let text = self.slice(call.range());
        let whole_environment = text.match_indices("environ").any(|(at, word)| {
            let rest = &text[at + word.len()..];
            !(rest.starts_with('[')
                || rest.starts_with(".get")
                || rest.starts_with(".setdefault")
                || rest.starts_with(".pop"))
        });
        if whole_environment || sinks::is_sensitive_path(text) {
            self.push(
                Sink::Network,
                true,
                "sends secrets of the host away",
                name,
                call.range(),
                Severity::Critical,
            );
        } else if self.importing {
            let plain = name.replace("()", "");
            let quiet = match plain.as_str() {
                // Making a client or a socket sends nothing; asking for one's own name is what distributed training does.
                "socket.socket"
                | "requests.Session"
                | "httpx.Client"
                | "httpx.AsyncClient"
                | "aiohttp.ClientSession"
                | "urllib3.PoolManager"
                | "boto3.client"
                | "telegram.Bot"
                | "discord.Client"
                | "pycurl.Curl"
                | "urllib.request.build_opener"
                | "paramiko.SSHClient" => true,
                "socket.gethostbyname"
                | "socket.getaddrinfo"
                | "dns.resolver.resolve"
                | "dns.resolver.query" => {
                    !matches!(call.arguments.args.first(), Some(Expr::FString(_) | Expr::BinOp(_)))
                }
                _ => false,
            };
            if !quiet {
                let reads = plain.ends_with(".get")
                    || plain.ends_with(".head")
                    || plain.ends_with("urlopen")
                    || plain.ends_with("urlretrieve");
                self.push(
                    Sink::Network,
                    false,
                    Sink::Network.words(),
                    name,
                    call.range(),
                    if reads { Severity::Medium } else { Severity::High },
                );
            }
        }
    }

    /// Opening a file that holds secrets or that runs by itself.
    fn file_access(&self, name: &str, call: &ExprCall) -> Option<Sink> {
        let plain = name.replace("()", "");
        let opens = matches!(
            plain.as_str(),
            "builtins.open"
                | "io.open"
                | "codecs.open"
                | "os.open"
                | "shutil.copy"
                | "shutil.copyfile"
                | "shutil.move"
                | "io.FileIO"
        );
        let path_method = plain.starts_with("pathlib.Path.")
            && (plain.ends_with("open") || plain.ends_with("_text") || plain.ends_with("_bytes"));
        if !opens && !path_method {
            return None;
        }
        let text = self.slice(call.range());
        let known = call.arguments.args.first().and_then(|path| self.names.text(path)).unwrap_or_default();
        if !sinks::is_sensitive_path(&known) && !sinks::is_sensitive_path(text) {
            return None;
        }
        let mode = call
            .arguments
            .args
            .get(1)
            .or_else(|| call.arguments.find_keyword("mode").map(|keyword| &keyword.value))
            .and_then(|mode| self.names.text(mode))
            .unwrap_or_default();
        let writes =
            mode.contains(['w', 'a', 'x', '+']) || plain.contains("write") || plain.starts_with("shutil.");
        Some(if writes { Sink::Write } else { Sink::Read })
    }

    /// Whether a load can run code: with the safe switch on it cannot.
    fn unsafe_load(&self, name: &str, call: &ExprCall) -> bool {
        let flag = |key: &str| {
            call.arguments
                .find_keyword(key)
                .map(|keyword| matches!(&keyword.value, Expr::BooleanLiteral(value) if value.value))
        };
        match name {
            "torch.load" => flag("weights_only") != Some(true),
            "numpy.load" => flag("allow_pickle") == Some(true),
            "keras.models.load_model" | "tensorflow.keras.models.load_model" => {
                flag("safe_mode") == Some(false)
            }
            "torch.jit.load" => false,
            "yaml.load" => {
                let loader = call
                    .arguments
                    .find_keyword("Loader")
                    .map(|keyword| &keyword.value)
                    .or_else(|| call.arguments.args.get(1));
                loader.is_none_or(|loader| {
                    !self.slice(loader.range()).contains("Safe")
                        && !self.slice(loader.range()).contains("BaseLoader")
                })
            }
            _ => true,
        }
    }

    /// Whether what is run was decoded or fetched first.
    fn payload_call(&self, call: &ExprCall) -> bool {
        call.arguments.args.iter().any(|argument| self.is_payload(argument))
    }

    fn is_payload(&self, expr: &Expr) -> bool {
        let mut search = Payload { reader: self, found: false };
        search.visit_expr(expr);
        search.found
    }

    fn hostile_command(&self, call: &ExprCall) -> bool {
        let (command, payload) = self.command(call);
        sinks::is_hostile_command(&command) || payload
    }

    /// The command of a call as far as it is known, and whether it was decoded or fetched.
    fn command(&self, call: &ExprCall) -> (String, bool) {
        let keyword = || call.arguments.find_keyword("args").map(|keyword| &keyword.value);
        let Some(first) = call.arguments.args.first().or_else(keyword) else { return (String::new(), false) };
        let words: Vec<String> = match first {
            Expr::List(list) => list.elts.iter().filter_map(|word| self.names.text(word)).collect(),
            Expr::Tuple(tuple) => tuple.elts.iter().filter_map(|word| self.names.text(word)).collect(),
            other => self.names.text(other).into_iter().collect(),
        };
        (words.join(" "), self.is_payload(first))
    }

    /// A connection whose ends become those of a shell: `os.dup2(s.fileno(), 0)`.
    fn gives_shell(&self, call: &ExprCall) -> bool {
        let Some(Expr::Call(fileno)) = call.arguments.args.first() else { return false };
        let Expr::Attribute(attribute) = &*fileno.func else { return false };
        let from = self.names.resolve(&attribute.value).unwrap_or_default();
        let named = matches!(&*attribute.value, Expr::Name(name) if matches!(name.id.as_str(), "s" | "sock" | "sk" | "conn" | "client" | "soc"));
        attribute.attr.as_str() == "fileno"
            && (from.starts_with("socket.") || (named && self.module.text.contains("socket")))
    }

    fn push(
        &mut self,
        kind: Sink,
        hostile: bool,
        what: &str,
        name: &str,
        range: TextRange,
        severity: Severity,
    ) {
        let act = Act {
            kind,
            hostile,
            what: what.to_owned(),
            name: name.replace("()", ""),
            text: self
                .slice(range)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .take(200)
                .collect(),
            line: self.module.line(range.start()),
            severity,
            function: self.function.last().cloned(),
        };
        let list =
            if self.importing { &mut self.behaviour.at_import } else { &mut self.behaviour.in_functions };
        if list.len() < MAX_ACTS && !list.contains(&act) {
            list.push(act);
        }
    }

    fn slice(&self, range: TextRange) -> &'a str {
        self.module.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }
}

/// A method of a client or socket that sends or fetches.
fn is_connection(name: &str) -> bool {
    let plain = name.replace("()", "");
    let Some((base, method)) = plain.rsplit_once('.') else { return false };
    matches!(
        base,
        "socket.socket"
            | "requests.Session"
            | "requests.session"
            | "httpx.Client"
            | "httpx.AsyncClient"
            | "aiohttp.ClientSession"
            | "urllib3.PoolManager"
            | "smtplib.SMTP"
            | "ftplib.FTP"
            | "http.client.HTTPConnection"
            | "http.client.HTTPSConnection"
            | "paramiko.SSHClient"
            | "telegram.Bot"
            | "urllib.request.build_opener"
    ) && matches!(
        method,
        "connect"
            | "connect_ex"
            | "bind"
            | "send"
            | "sendall"
            | "sendto"
            | "get"
            | "post"
            | "put"
            | "request"
            | "urlopen"
            | "open"
            | "sendmail"
            | "storbinary"
            | "send_message"
            | "send_document"
    )
}

struct Payload<'r, 'a> {
    reader: &'r Reader<'a>,
    found: bool,
}

impl<'a> Visitor<'a> for Payload<'_, '_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                let name = self.reader.names.resolve(&call.func).unwrap_or_default();
                let method = match &*call.func {
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    Expr::Name(name) => name.id.as_str(),
                    _ => "",
                };
                let decodes = matches!(
                    method,
                    "b64decode"
                        | "b32decode"
                        | "b16decode"
                        | "b85decode"
                        | "a85decode"
                        | "urlsafe_b64decode"
                        | "unhexlify"
                        | "fromhex"
                        | "decompress"
                        | "rot13"
                        | "decrypt"
                ) || (method == "decode" && name.starts_with("codecs"))
                    || name.starts_with("marshal.load");
                let fetches = matches!(sinks::of(&name, self.reader.effects), Some(Sink::Network))
                    || matches!(method, "urlopen" | "recv");
                self.found |= decodes || fetches;
            }
            Expr::Name(name) => self.found |= self.reader.payloads.contains(name.id.as_str()),
            _ => {}
        }
        if !self.found {
            visitor::walk_expr(self, expr);
        }
    }
}
