//! What an HDF5 file says about the model in it.

use super::keras;
use crate::Description;
use modelward_formats::hdf5::Hdf5File;
use modelward_kernel::Value;

pub(super) fn describe(file: &Hdf5File, description: &mut Description) {
    if let Some(config) = file.keras.iter().find(|config| !config.root_class.is_empty()) {
        keras::describe(config, description);
    }
    let mut set = |key: &str, value: Value| description.properties.insert(key.to_owned(), value);
    set("tensors", file.datasets.into());
    set("parameters", file.elements.into());
    if !file.filters.is_empty() {
        set("filters", file.filters.iter().map(|filter| i64::from(*filter)).collect::<Vec<_>>().into());
    }
    let text =
        |name: &str| file.attributes.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str());
    if let Some(version) = text("keras_version") {
        set("producer", format!("keras {version}").into());
    }
    if let Some(backend) = text("backend") {
        set("backend", backend.into());
    }
}
