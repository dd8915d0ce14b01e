//! What `:set` changes, and the preferences file.

use std::fs;

use crate::options::{Options, dotfile};

/// The settings of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own that the user sets"
)]
pub(super) struct Settings {
    pub(super) hints: bool,
    pub(super) timing: bool,
    pub(super) pager: bool,
    pub(super) pipes: bool,
    pub(super) vi: bool,
    pub(super) confirm: Confirm,
    /// In place of the usual prompt; see [`super::prompt`].
    pub(super) prompt: Option<String>,
}

/// Where commands that destroy data are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirm {
    Never,
    /// On servers that are marked as production, or look like it.
    Production,
    Always,
}

/// The switches, with what they do.
pub(super) const SWITCHES: [(&str, &str); 6] = [
    (
        "hints",
        "show the syntax, or a line of the history, behind the cursor",
    ),
    ("timing", "print the time of each command"),
    ("pager", "show long replies with $PAGER"),
    ("pipes", "let '| command' pipe a reply to the shell"),
    ("vi", "edit lines as vi does"),
    (
        "confirm",
        "ask before FLUSHALL, SHUTDOWN, KEYS and their like; 'production': only where it looks like production",
    ),
];

/// What may follow a colon, with what it does.
pub(super) const COLON_COMMANDS: [(&str, &str); 13] = [
    (":set", "lists the settings"),
    (
        ":set NAME, :set noNAME",
        "turns one on or off; ':set NAME on|off' does as well",
    ),
    (
        ":set output FORM",
        "standard, raw, csv, json, jsonl, yaml or table",
    ),
    (
        ":set decode KIND",
        "shows values as json, msgpack, gzip, zstd, hex or auto; 'off' shows them as they are",
    ),
    (
        ":set prompt TEXT",
        "a prompt of your own, with {user} {host} {port} {db} {tx} {sub}; 'default' is the usual one",
    ),
    (":get pubsub", "1 in subscribed mode, else 0"),
    (
        ":watch SECONDS COMMAND",
        "runs a command again and again, until Ctrl-C",
    ),
    (
        ":explain COMMAND",
        "what a command would cost, where its keys are, whether you may",
    ),
    (":peek KEY", "a value, its type, time to live and memory"),
    (
        ":source FILE",
        "runs the lines of a file, up to the first that fails",
    ),
    (":edit", "edits the last line with $VISUAL or $EDITOR"),
    (
        ":record FILE, :record",
        "writes commands and replies to a file, for --replay; without FILE ends it",
    ),
    (":help", "explains these"),
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            hints: true,
            timing: false,
            pager: false,
            pipes: true,
            vi: false,
            confirm: Confirm::Never,
            prompt: None,
        }
    }
}

impl Settings {
    /// The defaults, changed by the preferences file and by what is known about the server.
    pub(super) fn load(options: &mut Options) -> Self {
        let mut settings = Self::default();
        if options.production {
            settings.confirm = Confirm::Production;
        }
        let path = [".redisclirc", ".valkeyclirc"]
            .into_iter()
            .filter_map(|name| dotfile("RCFILE", name))
            .find(|path| path.exists());
        let text = path.and_then(|path| fs::read_to_string(path).ok());
        for line in text.unwrap_or_default().lines() {
            match line.trim().strip_prefix(":set ") {
                Some(words) => {
                    if let Err(message) = settings.set(words, options) {
                        crate::talk!(".redisclirc: {message}");
                    }
                }
                None if line.trim().is_empty() => {}
                None => crate::talk!(".redisclirc: unknown redis-cli internal command '{line}'"),
            }
        }
        settings
    }

    /// The value of a switch; `None` when there is no such.
    pub(super) fn switch(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "hints" => &mut self.hints,
            "timing" => &mut self.timing,
            "pager" => &mut self.pager,
            "pipes" => &mut self.pipes,
            "vi" => &mut self.vi,
            _ => return None,
        })
    }

    /// Does what stands behind `:set`.
    pub(super) fn set(&mut self, text: &str, options: &mut Options) -> Result<(), String> {
        let (name, value) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let value = value.trim();
        match (name, value) {
            ("decode", "off") => options.decode = None,
            ("decode", kind) => {
                let decoder = crate::decode::Decoder::named(kind);
                options.decode = Some(decoder.ok_or_else(|| unknown(kind))?);
            }
            ("output", form) => {
                options.output = crate::output::Output::named(form)
                    .ok_or_else(|| format!("unknown output form '{form}'"))?;
            }
            ("prompt", "default") => self.prompt = None,
            ("prompt", text) => self.prompt = Some(text.trim_matches('"').to_owned()),
            ("confirm", "production") => self.confirm = Confirm::Production,
            ("confirm", "" | "on" | "always") => self.confirm = Confirm::Always,
            ("confirm", "off") | ("noconfirm", "") => self.confirm = Confirm::Never,
            _ => self.turn(name, value)?,
        }
        Ok(())
    }

    /// `NAME`, `noNAME`, `NAME on` and `NAME off`.
    fn turn(&mut self, name: &str, value: &str) -> Result<(), String> {
        let (switch, on) = match (name.strip_prefix("no"), value) {
            (Some(switch), "") => (switch, false),
            (_, "" | "on") => (name, true),
            (_, "off") => (name, false),
            _ => return Err(unknown(name)),
        };
        let switch = self.switch(switch).ok_or_else(|| unknown(name))?;
        *switch = on;
        Ok(())
    }
}

fn unknown(name: &str) -> String {
    format!("unknown redis-cli preference '{name}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Output;

    fn after(lines: &[&str]) -> (Settings, Options, Vec<String>) {
        let (mut settings, mut options) = (Settings::default(), Options::new(false));
        let refused = lines
            .iter()
            .filter_map(|line| settings.set(line, &mut options).err())
            .collect();
        (settings, options, refused)
    }

    #[test]
    fn switches_have_three_spellings() {
        let (settings, ..) = after(&["nohints", "timing", "pipes off", "vi on"]);
        assert_eq!(
            settings,
            Settings {
                hints: false,
                timing: true,
                pipes: false,
                vi: true,
                ..Settings::default()
            }
        );
    }

    #[test]
    fn other_settings_take_values() {
        let (settings, options, refused) = after(&[
            "prompt \"{host} # \"",
            "confirm production",
            "output yaml",
            "decode hex",
            "nope",
            "nonope",
            "hints maybe",
        ]);
        assert_eq!(settings.prompt.as_deref(), Some("{host} # "));
        assert_eq!(settings.confirm, Confirm::Production);
        assert_eq!(options.output, Output::Yaml);
        assert!(options.decode.is_some());
        assert_eq!(
            refused,
            ["nope", "nonope", "hints"]
                .map(|name| format!("unknown redis-cli preference '{name}'"))
        );
    }
}
