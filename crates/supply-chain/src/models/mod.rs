//! Rules about model files and the repositories they come in.

pub mod custom_operator;
mod describe;
mod escape;
pub mod external_data_escape;
mod repository;

pub use describe::describe;
pub use repository::{Plan, repositories};
