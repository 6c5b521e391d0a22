//! Rules about model files and the repositories they come in.

pub mod archive_bomb;
pub mod archive_escape;
pub mod archive_reader_differential;
pub mod conditional_template;
mod container;
pub mod custom_operator;
mod describe;
mod escape;
pub mod executable_in_model;
pub mod external_data_escape;
pub mod graph_code_operation;
pub mod graph_file_operation;
pub mod hdf5_external_reference;
pub mod hidden_bytes;
pub mod hostile_header;
pub mod imported_object_overwritten;
pub mod keras_bytecode;
pub mod keras_config_differential;
mod keras_configs;
pub mod keras_file_reference;
#[cfg(test)]
mod keras_tests;
pub mod keras_unsafe_object;
pub mod misleading_name;
pub mod payload_in_metadata;
pub mod payload_in_weights;
pub mod pickle_exhausts_host;
pub mod pickle_extension_code;
pub mod pickle_parser_differential;
pub mod planted_order;
pub mod program_file_operation;
mod repository;
pub mod storage_mismatch;
mod template;
pub mod template_exhaustion;
pub mod template_mismatch;
pub mod template_sandbox_escape;
pub mod unrecognised_callable;
pub mod unsafe_deserialisation;
mod verdicts;
mod weights_file;
pub mod weights_file_differential;

pub use describe::describe;
pub use repository::{Plan, repositories};
