//! What a Keras configuration says about its model.

use crate::Description;
use modelward_formats::keras::KerasConfig;
use modelward_kernel::Value;

pub(super) fn describe(config: &KerasConfig, description: &mut Description) {
    let mut set = |key: &str, value: Value| description.properties.insert(key.to_owned(), value);
    if !config.root_class.is_empty() {
        set("architecture", config.root_class.as_str().into());
    }
    if !config.name.is_empty() {
        set("model_name", config.name.as_str().into());
    }
    if !config.keras_version.is_empty() {
        set("producer", format!("keras {}", config.keras_version).into());
    }
    if !config.backend.is_empty() {
        set("backend", config.backend.as_str().into());
    }
    set("layers", config.layers.into());
}
