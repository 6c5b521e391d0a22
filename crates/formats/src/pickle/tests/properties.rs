//! Any bytes at all, and valid pickles with bytes changed: nothing panics, and memory stays within the budget.

use crate::{
    Context, Source, Spool,
    limits::{Limits, MemoryBudget},
    pickle::{assemble, jsonl, looks_like, opcode, parse},
};
use proptest::prelude::*;

fn survives(bytes: &[u8]) {
    let memory = MemoryBudget::new(32 << 20);
    let limits = Limits { opcodes: 100_000, ..Limits::default() };
    let context = Context::new(limits, memory.clone(), Spool::new(memory, None));
    let source = Source::from_vec(bytes.to_vec());
    let _ = looks_like(&bytes[..bytes.len().min(4096)], &source);
    let transcript = parse(&source, &context);
    let lines = jsonl(&transcript, None, None);
    assert!(lines.is_ascii());
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

fn opcodes() -> impl Strategy<Value = Vec<u8>> {
    let one = (0..opcode::ALL.len(), prop::collection::vec(any::<u8>(), 0..6), 0u8..4).prop_map(
        |(index, argument, small)| {
            let (_, code, kind) = opcode::ALL[index];
            let mut bytes = vec![code];
            match kind {
                opcode::Argument::None => {}
                opcode::Argument::Number(width) => {
                    bytes.extend(u64::from(small).to_le_bytes().iter().take(width.into()))
                }
                opcode::Argument::Double => bytes.extend([small; 8]),
                opcode::Argument::Line => bytes.extend(format!("{small}\n").bytes()),
                opcode::Argument::Quoted => bytes.extend(b"'os'\n"),
                opcode::Argument::RawUnicode => bytes.extend(b"os\\u0041\n"),
                opcode::Argument::LinePair => bytes.extend(b"os\nsystem\n"),
                opcode::Argument::Counted(width) => {
                    bytes.extend((argument.len() as u64).to_le_bytes().iter().take(width.into()));
                    bytes.extend(argument);
                }
            }
            bytes
        },
    );
    prop::collection::vec(one, 0..60).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
    }

    #[test]
    fn any_opcodes(bytes in opcodes()) {
        survives(&bytes);
    }

    #[test]
    fn a_valid_pickle_with_changes(changes in prop::collection::vec((0usize..400, any::<u8>()), 1..6)) {
        let text = "PROTO 4\nFRAME 90\nEMPTY_DICT\nMEMOIZE\nMARK\nSHORT_BINUNICODE 'a'\nGLOBAL 'm' 'C'\nEMPTY_TUPLE\nNEWOBJ\nEMPTY_DICT\nSHORT_BINUNICODE 'x'\nBINFLOAT 1.5\nSETITEM\nBUILD\n\
            BINUNICODE 'b'\nGLOBAL 'numpy' 'dtype'\nUNICODE 'f8'\nTUPLE1\nREDUCE\nLONG_BINPUT 7\nSETITEMS\nBINBYTES '\\x80\\x04N.'\nPOP\nSTRING 'x'\nPOP\nMARK\nINT 5\nLONG 7L\nFLOAT 2.5\nINST 'a' 'b'\nPOP\nSTOP";
        let mut bytes = assemble(text).unwrap();
        for (index, byte) in changes {
            let length = bytes.len();
            bytes[index % length] = byte;
        }
        survives(&bytes);
    }
}
