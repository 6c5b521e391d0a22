//! Rules about the code that comes with a model: Python files, notebooks, configurations that name callables.

pub(crate) mod behaviour;
pub mod harmful_configuration;
pub mod harmful_notebook;
pub mod harmful_python;
pub mod remote_code;
pub mod untrusted_requirement;
