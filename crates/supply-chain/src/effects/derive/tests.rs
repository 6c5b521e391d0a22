//! Small packages, derived whole.

use super::*;
use crate::effects::{Effect, EffectSet, Entry, Hook};
use modelward_formats::Source;

fn folder(name: &str, files: &[(&str, &str)]) -> Input {
    let files =
        files.iter().map(|(path, text)| ((*path).to_owned(), Source::from_vec(text.as_bytes().to_vec())));
    Input { name: name.to_owned(), digest: name.to_owned(), content: Content::Folder(files.collect()) }
}

fn table(files: &[(&str, &str)]) -> Table {
    derive(&[folder("acme-1.0", files)], &Effects::default()).unwrap()
}

fn entry(files: &[(&str, &str)], module: &str, name: &str) -> Entry {
    table(files).modules.get(module).and_then(|names| names.get(name)).cloned().unwrap_or_default()
}

fn effects(text: &str, name: &str) -> EffectSet {
    entry(&[("acme.py", text)], "acme", name).effects
}

#[test]
fn a_parameter_that_reaches_a_sink_through_two_functions_is_an_effect() {
    let files = [
        ("acme/__init__.py", "from .shell import run\n"),
        (
            "acme/shell.py",
            "import subprocess as sp\ndef inner(c):\n    return sp.run(c, shell=True)\ndef run(command):\n    inner(['sh', command])\n",
        ),
    ];
    let found = entry(&files, "acme.shell", "run");
    assert_eq!(found.effects, EffectSet::of(Effect::Process));
    assert_eq!(found.next.as_deref(), Some("acme.shell.inner"));
    assert_eq!(entry(&files, "acme", "run").alias.as_deref(), Some("acme.shell.run"));
}

#[test]
fn fixed_arguments_do_not_count() {
    assert!(
        effects(
            "import subprocess\ndef version(x):\n    subprocess.run(['git', 'version'])\n    return len(x)\n",
            "version"
        )
        .is_empty()
    );
}

#[test]
fn a_field_that_a_base_class_stores_counts_for_the_method_that_uses_it() {
    let text = "import pickle\nclass Base:\n    def __init__(self, path):\n        self.path = path\nclass Loader(Base):\n    def __setstate__(self, state):\n        self.__dict__.update(state)\n        self.read()\n    def read(self):\n        return pickle.load(open(self.path))\n";
    let found = entry(&[("acme.py", text)], "acme", "Loader");
    assert!(found.hook(Hook::SetState).contains(Effect::Deserialise), "{found:?}");
    assert!(!found.allowed());
}

#[test]
fn the_mode_of_a_file_decides() {
    assert_eq!(effects("def f(p):\n    return open(p)\n", "f"), EffectSet::of(Effect::Read));
    assert_eq!(effects("def f(p):\n    return open(p, 'wb')\n", "f"), EffectSet::of(Effect::Write));
}

#[test]
fn calling_what_a_chosen_name_stands_for_runs_code() {
    assert!(
        effects("import os\ndef f(name):\n    g = getattr(os, name)\n    g()\n", "f").contains(Effect::Code)
    );
    assert!(effects("def f(name):\n    globals()[name]()\n", "f").contains(Effect::Code));
    let other = "def f(value):\n    g = getattr(value, 'shape')\n    return g\n";
    assert!(effects(other, "f").is_empty());
}

#[test]
fn what_a_reducer_returns_first_is_a_target() {
    let text = "import copyreg\nfrom functools import partial\ndef rebuild(x):\n    return x\ndef other(x):\n    return x\nclass A:\n    def __reduce__(self):\n        f = rebuild\n        return (f, (self.x,))\nclass B:\n    def __reduce_ex__(self, protocol):\n        return type(self), (self.x,), None\nclass C(B):\n    pass\nclass D(Exception):\n    pass\ndef _pickle_e(e):\n    return other, (e,)\n";
    let table = table(&[("acme.py", text)]);
    let target =
        |name: &str| table.modules["acme"].get(name).is_some_and(|entry| entry.traits.has(Traits::TARGET));
    for name in ["rebuild", "B", "C", "D", "other"] {
        assert!(target(name), "{name}");
    }
    assert!(!target("A"));
}

#[test]
fn a_class_that_only_stores_is_a_value_until_it_uses_what_it_stores() {
    let plain = "class Point:\n    def __init__(self, x):\n        self.x = x\n    def double(self):\n        return self.x * 2\n";
    assert!(entry(&[("acme.py", plain)], "acme", "Point").traits.has(Traits::VALUE));
    let viewer = "class Viewer:\n    def __init__(self, x):\n        self.x = x\n    def show(self):\n        return open(self.x).read()\n";
    assert!(!entry(&[("acme.py", viewer)], "acme", "Viewer").allowed());
}

#[test]
fn versions_are_merged_by_union_and_values_by_agreement() {
    let old = folder(
        "acme-1.0",
        &[(
            "acme.py",
            "import os\nclass P:\n    def __init__(self, x):\n        os.system(x)\ndef gone(x):\n    eval(x)\n",
        )],
    );
    let new =
        folder("acme-2.0", &[("acme.py", "class P:\n    def __init__(self, x):\n        self.x = x\n")]);
    let merged = derive(&[old.clone(), new.clone()], &Effects::default()).unwrap();
    let point = &merged.modules["acme"]["P"];
    assert!(!point.allowed() && point.effects.contains(Effect::Process));
    assert!(merged.modules["acme"]["gone"].effects.contains(Effect::Code));
    assert_eq!(merged.packages[0].versions, "1.0..2.0");
    let other = derive(&[new, old], &Effects::default()).unwrap();
    assert_eq!(merged.to_bytes().unwrap(), other.to_bytes().unwrap());
}

#[test]
fn a_table_of_a_company_stands_on_the_built_in_one() {
    let text = "import joblib\nclass Model:\n    def __setstate__(self, state):\n        self.inner = joblib.load(state['path'])\n";
    let own = derive(&[folder("acme-1.0", &[("acme.py", text)])], &Effects::builtin()).unwrap();
    assert_eq!(own.modules.keys().collect::<Vec<_>>(), ["acme"]);
    let effects = Effects::builtin().with(&own.to_bytes().unwrap()).unwrap();
    let model = effects.resolve("acme", "Model");
    assert!(model.entry.unwrap().hook(Hook::SetState).contains(Effect::Deserialise));
    assert!(effects.knows_package_of("acme"));
}

#[test]
fn cycles_of_names_classes_and_calls_end() {
    let text = "from acme import *\nx = x.y\ny = x\nclass A(B):\n    pass\nclass B(A):\n    def f(self, v):\n        return self.f(v)\ndef f(v):\n    return g(v)\ndef g(v):\n    f(v)\n    return eval(v)\n";
    assert!(effects(text, "f").contains(Effect::Code));
}

#[test]
fn an_input_without_sources_is_refused_with_a_sentence() {
    let error = derive(&[folder("acme-1.0", &[("readme.md", "")])], &Effects::default()).unwrap_err();
    assert_eq!(error, "acme 1.0 holds no Python source");
}
