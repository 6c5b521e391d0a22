//! What a name alone says, where the source of what it names is not known.

use crate::effects::effect::{Effect, EffectSet};

/// Methods of a value of unknown type, by name: the effect when the value or an argument is tainted.
pub(crate) fn method(name: &str) -> EffectSet {
    let effect = match name {
        "exec_module" | "load_module" | "runcode" | "runsource" | "run_code" | "runctx" | "runeval"
        | "run_path" | "run_module" | "exec_dynamic" | "execfile" => Effect::Code,
        "popen"
        | "system"
        | "spawn"
        | "check_output"
        | "check_call"
        | "getoutput"
        | "create_subprocess_shell"
        | "create_subprocess_exec"
        | "exec_command" => Effect::Process,
        "write_text" | "write_bytes" | "unlink" | "rmdir" | "rmtree" | "symlink_to" | "hardlink_to"
        | "extractall" | "savefig" | "tofile" | "save_model" | "to_pickle" | "to_csv" | "to_parquet"
        | "to_json" | "makedirs" | "copytree" | "copyfile" => Effect::Write,
        "read_text" | "read_bytes" | "load_model" | "load_state" | "load_weights" | "fromfile"
        | "LoadFromFile" => Effect::Read,
        "urlopen" | "urlretrieve" | "connect" | "connect_ex" | "sendto" | "create_connection"
        | "getresponse" | "retrbinary" | "sendmail" => Effect::Network,
        "dlopen" | "LoadLibrary" | "load_library" => Effect::Native,
        "load_pickle" | "unpickle" => Effect::Deserialise,
        "import_module" | "find_module" | "create_module" => Effect::Import,
        _ => return EffectSet::NONE,
    };
    EffectSet::of(effect)
}

/// Methods of texts, bytes, lists, dictionaries, sets and files of memory: they do nothing that counts.
pub(crate) fn is_plain_method(name: &str) -> bool {
    const PLAIN: &[&str] = &[
        "add",
        "all",
        "any",
        "append",
        "astype",
        "capitalize",
        "casefold",
        "center",
        "clear",
        "copy",
        "count",
        "decode",
        "difference",
        "discard",
        "encode",
        "endswith",
        "extend",
        "find",
        "format",
        "fromkeys",
        "get",
        "group",
        "groups",
        "hex",
        "index",
        "insert",
        "intersection",
        "isalnum",
        "isalpha",
        "isdigit",
        "isdisjoint",
        "isidentifier",
        "islower",
        "isnumeric",
        "isspace",
        "issubset",
        "issuperset",
        "isupper",
        "item",
        "items",
        "join",
        "keys",
        "ljust",
        "lower",
        "lstrip",
        "match",
        "partition",
        "pop",
        "popitem",
        "release",
        "remove",
        "replace",
        "reshape",
        "reverse",
        "rfind",
        "rindex",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "search",
        "setdefault",
        "sort",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "symmetric_difference",
        "title",
        "to_bytes",
        "tolist",
        "translate",
        "union",
        "update",
        "upper",
        "values",
        "view",
        "zfill",
    ];
    PLAIN.binary_search(&name).is_ok()
}

/// Whether the last part of the name of native or missing code hints at an effect.
pub(crate) fn hints(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "command",
        "compile",
        "connect",
        "delete",
        "deserialize",
        "dlopen",
        "download",
        "dump",
        "eval",
        "exec",
        "execute",
        "extract",
        "fetch",
        "fork",
        "fromfile",
        "import",
        "install",
        "load",
        "mkdir",
        "open",
        "popen",
        "read",
        "remove",
        "rename",
        "request",
        "run",
        "save",
        "shell",
        "spawn",
        "system",
        "tofile",
        "unlink",
        "unpickle",
        "urlopen",
        "write",
    ];
    const HUMPS: &[&str] = &[
        "Load", "Open", "Read", "Write", "Save", "Import", "Exec", "Eval", "Compile", "Run", "Download",
        "Unpickle", "FromFile", "Reader", "Writer",
    ];
    let last = name.rsplit('.').next().unwrap_or(name);
    if ["Error", "Warning", "Exception"].iter().any(|end| last.ends_with(end)) {
        return false;
    }
    let words = last.split('_').map(str::to_ascii_lowercase);
    let mut words = words.map(|word| word.strip_suffix('s').map(str::to_owned).unwrap_or(word));
    let hump = |hump: &&&str| {
        last.match_indices(**hump)
            .any(|(at, _)| !last[at + hump.len()..].starts_with(|next: char| next.is_ascii_lowercase()))
    };
    words.any(|word| WORDS.binary_search(&word.as_str()).is_ok()) || HUMPS.iter().any(|own| hump(&own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_at_an_end_or_between_underscores_hint_at_an_effect() {
        assert!(hints("acme._native.load_file"));
        assert!(hints("acme.FileReader"));
        assert!(hints("acme.runs"));
        assert!(!hints("acme.Runtime"));
        assert!(!hints("acme.payload"));
        assert!(!hints("acme.ReadError"));
    }
}
