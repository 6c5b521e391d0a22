//! Bad usage in our own words.

use crate::{arguments::Command, failure::Failure};
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Turns the parser's error into a sentence and a hint. Help and version are no errors: they are printed, and a command
/// that does nothing more comes back.
pub(crate) fn failure(error: clap::Error) -> Result<Command, Failure> {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("`, `"),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let argument = || text(ContextKind::InvalidArg);
    let value = || text(ContextKind::InvalidValue);
    let message = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return Ok(Command::Printed(error.render().to_string(), error.exit_code() != 0));
        }
        ErrorKind::UnknownArgument => format!("there is no argument `{}` here", argument()),
        ErrorKind::InvalidSubcommand => {
            format!("there is no command `{}`", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue if value().is_empty() => format!("`{}` needs a value", argument()),
        ErrorKind::InvalidValue => format!("`{}` is no value for `{}`", value(), argument()),
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(&error).map(|e| format!(": {e}")).unwrap_or_default();
            format!("`{}` is no value for `{}`{source}", value(), argument())
        }
        ErrorKind::MissingRequiredArgument => format!("`{}` must be given", argument()),
        ErrorKind::ArgumentConflict => {
            format!("`{}` cannot stand beside `{}`", argument(), text(ContextKind::PriorArg))
        }
        ErrorKind::MissingSubcommand => "name a command".to_owned(),
        _ => {
            let rendered = error.render().to_string();
            rendered.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    };
    let failure = Failure::new(message);
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue].map(text);
    let valid = text(ContextKind::ValidValue);
    Err(if let Some(suggested) = suggested.iter().find(|s| !s.is_empty()) {
        failure.hint(format!("did you mean `{suggested}`?"))
    } else if !valid.is_empty() {
        failure.hint(format!("use one of `{valid}`"))
    } else {
        failure.hint("`--help` shows what can be written, with examples")
    })
}
