//! A rule's page is its documentation and its test: this crate reads a page, builds the files that its cases show, and
//! holds what the rule says about them against what the page says.
//!
//! It is for development only: nothing that ships depends on it. It knows no rule and no format; the one thing it adds to
//! the public door of the pipeline is the notation of the pages. Start with [`failures`].

mod compare;
pub mod fixture;
mod mutate;
mod page;
mod run;

pub use compare::difference;
pub use mutate::Chance;
pub use page::{Case, Expected, Fence, Page, SECTIONS};
pub use run::failures;
