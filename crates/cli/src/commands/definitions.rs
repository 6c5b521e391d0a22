//! What is made from definitions: schemas, completions, the man page.

use crate::{
    arguments::{Completions, Schema, definition},
    failure::Failure,
    output,
};

pub(super) fn schema(arguments: &Schema) -> Result<(), Failure> {
    output::print_text(&match arguments.what.as_str() {
        "config" => modelward_policy::schema(),
        _ => modelward_report::schema(),
    })
}

pub(super) fn completions(arguments: &Completions) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut definition(), "modelward", &mut text);
    output::print(|out| out.write_all(&text))
}

/// One page: the program, then each command with its arguments.
pub(super) fn man() -> Result<(), Failure> {
    let mut program = definition();
    program.build();
    output::print(|out| {
        let mut page = Vec::new();
        clap_mangen::Man::new(program.clone()).render(&mut page)?;
        // The commands are sections of this page, and the examples keep their lines.
        let text = String::from_utf8_lossy(&page)
            .replace("\nmodelward\\-", "\n\\fBmodelward ")
            .replace("(1)\n", "\\fR\n")
            .replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n.nf\n")
            .replace("\n.SH VERSION", "\n.fi\n.SH VERSION");
        out.write_all(text.as_bytes())?;
        for command in program.get_subcommands() {
            let title = format!("modelward {}", command.get_name());
            let mut page = Vec::new();
            let man = clap_mangen::Man::new(command.clone());
            man.render_description_section(&mut page)?;
            man.render_options_section(&mut page)?;
            writeln!(out, ".SH {}", title.to_uppercase())?;
            let text =
                String::from_utf8_lossy(&page).replace(".SH DESCRIPTION", "").replace(".SH OPTIONS", "");
            out.write_all(text.as_bytes())?;
        }
        Ok(())
    })
}
