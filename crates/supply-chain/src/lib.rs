//! Part II of the product: rules about what a system is built from.
//!
//! A rule is a value ([`FamilyRule`]), a function and a page, in one folder. This crate reads no files and prints nothing:
//! the `assessment` crate hands it parsed artefacts and takes findings back. Start with [`RULES`] and [`Artifact`].

pub mod code;
pub mod effects;
pub mod models;
mod rule;

pub use rule::{Artifact, Check, Description, Fact, FamilyRule, Repository, RepositoryFile};

/// All rules of the family, in the order of their ids. One list: documentation, schema, SARIF and completions come from it.
pub static RULES: &[&FamilyRule] = &[
    &models::archive_bomb::RULE,
    &models::archive_escape::RULE,
    &models::archive_reader_differential::RULE,
    &models::conditional_template::RULE,
    &models::custom_operator::RULE,
    &models::executable_in_model::RULE,
    &models::external_data_escape::RULE,
    &models::graph_code_operation::RULE,
    &models::graph_file_operation::RULE,
    &code::harmful_configuration::RULE,
    &code::harmful_notebook::RULE,
    &code::harmful_python::RULE,
    &models::hdf5_external_reference::RULE,
    &models::hidden_bytes::RULE,
    &models::hostile_header::RULE,
    &models::imported_object_overwritten::RULE,
    &models::incomplete_model_card::RULE,
    &models::keras_bytecode::RULE,
    &models::keras_config_differential::RULE,
    &models::keras_file_reference::RULE,
    &models::keras_foreign_member::RULE,
    &models::keras_unsafe_object::RULE,
    &models::misleading_name::RULE,
    &models::missing_licence::RULE,
    &models::payload_in_metadata::RULE,
    &models::payload_in_weights::RULE,
    &models::pickle_exhausts_host::RULE,
    &models::pickle_extension_code::RULE,
    &models::pickle_parser_differential::RULE,
    &models::planted_order::RULE,
    &models::program_file_operation::RULE,
    &code::remote_code::RULE,
    &models::shard_index_escape::RULE,
    &models::storage_mismatch::RULE,
    &models::template_exhaustion::RULE,
    &models::template_mismatch::RULE,
    &models::template_sandbox_escape::RULE,
    &models::unrecognised_callable::RULE,
    &models::unsafe_deserialisation::RULE,
    &models::unsafe_format_with_safe_twin::RULE,
    &code::untrusted_requirement::RULE,
    &models::weights_file_differential::RULE,
];
