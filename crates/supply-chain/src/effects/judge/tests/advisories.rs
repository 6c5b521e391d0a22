//! Published ways past scanners: one test per advisory. What each names as its callable must be a finding, whatever the
//! opcode that reaches it.

use super::{INST, NEWOBJ, call, global, import, named, new_object, reduce, text, verdict};
use modelward_formats::pickle::{Callee, Event, EventKind, Value};
use modelward_kernel::Severity;

macro_rules! advisories {
    ($($test:ident: $($module:literal $name:literal),+;)+) => {$(
        #[test]
        fn $test() {
            for (module, name) in [$(($module, $name)),+] {
                let found = reduce(module, name, vec![text("id")]);
                assert!(found.iter().any(|found| found.severity >= Severity::Medium), "{module}.{name} by REDUCE");
                let found = verdict(vec![import(module, name), call(named(module, name), vec![text("id")], 1)]);
                assert!(!found.is_empty(), "{module}.{name} by OBJ or INST with arguments");
            }
        }
    )+};
}

// picklescan: callables that its list lacked.
advisories! {
    ghsa_numpy_runstring_and_timeit: "timeit" "timeit", "timeit" "main", "numpy.testing._private.utils" "runstring";
    ghsa_4r9r_ch6f_vxmx: "torch.utils.bottleneck.__main__" "run_cprofile";
    ghsa_4whj_rm5r_c2v8: "torch.utils.bottleneck.__main__" "run_autograd_prof";
    ghsa_86cj_95qr_2p4f: "torch._dynamo.guards" "GuardBuilder.get";
    ghsa_f4x7_rfwp_v3xw: "torch.fx.experimental.symbolic_shapes" "ShapeEnv.evaluate_guards_expression";
    ghsa_f745_w6jp_hpxx: "torch.utils.collect_env" "run";
    ghsa_jhph_76pp_mggw: "torch.utils.collect_env" "run_and_read_all";
    ghsa_vr7h_p6mm_wpmh: "torch.jit.unsupported_tensor_ops" "execWrapper";
    ghsa_5qwp_399c_mjwf: "trace" "Trace.run";
    ghsa_g344_hcph_8vgg: "trace" "Trace.runctx";
    ghsa_x696_vm39_cp64: "profile" "Profile.run";
    ghsa_6vqj_c2q5_j97w: "profile" "Profile.runctx";
    ghsa_49gj_c84q_6qm9: "cProfile" "run";
    ghsa_9w88_8rmg_7g2p: "cProfile" "runctx";
    ghsa_7wx9_6375_f5wh: "profile" "run", "profile" "runctx";
    ghsa_cj3c_v495_4xqh: "code" "InteractiveInterpreter.runcode", "code" "InteractiveInterpreter.runsource";
    ghsa_fqq6_7vqf_w3fg: "doctest" "debug_script", "doctest" "debug_src";
    ghsa_3vg9_h568_4w9m: "idlelib.pyshell" "ModifiedInterpreter.runcommand", "idlelib.pyshell" "ModifiedInterpreter.runcode";
    ghsa_6w4w_5w54_rjvr: "idlelib.autocomplete" "AutoComplete.get_entity", "idlelib.autocomplete" "AutoComplete.fetch_completions";
    ghsa_7cq8_mj8x_j263: "idlelib.calltip" "get_entity", "idlelib.calltip" "Calltip.fetch_tip";
    ghsa_8r4j_24qv_fmq9: "idlelib.debugobj" "ObjectTreeItem.SetText", "idlelib.run" "Executive.runcode";
    ghsa_p9w7_82w4_7q8m: "lib2to3.pgen2.pgen" "ParserGenerator.make_label";
    ghsa_xp4f_hrf8_rxw7: "ensurepip" "_run_pip";
    ghsa_r8g5_cgf2_4m4m: "numpy.f2py.crackfortran" "getlincoef", "numpy.f2py.crackfortran" "param_eval";
    ghsa_vqmv_47xg_9wpr: "pty" "spawn";
    ghsa_4675_36f9_wf6r: "ctypes" "CDLL", "ctypes" "WinDLL", "_ctypes" "dlopen";
    ghsa_g38g_8gr9_h9xp: "uuid" "_get_command_stdout", "_osx_support" "_read_output", "_aix_support" "_read_cmd_output",
        "imaplib" "IMAP4_stream", "_pyrepl.pager" "pipe_pager", "test.support.script_helper" "assert_python_ok";
    cve_2025_1716: "pip" "main", "pip._internal" "main", "pip._internal.cli.main" "main";
    ghsa_m273_6v24_x4m4: "distutils.file_util" "write_file";
    ghsa_q77w_mwjj_7mqx: "asyncio.unix_events" "_UnixSubprocessTransport._start", "asyncio" "create_subprocess_shell";
    ghsa_io_urllib_logging: "io" "FileIO", "_io" "FileIO", "urllib.request" "urlopen", "logging" "FileHandler",
        "ssl" "get_server_certificate";
}

// picklescan: a second load within the first.
advisories! {
    ghsa_h3qp_7fh3_f8h4: "torch.utils.data.datapipes.utils.decoder" "basichandlers";
    ghsa_vv6j_3g6g_2pvj: "torch.utils._config_module" "ConfigModule.load_config";
    ghsa_f54q_57x4_jg88: "lib2to3.pgen2.grammar" "Grammar.loads";
}

// picklescan: indirection.
advisories! {
    ghsa_vvpj_8cmc_gx39: "pkgutil" "resolve_name";
    ghsa_955r_x9j8_7rhh: "operator" "attrgetter", "_operator" "attrgetter", "operator" "methodcaller", "_operator" "methodcaller";
    ghsa_84r2_jw7c_4r5q: "pydoc" "locate", "operator" "methodcaller";
}

// fickling.
advisories! {
    ghsa_r7v6_mfhq_g3m2: "pty" "spawn";
    ghsa_565g_hwwr_4pp3: "marshal" "loads", "types" "FunctionType", "types" "CodeType";
    ghsa_wfq2_52f7_7qvj: "runpy" "run_path", "runpy" "run_module", "runpy" "_run_code";
    ghsa_p523_jq9w_64x9: "cProfile" "run", "cProfile" "Profile.run";
    ghsa_5hvc_6wx8_mvv4: "ctypes" "CDLL", "pydoc" "locate", "pydoc" "pipepager";
    ghsa_q5qq_mvfm_j35x: "importlib" "import_module", "code" "interact", "multiprocessing.util" "spawnv_passfds";
    ghsa_h4rm_mm56_xf63: "builtins" "__import__", "__builtin__" "__import__";
    ghsa_5hwf_rc88_82xm: "uuid" "_get_command_stdout", "_aix_support" "_read_cmd_output", "_osx_support" "_read_output";
    ghsa_6ggj_6f2q_f7mx: "_interpreters" "run_string", "_xxsubinterpreters" "run_string";
}

#[test]
fn ghsa_f7qq_56ww_84cr_a_submodule_of_a_listed_module() {
    for name in ["create_subprocess_exec", "create_subprocess_shell"] {
        assert!(
            reduce("asyncio.subprocess", name, vec![text("id")])
                .iter()
                .any(|f| f.severity == Severity::Critical)
        );
    }
}

#[test]
fn ghsa_5j3x_jp52_966f_a_dotted_name_through_a_harmless_module() {
    for (module, name) in [
        ("joblib", "os.system"),
        ("logging", "os.system"),
        ("torch.serialization", "os.popen"),
        ("random", "_os.system"),
    ] {
        let found = reduce(module, name, vec![text("id")]);
        assert!(found.iter().any(|found| found.severity >= Severity::Medium), "{module}.{name}");
    }
    assert!(
        reduce("joblib", "os.system", vec![text("id")])
            .iter()
            .any(|found| found.severity == Severity::Critical)
    );
}

#[test]
fn ghsa_mxhj_88fx_4pcv_an_obj_whose_result_is_popped() {
    // The call is in the transcript, although the stream keeps nothing of it.
    let found = verdict(vec![import("os", "system"), call(named("os", "system"), vec![text("id")], 1)]);
    assert_eq!(found[0].severity, Severity::Critical);
}

#[test]
fn ghsa_mhc9_48gj_9gp3_a_build_after_the_call() {
    let build =
        EventKind::Build { target: Callee::Object(1), state: Value::Dict { entries: Vec::new(), length: 0 } };
    let found = verdict(vec![
        import("os", "system"),
        call(named("os", "system"), vec![text("id")], 1),
        Event { offset: 9, opcode: b'b', kind: build },
    ]);
    assert!(found.iter().any(|found| found.severity == Severity::Critical));
}

#[test]
fn cve_2026_24747_items_of_what_is_no_dictionary() {
    let set = |target| Event {
        offset: 9,
        opcode: b's',
        kind: EventKind::SetItem { target, key: Value::Int(0), value: Value::Int(1) },
    };
    let tensor = call(named("torch._utils", "_rebuild_tensor_v2"), vec![Value::None], 1);
    let found = verdict(vec![import("torch._utils", "_rebuild_tensor_v2"), tensor, set(Callee::Object(1))]);
    assert!(found.iter().any(|found| found.severity >= Severity::Medium));
    let dictionary = call(named("collections", "OrderedDict"), Vec::new(), 1);
    assert!(
        verdict(vec![import("collections", "OrderedDict"), dictionary, set(Callee::Object(1))]).is_empty()
    );
}

#[test]
fn instances_of_the_callables_are_no_way_around() {
    for (module, name) in [("types", "FunctionType"), ("types", "CodeType"), ("subprocess", "Popen")] {
        let found =
            verdict(vec![import(module, name), new_object(NEWOBJ, named(module, name), vec![text("x")], 1)]);
        assert!(found.iter().any(|found| found.severity >= Severity::Medium), "{module}.{name} by NEWOBJ");
        let found = verdict(vec![import(module, name), new_object(INST, named(module, name), vec![], 1)]);
        assert!(found.iter().any(|found| found.severity >= Severity::Medium), "{module}.{name} by INST");
    }
}

#[test]
fn a_partial_of_the_callables_is_no_way_around() {
    for (module, name) in [
        ("os", "system"),
        ("cProfile", "run"),
        ("timeit", "timeit"),
        ("profile", "Profile.run"),
        ("code", "interact"),
        ("uuid", "_get_command_stdout"),
        ("idlelib.calltip", "get_entity"),
        ("pip", "main"),
        ("_pyrepl.pager", "pipe_pager"),
        ("torch.utils.collect_env", "run"),
        ("numpy.testing._private.utils", "runstring"),
    ] {
        let found = reduce("functools", "partial", vec![global(module, name), text("id")]);
        assert!(found.iter().any(|found| found.severity >= Severity::Medium), "partial of {module}.{name}");
    }
}
