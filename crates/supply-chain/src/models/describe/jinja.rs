//! Template files: a fact for the comparison of copies, and an unknown when a template was not understood.

use super::json;
use crate::{Artifact, Description};

pub(super) fn describe(artifact: &Artifact<'_>, description: &mut Description) {
    json::templates(artifact, description);
}
