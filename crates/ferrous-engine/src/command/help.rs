//! `HELP` of a container command, written from the rows of its subcommands.

use super::{Arg, ArgFlags, ArgKind, Description, Registered, Registry};

impl<H: Copy> Registry<H> {
    /// The lines that tell of the subcommands of `command`, or of the container that it belongs to.
    pub fn help(&self, command: &Registered<H>) -> Vec<String> {
        let container = command.parent.map_or(command, |parent| self.get(parent));
        let name = container.description.name.to_ascii_uppercase();
        let mut lines = vec![format!(
            "{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
        )];
        for id in &container.subcommands {
            let description = self.get(*id).description;
            if description.name != "help" {
                lines.push(usage(description));
                lines.push(format!("    {}", description.summary));
            }
        }
        lines.extend(["HELP".to_owned(), "    Print this help.".to_owned()]);
        lines
    }
}

/// A subcommand with its arguments, as users write it.
fn usage(description: &Description) -> String {
    let name = description.name.to_ascii_uppercase();
    let args = description
        .args
        .iter()
        .map(|arg| format!(" {}", syntax(arg)));
    std::iter::once(name).chain(args).collect()
}

/// One argument, as users write it: tokens in capitals, values in angle brackets, what is optional in square ones.
fn syntax(arg: &Arg) -> String {
    let children = |separator: &str| {
        arg.children
            .iter()
            .map(syntax)
            .collect::<Vec<_>>()
            .join(separator)
    };
    let value = match arg.kind {
        ArgKind::PureToken => String::new(),
        ArgKind::OneOf => children(" | "),
        ArgKind::Block => children(" "),
        _ => format!("<{}>", arg.name),
    };
    let value = match arg.kind {
        ArgKind::OneOf if !arg.flags.contains(ArgFlags::OPTIONAL) || !arg.token.is_empty() => {
            format!("({value})")
        }
        _ => value,
    };
    let mut text = [arg.token, &value]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    if arg.flags.contains(ArgFlags::MULTIPLE) {
        text = format!(
            "{text} [{} ...]",
            if arg.flags.contains(ArgFlags::MULTIPLE_TOKEN) {
                &text
            } else {
                &value
            }
        );
    }
    if arg.flags.contains(ArgFlags::OPTIONAL) {
        format!("[{text}]")
    } else {
        text
    }
}
