//! Native files of tree libraries: XGBoost (JSON, UBJSON, the old binary), LightGBM text, CatBoost.
//!
//! Their readers walk trees by the indices that the file gives, most of them without checking one. So every index is checked
//! here against what it points into: children within the tree, no node twice, features within the model, counts against what
//! follows. What the trees predict is not looked at.
//!
//! Memory: the text (at most the limit for texts) and what [`crate::json`] says. Time: linear. Start with [`Ensemble`].

mod catboost;
mod lightgbm;
mod structure;
mod ubjson;
mod xgboost;
mod xgboost_binary;

use crate::{Context, Format, Problem, ProblemKind, Source};

/// A parsed model of trees (or a linear one of the same library).
#[derive(Clone, Debug, Default)]
pub struct Ensemble {
    /// As the file writes it; empty when it does not.
    pub version: String,
    /// `gbtree`, `dart`, `gblinear`, `tree`.
    pub booster: String,
    pub objective: String,
    /// How many features a row has.
    pub features: Option<u64>,
    pub trees: u64,
    /// Nodes of all trees, leaves included.
    pub nodes: u64,
    /// Codes: those of [`crate::json`], and `tree-*`, `count-*`, `header-*`, `ubjson-*`.
    pub problems: Vec<Problem>,
}

/// Reads a file of one of the five formats; of another it understands nothing.
#[must_use]
pub fn parse(format: Format, source: &Source, context: &Context) -> Ensemble {
    match format {
        Format::XgboostJson => xgboost::parse_json(source, context),
        Format::XgboostUbj => xgboost::parse_ubjson(source, context),
        Format::XgboostBinary => xgboost_binary::parse(source),
        Format::LightgbmText => lightgbm::parse(source, context),
        Format::Catboost => catboost::parse(source),
        _ => Ensemble::default(),
    }
}

impl Ensemble {
    fn problem(
        &mut self,
        kind: ProblemKind,
        code: &'static str,
        message: impl Into<String>,
        offset: Option<u64>,
    ) {
        // One hostile tree can break one rule a million times.
        if self.problems.iter().filter(|p| p.code == code).count() < 16 {
            let problem = Problem::new(kind, code, message);
            self.problems.push(Problem { offset, ..problem });
        }
    }

    fn hostile(&mut self, code: &'static str, message: impl Into<String>, offset: Option<u64>) {
        self.problem(ProblemKind::Hostile, code, message, offset);
    }
}

#[cfg(test)]
mod tests;
