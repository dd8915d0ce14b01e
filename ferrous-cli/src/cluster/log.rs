//! Lines in the colours of the C clients, on terminals that call themselves xterm.

/// Bold.
pub(super) fn info(text: &str) {
    coloured("29;1m", text);
}

/// Yellow.
pub(super) fn warn(text: &str) {
    coloured("33;1m", text);
}

/// Red.
pub(super) fn error(text: &str) {
    coloured("31;1m", text);
}

/// Green.
pub(super) fn success(text: &str) {
    coloured("32;1m", text);
}

/// Bold at first, then plain.
pub(super) fn heading(bold: &str, plain: &str) {
    crate::say(format!("{}{plain}\n", painted("29;1m", bold)).as_bytes());
}

fn coloured(colour: &str, text: &str) {
    crate::say(painted(colour, &format!("{text}\n")).as_bytes());
}

fn painted(colour: &str, text: &str) -> String {
    let terminal = std::env::var("TERM").unwrap_or_default();
    if terminal.contains("xterm") && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{colour}{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
