//! The lattice: what running a callable can do, as a set of effects.

use modelward_kernel::Severity;
use std::fmt;

macro_rules! effects {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $letter:literal, $word:literal, $severity:ident, $gains:literal;)+) => {
        /// Something that a call does beside computing a value.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Effect { $($(#[$doc])* $variant = $bit),+ }

        impl Effect {
            /// From the worst to the least.
            pub const ALL: &'static [Effect] = &[$(Effect::$variant),+];

            /// The letter in tables and seed lists.
            #[must_use]
            pub const fn letter(self) -> char {
                match self { $(Effect::$variant => $letter),+ }
            }

            /// The word in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Effect::$variant => $word),+ }
            }

            /// How grave it is when an attacker chooses the arguments.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Effect::$variant => Severity::$severity),+ }
            }

            /// What an attacker gains by it.
            #[must_use]
            pub const fn gains(self) -> &'static str {
                match self { $(Effect::$variant => $gains),+ }
            }
        }
    };
}

effects! {
    Process = 0, 'P', "starts a program", Critical, "any command with the rights of whoever loads the model";
    Code = 1, 'X', "runs code", Critical, "any Python code in the process that loads the model";
    Native = 2, 'L', "loads or calls native code", Critical, "machine code in the process that loads the model";
    Deserialise = 3, 'D', "loads another serialised object", High, "a second load that no scanner of the first file sees";
    Import = 4, 'I', "imports a module of the caller's choice", High, "code of any module that the loading host can reach";
    Network = 5, 'N', "opens a network connection", High, "a way out for data, or a way in for the next stage";
    Write = 6, 'W', "writes, moves or deletes files", High, "files of the loading host overwritten, planted or destroyed";
    Read = 7, 'R', "reads files", High, "the content of files on the loading host";
    State = 8, 'S', "changes the state of the process", High, "a process that is stopped, traced or altered from within";
    Attribute = 9, 'G', "reaches attributes by name", High, "a path from a harmless object to a harmful function";
    Calls = 10, 'V', "calls what it is given", Medium, "a harmful function run through a harmless one";
    Exhausts = 11, 'Z', "blocks or exhausts the host", Medium, "a host that hangs or runs out of memory";
    Uncertain = 12, 'U', "calls native code that was not analysed", Medium, "whatever that native code does";
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of effects.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EffectSet(u16);

impl EffectSet {
    /// No effect at all.
    pub const NONE: EffectSet = EffectSet(0);

    #[must_use]
    pub const fn of(effect: Effect) -> Self {
        EffectSet(1 << effect as u16)
    }

    #[must_use]
    pub const fn with(self, effect: Effect) -> Self {
        EffectSet(self.0 | (1 << effect as u16))
    }

    #[must_use]
    pub const fn without(self, effect: Effect) -> Self {
        EffectSet(self.0 & !(1 << effect as u16))
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        EffectSet(self.0 | other.0)
    }

    #[must_use]
    pub const fn contains(self, effect: Effect) -> bool {
        self.0 & (1 << effect as u16) != 0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, from the worst to the least.
    pub fn iter(self) -> impl Iterator<Item = Effect> {
        Effect::ALL.iter().copied().filter(move |effect| self.contains(*effect))
    }

    /// The worst member.
    #[must_use]
    pub fn worst(self) -> Option<Effect> {
        self.iter().next()
    }

    /// The effects that count as harm when an attacker chooses the arguments: all but "calls what it is given", which is
    /// judged by what it is given, and "not analysed".
    #[must_use]
    pub const fn harmful(self) -> Self {
        self.without(Effect::Calls).without(Effect::Uncertain)
    }

    pub(crate) fn from_letter(letter: char) -> Option<Self> {
        Effect::ALL.iter().find(|effect| effect.letter() == letter).map(|effect| EffectSet::of(*effect))
    }
}

impl FromIterator<Effect> for EffectSet {
    fn from_iter<I: IntoIterator<Item = Effect>>(effects: I) -> Self {
        effects.into_iter().fold(EffectSet::NONE, EffectSet::with)
    }
}

impl fmt::Display for EffectSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, effect) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(effect.as_str())?;
        }
        Ok(())
    }
}
