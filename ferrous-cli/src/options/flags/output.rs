//! Flags about what is printed.

use super::super::{Mode, UsageError, completions, help, manual, version};
use super::{Flag, switch, text, value};
use crate::decode::Decoder;
use crate::output::{Colours, Output};

pub(super) const FLAGS: &[Flag] = &[
    switch(
        &["--raw"],
        "Print the bytes of replies (default when the output is not a terminal).",
        |options| {
            options.output = Output::Raw;
        },
    ),
    switch(
        &["--no-raw"],
        "Print replies for people even when the output is not a terminal.",
        |options| {
            options.output = Output::Standard;
        },
    ),
    switch(&["--csv"], "Print comma-separated values.", |options| {
        options.output = Output::Csv;
    }),
    switch(
        &["--json"],
        "Print JSON as redis-cli does (asks for RESP3 unless -2 is given).",
        |options| {
            options.output = Output::Json;
        },
    ),
    switch(
        &["--quoted-json"],
        "As --json, with strings of printable ASCII only.",
        |options| {
            options.output = Output::QuotedJson;
        },
    ),
    value(
        &["--output"],
        "form",
        "standard, raw, csv; json: JSON that always parses, errors and bytes as objects; jsonl: the same, one \
         line per element; yaml; table.",
        |options, form| {
            let form = text(form)?;
            options.output = Output::named(&form).ok_or_else(|| {
                UsageError::new(format!(
                    "Unknown --output value '{form}' (valid: standard, raw, csv, json, jsonl, yaml, table)"
                ))
            })?;
            Ok(())
        },
    ),
    value(
        &["-d"],
        "delimiter",
        "Text between elements in raw form (default: \\n).",
        |options, delimiter| {
            options.element_delimiter = delimiter.to_vec();
            Ok(())
        },
    ),
    value(
        &["-D"],
        "delimiter",
        "Text after each reply in raw form (default: \\n).",
        |options, delimiter| {
            options.reply_delimiter = delimiter.to_vec();
            Ok(())
        },
    ),
    value(
        &["--show-pushes"],
        "yn",
        "Print push messages of RESP3 (default: only when the output is a terminal).",
        |options, choice| {
            match choice.first() {
                Some(b'y' | b'Y') => options.show_pushes = true,
                Some(b'n' | b'N') => options.show_pushes = false,
                _ => crate::talk!(
                    "Unknown --show-pushes value '{}' (valid: '[y]es', '[n]o')",
                    String::from_utf8_lossy(choice)
                ),
            }
            Ok(())
        },
    ),
    value(
        &["--color"],
        "when",
        "auto: colours on terminals, unless NO_COLOR is set; always; never.",
        |options, when| {
            options.colours = match when {
                b"auto" => Colours::Auto,
                b"always" => Colours::Always,
                b"never" => Colours::Never,
                _ => return Err(UsageError::new("--color takes auto, always or never.")),
            };
            Ok(())
        },
    ),
    value(
        &["--decode"],
        "kind",
        "Show string values as what they hold: json, msgpack, gzip, zstd, hex, or auto for whatever fits.",
        |options, kind| {
            let decoder = Decoder::named(&text(kind)?).ok_or_else(|| {
                UsageError::new("--decode takes auto, json, msgpack, gzip, zstd or hex.")
            })?;
            options.decode = Some(decoder);
            Ok(())
        },
    ),
    switch(&["--verbose"], "Say more.", |options| {
        options.verbose = true;
    }),
];

pub(super) const PROGRAM: &[Flag] = &[
    switch(&["--help"], "Print this help.", |_| exit_with(&help())),
    switch(&["--version", "-v"], "Print the version.", |_| {
        exit_with(&version())
    }),
    value(
        &["--completions"],
        "shell",
        "Print completions for bash, zsh, fish, elvish or powershell.",
        |_, shell| {
            let shell = text(shell)?;
            let script = completions(&shell).ok_or_else(|| {
                UsageError::new(format!("No completions for the shell '{shell}'"))
            })?;
            exit_with(&script)
        },
    ),
    switch(&["--man"], "Print the manual page.", |_| {
        exit_with(&manual())
    }),
    value(
        &["--test_hint"],
        "line",
        "Print the hint that the prompt shows for a line.",
        |options, line| {
            options.hint = line.to_vec();
            options.choose(Mode::Hint);
            Ok(())
        },
    ),
    value(
        &["--test_hint_file"],
        "file",
        "Check a file of quoted lines and their hints.",
        |options, file| {
            options.hint = file.to_vec();
            options.choose(Mode::HintFile);
            Ok(())
        },
    ),
];

fn exit_with(text: &str) -> ! {
    crate::say(text.as_bytes());
    std::process::exit(0)
}
