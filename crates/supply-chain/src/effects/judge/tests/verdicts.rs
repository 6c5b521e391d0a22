//! The verdict event by event: each row of the table in the module's head has its test.

use super::*;
use crate::effects::Kind;
use modelward_kernel::Severity;

fn kinds(found: &[Judgement]) -> Vec<(Kind, Severity)> {
    found.iter().map(|judgement| (judgement.kind, judgement.severity)).collect()
}

#[test]
fn what_pickling_emits_is_nothing() {
    assert_eq!(reduce("collections", "OrderedDict", vec![]), vec![]);
    assert_eq!(
        reduce(
            "numpy.core.multiarray",
            "_reconstruct",
            vec![global("numpy", "ndarray"), Value::Tuple { items: vec![Value::Int(0)], length: 1 }]
        ),
        vec![]
    );
    assert_eq!(reduce("torch._utils", "_rebuild_tensor_v2", vec![Value::None]), vec![]);
    assert_eq!(
        reduce(
            "copy_reg",
            "_reconstructor",
            vec![global("acme", "Model"), global("__builtin__", "object"), Value::None]
        ),
        vec![]
    );
}

#[test]
fn a_call_of_something_unknown_is_medium() {
    assert_eq!(
        kinds(&reduce("acme.tools", "prepare", vec![text("x")])),
        [(Kind::Unrecognised, Severity::Medium)]
    );
    assert_eq!(kinds(&reduce("builtins", "print", vec![text("x")])), [(Kind::NotProduced, Severity::Medium)]);
}

#[test]
fn an_instance_of_an_unknown_class_is_nothing() {
    let state = Value::Dict { entries: vec![(text("a"), Value::Int(1))], length: 1 };
    let build = EventKind::Build { target: Callee::Object(1), state };
    let events = vec![
        import("acme", "Model"),
        new_object(NEWOBJ, named("acme", "Model"), vec![], 1),
        Event { offset: 5, opcode: b'b', kind: build },
    ];
    assert_eq!(verdict(events), vec![]);
}

#[test]
fn inst_of_an_unknown_function_is_a_call() {
    let found = verdict(vec![import("acme", "run"), new_object(INST, named("acme", "run"), vec![], 1)]);
    assert_eq!(kinds(&found), [(Kind::Unrecognised, Severity::Medium)]);
}

#[test]
fn a_lookup_at_run_time_is_seen_through() {
    let found = verdict(vec![
        import("builtins", "getattr"),
        import("importlib", "import_module"),
        call(named("importlib", "import_module"), vec![text("os")], 1),
        call(named("builtins", "getattr"), vec![Value::Object(1), text("system")], 2),
        call(Callee::Object(2), vec![text("id")], 3),
    ]);
    let last = found.last().unwrap();
    assert_eq!((last.name.as_str(), last.severity), ("os.system", Severity::Critical));
    assert_eq!(last.call, r#"builtins.getattr(importlib.import_module("os"), "system")("id")"#);
}

#[test]
fn a_method_named_by_methodcaller_is_seen_through() {
    let found = verdict(vec![
        import("operator", "methodcaller"),
        import("joblib.disk", "os"),
        call(named("operator", "methodcaller"), vec![text("system"), text("id")], 1),
        call(Callee::Object(1), vec![global("joblib.disk", "os")], 2),
    ]);
    assert!(found.iter().any(|found| found.name == "os.system" && found.severity == Severity::Critical));
}

#[test]
fn a_harmful_function_in_harmless_hands_is_found() {
    for holder in [("functools", "partial"), ("collections", "defaultdict"), ("builtins", "map")] {
        let found = reduce(holder.0, holder.1, vec![global("os", "system"), text("id")]);
        assert!(found.iter().any(|found| found.severity == Severity::Critical), "{holder:?}");
    }
    assert_eq!(reduce("collections", "defaultdict", vec![global("builtins", "list")]), vec![]);
}

#[test]
fn the_state_of_a_partial_is_what_it_calls() {
    let state =
        |function| Value::Tuple { items: vec![function, Value::Cut, Value::Cut, Value::None], length: 4 };
    let events = |function: Value| {
        vec![
            import("functools", "partial"),
            call(named("functools", "partial"), vec![global("builtins", "int")], 1),
            Event {
                offset: 3,
                opcode: b'b',
                kind: EventKind::Build { target: Callee::Object(1), state: state(function) },
            },
        ]
    };
    assert_eq!(verdict(events(global("builtins", "int"))), vec![]);
    assert!(!verdict(events(global("os", "system"))).is_empty());
}

#[test]
fn a_write_into_a_module_is_found() {
    let kind = EventKind::SetItem { target: named("sys", "modules"), key: text("json"), value: Value::None };
    let found = verdict(vec![import("sys", "modules"), Event { offset: 7, opcode: b's', kind }]);
    assert_eq!(kinds(&found), [(Kind::Write, Severity::High)]);
}

#[test]
fn a_size_that_the_file_does_not_hold_is_found() {
    assert_eq!(
        kinds(&reduce("builtins", "bytearray", vec![Value::Int(1 << 40)])),
        [(Kind::Exhaustion, Severity::Medium)]
    );
    assert_eq!(reduce("builtins", "bytearray", vec![Value::Int(1 << 20)]), vec![]);
}

#[test]
fn a_harmless_second_pickle_takes_the_weight_off_the_call_that_loads_it() {
    let load = |inner| {
        let mut outer = stream(vec![
            import("torch.storage", "_load_from_bytes"),
            call(
                named("torch.storage", "_load_from_bytes"),
                vec![Value::Bytes { offset: 40, length: 9, head: vec![] }],
                1,
            ),
        ]);
        outer.nested = vec![nested(inner, Some(1))];
        judge(&transcript(outer), &Effects::builtin())
    };
    let harmless = load(vec![
        import("collections", "OrderedDict"),
        call(named("collections", "OrderedDict"), vec![], 1),
    ]);
    assert!(harmless.iter().all(|found| found.severity < Severity::Medium), "{harmless:?}");
    let harmful = load(vec![import("os", "system"), call(named("os", "system"), vec![text("id")], 1)]);
    assert!(harmful.iter().any(|found| found.severity == Severity::Critical && found.nested == Some(40)));
}

#[test]
fn a_pickle_that_is_only_kept_is_low() {
    let mut outer = stream(vec![]);
    outer.nested =
        vec![nested(vec![import("os", "system"), call(named("os", "system"), vec![text("id")], 1)], None)];
    let found = judge(&transcript(outer), &Effects::builtin());
    assert!(!found.is_empty() && found.iter().all(|found| found.data && found.severity == Severity::Low));
}

#[test]
fn two_unpicklers_that_differ_are_a_finding() {
    let mut hidden = stream(vec![]);
    hidden.python = Some(run(vec![import("os", "system"), call(named("os", "system"), vec![text("id")], 1)]));
    let found = judge(&transcript(hidden), &Effects::builtin());
    assert!(found.iter().any(|found| found.kind == Kind::Differential && found.severity == Severity::High));
    assert!(found.iter().any(|found| found.name.ends_with("system") && found.severity == Severity::Critical));
}

#[test]
fn chains_into_the_interpreter_are_found() {
    for name in ["loads.__globals__", "Model.__init__.__globals__", "x.__class__.__base__.__subclasses__"] {
        assert!(
            reduce("acme", name, vec![text("x")]).iter().any(|found| found.severity >= Severity::Medium),
            "{name}"
        );
    }
}

#[test]
fn a_time_zone_and_enumerations_of_the_standard_library_are_rebuilt_without_a_finding() {
    let zone = vec![
        import("builtins", "getattr"),
        import("zoneinfo", "ZoneInfo"),
        call(named("builtins", "getattr"), vec![global("zoneinfo", "ZoneInfo"), text("_unpickle")], 1),
        call(Callee::Object(1), vec![text("UTC"), Value::Int(1)], 2),
    ];
    assert!(verdict(zone).is_empty());
    assert!(reduce("re", "RegexFlag", vec![Value::Int(2)]).is_empty());
    assert!(reduce("signal", "Signals", vec![Value::Int(2)]).is_empty());
}
