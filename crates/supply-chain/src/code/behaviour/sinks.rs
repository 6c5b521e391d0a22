//! Which names are harmful to call, by what they do. The short lists hold what source code names; the table of effects
//! (its seeds and what was derived) is asked for everything else.

use crate::effects::{Effect, Effects};
use modelward_kernel::Severity;

/// What a call does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sink {
    Process,
    Code,
    Native,
    Deserialise,
    Network,
    Delete,
    Write,
    Read,
}

impl Sink {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Sink::Process => "starts a program",
            Sink::Code => "runs code from a text or from bytes",
            Sink::Native => "loads native code",
            Sink::Deserialise => "loads a serialised object, which can run anything",
            Sink::Network => "opens a network connection",
            Sink::Delete => "deletes files",
            Sink::Write => "writes files outside of its folder",
            Sink::Read => "reads secrets of the host",
        }
    }

    /// How grave it is when merely importing does it.
    pub(crate) const fn at_import(self) -> Severity {
        match self {
            Sink::Process | Sink::Code => Severity::Critical,
            Sink::Deserialise | Sink::Network | Sink::Delete | Sink::Write | Sink::Read => Severity::High,
            Sink::Native => Severity::Medium,
        }
    }
}

const PROCESS: &[&str] = &[
    "os.system",
    "os.popen",
    "os.popen2",
    "os.popen3",
    "os.popen4",
    "os.startfile",
    "os.fork",
    "os.forkpty",
    "posix.system",
    "posix.popen",
    "nt.system",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "pty.spawn",
    "commands.getoutput",
    "commands.getstatusoutput",
    "platform.popen",
    "asyncio.create_subprocess_shell",
    "asyncio.create_subprocess_exec",
    "popen2.popen2",
    "sh.bash",
    "sh.sh",
    "sh.curl",
    "sh.wget",
    "plumbum.local",
    "pexpect.spawn",
    "pexpect.run",
    "invoke.run",
    "webbrowser.open",
    "pip.main",
    "pip._internal.main",
    "pip._internal.cli.main.main",
    "setuptools.command.easy_install.main",
    "ctypes.CDLL.system",
    "_posixsubprocess.fork_exec",
    "distutils.spawn.spawn",
    "torch.utils.collect_env.run",
    "IPython.get_ipython.system",
    "get_ipython.system",
    "get_ipython.getoutput",
    "get_ipython.run_cell_magic",
    "imp.load_source",
    "multiprocessing.util.spawnv_passfds",
    "trace.Trace.run",
    "concurrent.interpreters.exec",
];

const CODE: &[&str] = &[
    "builtins.exec",
    "builtins.eval",
    "builtins.execfile",
    "code.interact",
    "code.InteractiveInterpreter.runcode",
    "code.InteractiveInterpreter.runsource",
    "code.InteractiveConsole.push",
    "codeop.compile_command",
    "runpy.run_path",
    "runpy.run_module",
    "timeit.timeit",
    "timeit.repeat",
    "timeit.Timer",
    "cProfile.run",
    "cProfile.runctx",
    "profile.run",
    "pdb.run",
    "pdb.runeval",
    "bdb.Bdb.run",
    "types.FunctionType",
    "types.CodeType",
    "IPython.get_ipython.run_cell",
    "get_ipython.run_cell",
    "importlib.machinery.SourceFileLoader.load_module",
    "importlib.machinery.SourceFileLoader.exec_module",
    "importlib.util.module_from_spec.exec",
    "doctest.debug_script",
    "js2py.eval_js",
    "numexpr.evaluate",
    "pandas.eval",
    "tensorflow.raw_ops.EagerPyFunc",
    "transformers.dynamic_module_utils.get_class_from_dynamic_module",
    "transformers.dynamic_module_utils.get_class_in_module",
    "keras.utils.deserialize_keras_object_unsafe",
];

const NATIVE: &[&str] = &[
    "ctypes.CDLL",
    "ctypes.PyDLL",
    "ctypes.WinDLL",
    "ctypes.OleDLL",
    "ctypes.cdll.LoadLibrary",
    "ctypes.windll.LoadLibrary",
    "ctypes.pydll.LoadLibrary",
    "ctypes.LibraryLoader.LoadLibrary",
    "cffi.FFI.dlopen",
    "torch.ops.load_library",
    "torch.classes.load_library",
    "imp.load_dynamic",
    "_ctypes.dlopen",
    "tensorflow.load_op_library",
    "tensorflow.load_library",
    "importlib.machinery.ExtensionFileLoader",
    "numpy.ctypeslib.load_library",
    "torch.utils.cpp_extension.load",
    "torch.utils.cpp_extension.load_inline",
];

const DESERIALISE: &[&str] = &[
    "pickle.load",
    "pickle.loads",
    "pickle.Unpickler",
    "_pickle.load",
    "_pickle.loads",
    "cPickle.load",
    "cPickle.loads",
    "dill.load",
    "dill.loads",
    "cloudpickle.load",
    "cloudpickle.loads",
    "joblib.load",
    "marshal.load",
    "marshal.loads",
    "shelve.open",
    "jsonpickle.decode",
    "yaml.unsafe_load",
    "yaml.full_load",
    "yaml.load",
    "yaml.unsafe_load_all",
    "pandas.read_pickle",
    "torch.load",
    "numpy.load",
    "torch.jit.load",
    "torch.package.PackageImporter",
    "sklearn.externals.joblib.load",
    "keras.models.load_model",
    "tensorflow.keras.models.load_model",
    "pickle5.loads",
    "pickle5.load",
    "compress_pickle.load",
    "pickletools.optimize_and_load",
];

const NETWORK: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.request",
    "requests.patch",
    "requests.delete",
    "requests.head",
    "requests.Session",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib.urlopen",
    "urllib.urlretrieve",
    "urllib2.urlopen",
    "urllib.request.build_opener",
    "http.client.HTTPConnection",
    "http.client.HTTPSConnection",
    "httplib.HTTPConnection",
    "httpx.get",
    "httpx.post",
    "httpx.request",
    "httpx.Client",
    "httpx.AsyncClient",
    "aiohttp.ClientSession",
    "aiohttp.request",
    "socket.socket",
    "socket.create_connection",
    "socket.gethostbyname",
    "socket.getaddrinfo",
    "socket.create_server",
    "ftplib.FTP",
    "ftplib.FTP_TLS",
    "smtplib.SMTP",
    "smtplib.SMTP_SSL",
    "telnetlib.Telnet",
    "paramiko.SSHClient",
    "wget.download",
    "urllib3.PoolManager",
    "urllib3.request",
    "websocket.create_connection",
    "websockets.connect",
    "xmlrpc.client.ServerProxy",
    "asyncio.open_connection",
    "asyncio.start_server",
    "socketserver.TCPServer",
    "http.server.HTTPServer",
    "dns.resolver.resolve",
    "dns.resolver.query",
    "pycurl.Curl",
    "boto3.client",
    "telegram.Bot",
    "discord.Client",
];

const DELETE: &[&str] = &[
    "shutil.rmtree",
    "os.remove",
    "os.unlink",
    "os.removedirs",
    "os.rmdir",
    "shutil.move",
    "pathlib.Path.unlink",
];

/// The sink that `name` ends at; none when calling it is no harm in itself.
pub(super) fn of(name: &str, effects: &Effects) -> Option<Sink> {
    let plain = name.replace("()", "");
    for (list, sink) in [
        (PROCESS, Sink::Process),
        (CODE, Sink::Code),
        (NATIVE, Sink::Native),
        (DESERIALISE, Sink::Deserialise),
        (NETWORK, Sink::Network),
        (DELETE, Sink::Delete),
    ] {
        if list.contains(&plain.as_str()) {
            return Some(sink);
        }
    }
    if let Some(last) = plain.strip_prefix("os.").or_else(|| plain.strip_prefix("posix."))
        && (last.starts_with("exec") || last.starts_with("spawn") || last.starts_with("posix_spawn"))
        && !last.contains('.')
    {
        return Some(Sink::Process);
    }
    // Calls on a native library: `CDLL(None).system(…)`.
    for library in ["ctypes.CDLL.", "ctypes.cdll.", "ctypes.PyDLL.", "ctypes.windll.", "ctypes.pythonapi."] {
        if let Some(function) = plain.strip_prefix(library) {
            let last = function.rsplit('.').next().unwrap_or(function);
            let runs = matches!(
                last,
                "system"
                    | "popen"
                    | "execve"
                    | "execv"
                    | "execl"
                    | "execvp"
                    | "WinExec"
                    | "ShellExecuteA"
                    | "ShellExecuteW"
                    | "PyRun_SimpleString"
                    | "mprotect"
                    | "VirtualAlloc"
                    | "CreateThread"
                    | "CreateProcessA"
                    | "CreateProcessW"
            );
            return Some(if runs { Sink::Process } else { Sink::Native });
        }
    }
    seed(&plain, effects)
}

/// What the table of effects says of a name that it knows as a beginning of effects.
fn seed(name: &str, effects: &Effects) -> Option<Sink> {
    // Harmful in a pickle, where the rest of the attack follows; in source they make an object and run nothing.
    if matches!(name, "types.ModuleType" | "builtins.compile" | "types.MethodType") {
        return None;
    }
    let (module, rest) = effects.split(name)?;
    let resolved = effects.resolve(&module, &rest);
    if !resolved.is_seed() {
        return None;
    }
    let entry = resolved.entry.as_ref()?;
    match entry.effects.worst()? {
        Effect::Process => Some(Sink::Process),
        Effect::Code => Some(Sink::Code),
        Effect::Deserialise => Some(Sink::Deserialise),
        Effect::Network => Some(Sink::Network),
        _ => None,
    }
}

/// Paths that hold secrets, or that run on their own.
pub(crate) fn is_sensitive_path(path: &str) -> bool {
    const MARKS: &[&str] = &[
        "/etc/passwd",
        "/etc/shadow",
        ".ssh",
        ".aws",
        ".bashrc",
        ".profile",
        ".zshrc",
        ".bash_profile",
        "/etc/cron",
        "crontab",
        "authorized_keys",
        "site-packages",
        ".kube/config",
        ".netrc",
        ".git-credentials",
        ".docker/config",
        "huggingface/token",
        ".pypirc",
        "/etc/sudoers",
        "id_rsa",
        "sitecustomize",
        "usercustomize",
        "/etc/systemd",
        "autostart",
        "LaunchAgents",
        "Start Menu",
        "/proc/self/environ",
    ];
    MARKS.iter().any(|mark| path.contains(mark))
}

/// A command that fetches, opens a shell to somebody, or destroys: harmful wherever it stands.
pub(crate) fn is_hostile_command(command: &str) -> bool {
    let lower = command.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let fetches = has(&[
        "curl ",
        "wget ",
        "http://",
        "https://",
        "ftp://",
        "invoke-webrequest",
        "certutil",
        "bitsadmin",
    ]);
    let runs = has(&[
        "| sh", "|sh", "| bash", "|bash", "| python", "|python", "&& sh", "&& bash", "; sh", "; bash",
        "chmod +x", "$(", "`", "iex",
    ]);
    (fetches && runs)
        || has(&[
            "/dev/tcp/",
            "bash -i",
            "nc -e",
            "ncat -e",
            "mkfifo",
            "powershell -e",
            "-encodedcommand",
            "base64 -d",
            "base64 --decode",
            "rm -rf /",
            "rm -rf ~",
            "rm -rf $home",
            ":(){",
            "dd if=/dev/",
            "mkfs",
            "/etc/passwd",
            "/etc/shadow",
            "authorized_keys",
            "crontab",
            "xmrig",
            "stratum+tcp",
            "socket.socket(",
            "pty.spawn",
            "python -c",
            "python3 -c",
            "perl -e",
            "ruby -e",
            "osascript",
        ])
}

/// A command that only asks the machine what it is: harmless, if out of place at import.
pub(crate) fn is_query(command: &str) -> bool {
    let mut words = command.split_whitespace();
    match words.next() {
        Some("nvidia-smi" | "rocm-smi" | "uname" | "nproc" | "lscpu" | "hostname" | "lsb_release") => {
            !command.contains(['|', ';', '&', '>', '`', '$'])
        }
        Some("git") => {
            matches!(words.next(), Some("rev-parse" | "describe" | "log" | "status"))
                && !command.contains(['|', ';', '&', '>', '`', '$'])
        }
        _ => false,
    }
}
