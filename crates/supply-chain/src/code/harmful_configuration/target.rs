//! What importing and calling a dotted name does.

use super::standard;
use crate::{
    code::behaviour::{Sink, sink_of},
    effects::{Effect, Effects},
};
use modelward_kernel::Severity;

/// Why a target is harmful.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Harm {
    pub(super) severity: Severity,
    pub(super) why: String,
    /// The name that it ends up at.
    pub(super) name: String,
}

/// A tag of YAML that names a callable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tag {
    pub(super) word: &'static str,
    /// Only PyYAML's unsafe loaders follow it; else a library does that is made for it.
    pub(super) only_unsafe_loaders: bool,
}

/// The callable that a tag names: PyYAML's `python/…`, HyperPyYAML's `!new:` and its siblings.
pub(super) fn in_tag(tag: &str) -> Option<(Tag, &str)> {
    let python = tag
        .strip_prefix("tag:yaml.org,2002:python/")
        .or_else(|| tag.strip_prefix("!!python/"))
        .or_else(|| tag.strip_prefix("!python/"));
    if let Some(rest) = python {
        for (prefix, word) in [
            ("object/apply:", "calls"),
            ("object/new:", "builds"),
            ("object:", "builds"),
            ("name:", "names"),
            ("module:", "imports"),
        ] {
            if let Some(name) = rest.strip_prefix(prefix) {
                return Some((Tag { word, only_unsafe_loaders: true }, name));
            }
        }
        // `python/tuple`, `python/complex` and their like build values.
        return None;
    }
    if let Some(name) = tag.strip_prefix("!ruby/object") {
        return Some((Tag { word: "builds", only_unsafe_loaders: true }, name.trim_start_matches(':')));
    }
    if let Some(name) = tag.strip_prefix("tag:yaml.org,2002:") {
        // Loaders of other languages: SnakeYAML builds any class of Java, js-yaml functions, Ruby's YAML objects.
        let java = ["java.", "javax.", "com.sun.", "org.springframework.", "org.apache.", "sun."]
            .iter()
            .any(|root| name.starts_with(root));
        if java
            || name.starts_with("js/function")
            || name.starts_with("ruby/object")
            || name.starts_with("perl/")
        {
            return Some((Tag { word: "builds", only_unsafe_loaders: true }, name));
        }
    }
    for (prefix, word) in [
        ("!new:", "!new"),
        ("!apply:", "!apply"),
        ("!name:", "!name"),
        ("!module:", "!module"),
        ("!call:", "!call"),
        ("!obj:", "!obj"),
        ("!class:", "!class"),
    ] {
        if let Some(name) = tag.strip_prefix(prefix) {
            return Some((Tag { word, only_unsafe_loaders: false }, name));
        }
    }
    None
}

/// Functions that import, fetch or call whatever they are given: as a target they are as good as what they are given.
const INDIRECT: &[&str] = &[
    "importlib.import_module",
    "importlib.__import__",
    "builtins.__import__",
    "builtins.getattr",
    "builtins.setattr",
    "builtins.compile",
    "builtins.open",
    "builtins.eval",
    "builtins.exec",
    "builtins.globals",
    "builtins.breakpoint",
    "hydra.utils.get_method",
    "hydra.utils.get_class",
    "hydra.utils.get_object",
    "hydra.utils.get_static_method",
    "hydra.utils.instantiate",
    "hydra.utils.call",
    "hydra._internal.utils._locate",
    "hydra._internal.instantiate._instantiate2.instantiate",
    "omegaconf.OmegaConf.register_new_resolver",
    "pkgutil.resolve_name",
    "pydoc.locate",
    "pydoc.render_doc",
    "operator.methodcaller",
    "operator.attrgetter",
    "operator.call",
    "functools.reduce",
    "types.FunctionType",
    "types.CodeType",
    "types.MethodType",
    "jsonargparse.import_object",
    "django.utils.module_loading.import_string",
    "werkzeug.utils.import_string",
    "nemo.core.classes.common.import_class_by_path",
    "mmengine.utils.get_object_from_string",
    "mmcv.utils.import_modules_from_strings",
    "detectron2.utils.registry.locate",
    "fvcore.common.registry.Registry",
    "transformers.utils.direct_transformers_import",
    "torch.hub.load",
    "torch.hub.load_state_dict_from_url",
    "torch.hub.download_url_to_file",
    "torch.package.PackageImporter",
    "torch.utils.cpp_extension.load",
    "torch.utils.cpp_extension.load_inline",
    "code.InteractiveInterpreter",
    "pathlib.Path.write_text",
    "pathlib.Path.write_bytes",
    "pathlib.Path.read_text",
    "pathlib.Path.unlink",
    "io.open",
    "io.FileIO",
    "codecs.open",
    "logging.FileHandler",
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "logging.config.listen",
    "tempfile.mktemp",
    "threading.Timer",
    "_thread.start_new_thread",
    "sys.exit",
    "os._exit",
    "os.abort",
    "os.kill",
    "signal.alarm",
    "ctypes.string_at",
    "ctypes.memmove",
    "ctypes.memset",
    "faulthandler._sigsegv",
    "gc.get_objects",
    "inspect.getattr_static",
    "site.addsitedir",
    "zipimport.zipimporter",
    "ensurepip.bootstrap",
    "venv.create",
    "tarfile.open",
    "shutil.unpack_archive",
    "shutil.copy",
    "shutil.copyfile",
    "shutil.copytree",
    "shutil.make_archive",
    "shutil.chown",
    "os.chmod",
    "os.rename",
    "os.replace",
    "os.symlink",
    "os.link",
    "os.mkfifo",
    "os.open",
    "os.putenv",
    "os.setuid",
    "os.chdir",
    "os.environ.update",
    "numpy.fromfile",
    "numpy.memmap",
    "numpy.savetxt",
    "numpy.save",
    "numpy.loadtxt",
    "pandas.read_csv.read",
    "sqlite3.connect",
    "mmap.mmap",
];

/// Modules behind whose names the interpreter and the system lie: a chain through any package to one of them is theirs.
const ROOTS: &[&str] = &[
    "os",
    "posix",
    "nt",
    "subprocess",
    "sys",
    "builtins",
    "__builtins__",
    "importlib",
    "shutil",
    "pickle",
    "_pickle",
    "marshal",
    "ctypes",
    "socket",
    "pty",
    "runpy",
    "code",
    "codeop",
    "pydoc",
    "imp",
    "commands",
    "posixpath",
    "ntpath",
    "multiprocessing",
    "asyncio",
    "urllib",
    "requests",
    "http",
    "webbrowser",
    "pdb",
    "bdb",
    "timeit",
    "cProfile",
    "profile",
    "inspect",
    "gc",
    "types",
    "operator",
    "tempfile",
    "signal",
    "threading",
    "_thread",
    "platform",
    "pip",
    "setuptools",
    "distutils",
];

/// Why building `target` is harmful; none when it is not known to be.
pub(super) fn harm(target: &str, effects: &Effects) -> Option<Harm> {
    let target = target.trim().replace(':', ".");
    if target.is_empty() || target.contains(char::is_whitespace) || target.contains("${") {
        return None;
    }
    let dotted = if target.contains('.') {
        target.clone()
    } else if super::super::behaviour::is_builtin_name(&target) {
        format!("builtins.{target}")
    } else {
        return None;
    };
    if let Some(harm) = named(&dotted, effects) {
        return Some(harm);
    }
    // A chain through another package: `nemo.core.classes.common.typecheck.os.system`.
    let steps: Vec<&str> = dotted.split('.').collect();
    for (at, step) in steps.iter().enumerate().skip(1) {
        if step.len() > 4
            && step.starts_with("__")
            && step.ends_with("__")
            && *step != "__init__"
            && *step != "__call__"
        {
            return Some(Harm {
                severity: Severity::Critical,
                why: "reaches into the interpreter's own attributes".into(),
                name: dotted.clone(),
            });
        }
        if ROOTS.contains(step) && at + 1 < steps.len() {
            let tail = steps[at..].join(".");
            if let Some(harm) = named(&tail, effects) {
                return Some(harm);
            }
        }
    }
    None
}

/// Whether a dotted name is a function that runs a program or code.
pub(super) fn is_grave(name: &str, effects: &Effects) -> bool {
    name.contains('.')
        && !name.contains(char::is_whitespace)
        && matches!(sink_of(name, effects), Some(Sink::Process | Sink::Code))
}

fn named(dotted: &str, effects: &Effects) -> Option<Harm> {
    let why = |severity, why: &str| Some(Harm { severity, why: why.to_owned(), name: dotted.to_owned() });
    if let Some(sink) = sink_of(dotted, effects) {
        return match sink {
            Sink::Process | Sink::Code | Sink::Native => why(Severity::Critical, sink.words()),
            // A model's own loaders stand in many configurations; what they load is judged where it lies.
            Sink::Deserialise
                if dotted.starts_with("torch.")
                    || dotted.starts_with("keras.")
                    || dotted.starts_with("numpy.") =>
            {
                why(Severity::Medium, sink.words())
            }
            _ => why(Severity::High, sink.words()),
        };
    }
    if INDIRECT.contains(&dotted) {
        return why(Severity::High, "fetches, opens or calls whatever it is given");
    }
    if standard::is_unusual(dotted) {
        return why(Severity::Medium, "is a part of Python's library that no configuration needs");
    }
    if standard::is_tool(dotted) {
        return why(Severity::Medium, "is a tool for developers and no part of a model");
    }
    let (module, name) = effects.split(dotted)?;
    let resolved = effects.resolve(&module, &name);
    let entry = resolved.entry.as_ref()?;
    let grave = |effect: Effect| entry.effects.contains(effect);
    if resolved.is_seed() && !entry.effects.harmful().is_empty() {
        let worst = entry.effects.harmful().worst()?;
        return Some(Harm {
            severity: worst.severity(),
            why: worst.as_str().to_owned(),
            name: resolved.name.clone(),
        });
    }
    // Derived effects: a function that hands its argument to the interpreter or the system. Classes of training libraries
    // do much on their own, so only the gravest count.
    let function =
        name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_lowercase() || c == '_'));
    let root = resolved.name.split('.').next().unwrap_or("");
    let standard = crate::effects::standard::is_standard(root);
    if function && (grave(Effect::Process) || grave(Effect::Code) && standard) {
        let worst = entry.effects.worst()?;
        return Some(Harm {
            severity: Severity::High,
            why: worst.as_str().to_owned(),
            name: resolved.name.clone(),
        });
    }
    None
}

/// What a resolver of OmegaConf runs when the value is read: `${eval:…}` and its like, where a program has registered one.
pub(super) fn in_resolver(text: &str) -> Option<&str> {
    let at =
        ["${eval:", "${python:", "${py:", "${exec:", "${lambda:"].iter().find_map(|mark| text.find(mark))?;
    let body = &text[at..];
    ["__", "import", "exec(", "eval(", "open(", "os.", "subprocess", "getattr", "lambda"]
        .iter()
        .any(|mark| body[2..].contains(mark))
        .then_some(body)
}

/// Why merely importing or naming a module is harmful: the modules behind which the system lies.
pub(super) fn module_harm(name: &str) -> Option<Harm> {
    let root = name.split('.').next().unwrap_or(name);
    ROOTS.contains(&root).then(|| Harm {
        severity: Severity::High,
        why: "gives a way to the interpreter and the system".into(),
        name: name.to_owned(),
    })
}

/// Names that people's training programs write into YAML: plain values and classes of machine learning libraries.
pub(super) fn is_plain(name: &str) -> bool {
    const PLAIN: &[&str] = &[
        "argparse.Namespace",
        "collections.OrderedDict",
        "collections.defaultdict",
        "pathlib.PosixPath",
        "pathlib.WindowsPath",
        "pathlib.Path",
        "datetime",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "enum",
        "builtins.set",
        "builtins.frozenset",
        "builtins.slice",
        "builtins.range",
        "numpy",
        "torch",
        "torchvision",
        "transformers",
        "lightning",
        "pytorch_lightning",
        "sklearn",
        "pandas",
        "tensorflow",
        "keras",
        "jax",
        "flax",
        "optax",
        "omegaconf",
        "hydra",
        "nemo",
        "speechbrain",
        "ray",
        "gym",
        "gymnasium",
        "stable_baselines3",
        "easydict.EasyDict",
        "addict",
        "box",
        "munch",
        "types.SimpleNamespace",
        "__main__",
        "timm",
        "diffusers",
        "peft",
        "trl",
        "accelerate",
        "fairseq",
        "espnet",
        "detectron2",
        "mmcv",
        "mmengine",
        "ultralytics",
    ];
    PLAIN
        .iter()
        .any(|plain| name == *plain || name.strip_prefix(plain).is_some_and(|rest| rest.starts_with('.')))
}
