//! Python's standard library as a target: a configuration has honest uses for a small part of it.

/// Top-level modules of the standard library, of every version that models meet, and the installers.
const MODULES: &str = "_abc _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk \
     _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle \
     _compression _contextvars _crypt _csv _ctypes _curses _curses_panel _datetime _dbm _decimal \
     _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp _io \
     _json _locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode _operator \
     _osx_support _overlapped _pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue _random \
     _scproxy _sha1 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat \
     _statistics _string _strptime _struct _symtable _thread _threading_local _tkinter _tokenize \
     _tracemalloc _typing _uuid _warnings _weakref _weakrefset _winapi _zoneinfo abc aifc antigravity \
     argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins \
     bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys commands \
     compileall concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses \
     dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno \
     faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc genericpath \
     getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp \
     importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma macpath \
     mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis \
     nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev parser pathlib pdb pickle \
     pickletools pip pipes pkg_resources pkgutil platform plistlib poplib posix posixpath pprint profile \
     pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib \
     resource rlcompleter runpy sched secrets select selectors setuptools shelve shlex shutil signal site \
     smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat \
     statistics string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny \
     tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib \
     trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid \
     venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile \
     zipimport zlib zoneinfo";

/// Modules all of whose names only compute.
const PLAIN_MODULES: &[&str] = &[
    "collections",
    "datetime",
    "itertools",
    "math",
    "cmath",
    "decimal",
    "fractions",
    "numbers",
    "statistics",
    "enum",
    "dataclasses",
    "typing",
    "copy",
    "uuid",
    "string",
    "random",
    "heapq",
    "bisect",
    "calendar",
    "textwrap",
    "difflib",
    "hashlib",
    "secrets",
    "abc",
    "array",
    "contextlib",
    "zoneinfo",
    "ipaddress",
    "colorsys",
    "unicodedata",
    "weakref",
    "graphlib",
    "posixpath",
    "ntpath",
];

/// Names of other modules that only compute, or that programs configure.
const PLAIN: &[&str] = &[
    "functools.partial",
    "functools.lru_cache",
    "functools.cache",
    "functools.wraps",
    "operator.itemgetter",
    "operator.add",
    "operator.mul",
    "operator.sub",
    "operator.truediv",
    "operator.lt",
    "operator.gt",
    "operator.le",
    "operator.ge",
    "operator.eq",
    "re.compile",
    "logging.getLogger",
    "logging.StreamHandler",
    "logging.Formatter",
    "logging.NullHandler",
    "logging.basicConfig",
    "logging.Filter",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePath",
    "pathlib.PurePosixPath",
    "pathlib.WindowsPath",
    "pathlib.Path.cwd",
    "pathlib.Path.home",
    "os.path.join",
    "os.path.abspath",
    "os.path.basename",
    "os.path.dirname",
    "os.path.exists",
    "os.path.expanduser",
    "os.getenv",
    "os.cpu_count",
    "os.getcwd",
    "os.makedirs",
    "os.environ.get",
    "time.time",
    "time.strftime",
    "time.sleep",
    "json.loads",
    "json.dumps",
    "json.load",
    "glob.glob",
    "types.SimpleNamespace",
    "argparse.Namespace",
    "argparse.ArgumentParser",
    "multiprocessing.cpu_count",
    "tempfile.gettempdir",
    "tempfile.mkdtemp",
    "socket.gethostname",
    "getpass.getuser",
    "platform.node",
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "fnmatch.fnmatch",
    "warnings.filterwarnings",
    "io.StringIO",
    "io.BytesIO",
    "csv.reader",
    "csv.DictReader",
    "signal.Signals",
    "inspect.signature",
    "ast.literal_eval",
    "queue.Queue",
    "threading.Lock",
    "asyncio.Queue",
    "base64.b64decode",
    "base64.b64encode",
    "struct.pack",
    "struct.unpack",
];

const PLAIN_BUILTINS: &str = "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format frozenset \
     hash hex int isinstance issubclass iter len list map max memoryview min next object oct ord pow print property range repr reversed round set \
     slice sorted staticmethod str sum super tuple type zip Exception ValueError TypeError RuntimeError KeyError";

/// Whether `dotted` lies in the standard library and is none of what configurations build.
pub(super) fn is_unusual(dotted: &str) -> bool {
    let Some((root, rest)) = dotted.split_once('.') else { return false };
    if root == "builtins" {
        return !PLAIN_BUILTINS.split_whitespace().any(|name| name == rest.split('.').next().unwrap_or(rest));
    }
    MODULES.split_whitespace().any(|module| module == root)
        && !PLAIN_MODULES.contains(&root)
        && !PLAIN.contains(&dotted)
        && !(root == "code" || root == "test" || root == "types" || root == "parser" || root == "symbol" || root == "formatter") // projects use these names for folders of their own
        || matches!(dotted, "code.interact" | "code.InteractiveConsole" | "code.InteractiveInterpreter" | "types.FunctionType" | "types.CodeType" | "types.MethodType")
}

/// Folders of libraries that hold tools for developers: nothing in them is a part of a model.
pub(super) fn is_tool(dotted: &str) -> bool {
    const TOOLS: &[&str] = &[
        "f2py",
        "distutils",
        "cpp_extension",
        "collect_env",
        "bottleneck",
        "hipify",
        "_pytest",
        "pytest",
        "idlelib",
        "lib2to3",
        "ensurepip",
        "_test",
        "_tests",
        "tests",
        "conftest",
        "crackfortran",
        "exec_command",
        "fake_process",
        "magic",
        "interactiveshell",
        "testing",
        "_testing",
        "_internally_replaced_utils",
    ];
    // The first step is the package, and projects call theirs what they like.
    dotted.split('.').skip(1).any(|step| TOOLS.contains(&step))
}
