//! Code objects in the arguments of a call, as cloudpickle and dill rebuild functions: `types.CodeType(…)`,
//! `dill._dill._create_code(…)` and their like. They take the parts in the order of `code.__new__`.

use super::transcript::Value;
use crate::marshal::{self, CodeObject, Parts};

/// The code object that a call with these arguments makes: instructions, then constants, names and locals as tuples. None
/// when the arguments are no parts of code. Nested code objects are calls of their own.
#[must_use]
pub fn code_object(arguments: &[Value]) -> Option<CodeObject> {
    let at = arguments.windows(4).position(|window| {
        let instructions = matches!(window[0], Value::Bytes { .. } | Value::Object(_) | Value::Text { .. });
        instructions && window[1..].iter().all(|value| matches!(value, Value::Tuple { .. }))
    })?;
    let part = |offset: usize| arguments.get(at + offset);
    let text = |offset: usize| match part(offset) {
        Some(Value::Text { head, .. }) => head.as_str(),
        _ => "",
    };
    let code = match &arguments[at] {
        Value::Bytes { head, .. } => head.as_slice(),
        _ => &[],
    };
    let numbers = arguments[..at].iter().filter(|value| matches!(value, Value::Int(_))).count();
    if numbers < 4 {
        return None;
    }
    Some(marshal::from_parts(&Parts {
        numbers,
        has_qualified_name: matches!(part(6), Some(Value::Text { .. })),
        code,
        names: &texts(part(2)),
        locals: &texts(part(3)),
        texts: &texts(part(1)),
        filename: text(4),
        name: text(5),
    }))
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let Some(Value::Tuple { items, .. }) = value else { return Vec::new() };
    let text = |item: &Value| match item {
        Value::Text { head, .. } => Some(head.clone()),
        Value::Bytes { head, .. } => Some(String::from_utf8_lossy(head).into_owned()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text { head: text.to_owned(), length: text.len() as u64 }
    }

    fn tuple(items: Vec<Value>) -> Value {
        let length = items.len() as u64;
        Value::Tuple { items, length }
    }

    #[test]
    fn the_parts_of_code_name_what_it_calls() {
        // def f(): return os.system("id"), as Python 3.8 compiles it.
        let code = vec![116, 0, 106, 1, 100, 1, 161, 1, 83, 0];
        let mut arguments = vec![Value::Int(0); 6];
        arguments.push(Value::Bytes { offset: 0, length: code.len() as u64, head: code });
        arguments.push(tuple(vec![Value::None, text("id")]));
        arguments.push(tuple(vec![text("os"), text("system")]));
        arguments.push(tuple(vec![]));
        arguments.extend([text("m.py"), text("f"), Value::Int(1)]);
        let object = code_object(&arguments).expect("is code");
        assert_eq!((object.name.as_str(), object.texts.as_slice()), ("f", ["id".to_owned()].as_slice()));
        assert!(object.understood && object.references.contains("os.system"));
    }

    #[test]
    fn other_arguments_are_no_code() {
        assert_eq!(code_object(&[]), None);
        assert_eq!(
            code_object(&[Value::Int(1), text("a"), tuple(vec![]), tuple(vec![]), tuple(vec![])]),
            None
        );
    }
}
