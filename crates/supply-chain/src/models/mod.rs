//! Rules about model files and the repositories they come in.

pub mod custom_operator;
mod describe;
mod escape;
pub mod external_data_escape;
pub mod graph_code_operation;
pub mod graph_file_operation;
pub mod hostile_header;
pub mod imported_object_overwritten;
pub mod payload_in_metadata;
pub mod pickle_exhausts_host;
pub mod pickle_extension_code;
pub mod pickle_parser_differential;
mod repository;
pub mod unrecognised_callable;
pub mod unsafe_deserialisation;
mod verdicts;
mod weights_file;
pub mod weights_file_differential;

pub use describe::describe;
pub use repository::{Plan, repositories};
