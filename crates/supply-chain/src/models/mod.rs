//! Rules about model files and the repositories they come in.

mod describe;

pub use describe::describe;
