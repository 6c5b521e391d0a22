//! Names by which a template reaches the Python below it.

/// Why reading the attribute `name` leaves the template language; none when it does not. Jinja's sandbox refuses every
/// name with an underscore in front (`is_safe_attribute`) and the frames of functions and generators
/// (`UNSAFE_FUNCTION_ATTRIBUTES` and its siblings); engines without the sandbox follow them all.
pub(super) fn internal(name: &str) -> Option<&'static str> {
    if is_dunder(name) {
        return Some("an internal name of Python");
    }
    if name.len() > 1 && name.starts_with('_') {
        return Some("a private name");
    }
    matches!(
        name,
        "func_globals"
            | "func_code"
            | "func_closure"
            | "func_defaults"
            | "im_class"
            | "im_func"
            | "im_self"
            | "gi_frame"
            | "gi_code"
            | "cr_frame"
            | "cr_code"
            | "ag_frame"
            | "ag_code"
            | "f_globals"
            | "f_locals"
            | "f_builtins"
            | "f_back"
            | "f_code"
            | "tb_frame"
            | "tb_next"
            | "co_code"
            | "co_consts"
            | "mro"
    )
    .then_some("a frame or code object of Python")
}

/// `__name__`.
pub(super) fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// Whether a text holds a name of Python's object model, as pieces of an attack do.
pub(super) fn mentions_internal(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "__class__",
        "__mro__",
        "__base__",
        "__bases__",
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "__import__",
        "__getattribute__",
        "__getattr__",
        "__dict__",
        "__code__",
        "__closure__",
        "__self__",
        "__func__",
        "__module__",
        "__init__",
        "__new__",
        "__call__",
        "__reduce__",
        "__reduce_ex__",
        "__loader__",
        "__spec__",
        "__wrapped__",
        "__getitem__",
        "__init_subclass__",
        "__subclasshook__",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// Functions of Python that a template has no honest use for.
pub(super) fn is_python_function(name: &str) -> bool {
    matches!(
        name,
        "getattr"
            | "setattr"
            | "eval"
            | "exec"
            | "execfile"
            | "open"
            | "compile"
            | "__import__"
            | "globals"
            | "locals"
            | "vars"
            | "breakpoint"
            | "import_module"
            | "popen"
            | "system"
            | "delattr"
            | "type"
            | "object"
            | "memoryview"
    )
}

/// Methods that run a program, run code or read from the network.
pub(super) fn is_harmful_method(name: &str) -> bool {
    matches!(
        name,
        "popen"
            | "Popen"
            | "system"
            | "check_output"
            | "check_call"
            | "getoutput"
            | "getstatusoutput"
            | "eval"
            | "exec"
            | "execfile"
            | "import_module"
            | "load_module"
            | "urlopen"
            | "execve"
            | "execv"
            | "spawnl"
            | "spawnv"
            | "fork"
            | "b64decode"
            | "unhexlify"
            | "run_module"
            | "run_path"
            | "from_string"
            | "get_template"
            | "select_template"
    )
}

/// Functions that the engine or Hugging Face puts into every template: objects of Python behind which its internals lie.
pub(super) fn is_engine_function(name: &str) -> bool {
    matches!(
        name,
        "lipsum"
            | "cycler"
            | "joiner"
            | "namespace"
            | "range"
            | "dict"
            | "raise_exception"
            | "strftime_now"
            | "self"
            | "context"
            | "environment"
            | "get_flashed_messages"
            | "url_for"
            | "_"
    )
}

/// Whether a text that does not parse holds an attack by its look: other engines may accept it.
pub(super) fn looks_like_attack(text: &str) -> Option<&'static str> {
    const MARKS: &[&str] = &[
        "__class__",
        "__mro__",
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "__import__",
        "__base__",
        ".popen(",
        "os.system",
        "subprocess",
        "\\x5f\\x5f",
        "\\u005f",
        "\\137\\137",
        "|attr(",
        "eval(",
        "exec(",
    ];
    MARKS.iter().copied().find(|mark| text.contains(mark))
}
